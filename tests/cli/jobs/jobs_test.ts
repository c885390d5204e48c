// Jobs on the command line: tables, pauses, checks, and a start that is waited for.
// Also tests jobs_trigger.ts, readers.ts and storage_lines.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { type Answer, fakeHost, jsonAnswer } from "../../support/fake_host.ts";

const SERVER = "http://127.0.0.1:8080";
const JOB = {
  job: "postgres",
  label: "Postgres!",
  enabled: true,
  schedule: "59 59 23 * * *",
  schedule_derived: true,
  timezone: "UTC",
  provider: "restic-a",
  policy: "daily=7@L",
  next_slot: "2026-11-23T23:59:59.000Z",
  paused: false,
  paused_until: null,
  running: null,
  last_success: "2026-11-22T23:59:59.000Z",
  last_failure: null,
  available: 7,
  guards: [],
  added_later: true,
};

function serving(answer: Answer, tty = false) {
  return fakeHost({ env: { SCHELLY_SERVER: SERVER }, servers: { [SERVER]: answer }, tty, columns: 200 });
}

test("jobs list shows every job and what holds its retention", async () => {
  const guards = [{ guard: "too_many", latched: true, since: null, message: "9 of 10 would go" }];
  const host = serving(() => jsonAnswer([JOB, { ...JOB, job: "home", paused: true, guards }]), true);
  assert.equal(await main(["jobs", "list"], host), 0);
  // deno-lint-ignore no-control-regex
  const plain = host.out().replace(/\x1b\[\d+m/g, "");
  assert.match(plain, /^postgres\s+on\s+-\s+in 23h\s+1s ago\s+7\s+59 59 23 \* \* \*\s+daily=7@L$/m);
  assert.match(plain, /^home\s+paused/m);
  assert.match(
    host.err(),
    /home: retention is held by too_many: 9 of 10 would go; see `schelly retention show home`/,
  );
});

test("jobs list and show say how a job does, and what to do where it fails", async () => {
  const health = {
    state: "failing",
    well: false,
    since: "2026-11-22T23:59:59.000Z",
    cause: "exit 1: repository not found (there is no good backup yet)",
    remedy: "see 'schelly runs list --job postgres'",
  };
  const list = serving(() =>
    jsonAnswer([{ ...JOB, health }, { ...JOB, job: "home", health: { state: "ok", well: true } }])
  );
  assert.equal(await main(["jobs", "list"], list), 0);
  assert.match(list.out(), /^postgres\s+on\s+failing\s/m);
  assert.match(list.out(), /^home\s+on\s+ok\s/m);
  const told =
    /^postgres: exit 1: repository not found \(.*\) \(failing since \S+\); see 'schelly runs list --job postgres'$/m;
  assert.match(list.err(), told);
  assert.doesNotMatch(list.err(), /home/);
  const show = serving(() => jsonAnswer({ ...JOB, health }));
  assert.equal(await main(["jobs", "show", "postgres"], show), 0);
  assert.match(show.out(), /^health\s+failing$/m);
  assert.match(show.out(), /^cause +exit 1: repository not found/m);
  assert.match(show.out(), /^what to do +see 'schelly runs list --job postgres'$/m);
});

test("jobs list and jobs show say once that the state cannot be saved", async () => {
  const job = { ...JOB, store_trouble: "the disk is full; free some space" };
  const told =
    /The state cannot be saved: the disk is full; free some space\. No backup begins until it can/g;
  for (
    const [args, answer] of [[["list"], [job, { ...job, job: "home" }]], [["show", "postgres"], job]] as const
  ) {
    const host = serving(() => jsonAnswer(answer));
    assert.equal(await main(["jobs", ...args], host), 0);
    assert.equal(host.err().match(told)?.length, 1);
  }
});

test("jobs list names what stops a job's deletions, what waits for an approval first", async () => {
  const stateWith = async (...guards: string[]) => {
    const views = guards.map((guard) => ({
      guard,
      latched: guard === "too_many",
      since: null,
      message: "schelly explains",
    }));
    const host = serving(() => jsonAnswer([{ ...JOB, guards: views }]));
    await main(["jobs", "list"], host);
    return host.out().split("\n")[1]!.split(/ {2,}/)[1];
  };
  assert.equal(await stateWith(), "on");
  assert.equal(await stateWith("freeze", "newest_suspect"), "suspect");
  assert.equal(await stateWith("freeze"), "frozen");
  assert.equal(await stateWith("newest_suspect", "too_many"), "guarded");
  assert.equal(await stateWith("freeze", "untrusted_clock"), "clock in doubt");
});

test("jobs list and show say why the clock is in doubt, and what ends that", async () => {
  const message = "the clock, which says 2028-01-01T12:00:00.000Z, is in doubt: ('schelly clock trust')";
  const guards = [{ guard: "untrusted_clock", latched: false, since: null, message }];
  for (const args of [["jobs", "list"], ["jobs", "show", "postgres"]]) {
    const host = serving(() => jsonAnswer(args[1] === "list" ? [{ ...JOB, guards }] : { ...JOB, guards }));
    assert.equal(await main(args, host), 0);
    assert.match(host.out(), /\bclock in doubt\b/);
    assert.match(
      host.err(),
      /^postgres: .* untrusted_clock: the clock, which says 2028.*'schelly clock trust'/m,
    );
    assert.doesNotMatch(host.err(), /see `schelly retention show/, "nothing there could be approved");
  }
});

test("jobs list and show tell of deletions that find no way, and how a lock is looked at", async () => {
  const message =
    "2 deletions find no way since 2026-11-22T00:00:00.000Z: the repository is locked by another restic";
  const open = { count: 2, since: "2026-11-22T00:00:00.000Z", message, stuck: true };
  const list = serving(() => jsonAnswer([{ ...JOB, open_deletions: open }]));
  assert.equal(await main(["jobs", "list"], list), 0);
  assert.match(list.out(), /^postgres\s+stuck/m);
  assert.match(list.err(), /postgres: 2 deletions find no way since .*; see `schelly jobs unlock postgres`/);
  const show = serving(() => jsonAnswer({ ...JOB, open_deletions: { ...open, stuck: false } }));
  assert.equal(await main(["jobs", "show", "postgres"], show), 0);
  assert.match(show.out(), /^state\s+on$/m);
  assert.match(show.err(), /2 deletions find no way/);
});

test("jobs list --json passes on what the server says, newer fields too", async () => {
  const host = serving(() => jsonAnswer([JOB]));
  assert.equal(await main(["jobs", "list", "--json"], host), 0);
  assert.deepEqual(JSON.parse(host.out()), [JOB]);
});

test("jobs show tells the label, where the schedule comes from, and distances", async () => {
  const host = serving(() => jsonAnswer(JOB));
  assert.equal(await main(["jobs", "show", "postgres"], host), 0);
  assert.match(host.out(), /^job\s+postgres \(Postgres!\)$/m);
  assert.match(host.out(), /\(derived from the policy\)/);
  assert.match(host.out(), /^next slot\s+2026-11-23T23:59:59\.000Z \(in 23h\)$/m);
});

test("jobs show tells how large the storage is, what of it is dead, and how its upkeep went", async () => {
  const storage = {
    ...{ measured_at: "2026-11-22T00:00:00.000Z", size_mb: 118, needed_mb: 2, dead_mb: 115, restored_mb: 60 },
    ...{ dedup_ratio: 30, snapshots: 2, mostly_dead: true },
    upkeep: [{ task: "prune", ok: false, at: "2026-11-22T00:00:00.000Z", message: "it is locked" }],
  };
  const host = serving(() => jsonAnswer({ ...JOB, storage }));
  assert.equal(await main(["jobs", "show", "postgres"], host), 0);
  assert.match(
    host.out(),
    /^storage\s+118 MB, of which 115 MB dead; 2 snapshots, 60 MB restored: 30 times what they need$/m,
  );
  assert.match(host.out(), /^last prune\s+2026-11-22T00:00:00\.000Z.* failed: it is locked$/m);
  assert.match(host.err(), /115 MB of the data of .* is dead, and only a prune frees it/);
  const unknown = serving(() => jsonAnswer({ ...JOB, storage: null }));
  assert.equal(await main(["jobs", "show", "postgres"], unknown), 0);
  assert.doesNotMatch(unknown.out(), /^storage/m);
});

test("jobs pause sends the reason and the end as an instant", async () => {
  let sent: unknown;
  const host = serving(async (request) => {
    sent = await request.json();
    return jsonAnswer({ ...JOB, paused: true, paused_until: "2026-11-23T02:00:00.000Z" });
  });
  assert.equal(await main(["jobs", "pause", "postgres", "--until", "2h", "--reason", "new disk"], host), 0);
  assert.deepEqual(sent, { reason: "new disk", until: "2026-11-23T02:00:00.000Z" });
  assert.match(host.err(), /paused until 2026-11-23T02:00:00\.000Z/);
});

const STARTED = {
  id: "b1",
  run_id: "r1",
  job: "postgres",
  status: "running",
  state: "running",
  custom_data: null,
};

/** Answers the start, then each of `states` once; the last for ever. A number is an HTTP status, null a lost server. */
function starting(start: unknown, states: (Record<string, unknown> | number | null)[]): Answer {
  let at = 0;
  return (request) => {
    if (request.method === "POST") return jsonAnswer(start, 202);
    const state = states[Math.min(at++, states.length - 1)]!;
    if (state === null) throw new TypeError("client error (Connect): Connection refused (os error 111)");
    return typeof state === "number"
      ? jsonAnswer({ detail: "no" }, state)
      : jsonAnswer({ ...STARTED, ...state });
  };
}

async function trigger(answer: Answer, args: string[], seconds: number) {
  const host = serving(answer);
  const done = main(["jobs", "trigger", "postgres", ...args], host);
  await host.clock.advance(seconds * 1000);
  return { code: await done, out: host.out(), err: host.err(), requests: host.requests };
}

test("jobs trigger prints the run_id when the provider has accepted", async () => {
  const { code, out, requests } = await trigger(starting(STARTED, []), [], 0);
  assert.deepEqual([code, out], [0, "r1\n"]);
  assert.deepEqual(requests, [`POST ${SERVER} /jobs/postgres/trigger`]);
});

test("jobs trigger fails when the provider's answer is not known", async () => {
  const { code, err } = await trigger(starting({ ...STARTED, id: null, custom_data: "timeout" }, []), [], 0);
  assert.equal(code, 1);
  assert.match(err, /answer is not known; Schelly finds out what became of it: timeout/);
});

test("jobs trigger --wait follows the run to available", async () => {
  const states = [{ custom_data: "10 %" }, { custom_data: "90 %" }, {
    state: "available",
    status: "available",
    custom_data: "done",
  }];
  const { code, out, err } = await trigger(starting(STARTED, states), ["--wait"], 10);
  assert.deepEqual([code, out], [0, "r1\n"]);
  assert.match(err, /0s running: 10 %\n1s running: 90 %\n2s available: done\n/);
});

test("jobs trigger --wait fails on a backup that is suspect, and says what to do", async () => {
  const empty = {
    state: "available",
    status: "available",
    suspect: true,
    suspect_reason: "0 MB is the size of an empty backup",
  };
  const { code, err } = await trigger(starting(STARTED, [empty]), ["--wait"], 5);
  assert.equal(code, 1);
  assert.match(err, /It is there and suspect: 0 MB is .*`schelly backups accept \S+`, or `reject`/s);
});

for (const state of ["failed", "lost", "cancelled", "deleted"]) {
  test(`jobs trigger --wait fails when the run ends as ${state}`, async () => {
    const { code } = await trigger(starting(STARTED, [{ state, status: "error" }]), ["--wait"], 5);
    assert.equal(code, 1);
  });
}

test("jobs trigger --wait gives up at --timeout and says that the run goes on", async () => {
  const { code, err } = await trigger(starting(STARTED, [{}]), ["--wait", "--timeout", "90s"], 120);
  assert.equal(code, 1);
  assert.match(err, /has not ended within 1m30s: it goes on: see `schelly runs show r1`/);
});

test("jobs trigger --wait outlives a restart of the server", async () => {
  const states = [{}, null, null, 503, { state: "available", status: "available" }];
  const { code } = await trigger(starting(STARTED, states), ["--wait"], 30);
  assert.equal(code, 0);
});

test("jobs trigger --wait ends with 4 when the server stays away", async () => {
  const { code, err } = await trigger(starting(STARTED, [{}, null]), ["--wait"], 120);
  assert.equal(code, 4);
  assert.match(err, /has not answered for 1m: the backup may go on/);
});

test("jobs trigger sends its key, and fails when a run is under way", async () => {
  let key: string | null = null;
  const { code, err } = await trigger(
    (request) => {
      key = request.headers.get("idempotency-key");
      return jsonAnswer({ detail: "Run r0 of 'postgres' is not finished yet" }, 409);
    },
    ["--idempotency-key", "nightly-1"],
    0,
  );
  assert.equal(key, "nightly-1");
  assert.equal(code, 1);
  assert.match(err, /Run r0 of 'postgres' is not finished yet/);
});

test("jobs list and show tell of a start that waits for its provider, and of a slot that is tried again", async () => {
  const waiting = { run_id: "r1", since: "2026-11-22T23:59:59.000Z", cause: "connection refused" };
  const retry = { attempt: 2, of: 3, next_at: "2026-11-23T00:09:59.000Z", cause: "the disk is full" };
  const host = serving(() => jsonAnswer([{ ...JOB, waiting }, { ...JOB, job: "home", retry }]));
  assert.equal(await main(["jobs", "list"], host), 0);
  assert.match(host.out(), /^postgres\s+waiting/m);
  assert.match(
    host.err(),
    /^postgres: waits for its provider since 2026-11-22T23:59:59.000Z: connection refused$/m,
  );
  assert.match(host.err(), /^home: try 2 of 3, next 2026-11-23T00:09:59.000Z: the disk is full$/m);
  const shown = serving(() =>
    jsonAnswer({ ...JOB, waiting, retry: { ...retry, next_at: null, cause: null } })
  );
  assert.equal(await main(["jobs", "show", "postgres"], shown), 0);
  assert.match(shown.out(), /^waiting\s+since 2026-11-22T23:59:59.000Z.*: connection refused$/m);
  assert.match(shown.out(), /^tries\s+try 2 of 3, under way$/m);
});
