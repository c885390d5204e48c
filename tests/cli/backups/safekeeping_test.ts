// `backups hold|release|delete --all|import`, `freeze`, `unfreeze`: what they send, ask and refuse.
// Also tests backups_delete.ts, backups_hold.ts, backups_import.ts, backups_unlock.ts, freeze.ts and migrate.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { type Answer, fakeHost, type FakeHostOptions, jsonAnswer } from "../../support/fake_host.ts";

const SERVER = "http://127.0.0.1:8080";
const HOLD = { reason: "audit", owner: "finance", since: "2026-11-01T00:00:00.000Z", until: null };
const backup = (n: number, fields: object = {}) => ({
  id: `b${n}`,
  run_id: `r${n}`,
  job: "a",
  status: "available",
  state: "available",
  period_time: `2026-11-2${n}T23:59:59.000Z`,
  hold: null,
  ...fields,
});
const FROZEN = {
  frozen: true,
  reason: "moving",
  owner: "ops",
  since: "2026-11-01T00:00:00.000Z",
  until: null,
  on_the_wire: [{ job: "a", run_id: "r9", id: "b9", state: "deleting" }],
};
const THAWED = { frozen: false, reason: null, owner: null, since: null, until: null, on_the_wire: [] };

/** Answers by `METHOD /path`; what is not named is 404. */
function serving(answers: Record<string, unknown>, options: FakeHostOptions = {}) {
  const bodies: unknown[] = [];
  const answer: Answer = async (request) => {
    const { pathname, search } = new URL(request.url);
    const text = await request.text();
    if (text !== "") bodies.push(JSON.parse(text));
    const line = `${request.method} ${pathname}`;
    const found = answers[`${line}${search}`] ?? answers[line];
    if (found instanceof Response) return found;
    return found === undefined
      ? jsonAnswer({ title: "Not found", status: 404, detail: `nothing at ${line}` }, 404)
      : jsonAnswer(found);
  };
  const host = fakeHost({ env: { SCHELLY_SERVER: SERVER }, servers: { [SERVER]: answer }, ...options });
  const changes = () =>
    host.requests.filter((request) => !request.startsWith("GET ")).map((request) =>
      request.replace(` ${SERVER}`, "")
    );
  return { host, changes, bodies };
}

test("backups hold sends reason, owner and end for each id, and asks nothing", async () => {
  const { host, changes, bodies } = serving({
    "PUT /backups/b1/hold": backup(1, { hold: HOLD }),
    "PUT /backups/b2/hold": backup(2, { hold: { ...HOLD, until: "2027-06-30T00:00:00.000Z" } }),
  });
  const args = [
    "backups",
    "hold",
    "b1",
    "b2",
    "--reason",
    "audit",
    "--owner",
    "finance",
    "--until",
    "2027-06-30",
  ];
  assert.equal(await main(args, host), 0);
  assert.deepEqual(changes(), ["PUT /backups/b1/hold", "PUT /backups/b2/hold"]);
  assert.deepEqual(bodies[0], { reason: "audit", owner: "finance", until: "2027-06-30T00:00:00.000Z" });
  assert.match(
    host.err(),
    /b1 of job a is held until it is released\.\nb2 of job a is held until 2027-06-30/,
  );
});

test("backups hold needs a reason, and passes on why it cannot hold", async () => {
  const bare = serving({});
  assert.equal(await main(["backups", "hold", "b1"], bare.host), 2);
  assert.match(bare.host.err(), /--reason/);
  const detail = "Cannot hold backup 'b1': a DELETE was sent for it at 2026-11-01T00:00:00.000Z";
  const late = serving({ "PUT /backups/b1/hold": problem(409, detail) });
  assert.equal(await main(["backups", "hold", "b1", "--reason", "x"], late.host), 1);
  assert.match(late.host.err(), /a DELETE was sent/);
});

test("backups release shows who holds what, asks once, and releases those by run id", async () => {
  const answers = {
    "GET /backups/b1": backup(1, { hold: HOLD }),
    "GET /backups/b2": backup(2),
    "DELETE /backups/r1/hold": backup(1),
  };
  const silent = serving(answers);
  assert.equal(await main(["backups", "release", "b1", "b2"], silent.host), 2);
  assert.deepEqual(silent.changes(), []);
  const { host, changes } = serving(answers, { tty: true, confirms: true });
  assert.equal(await main(["backups", "release", "b1", "b2"], host), 0);
  assert.match(host.err(), /releasing b1 of job a, held by finance: audit/);
  assert.equal(host.questions.length, 1);
  assert.deepEqual(changes(), ["DELETE /backups/r1/hold?job=a"]);
});

