// Specifications of the original's successor as a configuration, and what cannot be taken over as it was.

import assert from "node:assert/strict";
import { test } from "node:test";
import { successorConfig, type SuccessorSpec } from "../../src/domain/successor_spec.ts";

const spec = (name: string, own: Partial<SuccessorSpec> = {}): SuccessorSpec => ({
  ...{
    name,
    enabled: true,
    schedule: "0 0 3 * * *",
    from: null,
    to: null,
    workerConfig: null,
    timeoutSeconds: null,
  },
  retention: { minutely: "0@L", hourly: "0@L", daily: "4@L", weekly: "4@L", monthly: "3@L", yearly: "2@L" },
  ...own,
});

test("each becomes a job of one provider, and what cannot be taken over as it was says why", () => {
  const text = successorConfig([
    spec("Web Files", {
      enabled: false,
      schedule: "0 30 2 1 *",
      from: Date.UTC(2019, 6, 21, 0, 52, 50, 84),
      to: Date.UTC(2029, 11, 31, 22),
      workerConfig: '{"path":"/srv/${HOME}"}',
      timeoutSeconds: 3600,
      retention: { minutely: "3@L", daily: "7", weekly: "0@L", monthly: "2@5", yearly: "x@y" },
    }),
    spec("postgres"),
    spec("web files", { schedule: "@every 1h", retention: { daily: "0@L" } }),
  ]);
  assert.equal(
    text.replaceAll(/: Cannot read .*(?=; (left out|once a day))/g, ": ODD"),
    `# Made from the specifications of backtor. Read it, and try it with \`schelly validate config\`.
providers:
  conductor:
    conductor:
      url: "\${CONDUCTOR_API_URL:-http://conductor:8080/api}"
      # persistence: sql   # where Conductor's database is PostgreSQL, MySQL or SQLite
    max_concurrent: 4
jobs:
  - name: web-files
    enabled: false
    from: 2019-07-21T00:52:50Z
    to: 2029-12-31T22:00:00Z
    schedule: "0 30 2 1 * *"
    provider:
      use: conductor
      body: { backupName: "Web Files", workerConfig: "{\\"path\\":\\"/srv/$\${HOME}\\"}", timeoutSeconds: 3600 }
    # yearly "x@y": ODD; left out
    retention: { minutely: 3@L, daily: 7@L, monthly: 2@5 }
  - name: postgres
    schedule: "0 0 3 * * *"
    provider:
      use: conductor
    retention: { daily: 4@L, weekly: 4@L, monthly: 3@L, yearly: 2@L }
  - name: web-files-2
    # schedule "@every 1h": ODD; once a day instead
    schedule: "@daily"
    provider:
      use: conductor
      body: { backupName: "web files" }
    retention: keep_all   # no level keeps anything: nothing is deleted until you say what may be
`,
  );
});

test("without any there is a configuration of none", () => {
  assert.match(successorConfig([]), /^jobs: \[\]$/m);
});
