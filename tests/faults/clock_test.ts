// The real program under a clock that is wrong for a while, moved by libfaketime while it runs.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { systemClock } from "../../src/runtime/clock.ts";
import { FAKETIME, movedClock } from "../support/faketime.ts";
import { type LedgerProvider, startLedgerProvider } from "../support/ledger_provider.ts";
import { programTest, type Rig, type Server, until } from "../support/program.ts";
import { missing } from "../support/require_tool.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Longer than housekeeping, and the ticker, ever wait. */
const LOOKS_MS = 33_000;
/** Between two slots of the jobs that have many. */
const STEP_MS = 3_000;
/** How long a doubt may last on a machine that has much else to do. */
const CURED_MS = 3 * LOOKS_MS;
/** More than a step of the uptime, and an answer on a very busy machine; far less than any clock here is wrong. */
const LATE_MS = 15_000;
const isBinary = Boolean(process.env.SCHELLY_TEST_BINARY);

/** A job with a slot every three seconds, of which retention would delete most as soon as the clock lets it. */
function busyJob(rig: Rig, provider: LedgerProvider): Promise<void> {
  return rig.configure(
    `jobs:\n  - { name: db, schedule: "*/3 * * * * *", timezone: UTC, retention: { secondly: 2, guard: { max_percent: 100 } }, ` +
      `provider: { url: "${provider.url}", poll_interval: 100ms } }\n`,
    "auth: none",
  );
}

/** The server with that job, under a clock that says this, and that clock. */
async function busyServer(rig: Rig, provider: LedgerProvider, offset = "+0") {
  const clock = movedClock(rig);
  await clock.set(offset);
  await busyJob(rig, provider);
  return { clock, server: await rig.server({ env: clock.env }) };
}

const successes = async (server: Server) =>
  (await server.runs("db")).filter(({ state }) => ["available", "deleting", "deleted"].includes(state))
    .length;

/** Waits until so many more backups were made. */
async function moreBackups(server: Server, more: number): Promise<void> {
  const before = await successes(server);
  await until(`${more} more backups`, async () => await successes(server) >= before + more);
}

/** What people see of a clock in doubt: the jobs, the checks, and that nothing of theirs lies ahead of the right time. */
async function looksInDoubt(rig: Rig, server: Server, offset: string): Promise<void> {
  const [job] = await server.get("/jobs");
  const now = systemClock.now();
  assert.deepEqual(job.guards.map(({ guard }: { guard: string }) => guard), ["untrusted_clock"], offset);
  assert.ok(Date.parse(job.last_success) <= now + LATE_MS, `last success ${job.last_success} at ${offset}`);
  assert.match(
    (await rig.cli("jobs", "list", "--socket", rig.socket)).out,
    /^db +(clock in doubt|running +guarded) /m,
  );
  const { ready, checks } = await server.get("/readyz?verbose");
  assert.equal(ready, true, "a wrong clock takes no program out of service");
  const clock = checks.find(({ name }: { name: string }) => name === "clock");
  assert.equal(clock?.ok, false);
  const told = server.child.err.match(/"event":"clock.jump"/g)?.length ?? 0;
  assert.ok(told <= 3, `${told} times told, where each jump is told once, and what it means for the wait`);
  assert.match(clock.message, /is in doubt \(.*\): nothing is deleted, .*'schelly clock trust'/);
}

