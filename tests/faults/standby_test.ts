// Active and standby for real: two and three instances on one libSQL server, a proxy before each, under kills, stops,
// lost answers, wrong clocks, deaths of the server and edits that are rolled out; then everything heals, and what the state
// says is laid beside the providers' books, the looks at the lease and what each instance said of itself.
// SCHELLY_TEST_STANDBY sets how many faults (200 take four minutes), SCHELLY_TEST_SEED repeats a run's choices.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { systemClock } from "../../src/runtime/clock.ts";
import { programTest, Rig } from "../support/program.ts";
import { requireFile } from "../support/require_tool.ts";
import {
  availableIsTrue,
  claimsOf,
  everyDeleteWasCommitted,
  everyEffectIsKnown,
  everyPostWasCommitted,
} from "./ledger_checks.ts";
import { faultTable, takeoverLines } from "./standby/fault_table.ts";
import {
  activeOnesHold,
  epochsRise,
  noSlotIsDecidedTwice,
  nothingIsStartedTwice,
  postsRise,
  staleCalls,
  staleCallsAreTheResidual,
  takeoversAreNotEarly,
  takeoversOf,
} from "./standby/standby_checks.ts";
import { StandbyWorld } from "./standby/standby_world.ts";
import { withoutTimes } from "./without_times.ts";

const FAULTS = Number(process.env.SCHELLY_TEST_STANDBY ?? 12);
const SEED = Number(process.env.SCHELLY_TEST_SEED ?? Date.now() % 1_000_000);
/** The shortest that the configuration takes. */
const TTL_MS = 5_000;
/** One fault after another, which overlap. */
const PACE_MS = 950;
/** A call that was begun in time may come so late on a busy machine. */
const LATE_MS = 2_000;
/** How a life may end: told to, killed, or since it is no longer the active one. */
const GOOD_EXITS = [75, 137, 143];
/** Or since the server did not answer as it started. */
const NO_SERVER = /schelly: Cannot (open|read|write) the state at [^\n]*\n$/;

const sqld = requireFile("SCHELLY_TEST_SQLD", "a libSQL server");

if (!("path" in sqld)) {
  test("several instances on one libSQL server", { skip: sqld.skip }, () => {});
} else {
  programTest(
    `two and three instances under ${FAULTS} faults: one is active, and nothing is done twice`,
    async (rig) => {
      await using other = new Rig();
      const few = Math.round(FAULTS / 4);
      const worlds = [
        { world: new StandbyWorld(other, sqld.path, 2, SEED + 2, TTL_MS), faults: few },
        { world: new StandbyWorld(rig, sqld.path, 3, SEED + 3, TTL_MS), faults: FAULTS - few },
      ];
      // Each to its end, whatever the other one comes to.
      const ended = await Promise.allSettled(worlds.map(({ world, faults }) => play(world, faults)));
      const [failed] = ended.filter((one) => one.status === "rejected");
      if (failed !== undefined) throw new Error(`${failed.reason.stack}\n${other.report()}`);
    },
  );
}

async function play(world: StandbyWorld, faults: number): Promise<void> {
  await using _ = world;
  await world.start();
  const under: Promise<void>[] = [];
  while (world.played.length < faults) {
    const fault = world.draw();
    if (fault !== undefined) under.push(fault);
    await lookAround(world, fault === undefined ? 0 : PACE_MS * (0.5 + world.between(0, 1)));
  }
  await Promise.all(under);
  const claims = await world.heal();
  await staysCalm(world);
  await world.othersRefuse();
  judge(world, claims);
}

/** Asks each instance for what it is, until the time is over. */
async function lookAround(world: StandbyWorld, ms: number): Promise<void> {
  const end = systemClock.monotonic() + ms;
  do {
    await Promise.all(world.instances.map((instance) => instance.probe()));
    await systemClock.sleep(100);
  } while (systemClock.monotonic() < end);
}

/** Where nothing happens the lease stays where it is, and is renewed. */
async function staysCalm(world: StandbyWorld): Promise<void> {
  const { epoch, renewals } = world.watch.last!;
  await lookAround(world, 2 * TTL_MS);
  assert.equal(world.watch.last!.epoch, epoch, "the lease went on to another without a fault");
  assert.ok(world.watch.last!.renewals > renewals, "the lease is not renewed");
}

function judge(world: StandbyWorld, claims: Parameters<typeof noSlotIsDecidedTwice>[0]): void {
  const { looks } = world.watch;
  const takeovers = takeoversOf(looks);
  const exits = world.instances.flatMap((instance) => instance.exits);
  const calls = [...world.able.calls, ...world.plain.calls].sort((a, b) => a.at - b.at);
  const stale = staleCalls(calls, looks);
  const table = faultTable(world.played, takeovers, exits);
  process.stdout.write(`${[...table, ...takeoverLines(world.played, takeovers)].join("\n")}\n`);
  process.stdout.write(
    `standby: ${world.instances.length} instances, seed ${SEED}, TTL ${TTL_MS} ms, ${world.played.length} faults, ` +
      `${takeovers.length} takeovers, ${calls.length} calls, ${stale.length} of an epoch that was over ` +
      `(${stale.filter(({ isRefused }) => isRefused).length} refused), ${looks.length} looks at the lease\n`,
  );
  for (const { name, code, err } of exits) {
    const isGood = GOOD_EXITS.includes(code) || (code === 1 && NO_SERVER.test(err));
    assert.ok(isGood, `${name} ended with ${code}: ${err.slice(-1_500)}`);
  }
  epochsRise(looks);
  takeoversAreNotEarly(takeovers, TTL_MS);
  activeOnesHold(world.instances.flatMap(({ probes }) => probes), looks);
  staleCallsAreTheResidual(stale, new Map(world.instances.map(({ name, stops }) => [name, stops])), LATE_MS);
  postsRise(calls, stale);
  assert.deepEqual(world.unmarked, [], "DELETEs came before the state said that they are sent");
  nothingIsStartedTwice(world.plain.calls);
  noSlotIsDecidedTwice(claims);
  for (const [job, provider] of [["able", world.able], ["plain", world.plain]] as const) {
    const [ours, book] = [claimsOf(claims, [job]), withoutTimes(provider)];
    everyPostWasCommitted(ours, book);
    everyEffectIsKnown(ours, book);
    availableIsTrue(ours, book);
    everyDeleteWasCommitted(ours, book);
  }
  const most = 2 * world.played.length + 3;
  assert.ok(takeovers.length <= most, `${takeovers.length} takeovers on ${world.played.length} faults`);
}
