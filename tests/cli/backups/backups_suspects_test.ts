// `backups accept` and `reject`, and how suspects show in tables.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { type Answer, fakeHost, type FakeHostOptions, jsonAnswer } from "../../support/fake_host.ts";

const SERVER = "http://127.0.0.1:8080";
const REASON = "0 MB is 0 % of 500 MB, the median of the last 10: expected at least 20 %";
const suspect = (n: number) => ({
  id: `b${n}`,
  run_id: `r${n}`,
  job: "a",
  status: "available",
  state: "available",
  period_time: `2026-11-2${n}T23:59:59.000Z`,
  size_mb: 0,
  suspect: true,
  suspect_reason: REASON,
});

function serving(options: FakeHostOptions = {}, answer?: Answer) {
  const plain: Answer = (request) => {
    const n = Number(/[br](\d)/.exec(new URL(request.url).pathname)![1]);
    return jsonAnswer(request.method === "GET" ? suspect(n) : { ...suspect(n), suspect: false });
  };
  const host = fakeHost({
    env: { SCHELLY_SERVER: SERVER },
    servers: { [SERVER]: answer ?? plain },
    ...options,
  });
  const changes = () => host.requests.filter((request) => !request.startsWith("GET "));
  return { host, changes };
}

for (const verdict of ["accept", "reject"]) {
  test(`backups ${verdict} needs --yes where nobody can be asked, and does nothing after a no`, async () => {
    const silent = serving();
    assert.equal(await main(["backups", verdict, "b1"], silent.host), 2);
    assert.match(silent.host.err(), /needs --yes/);
    const refused = serving({ tty: true, confirms: false });
    assert.equal(await main(["backups", verdict, "b1"], refused.host), 1);
    assert.deepEqual([...silent.changes(), ...refused.changes()], []);
  });

  test(`backups ${verdict} shows why each is suspect, asks once, and names them by run id`, async () => {
    const { host, changes } = serving({ tty: true, confirms: true });
    assert.equal(await main(["backups", verdict, "b1", "b2", "--json"], host), 0);
    assert.match(host.err(), new RegExp(`${verdict} b1 of job a \\(2026-11-21.*\\): 0 MB is 0 % of 500 MB`));
    assert.equal(host.questions.length, 1);
    assert.match(host.questions[0]!, new RegExp(`^${verdict} these 2 backups\\?`));
    assert.deepEqual(changes(), [1, 2].map((n) => `POST ${SERVER} /backups/r${n}/${verdict}?job=a`));
    assert.deepEqual(JSON.parse(host.out()).map((one: { id: string }) => one.id), ["b1", "b2"]);
  });

  test(`backups ${verdict} says in one line why the server does not`, async () => {
    const { host } = serving(
      {},
      (request) =>
        request.method === "GET"
          ? jsonAnswer(suspect(1))
          : jsonAnswer({ detail: "Backup 'b1' of job 'a' is 'deleted': it is too late" }, 409),
    );
    assert.equal(await main(["backups", verdict, "b1", "--yes"], host), 1);
    assert.match(host.err(), /Backup 'b1' of job 'a' is 'deleted': it is too late\n/);
  });

  test(`backups ${verdict} asks nobody and decides none where one never was suspect`, async () => {
    const plain = { suspect: false, suspect_reason: null };
    const answer: Answer = (request) =>
      jsonAnswer(new URL(request.url).pathname.endsWith("b2") ? { ...suspect(2), ...plain } : suspect(1));
    const { host, changes } = serving({ tty: true, confirms: true }, answer);
    assert.equal(await main(["backups", verdict, "b1", "b2"], host), 1);
    assert.match(host.err(), /Backup 'b2' of job 'a' is not suspect: .*nothing was changed/);
    assert.deepEqual([host.questions, changes()], [[], []]);
  });
}

test("backups list marks suspects and rejected ones, and --suspect asks for the former", async () => {
  const rows = [suspect(3), { ...suspect(2), suspect: false, rejected: true }, {
    ...suspect(1),
    suspect: false,
  }];
  const { host } = serving({}, () => jsonAnswer(rows));
  assert.equal(await main(["backups", "list", "--suspect"], host), 0);
  assert.match(host.requests[0]!, /suspect=true/);
  const status = host.out().split("\n").slice(1, 4).map((line) => line.split(/ {2,}/)[2]);
  assert.deepEqual(status, ["suspect", "rejected", "available"]);
});