/** The clock is right and the doubt over: every slot since the first is decided once, and none that has not come. */
async function isCured(server: Server, what: string): Promise<void> {
  await until(
    `${what}: the doubt is over`,
    async () => (await server.get("/jobs"))[0].guards.length === 0,
    CURED_MS,
  );
  const since = systemClock.now();
  await moreBackups(server, 2);
  const [job] = await server.get("/jobs");
  const runs = await server.runs("db");
  const now = systemClock.now() + LATE_MS;
  assert.ok(Date.parse(job.last_success) <= now, `${what}: last success ${job.last_success}`);
  assert.ok(Date.parse(job.last_success) >= since - LATE_MS, `${what}: last success ${job.last_success}`);
  assert.ok(Date.parse(job.next_slot) <= now + STEP_MS, `${what}: next slot ${job.next_slot}`);
  for (const run of runs) {
    for (const time of [run.slot, run.slot_until, run.created_at, run.start_time, run.end_time]) {
      assert.ok(!(Date.parse(time) > now), `${what}: in the future: ${JSON.stringify(run)}`);
    }
  }
  const decided = runs.filter(({ slot }) => slot !== null).flatMap(({ slot, slot_until, slots }) => {
    const first = Date.parse(slot);
    const last = slot_until === null ? first : Date.parse(slot_until);
    assert.equal((last - first) / STEP_MS + 1, slots, `${what}: ${slot} to ${slot_until}`);
    return Array.from({ length: slots }, (_, nth) => first + nth * STEP_MS);
  }).sort((a, b) => a - b);
  const expected = Array.from(decided, (_, nth) => decided[0]! + nth * STEP_MS);
  assert.deepEqual(decided.map(iso), expected.map(iso), `${what}: every slot is decided once`);
}

/** An offset to a day of early 1970. */
const in1970 = () => `-${Math.floor(systemClock.now() / DAY) - 30}d`;
const iso = (ms: number) => new Date(ms).toISOString();