test("freeze needs a reason, names what is on the wire, and --status changes nothing", async () => {
  const { host, changes, bodies } = serving({ "PUT /freeze": FROZEN, "GET /freeze": FROZEN });
  assert.equal(await main(["freeze"], host), 2);
  assert.match(host.err(), /without --reason.*nothing was frozen/);
  assert.equal(await main(["freeze", "--show", "--reason", "x"], host), 2);
  assert.deepEqual(changes(), []);
  assert.equal(await main(["freeze", "--status", "--json"], host), 0);
  assert.deepEqual(changes(), []);
  assert.equal(await main(["freeze", "--reason", "moving", "--until", "4h"], host), 0);
  assert.deepEqual(bodies, [{
    reason: "moving",
    until: new Date(host.clock.now() + 4 * 3_600_000).toISOString(),
  }]);
  assert.match(host.out(), /frozen until `schelly unfreeze` by ops: moving/);
  assert.match(host.err(), /on the wire already: b9 of job a \(deleting\)/);
});

test("unfreeze asks with the reason of the freeze, and does nothing where there is none", async () => {
  const answers = { "GET /freeze": FROZEN, "DELETE /freeze": THAWED };
  const silent = serving(answers);
  assert.equal(await main(["unfreeze"], silent.host), 2);
  assert.deepEqual(silent.changes(), []);
  const { host, changes } = serving(answers, { tty: true, confirms: true });
  assert.equal(await main(["unfreeze"], host), 0);
  assert.deepEqual(host.questions, ["Deletions are frozen by ops (moving). Let all jobs delete again?"]);
  assert.deepEqual(changes(), ["DELETE /freeze"]);
  const thawed = serving({ "GET /freeze": THAWED });
  assert.equal(await main(["unfreeze"], thawed.host), 0);
  assert.match(thawed.host.out(), /not frozen/);
  assert.deepEqual(thawed.changes(), []);
});

const UNMANAGED = { job: "a", managed: false, unmanaged: [{ provider: "p", available: 3 }] };

test("backups delete --job --all names the count, deletes oldest first what is not held, and goes on past a refusal", async () => {
  const answers = {
    "GET /jobs/a": UNMANAGED,
    "GET /backups": [backup(4), backup(3, { hold: HOLD }), backup(2), backup(1)],
    "DELETE /backups/r1": backup(1, { state: "deleted" }),
    "DELETE /backups/r2": problem(409, "Backup 'b2' changed at the same moment: look again"),
    "DELETE /backups/r4": backup(4, { state: "deleted" }),
  };
  const silent = serving(answers);
  assert.equal(await main(["backups", "delete", "--job", "a", "--all"], silent.host), 2);
  assert.deepEqual(silent.changes(), []);
  const { host, changes } = serving(answers, { tty: true, confirms: true });
  assert.equal(await main(["backups", "delete", "--job", "a", "--all"], host), 1);
  assert.deepEqual(host.questions, [
    "Delete all 3 backups of job a, made from 2026-11-21T23:59:59.000Z to 2026-11-24T23:59:59.000Z, for ever?",
  ]);
  assert.deepEqual(changes(), [1, 2, 4].map((n) => `DELETE /backups/r${n}?job=a`));
  assert.match(host.err(), /held, stays: b3/);
  assert.match(host.err(), /not deleted: b2 .*changed at the same moment/);
  assert.match(host.err(), /1 of 3 backups were not deleted/);
});

test("backups delete --all leaves what others have the data of, and says so", async () => {
  const said = "Cannot delete backup 'b1': it shares its data with backup 'b9' of job 'b'";
  const shared = jsonAnswer(
    { title: "Conflict", status: 409, detail: said, reason: "shared_data" },
    409,
  );
  const { host } = serving({
    "GET /jobs/a": UNMANAGED,
    "GET /backups": [backup(2), backup(1)],
    "DELETE /backups/r1": shared,
    "DELETE /backups/r2": backup(2, { state: "deleted" }),
  }, { tty: true, confirms: true });
  assert.equal(await main(["backups", "delete", "--job", "a", "--all"], host), 0);
  assert.match(host.err(), /shared, stays: b1 .*it shares its data with backup 'b9' of job 'b'/);
  assert.match(host.err(), /1 of 2 stay, as other backups have the same data/);
  assert.doesNotMatch(host.err(), /not deleted/);
});

test("backups delete --job --all takes what is missing or could not be deleted, and no failed run", async () => {
  const { host, changes } = serving({
    "GET /jobs/a": UNMANAGED,
    "GET /backups": [
      backup(4, { state: "failed" }),
      backup(3, { state: "missing" }),
      backup(2),
      backup(1, { state: "delete-error" }),
    ],
    ...Object.fromEntries([1, 2, 3].map((n) => [`DELETE /backups/r${n}`, backup(n, { state: "deleted" })])),
  });
  assert.equal(await main(["backups", "delete", "--job", "a", "--all", "--yes"], host), 0);
  assert.deepEqual(changes(), [1, 2, 3].map((n) => `DELETE /backups/r${n}?job=a`));
});

