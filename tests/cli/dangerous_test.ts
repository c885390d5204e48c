// What deletes or approves: it shows what, asks, and does nothing without a yes.
// Also tests confirm.ts and retention.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../src/cli/program.ts";
import { type Answer, fakeHost, type FakeHostOptions, jsonAnswer } from "../support/fake_host.ts";

const SERVER = "http://127.0.0.1:8080";
const BACKUP = {
  id: "b1",
  run_id: "r1",
  job: "a",
  status: "available",
  state: "available",
  period_time: "2026-11-20T23:59:59.000Z",
};
const VIEW = {
  job: "a",
  policy: "daily=1",
  keep: [{
    id: "b2",
    run_id: "r2",
    period_time: "2026-11-21T23:59:59.000Z",
    tags: ["daily"],
    reasons: ["newest"],
  }],
  remove: [{ id: "b1", run_id: "r1", period_time: "2026-11-20T23:59:59.000Z", tags: [], reasons: [] }],
  digest: "d1",
  guards: [{ guard: "too_many", latched: true, since: null, message: "1 of 2" }],
  approved: false,
  deleting: 0,
};

/** Reads answer `read`; changes answer `changed`. */
function serving(read: unknown, changed: unknown, options: FakeHostOptions = {}) {
  const bodies: string[] = [];
  const answer: Answer = async (request) => {
    if (request.method === "GET") return jsonAnswer(read);
    bodies.push(await request.text());
    return jsonAnswer(changed, 200);
  };
  const host = fakeHost({ env: { SCHELLY_SERVER: SERVER }, servers: { [SERVER]: answer }, ...options });
  const changes = () => host.requests.filter((request) => !request.startsWith("GET "));
  return { host, changes, bodies };
}

const COMMANDS: [args: string, read: unknown, changed: unknown, request: string][] = [
  [
    "backups delete b1",
    BACKUP,
    { ...BACKUP, state: "deleting", status: "deleting" },
    "DELETE /backups/r1?job=a",
  ],
  [
    "runs cancel r1",
    { ...BACKUP, state: "running" },
    { ...BACKUP, state: "cancelled" },
    "POST /runs/r1/cancel",
  ],
  ["retention run a", VIEW, VIEW, "POST /jobs/a/retention"],
  ["retention approve a", VIEW, { ...VIEW, approved: true }, "POST /jobs/a/retention/approve"],
  ["clock trust", {}, { trusted: true }, "POST /clock/trust"],
];

for (const [args, read, changed, request] of COMMANDS) {
  const expected = request.replace(" ", ` ${SERVER} `);

  test(`${args} needs --yes where nobody can be asked`, async () => {
    const { host, changes } = serving(read, changed);
    assert.equal(await main(args.split(" "), host), 2);
    assert.match(host.err(), /needs --yes/);
    assert.deepEqual(changes(), []);
  });

  test(`${args} does nothing when the answer is no`, async () => {
    const { host, changes } = serving(read, changed, { tty: true, confirms: false });
    assert.equal(await main(args.split(" "), host), 1);
    assert.equal(host.questions.length, 1);
    assert.match(host.err(), /Nothing was done/);
    assert.deepEqual(changes(), []);
  });

  test(`${args} goes on after a yes, and with --yes without asking`, async () => {
    const asked = serving(read, changed, { tty: true, confirms: true });
    assert.equal(await main(args.split(" "), asked.host), 0);
    assert.deepEqual(asked.changes(), [expected]);
    const told = serving(read, changed);
    assert.equal(await main([...args.split(" "), "--yes"], told.host), 0);
    assert.deepEqual(told.host.questions, []);
    assert.deepEqual(told.changes(), [expected]);
  });
}

test("backups delete asks with the job, time and status of exactly that backup", async () => {
  const { host } = serving(BACKUP, BACKUP, { tty: true, confirms: true });
  await main(["backups", "delete", "b1"], host);
  assert.deepEqual(host.questions, [
    "Delete backup b1 of job a (2026-11-20T23:59:59.000Z, available) for ever?",
  ]);
});

test("retention run --dry-run asks nothing and deletes nothing", async () => {
  const { host, changes } = serving(VIEW, VIEW);
  assert.equal(await main(["retention", "run", "a", "--dry-run", "--json"], host), 0);
  assert.deepEqual(changes(), [`POST ${SERVER} /jobs/a/retention?dry_run=true`]);
  assert.deepEqual(JSON.parse(host.out()), VIEW);
});

test("retention approve sends the digest of the set it has shown", async () => {
  const { host, bodies } = serving(VIEW, VIEW, { tty: true, confirms: true });
  assert.equal(await main(["retention", "approve", "a"], host), 0);
  assert.deepEqual(bodies, ['{"digest":"d1"}']);
  assert.match(host.err(), /approving removal of b1 \(2026-11-20T23:59:59\.000Z\)/);
});

test("retention approve refuses another set than the digest names", async () => {
  const { host, changes } = serving(VIEW, VIEW);
  assert.equal(await main(["retention", "approve", "a", "--digest", "d0", "--yes"], host), 1);
  assert.match(host.err(), /Cannot approve d0 for job a: the set has changed, its digest is now d1/);
  assert.deepEqual(changes(), []);
});

