// How `validate config` prints what is wrong: lines with a caret for people, annotations for GitHub's CI.
// Also tests github_annotation.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { githubAnnotation } from "../../../src/cli/config/github_annotation.ts";
import { main } from "../../../src/cli/program.ts";
import { fakeHost } from "../../support/fake_host.ts";

const BAD = `jobs:
  - name: a
    shedule: "5 * * * *"
    timezone: Europe/Berln
    provider: { url: "http://p/b" }
`;

test("validate config shows each line with a caret below the place", async () => {
  const host = fakeHost({ files: { "/home/me/schelly.yaml": BAD } });
  assert.equal(await main(["validate", "config"], host), 3);
  assert.equal(
    host.err(),
    `schelly: the configuration cannot be used: 2 errors
  schelly.yaml:3:5: jobs[0].shedule: unknown key 'shedule' (did you mean schedule?)
      3 |     shedule: "5 * * * *"
        |     ^
  schelly.yaml:4:15: jobs[0].timezone: 'Europe/Berln' is not a time zone: ` +
      `expected an IANA name such as Europe/Berlin or UTC (did you mean Europe/Berlin?)
      4 |     timezone: Europe/Berln
        |               ^
`,
  );
});

test("validate config --format github prints annotations and keeps the exit code", async () => {
  const host = fakeHost({ files: { "/home/me/schelly.yaml": BAD } });
  assert.equal(await main(["validate", "config", "--format", "github"], host), 3);
  assert.deepEqual(host.out().split("\n").map((line) => line.split("::")[1]), [
    "error file=schelly.yaml,line=3,col=5,title=jobs[0].shedule",
    "error file=schelly.yaml,line=4,col=15,title=jobs[0].timezone",
    undefined,
  ]);
  const good = fakeHost({ files: { "/home/me/schelly.yaml": "jobs: []\n" } });
  assert.equal(await main(["validate", "config", "--format", "github"], good), 0);
  assert.match(good.out(), /^::warning file=schelly\.yaml,line=1,col=7,title=jobs::there are no jobs/);
  assert.equal(good.err(), "");
});

test("githubAnnotation() escapes what the runner would read as its own signs", () => {
  const issue = { file: "a,b:c%.yaml", line: 1, column: 2, path: "x", severity: "note" as const };
  assert.equal(
    githubAnnotation({ ...issue, message: "100 %\n::error::x", hint: "no" }),
    "::notice file=a%2Cb%3Ac%25.yaml,line=1,col=2,title=x::100 %25%0A::error::x (no)",
  );
  assert.equal(
    githubAnnotation({ file: "environment", path: "TZ", severity: "error", message: "bad" }),
    "::error title=TZ::environment: bad",
  );
});