test("backups delete --all --leftovers takes what failed runs left too, and is nothing by itself", async () => {
  const rows = [
    backup(5, { state: "cancelled", status: "cancelled" }),
    backup(4, { state: "failed" }),
    backup(3, { state: "lost", hold: HOLD }),
    backup(2, { state: "deleting" }),
    backup(1),
  ];
  const { host, changes } = serving({
    "GET /jobs/a": UNMANAGED,
    "GET /backups": rows,
    ...Object.fromEntries([1, 4, 5].map((n) => [`DELETE /backups/r${n}`, backup(n, { state: "deleted" })])),
  }, { tty: true, confirms: true });
  assert.equal(await main(["backups", "delete", "--job", "a", "--all", "--leftovers"], host), 0);
  assert.match(host.questions[0]!, /^Delete all 3 backups and leftovers of job a, /);
  assert.deepEqual(changes(), [1, 4, 5].map((n) => `DELETE /backups/r${n}?job=a`));
  for (const args of [["--job", "a"], ["b1"], ["b1", "--job", "a"]]) {
    const wrong = serving({ "GET /backups/b1": backup(1) });
    assert.equal(await main(["backups", "delete", ...args, "--leftovers", "--yes"], wrong.host), 2);
    assert.deepEqual(wrong.changes(), []);
  }
});

test("backups delete says why a provider refused, and fails", async () => {
  const refused = backup(1, { state: "delete-error", custom_data: "Cannot delete backup 'b1', nor tell" });
  const { host } = serving({
    "GET /jobs/a": UNMANAGED,
    "GET /backups": [backup(1)],
    "GET /backups/b1": backup(1),
    "DELETE /backups/r1": refused,
  });
  assert.equal(await main(["backups", "delete", "b1", "--yes"], host), 1);
  assert.match(host.err(), /Not deleted: b1 .*: Cannot delete backup 'b1', nor tell/);
  assert.doesNotMatch(host.err(), /^Deleted|Accepted/m);
  assert.equal(await main(["backups", "delete", "--job", "a", "--all", "--yes"], host), 1);
  assert.match(host.err(), /1 of 1 backups were not deleted/);
});

test("backups delete --all refuses a job of the configuration, an id beside it, and no job at all", async () => {
  const { host, changes } = serving({ "GET /jobs/a": { job: "a", managed: true } });
  assert.equal(await main(["backups", "delete", "--job", "a", "--all", "--yes"], host), 1);
  assert.match(host.err(), /it is in the configuration, so its retention decides/);
  assert.equal(await main(["backups", "delete", "b1", "--job", "a", "--all", "--yes"], host), 2);
  assert.equal(await main(["backups", "delete", "--all", "--yes"], host), 2);
  assert.equal(await main(["backups", "delete", "--yes"], host), 2);
  assert.deepEqual(changes(), []);
});