test("retention approve approves nothing when nothing would go", async () => {
  const { host, changes } = serving({ ...VIEW, remove: [], guards: [] }, VIEW);
  assert.equal(await main(["retention", "approve", "a", "--yes"], host), 0);
  assert.deepEqual(changes(), []);
});

test("retention approve lets a latched guard go although nothing would go, after asking", async () => {
  const { host, changes } = serving({ ...VIEW, remove: [] }, VIEW, { tty: true, confirms: true });
  assert.equal(await main(["retention", "approve", "a"], host), 0);
  assert.match(host.questions[0]!, /Nothing is to be removed\. Let job a delete again/);
  assert.deepEqual(changes(), [`POST ${SERVER} /jobs/a/retention/approve`]);
});

test("retention show lists kept and removed backups, newest first, with what holds them", async () => {
  const { host } = serving(VIEW, VIEW);
  assert.equal(await main(["retention", "show", "a"], host), 0);
  assert.match(host.out(), /^b2 .*keep\s+newest\s+daily\nb1 .*remove/m);
  assert.match(host.err(), /1 backup kept, 1 to remove, digest d1\nheld by too_many: 1 of 2/);
});

test("retention show asks for as many as --limit and --only say, and tells how many there are", async () => {
  const view = { ...VIEW, keep: [], keep_count: 5, remove_count: 70_000 };
  const { host } = serving(view, view);
  assert.equal(await main(["retention", "show", "a", "--only", "remove", "--limit", "1"], host), 0);
  assert.match(host.requests.at(-1)!, /\/jobs\/a\/retention\?limit=1&decision=remove$/);
  assert.match(
    host.err(),
    /5 backups kept, 70000 to remove, digest d1\nOnly 1 of 70000 are shown: more with --limit/,
  );
  await main(["retention", "show", "a"], host);
  assert.match(host.requests.at(-1)!, /\/jobs\/a\/retention$/, "all of them, as ever");
  const all = { ...VIEW, keep: [], keep_count: 5, remove_count: 1 };
  const { host: one } = serving(all, all);
  assert.equal(await main(["retention", "show", "a", "--only", "remove"], one), 0);
  assert.match(one.err(), /5 backups kept, 1 to remove/);
  assert.doesNotMatch(one.err(), /are shown/, "all that were asked for");
});

test("retention approve of very many reads those that it names, and tells how many there are", async () => {
  const view = { ...VIEW, keep: [], keep_count: 5, remove_count: 70_000 };
  const { host, changes } = serving(view, { ...view, approved: true });
  assert.equal(await main(["retention", "approve", "a", "--yes"], host), 0);
  assert.match(host.err(), /and 69800 more/);
  assert.ok(host.requests.some((request) => request.endsWith("/jobs/a/retention?limit=200&decision=remove")));
  assert.deepEqual(changes(), [`POST ${SERVER} /jobs/a/retention/approve?limit=1`]);
});

test("retention approve without a job lists what waits and approves nothing", async () => {
  const guard = { guard: "too_many", latched: true, since: null, message: "9 of 10 would go" };
  const jobs = [{ job: "a", guards: [guard, { ...guard, guard: "freeze", latched: false }] }, {
    job: "b",
    guards: [],
  }];
  const asked = async (...args: string[]) => {
    const host = fakeHost({ env: { SCHELLY_SERVER: SERVER }, servers: { [SERVER]: () => jsonAnswer(jobs) } });
    const code = await main(["retention", "approve", ...args], host);
    assert.ok(host.requests.every((request) => request.startsWith("GET ")), host.requests.join());
    return { code, out: host.out(), err: host.err() };
  };
  const table = await asked();
  assert.equal(table.code, 0);
  assert.match(table.out, /^a {4}too_many {2}- {6}9 of 10 would go$/m);
  assert.doesNotMatch(table.out, /freeze|^b /m);
  assert.deepEqual(JSON.parse((await asked("--json")).out), [{ job: "a", ...guard }]);
  const yes = await asked("--yes");
  assert.deepEqual([yes.code, yes.out], [2, ""]);
  assert.match(yes.err, /Cannot approve without a job: expected its name before --yes; nothing was approved/);
});

test("retention approve names so many backups that the question stays in sight", async () => {
  const remove = Array.from({ length: 1_000 }, (_, at) => ({ ...VIEW.remove[0]!, id: `b${at}` }));
  const host = fakeHost({
    env: { SCHELLY_SERVER: SERVER },
    servers: { [SERVER]: () => jsonAnswer({ ...VIEW, remove }) },
  });
  await main(["retention", "approve", "a"], host);
  assert.match(
    host.err(),
    /approving removal of b199 .*\n… and 800 more: all of them with `schelly retention show a`/,
  );
  assert.match(host.err(), /Let job a delete these 1000 backups for ever/);
});

test("runs cancel asks nothing about a run that has ended: the server refuses it", async () => {
  const host = fakeHost({
    env: { SCHELLY_SERVER: SERVER },
    tty: true,
    confirms: false,
    servers: {
      [SERVER]: (request) =>
        request.method === "GET"
          ? jsonAnswer(BACKUP)
          : jsonAnswer({ detail: "Run r1 has ended: it is available" }, 409),
    },
  });
  assert.equal(await main(["runs", "cancel", "r1"], host), 1);
  assert.deepEqual(host.questions, []);
  assert.match(host.err(), /Run r1 has ended: it is available/);
});
