// Promises of copies, and the providers that copy: who keeps copies of whom, and what is refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResticProviderSpec } from "../../../src/domain/provider_spec.ts";
import { issuesOf, load } from "../../support/load_text.ts";

const FIRST = "{ repository: /srv/first, password: first-secret, paths: [/home] }";
const FROM = "{ repository: /srv/first/, password: first-secret, job: files }";
const SECOND = `{ repository: /mnt/second, password: second-secret, copy_from: ${FROM} }`;

function config({ second = SECOND, expect = "{ copies: 2, copied_within: 26h }" } = {}): string {
  return `jobs:
  - { name: files, schedule: "0 0 3 * * *", provider: { restic: ${FIRST} }, expect: [${expect}] }
  - { name: offsite, schedule: "0 0 5 * * *", provider: { restic: ${second} } }
  - { name: nas, schedule: "0 0 5 * * *", provider: { url: "http://nas/backups" } }
`;
}

test("jobs whose repositories are copied from one another keep copies of each other, and so do those that are named", async () => {
  const found = await load(config());
  const copies = { count: 2, jobs: ["offsite"], withinMs: 26 * 3_600_000 };
  assert.deepEqual(found.jobs[0]!.promises[0]!.copies, copies);
  const spec = found.providers.get(found.jobs[1]!.providerKey) as ResticProviderSpec;
  assert.deepEqual(spec.paths, []);
  assert.deepEqual(spec.copyFrom, {
    repository: "/srv/first/",
    password: "first-secret",
    passwordFile: null,
    job: "files",
  });
  const shown = JSON.stringify(found.effective);
  assert.ok(!shown.includes("first-secret") && !shown.includes("second-secret"));
  const three = await load(config({ expect: "{ copies: 3, copied_to: [nas] }" }));
  assert.deepEqual(three.jobs[0]!.promises[0]!.copies!.jobs, ["offsite", "nas"]);
});

test("what cannot be copied, or promised, is refused in words", async () => {
  const cases: [text: string, said: RegExp][] = [
    [config({ expect: "{ copies: 3 }" }), /promises 3 copies, but only 2 have any/],
    [config({ expect: "{ copies: 2, copied_to: [nobody] }" }), /copied_to names 'nobody'/],
    [config({ expect: "{ copies: 2, copied_to: [files] }" }), /copied_to names 'files'/],
    [config({ expect: "{ copied_within: 1h }" }), /needs copies beside it|promises nothing/],
    [
      config({ second: SECOND.replace("/mnt/second", "local:/srv/first") }),
      /is the repository that is copied into/,
    ],
    [config({ second: SECOND.replace(", password: first-secret", "") }), /copy_from: has no password/],
    [
      config({ second: SECOND.replace("{ repo", "{ paths: [/home], repo") }),
      /paths: stands beside copy_from/,
    ],
    [config({ second: "{ repository: /mnt/second, password: x }" }), /has no paths/],
  ];
  for (const [text, said] of cases) assert.match((await issuesOf(text)).join("\n"), said, text);
});
