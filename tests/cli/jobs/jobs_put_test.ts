// `jobs put`, `remove` and `file`: the plan is looked at first, and what is sent then holds for the file that it was made for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { testJobEdit } from "../../support/fake_operations.ts";
import { fakeHost, type FakeHostOptions, jsonAnswer } from "../../support/fake_host.ts";

const SERVER = "http://127.0.0.1:8080";
const TEXT = "jobs:\n  - { name: db, provider: store }\n";

const backups = (after: number) => ({
  ...{ count: 9, unmanaged: 0, deletes_now: { before: 0, after }, remove: [] },
  ...{ deletes_within_30_days: { before: 0, after }, oldest: { before: null, after: null } },
});

function serving(answer: (request: Request) => Response | Promise<Response>, options: FakeHostOptions = {}) {
  return fakeHost({
    env: { SCHELLY_SERVER: SERVER },
    servers: { [SERVER]: answer },
    files: { "db.yaml": TEXT },
    ...options,
  });
}

test("jobs put sends the text, then once more while the file is the one of the plan", async () => {
  const seen: string[] = [];
  const host = serving(async (request) => {
    const { headers, url } = request;
    const condition = headers.get("if-match") ?? headers.get("if-none-match");
    seen.push(
      `${url.includes("dry_run=true")} ${headers.get("content-type")} ${condition} ${await request.text()}`,
    );
    return jsonAnswer(testJobEdit("db", { etag: null }));
  });
  assert.equal(await main(["jobs", "put", "db.yaml"], host), 0);
  assert.deepEqual(seen, [`true application/yaml null ${TEXT}`, `false application/yaml * ${TEXT}`]);
  assert.match(host.out(), /^\+ db added\n {4}schedule {2}set to 0 0 3 \* \* \*\n/);
  assert.match(host.err(), /Changed: job 'db' added\. File \/etc\/schelly\/jobs\.d\/db\.yaml/);
});

test("jobs put that would delete backups asks, and shows only with --dry-run", async () => {
  const answer = () => jsonAnswer(testJobEdit("db", { change: "changed", backups: backups(4) }));
  const silent = serving(answer);
  assert.equal(await main(["jobs", "put", "db.yaml"], silent), 2);
  assert.match(silent.err(), /needs --yes.*Write job db\? The next pass deletes 4 of its backups/);
  assert.equal(silent.requests.length, 1);
  const yes = serving(answer);
  assert.equal(await main(["jobs", "put", "db.yaml", "--yes"], yes), 0);
  assert.equal(yes.requests.length, 2);
  const dry = serving(answer);
  assert.equal(await main(["jobs", "put", "db.yaml", "--dry-run", "--json"], dry), 0);
  assert.equal(JSON.parse(dry.out()).backups.deletes_now.after, 4);
  assert.equal(dry.requests.length, 1);
});

test("jobs put of a job that comes back to backups asks, by what the plan counts and not by its words", async () => {
  const back = () => jsonAnswer(testJobEdit("db", { returns_to: 3, notes: ["whatever it says"] }));
  const silent = serving(back);
  assert.equal(await main(["jobs", "put", "db.yaml"], silent), 2);
  assert.match(silent.err(), /needs --yes.*Write job db\? It takes on backups that are there already/);
  assert.equal(silent.requests.length, 1);
  const worded = serving(() =>
    jsonAnswer(testJobEdit("db", { notes: ["3 backups are on record from before"] }))
  );
  assert.equal(await main(["jobs", "put", "db.yaml"], worded), 0);
});

test("what holds no job with a name is not sent; a refusal is told in the server's words", async () => {
  const host = serving(() => assert.fail("nothing is asked"), {
    files: { "db.yaml": "jobs: []\n" },
  });
  assert.equal(await main(["jobs", "put", "db.yaml"], host), 2);
  assert.match(host.err(), /expected 'jobs' with one job that has a name/);
  assert.equal(await main(["jobs", "put", "none.yaml"], host), 2);
  const problem = {
    type: "about:blank",
    title: "Conflict",
    status: 409,
    detail: "it is written in schelly.yaml:3",
  };
  const refusing = serving(() => jsonAnswer(problem, 409));
  assert.equal(await main(["jobs", "put", "db.yaml"], refusing), 1);
  assert.match(refusing.err(), /it is written in schelly\.yaml:3/);
});

test("jobs remove asks, jobs file shows what is there", async () => {
  const view = testJobEdit("db", { change: "removed", settings: [], reload: ["job 'db' removed"] });
  const answer = (request: Request) =>
    request.method === "GET"
      ? new Response(TEXT, { headers: { "content-type": "application/yaml", etag: '"a"' } })
      : jsonAnswer({ job: "db", forgotten_at: null, edit: view });
  const silent = serving(answer);
  assert.equal(await main(["jobs", "remove", "db"], silent), 2);
  assert.match(silent.err(), /Take job db out of the configuration\? .* those it has stay untouched/);
  const host = serving(answer);
  assert.equal(await main(["jobs", "remove", "db", "--yes"], host), 0);
  assert.deepEqual(host.requests.map((line) => line.split(" ")[0]), ["GET", "DELETE", "DELETE"]);
  assert.match(host.out(), /^- db removed\n/);
  const shown = serving(answer);
  assert.equal(await main(["jobs", "file", "db"], shown), 0);
  assert.deepEqual([shown.out(), shown.err()], [TEXT, 'ETag: "a"\n']);
});
