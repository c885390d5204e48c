// A server that does not know a job of the configuration which it was found by is another one, and that is said.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { fakeHost, jsonAnswer } from "../../support/fake_host.ts";

const SERVER = "http://127.0.0.1:8085";
const CONFIG = `
server: { listen: "127.0.0.1:8085", socket: none }
state: { url: "file:/s.db" }
jobs:
  - { name: mine, schedule: "0 4 * * *", provider: { url: "http://p/backups" }, retention: { daily: 5 } }
`;

async function show(job: string, args: string[] = [], config = CONFIG) {
  const detail = `There is no job '${job}': expected one of 'demo', 'mail'`;
  const host = fakeHost({
    files: { "/s.yaml": config },
    servers: { [SERVER]: () => jsonAnswer({ title: "T", status: 404, detail }, 404) },
  });
  return { code: await main(["jobs", "show", job, "--config", "/s.yaml", ...args], host), err: host.err() };
}

test("a job that the configuration has and the server does not know says which server answered", async () => {
  const { code, err } = await show("mine");
  assert.equal(code, 5);
  assert.match(
    err,
    /^schelly: There is no job 'mine': expected one of 'demo', 'mail'; the configuration here has it: /,
  );
  assert.match(
    err,
    /the server that answered at http:\/\/127\.0\.0\.1:8085 is another one, or has not taken/,
  );
});

test("nothing is said of a job that neither has, of a server that was named, or by a broken file", async () => {
  const usual = /expected one of 'demo', 'mail'; see 'schelly jobs list'\n$/;
  for (
    const { code, err } of [
      await show("other"),
      await show("mine", ["--server", SERVER]),
      await show("mine", [], CONFIG.replace("retention:", "Retention_:")),
    ]
  ) {
    assert.equal(code, 5);
    assert.match(err, usual);
  }
});
