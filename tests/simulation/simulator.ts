// Plays one world from its seed: chaos, healing, proof that everything goes on, and a last look at the whole.

import { isUnfinished } from "../../src/domain/backup.ts";
import type { Caller } from "../../src/ports/operations.ts";
import { StoreError } from "../../src/domain/errors.ts";
import * as check from "./checkers.ts";
import { type BoundaryKind, type FaultPlan, NO_FAULTS, SwarmFaults } from "./faults.ts";
import { at } from "./life.ts";
import { type Action, Dice, editedPolicy, editedSchedule, type Scenario } from "./scenario.ts";
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
const BY: Caller = { name: "operator", role: "admin" };

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
    simulatedMs: world.now() - world.startedAt,
  };
}

/** Something that people or the world do. */
async function act(world: World, action: Action): Promise<void> {
  const { dice, engine, operations } = world;
  const name = dice.one(world.declared)?.name ?? "a";
  world.note(`action ${action} ${name}`);
  const later = (work: Promise<unknown> | undefined) => {
    work?.catch((error) => {
      const stopped = (error as Error).message === "Schelly is stopping";
      if (!(error instanceof StoreError) && !stopped) {
        world.find(`${action} failed: ${(error as Error).stack}`);
      }
    });
  };
  switch (action) {
    case "clock_back":
      return world.jump(-dice.one([1_000, 90_000, 10 * MINUTE, HOUR, 400 * 24 * HOUR]));
    case "clock_forward":
      return world.jump(dice.one([30_000, 3 * MINUTE, HOUR, 30 * HOUR, 366 * 24 * HOUR]));
    case "clock_1970":
      return world.jump(dice.upTo(HOUR) - world.now());
    case "edit_schedule":
      world.edit(name, { schedule: editedSchedule(dice) });
      return world.reload();
    case "edit_policy":
      world.edit(name, { retention: editedPolicy(dice) });
      return world.reload();
    case "swap_provider": {
      const key = dice.one([...world.providers.keys()]);
      world.edit(name, at(key));
      const used = new Set(world.declared.map((job) => job.providerKey));
      world.named = dice.chance(0.5) ? used : new Set(world.providers.keys());
      return world.reload();
    }
    case "disable":
    case "enable":
      world.edit(name, { enabled: action === "enable" });
      return world.reload();
    case "remove_job":
      if (world.declared.length > 1) world.edit(name, null);
      return world.reload();
    case "add_job":
      world.bringBack();
      return world.reload();
    case "pause": {
      const until = dice.chance(0.5) ? { until: world.now() + dice.upTo(3 * MINUTE) } : {};
      return later(operations?.pause(name, BY, until));
    }
    case "resume":
      return later(operations?.resume(name, BY));
    case "trigger":
      return later(operations?.trigger(name, BY, dice.chance(0.5) ? `key-${dice.upTo(3)}` : undefined));
    case "cancel": {
      const run = world.unfinished(name);
      return later(run && operations?.cancelRun(run, BY));
    }
    case "delete": {
      const rows = world.model.runsOf(name).filter((run) => run.id !== null);
      return later(rows.length === 0 ? undefined : operations?.deleteBackup(dice.one(rows), BY));
    }
    case "approve": {
      const view = operations?.retention(name);
      return later(
        view?.then((found) => found && world.operations?.approveRetention(name, BY, found.digest)),
      );
    }
    case "retention":
      return later(operations?.runRetention(name, BY, false));
    case "trust":
      return later(engine?.trustClock("operator"));
    case "stop":
      return await world.stop(dice.one([0, 5_000, 5 * MINUTE, 7 * HOUR, 9 * 24 * HOUR, 40 * 24 * HOUR]));
    case "kill":
      return world.crash(world.life, "kill -9");
    case "outage": {
      const provider = dice.one([...world.providers.values()]);
      provider.down(dice.one(["unsent", "lost_request", "lost_reply", "malformed"] as const));
      void world.clock.sleep(dice.one([20_000, 2 * MINUTE, 20 * MINUTE])).then(() => provider.up());
      return;
    }
    case "forget": {
      const provider = dice.one([...world.providers.values()]);
      const living = provider.living();
      if (living.length > 0) provider.forget(dice.one(living).id);
      return;
    }
  }
}

