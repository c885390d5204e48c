// Plays one world from its seed: chaos, healing, proof that everything goes on, and a last look at the whole.

import { isUnfinished } from "../../src/domain/backup.ts";
import type { Job } from "../../src/domain/job.ts";
import * as check from "./checkers.ts";
import { type BoundaryKind, type FaultPlan, NO_FAULTS, SwarmFaults } from "./faults.ts";
import { act, BY, resumeJob } from "./actions.ts";
import { Dice, type Scenario } from "./scenario.ts";
import { scheduleOf } from "./slots_between.ts";
import { World } from "./world.ts";

export interface Outcome {
  seed: number;
  violations: string[];
  trace: string[];
  hash: string;
  boundaries: number;
  faults: number;
  crashes: number;
  /** Virtual milliseconds. */
  simulatedMs: number;
}

export interface PlayOptions {
  template?: string;
  tell?: (line: string) => void;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Plays a scenario with the troubles of its seed. */
export async function playSeed(scenario: Scenario, options: PlayOptions = {}): Promise<Outcome> {
  const plan = new SwarmFaults(
    scenario.faults,
    scenario.muted,
    new Dice(scenario.seed ^ 0xfa17),
    scenario.rate,
    scenario.createTimeoutMs,
  );
  await using world = new World({ scenario, plan, ...options });
  world.boot();
  await world.advance(5_000);
  for (const { afterMs, action } of scenario.actions) {
    await world.advance(afterMs);
    await world.showsTrouble();
    if (world.violations.length > 0) break;
    if (!scenario.muted.has(action)) await act(world, action);
  }
  plan.on = false;
  await heal(world);
  await prove(world);
  return outcomeOf(world, scenario);
}

/** Plays a scenario of fixed faults for `spanMs`, then lets it settle. */
export async function playFixed(
  scenario: Scenario,
  plan: FaultPlan,
  spanMs: number,
  options: PlayOptions = {},
): Promise<Outcome> {
  await using world = new World({ scenario, plan, ...options });
  world.boot();
  await world.advance(spanMs);
  await heal(world);
  await prove(world);
  return outcomeOf(world, scenario);
}

/** How many boundaries a scenario meets within `spanMs` when nothing goes wrong. */
export async function countBoundaries(
  scenario: Scenario,
  spanMs: number,
  options: PlayOptions = {},
): Promise<{ kinds: BoundaryKind[] }> {
  const kinds: BoundaryKind[] = [];
  const plan: FaultPlan = {
    at(boundary) {
      kinds.push(boundary.kind);
      return NO_FAULTS.at(boundary);
    },
  };
  await using world = new World({ scenario, plan, ...options });
  world.boot();
  await world.advance(spanMs);
  return { kinds };
}

function outcomeOf(world: World, { seed }: Scenario): Outcome {
  return {
    seed,
    violations: world.violations,
    trace: world.trace,
    hash: world.hash(),
    boundaries: world.boundaries,
    faults: world.faults,
    crashes: world.life.number - 1,
    simulatedMs: world.clock.monotonic() + world.rightOffset - world.startedAt,
  };
}

/** All troubles end: providers work, the clock is right, config is sane, what waits is approved. */
async function heal(world: World): Promise<void> {
  if (world.violations.length > 0) return;
  world.note("heal");
  world.park.well = true;
  for (const provider of world.providers.values()) {
    provider.up();
    provider.unscript();
  }
  const clockWasWrong = world.mendClock();
  if (!world.up && world.life.dead) world.boot();
  await world.untilUp();
  world.named = new Set(world.providers.keys());
  for (const job of world.declared) world.edit(job.name, { enabled: true });
  world.reload();
  // Longer than a clock that is behind is watched, and than three answers of not found.
  await world.advance(clockWasWrong ? 2 * MINUTE : 40_000, () => !clockWasWrong && world.isIdle());
  await world.untilUp();
  if (world.isBusyDeleting()) {
    // Past the hours in which deletions are retried.
    await world.sleepThrough(3 * HOUR);
    await world.advance(40_000, () => !world.isBusyDeleting());
  }
  for (const { name } of world.declared) {
    await asked(world, resumeJob(world, name));
  }
  endEndless(world);
  await asked(world, world.operations?.unfreeze(BY));
  for (const run of [...world.model.runs.values()].filter(check.isSuspect)) {
    await asked(
      world,
      world.operations?.decideSuspect(run, world.dice.one(["accept_damaged", "reject"]), BY),
    );
  }
  await trustClock(world);
}

async function trustClock(world: World): Promise<void> {
  world.seen.doubt.trusted();
  await asked(world, world.operations?.trustClock(BY));
}

/** Backups that would run for ever, or for long, end: someone looked after them. */
function endEndless(world: World): void {
  for (const provider of world.providers.values()) {
    for (const effect of provider.running()) {
      if (effect.ends === "never") provider.finish(effect.id);
      else if (effect.endsAtMonotonic - world.clock.monotonic() > MINUTE) {
        provider.finish(effect.id, effect.ends);
      }
    }
  }
}

/** Time passes until an operation is answered. */
async function asked<T>(
  world: World,
  work: Promise<T> | undefined,
  limitMs = 5 * MINUTE,
): Promise<T | undefined> {
  let answer: T | undefined;
  let over = work === undefined;
  work?.then(
    (value) => {
      answer = value;
      over = true;
    },
    (error) => {
      world.find(`an operation fails in a healthy world: ${(error as Error).stack}`);
      over = true;
    },
  );
  await world.advance(limitMs, () => over);
  if (!over && world.violations.length === 0) {
    world.find(`I9: an operation is not answered within ${limitMs / MINUTE} minutes`);
  }
  return answer;
}

/** How many slots of a job may pass before one must succeed: a long run may hold up two. */
const SLOTS_TO_SUCCEED = 3;

/** New slots succeed, nothing hangs, retention comes to rest, and the whole makes sense. */
async function prove(world: World): Promise<void> {
  for (const { name } of world.declared) {
    for (let slot = 1; world.violations.length === 0 && !await succeeds(world, name); slot++) {
      if (slot >= SLOTS_TO_SUCCEED) world.find(`I9: no slot of job ${name} succeeds any more`);
    }
  }
  if (world.violations.length > 0) return;
  await noticeLosses(world);
  await world.advance(2 * MINUTE, () => check.I9_quiet(world.seen) === undefined);
  world.find(check.I9_quiet(world.seen));
  for (const job of world.declared) {
    world.find(check.I3_nothingIsUndecided(world.seen, job.name));
    await comesToRest(world, job.name);
    await leavesNothing(world, job);
  }
  if (world.violations.length === 0) await world.atTheEnd();
}

/** Lets the next slot of a job come, by sleeping through what is far, and tells whether its backup is made. */
async function succeeds(world: World, name: string): Promise<boolean> {
  endEndless(world);
  const job = world.jobOf(name)!;
  const schedule = scheduleOf(job.schedule, job.timezone);
  let next = schedule.next(world.now());
  // Slots that ran while the clock was ahead do not run again, and in a blackout not each one does.
  const isTaken = (slot: number) =>
    world.model.decidesSlot(name, slot) !== undefined || check.isDark(job, slot);
  while (next !== null && isTaken(next)) next = schedule.next(next);
  if (next === null) return true;
  const slot = next;
  const wait = slot - world.now();
  if (wait > 2 * MINUTE) {
    await world.sleepThrough(wait - 45_000);
  }
  const done = () => check.I9_slotSucceeds(world.seen, name, slot) === undefined;
  const failed = () => world.model.runsOf(name).some((run) => run.slot === slot && !isUnfinished(run.status));
  await world.advance(
    Math.max(0, slot - world.now()) + 12 * MINUTE,
    () => done() || (failed() && wait > MINUTE),
  );
  return done();
}

/** Each provider is compared with what is on record, where that is wanted: nothing is lost in silence. */
async function noticeLosses(world: World): Promise<void> {
  const open = () =>
    world.declared.map((job) => check.P2_lossesAreNoticed(world.seen, job)).find((found) =>
      found !== undefined
    );
  if (open() === undefined) return;
  // What is young is not missed yet, and the first look comes after ten minutes at most.
  await world.sleepThrough(20 * MINUTE);
  await world.advance(12 * MINUTE, () => open() === undefined);
  world.find(open());
}

/** A pass may have many deletions, at a slow provider that others use, too. */
const PASS_MS = 60 * MINUTE;

/** I20: passes end in one that finds nothing more to delete. */
async function comesToRest(world: World, name: string): Promise<void> {
  const left: number[] = [];
  while (left.length < 8 && world.violations.length === 0) {
    // What is under way would change the set between a look and an approval.
    await asked(world, world.engine?.retention(name)?.idle(), PASS_MS);
    const view = await asked(world, world.operations?.retention(name));
    if (view === undefined || view.remove.length === 0) {
      return world.find(check.I20_nothingIsLeft(world.seen, world.jobOf(name)!));
    }
    if (view.guards.some(({ guard }) => guard === "newest_suspect")) {
      for (const run of world.model.runsOf(name).filter(check.isSuspect)) {
        await asked(world, world.operations?.decideSuspect(run, "accept_damaged", BY));
      }
    }
    left.push(view.remove.length);
    world.find(check.I20_comesToRest(name, left));
    if (view.guards.some((guard) => guard.guard === "untrusted_clock")) {
      await trustClock(world);
    }
    if (view.guards.some((guard) => guard.latched)) {
      await asked(world, world.operations?.approveRetention(name, BY, view.digest), PASS_MS);
    } else {
      await asked(world, world.operations?.runRetention(name, BY, false), PASS_MS);
    }
  }
}

/** Far more than all that a world leaves takes at one a pass. */
const MOST_PASSES = 200;

/** I43: what failed runs left is gone after a few passes, at their pace, unless something else stops deletions. */
async function leavesNothing(world: World, job: Job): Promise<void> {
  let before: ReadonlySet<string> = new Set();
  for (let round = 0; round < MOST_PASSES; round++) {
    const left = check.leftOf(world.seen, job);
    if (left.length === 0 || world.violations.length > 0) return;
    const view = await asked(world, world.operations?.retention(job.name));
    if (view === undefined || view.guards.some(({ guard }) => guard === "newest_suspect")) return;
    if (view.guards.some(({ guard }) => guard === "untrusted_clock")) await trustClock(world);
    if (view.guards.some(({ latched }) => latched)) {
      await asked(world, world.operations?.approveRetention(job.name, BY, view.digest), PASS_MS);
      continue;
    }
    // What retention deletes shares the pace. A backup that ends meanwhile makes another of it, but brings none back.
    const open = new Set([...left.map(({ runId }) => runId), ...view.remove.map(({ run_id }) => run_id)]);
    if (before.size > 0 && [...before].every((runId) => open.has(runId))) break;
    before = open;
    await asked(world, world.operations?.runRetention(job.name, BY, false), PASS_MS);
  }
  world.find(check.I43_allAreGone(world.seen, job));
}