test("backups show tells what became of a suspicion", async () => {
  const shown = async (fields: object) => {
    const { host } = serving({}, () => jsonAnswer({ ...suspect(1), ...fields }));
    await main(["backups", "show", "b1"], host);
    return /^suspect +(.*)$/m.exec(host.out())![1];
  };
  assert.equal(await shown({}), `yes: ${REASON}`);
  assert.equal(await shown({ suspect: false, rejected: true }), `rejected: ${REASON}`);
  assert.equal(await shown({ suspect: false }), `no more: ${REASON}, accepted`);
  assert.equal(await shown({ suspect: false, suspect_reason: null }), "-");
});

test("a backup whose verification failed is accepted with a word of its own alone, which says what follows", async () => {
  const damaged = { ...suspect(1), verification: "failed", suspect_reason: "its verification failed: a.txt" };
  const answer: Answer = () => jsonAnswer(damaged);
  const plain = serving({ tty: true, confirms: true }, answer);
  assert.equal(await main(["backups", "accept", "b1"], plain.host), 1);
  assert.match(
    plain.host.err(),
    /is damaged: its verification failed: a\.txt: .*may delete sound ones.*--damaged/,
  );
  assert.deepEqual([plain.changes(), plain.host.questions], [[], []]);
  const said = serving({ tty: true, confirms: true }, answer);
  assert.equal(await main(["backups", "accept", "b1", "--damaged"], said.host), 0);
  assert.match(said.host.questions[0]!, /may delete sound ones.*backups hold/);
  assert.deepEqual(said.changes(), [`POST ${SERVER} /backups/r1/accept?job=a&damaged=true`]);
  const rejected = serving({ tty: true, confirms: true }, answer);
  assert.equal(await main(["backups", "reject", "b1"], rejected.host), 0);
});

test("jobs show tells how many suspects a job has and what they stop", async () => {
  const guards = [{
    guard: "newest_suspect",
    latched: false,
    since: null,
    message: "the newest backup is suspect",
  }];
  const { host } = serving({}, () => jsonAnswer({ job: "a", available: 9, suspects: 2, guards }));
  assert.equal(await main(["jobs", "show", "a"], host), 0);
  assert.match(host.out(), /suspects +2: see `schelly backups list --job a --suspect`/);
  assert.match(host.err(), /held by newest_suspect: the newest backup is suspect/);
});

test("jobs list and jobs show tell of a single missing backup, and retention approve says that it was seen", async () => {
  const show = serving({}, () => jsonAnswer({ job: "a", available: 9, missing: 1, guards: [] }));
  assert.equal(await main(["jobs", "show", "a"], show.host), 0);
  assert.match(show.host.out(), /missing +1\n/);
  assert.match(show.host.out(), /state +missing/);
  const told = /a: 1 backup is not at its provider any more .*`schelly retention approve a`/;
  assert.match(show.host.err(), told);
  const list = serving({}, () => jsonAnswer([{ job: "a", available: 9, missing: 1, guards: [] }]));
  assert.equal(await main(["jobs", "list"], list.host), 0);
  assert.match(list.host.err(), told);

  const asked: string[] = [];
  const { host } = serving({}, (request) => {
    asked.push(`${request.method} ${new URL(request.url).pathname}`);
    return request.url.endsWith("/jobs/a")
      ? jsonAnswer({ job: "a", available: 9, missing: 1, guards: [] })
      : jsonAnswer({ job: "a", keep: [], remove: [], digest: "d", guards: [], approved: false });
  });
  assert.equal(await main(["retention", "approve", "a", "--yes"], host), 0);
  assert.match(asked.at(-1)!, /^POST .*\/jobs\/a\/retention\/approve$/);
  assert.match(host.err(), /what job a is missing was seen/);
});

test("backups list takes the word suspect, which it shows, for a status", async () => {
  const { host } = serving({}, () => jsonAnswer([suspect(1)]));
  assert.equal(await main(["backups", "list", "--status", "suspect"], host), 0, host.err());
  assert.match(host.out(), /^b1 .*suspect/m);
  const [asked] = host.requests.filter((request) => request.includes("/backups?"));
  assert.match(asked!, /suspect=true/);
  assert.doesNotMatch(asked!, /status=/);
});