if (FAKETIME === undefined) {
  test(
    "the program under a wrong clock",
    { skip: missing("libfaketime", "libfaketime is not installed") },
    () => {},
  );
} else {
  programTest(
    "36 hours ahead for half a minute: no hold ends, and nothing is deleted, whoever asks",
    async (rig) => {
      await using provider = startLedgerProvider();
      const { env, set: setClock } = movedClock(rig);
      await setClock("+0");
      await rig.configure(
        `jobs:\n  - { name: db, schedule: "0 0 0 29 2 *", retention: { secondly: 2 }, ` +
          `provider: { url: "${provider.url}", poll_interval: 100ms } }\n`,
        "auth: none",
      );
      let server = await rig.server({ env });
      const ids: string[] = [];
      const deletes = () => provider.counts.DELETE ?? 0;
      const has = (id: string) => server.get(`/backups/${id}`);
      for (let made = 0; made < 4; made++) {
        ids.push((await server.backup("db")).id);
        if (made > 0) continue;
        const body = { reason: "an audit", until: new Date(systemClock.now() + HOUR).toISOString() };
        assert.equal((await server.request("PUT", `/backups/${ids[0]}/hold`, { body })).status, 200);
      }
      const [held, gone, , newest] = ids as [string, string, string, string];
      await until("what nobody holds is deleted", async () => (await has(gone)).state === "deleted");
      const before = deletes();

      await setClock("+36h");
      // Within the 30 s before anything looks at the clock by itself.
      const answer = await server.post("/jobs/db/retention");
      assert.equal(answer.status, 200);
      assert.equal((await has(held)).state, "available");
      const byHand = await server.request("DELETE", `/backups/${newest}`);
      assert.equal(byHand.status, 409);
      assert.match(byHand.body.detail, /the clock, which says .* is in doubt until .*schelly clock trust/);
      await systemClock.sleep(LOOKS_MS);
      const [job] = await server.get<{ guards: { guard: string }[] }[]>("/jobs");
      assert.deepEqual(job!.guards.map(({ guard }) => guard), ["untrusted_clock"]);
      await server.post("/jobs/db/retention");
      await server.kill();
      server = await rig.server({ env });
      await server.post("/jobs/db/retention");
      assert.equal((await has(held)).hold?.reason, "an audit", "a restart in doubt ends nothing either");

      await setClock("+0");
      await until(
        "the doubt is over by itself",
        async () => (await server.get<{ guards: unknown[] }[]>("/jobs"))[0]!.guards.length === 0,
      );
      assert.equal((await server.post("/clock/trust")).status, 200);
      await server.post("/jobs/db/retention");
      assert.equal((await has(held)).state, "available");
      assert.equal((await has(held)).hold?.reason, "an audit");
      assert.equal(deletes(), before);
      const again = await server.request("DELETE", `/backups/${newest}`);
      assert.equal(again.status, 202, JSON.stringify(again.body));
    },
  );

  programTest(
    "400 days ahead for half a minute: slots come as the time goes by, and nothing of the year to come is decided",
    async (rig) => {
      await using provider = startLedgerProvider();
      const { clock, server } = await busyServer(rig, provider);
      await moreBackups(server, 2);
      await clock.set("+400d");
      const deletes = provider.counts.DELETE ?? 0;
      const since = systemClock.monotonic();
      await moreBackups(server, 2);
      await looksInDoubt(rig, server, "+400d");
      await systemClock.sleep(Math.max(0, since + LOOKS_MS - systemClock.monotonic()));
      const [job] = await server.get("/jobs");
      const next = Date.parse(job.next_slot) - systemClock.now();
      assert.ok(next > -LATE_MS && next <= STEP_MS + LATE_MS, `next slot ${job.next_slot}`);
      assert.equal(provider.counts.DELETE ?? 0, deletes, "nothing is deleted meanwhile");
      await clock.set("+0");
      await isCured(server, "400 days ahead");
      const missed = (await server.runs("db")).filter(({ reason }) => reason === "missed");
      assert.ok(
        missed.every(({ slots }) => slots < 20),
        `a slow machine misses some, and the year ten million: ${JSON.stringify(missed)}`,
      );
    },
  );

  programTest(
    "a year back, two years back, and back again over a kill: backups go on, and each has its slot in the end",
    async (rig) => {
      await using provider = startLedgerProvider();
      const { clock, server: first } = await busyServer(rig, provider);
      let server = first;
      await moreBackups(server, 2);
      const deletes = provider.counts.DELETE ?? 0;
      for (const offset of ["-365d", "-730d"]) {
        await clock.set(offset);
        await moreBackups(server, 2);
        await looksInDoubt(rig, server, offset);
      }
      assert.equal(provider.counts.DELETE ?? 0, deletes, "nothing is deleted meanwhile");
      await clock.set("+0");
      await isCured(server, "two years back");

      await clock.set("-365d");
      await moreBackups(server, 1);
      const before = provider.counts.DELETE ?? 0;
      await server.kill();
      server = await rig.server({ env: clock.env });
      await moreBackups(server, 1);
      await looksInDoubt(rig, server, "-365d after a kill");
      assert.equal(provider.counts.DELETE ?? 0, before, "nor after a restart");
      await clock.set("+0");
      await isCured(server, "a year back, and a restart");
    },
  );

  programTest("boot in 1970 on a state that is there: backups go on, and nothing is deleted", async (rig) => {
    await using provider = startLedgerProvider();
    const { clock, server: first } = await busyServer(rig, provider);
    let server = first;
    await moreBackups(server, 2);
    await server.kill();
    const deletes = provider.counts.DELETE ?? 0;
    await clock.set(in1970());
    server = await rig.server({ env: clock.env });
    await moreBackups(server, 2);
    await looksInDoubt(rig, server, "1970");
    assert.equal(provider.counts.DELETE ?? 0, deletes, "nothing is deleted meanwhile");
    await clock.set("+0");
    await isCured(server, "after 1970");
  });

  programTest(
    "boot in 1970 on an empty state: the program knows when it was built, and is right once the clock is",
    async (rig) => {
      await using provider = startLedgerProvider();
      const { clock, server } = await busyServer(rig, provider, in1970());
      await moreBackups(server, 3);
      await looksInDoubt(rig, server, "1970");
      assert.equal(provider.counts.DELETE ?? 0, 0, "nothing is deleted meanwhile");
      await clock.set("+0");
      await isCured(server, "after 1970");
    },
    { skip: isBinary ? false : "from source nobody knows when it was built" },
  );
}
