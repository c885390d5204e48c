// Plays one world of built-ins from its seed: chaos, healing, proof that backups are made again, and a last look.

import { I41_postForEachPre } from "../checkers/hooks.ts";
import type { Outcome } from "../simulator.ts";
import { act, approve, mendPlace } from "./builtin_actions.ts";
import { type BuiltinScenario, PATHS, REPOSITORY } from "./builtin_scenario.ts";
import { BuiltinWorld } from "./builtin_world.ts";
import { hookRunsOf } from "./command_store.ts";

const MINUTE = 60_000;
/** Locks that nobody renews are removed after half an hour, and once they were seen unchanged for ten minutes. */
const LOCKS_GO_MS = 50 * MINUTE;
/** How long a backup takes once the world is well: less than any job allows. */
const WELL_MS = 5_000;
const SUCCEEDS_MS = 90 * MINUTE;
/** Every verification may be cut off by a backup now and then, and three parts are read one after the other. */
const FOUND_MS = 240 * MINUTE;

/** Plays a scenario to its end. */
export async function playBuiltin(
  scenario: BuiltinScenario,
  options: { template?: string; tell?: (line: string) => void } = {},
): Promise<Outcome> {
  await using world = new BuiltinWorld({ scenario, ...options });
  world.boot();
  await world.advance(10 * MINUTE);
  for (const { afterMs, action } of scenario.actions) {
    await world.advance(afterMs);
    if (world.violations.length > 0) break;
    if (!scenario.muted.has(action)) await act(world, action);
  }
  world.mayCrash = false;
  await heal(world);
  await prove(world);
  return {
    seed: scenario.seed,
    violations: world.violations,
    trace: world.trace,
    hash: world.hash(),
    boundaries: world.boundaries,
    faults: scenario.actions.length,
    crashes: world.crashes,
    simulatedMs: world.clock.monotonic(),
  };
}

/** The place is the right one, others have ended, scripts work, and what waits for an answer gets one. */
async function heal(world: BuiltinWorld): Promise<void> {
  if (world.violations.length > 0) return;
  world.note("heal");
  mendPlace(world);
  world.scripts.fails = "none";
  world.grounds.repaired();
  world.storage.readMs = () => WELL_MS;
  world.storage.backupMs = () => WELL_MS;
  for (const path of PATHS) world.storage.sources.set(path, { files: 3, bytes: 5e6, content: 7 });
  for (const one of [...world.machine.processes.values(), ...world.far.processes.values()]) {
    if (one.ours === null) one.machine.signal(one, "SIGKILL");
  }
  await world.untilUp();
  if (world.grounds.isDeceived) await world.stop(0, () => world.forgetRepositories());
  await world.untilUp();
  world.reload();
  await world.advance(LOCKS_GO_MS);
  await world.untilUp();
  for (const { name } of world.declared) await approve(world, name);
}

/** I59: where backups are proved, damage of the newest one is found, whatever is chosen to be proved and how. */
async function findRot(world: BuiltinWorld): Promise<void> {
  const job = world.declared.find(({ verify }) => verify !== undefined);
  const repository = world.storage.repositories.get(REPOSITORY);
  if (job === undefined || repository === undefined || world.violations.length > 0) return;
  const ours = world.runsOf(job.name).flatMap(({ id }) => world.grounds.snapshotsOf(id ?? ""));
  const newest = ours.map(({ snapshot }) => snapshot).sort((a, b) => b.time - a.time)[0];
  const pack = newest?.contents?.at(-1)?.pack;
  if (pack === undefined) return;
  world.grounds.rots(repository, pack);
  const isFound = () =>
    world.runsOf(job.name).some((run) => run.verification === "failed" && run.status === "available");
  const before = world.runsOf(job.name).filter((run) => run.verification === "failed").length;
  const foundMore = () =>
    world.runsOf(job.name).filter((run) => run.verification === "failed").length > before;
  await world.advance(FOUND_MS, () => isFound() && (before === 0 || foundMore()));
  if (!isFound()) {
    return world.find(`I59: ${pack} is damaged, and no verification of job ${job.name} finds it`);
  }
  // Whatever is due meanwhile is not deleted: I42 sees to it.
  await world.advance(6 * MINUTE);
}

/** A new backup of each job is made, and it can be restored. */
async function prove(world: BuiltinWorld): Promise<void> {
  if (world.violations.length > 0) return;
  const known = new Set(world.grounds.runs.keys());
  const made = (name: string) =>
    world.runsOf(name).find((run) => run.status === "available" && !known.has(run.runId));
  for (const { name } of world.declared) {
    await world.advance(SUCCEEDS_MS, () => made(name) !== undefined);
    const run = made(name);
    if (run === undefined) {
      world.find(`I9: no backup of job ${name} is made any more`);
      continue;
    }
    const placed = world.grounds.snapshotsOf(run.id!);
    const isScripts = world.scripts.backups.get(run.id!)?.whole === true;
    if (placed.length === 0 && !isScripts) {
      world.find(`P2: ${name} ${run.id} is called available, and is nowhere`);
    }
    const isHere = placed.every(({ repository }) =>
      repository === world.storage.repositories.get(REPOSITORY)
    );
    if (!isHere) world.find(`P2: ${name} ${run.id} was made in a repository that is not the program's`);
  }
  await findRot(world);
  if (world.violations.length > 0) return;
  // What runs now ends first.
  await world.stop(0);
  await world.untilUp();
  world.grounds.atTheEnd();
  const hasBoth = [...world.specs.values()].every((spec) =>
    spec.kind === "http" || spec.kind === "conductor" || (spec.pre === null) === (spec.post === null)
  );
  const runsOf = (starts: typeof world.scripts.pre) => hookRunsOf(starts, world.killedAt);
  if (hasBoth) {
    const finding = I41_postForEachPre(
      runsOf(world.scripts.pre),
      runsOf(world.scripts.post),
      world.crashes,
      world.grounds.lostPosts,
    );
    if (finding !== undefined) world.find(`I41: ${finding}`);
  }
}