test("jobs list and show say what nobody manages, and how it is taken over or deleted", async () => {
  const moved = { job: "b", managed: true, enabled: true, unmanaged: [{ provider: "old", available: 1 }] };
  const { host } = serving({ "GET /jobs": [UNMANAGED, moved], "GET /jobs/a": UNMANAGED });
  assert.equal(await main(["jobs", "list"], host), 0);
  assert.match(host.out(), /^a\s+unmanaged/m);
  assert.match(
    host.err(),
    /a: not in the configuration; its 3 backups at p stay untouched: .*renamed_from: a.*--job a --all/,
  );
  assert.match(
    host.err(),
    /b: 1 backup at old, no longer its provider, .*formerly: \[old\]`, beside what stands there/,
  );
  assert.equal(await main(["jobs", "show", "a"], host), 0);
});

const PLAN = {
  job: "a",
  provider: "p",
  imported: [{ id: "x1", run_id: null, period_time: "2026-11-01T00:00:00.000Z", held: false }],
  skipped: [{ id: "x2", why: "it is known: run r2 of job 'a', available" }],
  would_delete: [{ id: "x1", period_time: "2026-11-01T00:00:00.000Z" }],
};

test("backups import shows what would come in before it asks, and --dry-run only shows", async () => {
  const answers = {
    "POST /jobs/a/import?dry_run=true": PLAN,
    "POST /jobs/a/import": { ...PLAN, imported: [{ ...PLAN.imported[0], run_id: "r7" }] },
  };
  const dry = serving(answers);
  assert.equal(await main(["backups", "import", "--job", "a", "--dry-run"], dry.host), 0);
  assert.deepEqual(dry.changes(), ["POST /jobs/a/import?dry_run=true"]);
  assert.match(dry.host.out(), /x1 .*import\n.*x2 .*skip\s+it is known/);
  assert.match(dry.host.err(), /would delete 1 backup, after you have approved it: x1 \(/);
  const silent = serving(answers);
  assert.equal(await main(["backups", "import", "--job", "a"], silent.host), 2);
  assert.deepEqual(silent.changes(), ["POST /jobs/a/import?dry_run=true"]);
  const told = serving(answers);
  assert.equal(await main(["backups", "import", "--job", "a", "--yes", "--json"], told.host), 0);
  assert.equal(JSON.parse(told.host.out()).imported[0].run_id, "r7");
  assert.match(told.host.err(), /None of them is deleted before you look/);
});

test("backups import shows whose each is, and --id names those that come in whosever they are", async () => {
  const plan = {
    ...PLAN,
    imported: [
      { ...PLAN.imported[0], job: "a", host: "nas", paths: ["/home", "/etc", "/srv"] },
      { ...PLAN.imported[0], id: "x3", job: null, host: null, paths: [] },
    ],
    skipped: [{ id: "x2", why: "it is of job 'b'", job: "b", host: null, paths: [] }],
  };
  const { host, changes } = serving({
    "POST /jobs/a/import?dry_run=true&id=x1&id=x2%2C3": plan,
    "POST /jobs/a/import?id=x1&id=x2%2C3": plan,
  });
  const ids = ["--id", "x1", "--id", "x2,3"];
  assert.equal(await main(["backups", "import", "--job", "a", ...ids, "--yes"], host), 0, host.err());
  assert.deepEqual(changes(), [
    "POST /jobs/a/import?dry_run=true&id=x1&id=x2%2C3",
    "POST /jobs/a/import?id=x1&id=x2%2C3",
  ]);
  assert.match(host.out(), /WHOSE/);
  assert.match(host.out(), /x1 .*a on nas: \/home, \/etc …\s+import/);
  assert.match(host.out(), /x3 .*unknown owner\s+import/);
  assert.match(host.out(), /x2 .*b\s+skip\s+it is of job 'b'/);
});

test("migrate shows what would come in and which levels are lost; only --yes, or a word, takes it over", async () => {
  const answers = {
    "POST /jobs/a/migrate?dry_run=true": { ...PLAN, levels_lost: ["weekly 4@L"] },
    "POST /jobs/a/migrate": { ...PLAN, levels_lost: [] },
  };
  const args = ["migrate", "--from-sqlite", "/old/sqlite.db", "--job", "a"];
  const dry = serving(answers);
  assert.equal(await main(args, dry.host), 0);
  assert.deepEqual(dry.changes(), ["POST /jobs/a/migrate?dry_run=true"]);
  assert.deepEqual(dry.bodies, [{ path: "/old/sqlite.db" }]);
  assert.match(dry.host.out(), /x1 .*import\n.*x2 .*skip\s+it is known/);
  assert.match(
    dry.host.err(),
    /original's image keeps weekly 4@L .*\n[^]*Nothing was written: --yes takes them over/,
  );
  const told = serving(answers);
  assert.equal(await main([...args, "--yes"], told.host), 0);
  assert.deepEqual(told.changes(), ["POST /jobs/a/migrate?dry_run=true", "POST /jobs/a/migrate"]);
  assert.match(told.host.err(), /None of them is deleted before you look/);
});

test("backups unlock has the storage asked again, deletes nothing, and passes on why there is nothing to ask", async () => {
  const { host, changes } = serving({ "POST /backups/b1/unlock": backup(1) });
  assert.equal(await main(["backups", "unlock", "b1"], host), 0);
  assert.deepEqual(changes(), ["POST /backups/b1/unlock"]);
  assert.match(
    host.err(),
    /asked again by the next pass of job a, if retention lets it go\. Nothing was deleted/,
  );
  const refused =
    serving({ "POST /backups/b1/unlock": problem(409, "Backup 'b1' of job 'a' is not locked") }).host;
  assert.equal(await main(["backups", "unlock", "b1"], refused), 1);
  assert.match(refused.err(), /is not locked/);
});

test("backups list marks what is held, and show says why and until when", async () => {
  const { host } = serving({
    "GET /backups": [backup(1, { hold: HOLD })],
    "GET /backups/b1": backup(1, { hold: HOLD }),
  });
  assert.equal(await main(["backups", "list"], host), 0);
  assert.match(host.out(), /^b1\s+a\s+held/m);
  assert.equal(await main(["backups", "show", "b1"], host), 0);
  assert.match(host.out(), /^held\s+until it is released by finance: audit$/m);
});

function problem(status: number, detail: string): Response {
  return new Response(JSON.stringify({ title: "x", status, detail }), {
    status,
    headers: { "content-type": "application/problem+json" },
  });
}