/** All troubles end: providers work, the clock is right, config is sane, what waits is approved. */
async function heal(world: World): Promise<void> {
  if (world.violations.length > 0) return;
  world.note("heal");
  world.well = true;
  for (const provider of world.providers.values()) {
    provider.up();
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
    await asked(world, world.operations?.resume(name, BY));
  }
  endEndless(world);
  await asked(world, world.operations?.trustClock(BY));
}

/** Backups that would run for ever end: someone looked after them. */
function endEndless(world: World): void {
  for (const provider of world.providers.values()) {
    for (const effect of provider.running()) if (effect.ends === "never") provider.finish(effect.id);
  }
}

/** Time passes until an operation is answered. */
async function asked<T>(world: World, work: Promise<T> | undefined): Promise<T | undefined> {
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
  await world.advance(5 * MINUTE, () => over);
  if (!over && world.violations.length === 0) world.find("I9: an operation is not answered within 5 minutes");
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
  await world.advance(2 * MINUTE, () => check.I9_quiet(world) === undefined);
  world.find(check.I9_quiet(world));
  for (const job of world.declared) {
    const state = world.model.jobs.get(job.name)!;
    const missed = scheduleOf(state.schedule, state.timezone).latest(state.cursor, world.now() - 5_000);
    if (missed !== null && world.unfinished(job.name)?.status !== "cancelling") {
      world.find(`I3: slot ${check.iso(missed)} of ${job.name} is still undecided`);
    }
    await comesToRest(world, job.name);
  }
  if (world.violations.length === 0) await world.atTheEnd();
}

/** Lets the next slot of a job come, by sleeping through what is far, and tells whether its backup is made. */
async function succeeds(world: World, name: string): Promise<boolean> {
  endEndless(world);
  const job = world.jobOf(name)!;
  const schedule = scheduleOf(job.schedule, job.timezone);
  let next = schedule.next(world.now());
  // Slots that ran while the clock was ahead do not run again.
  while (next !== null && world.model.decidesSlot(name, next) !== undefined) next = schedule.next(next);
  if (next === null) return true;
  const slot = next;
  const wait = slot - world.now();
  if (wait > 2 * MINUTE) {
    await world.sleepThrough(wait - 45_000);
  }
  const done = () =>
    world.model.runsOf(name).some((run) =>
      run.slot !== null && run.slot >= slot && run.startTime! >= slot - 1_000 && run.status === "available"
    );
  const failed = () => world.model.runsOf(name).some((run) => run.slot === slot && !isUnfinished(run.status));
  await world.advance(
    Math.max(0, slot - world.now()) + 12 * MINUTE,
    () => done() || (failed() && wait > MINUTE),
  );
  return done();
}

/** I20: passes end in one that finds nothing more to delete. */
async function comesToRest(world: World, name: string): Promise<void> {
  let left = Infinity;
  let idle = 0;
  for (let pass = 0; pass < 6 && idle < 4 && world.violations.length === 0; pass++) {
    // What is under way would change the set between a look and an approval.
    await asked(world, world.engine?.retention(name)?.idle());
    const view = await asked(world, world.operations?.retention(name));
    if (view === undefined || view.remove.length === 0) return;
    if (view.guards.some((guard) => guard.guard === "untrusted_clock")) {
      await asked(world, world.operations?.trustClock(BY));
    }
    idle = view.remove.length < left ? 0 : idle + 1;
    left = view.remove.length;
    if (view.guards.some((guard) => guard.latched)) {
      await asked(world, world.operations?.approveRetention(name, BY, view.digest));
    } else {
      await asked(world, world.operations?.runRetention(name, BY, false));
    }
  }
  if (idle >= 4 && world.violations.length === 0) {
    const view = await asked(world, world.operations?.retention(name));
    const why = JSON.stringify({ remove: view?.remove.length, guards: view?.guards });
    world.find(`I20: retention of ${name} does not come to rest: ${why}`);
  }
}
