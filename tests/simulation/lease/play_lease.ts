// Plays one world of several instances from its seed: troubles, then everything is well, and a last look.

import type { Outcome } from "../simulator.ts";
import { LeaseWorld, type Link } from "./lease_world.ts";
import type { SimInstance } from "./sim_instance.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** The TTL and ten seconds, a restart, and the time-outs of requests that were under way. */
const TAKEN_MS = 75 * SECOND;
/** Two slots, each with a start, a backup and its polls. */
const SUCCEEDS_MS = 5 * MINUTE;
const CALM_MS = 5 * MINUTE;

type Trouble = (world: LeaseWorld, instance: SimInstance) => void;

/** Later, in the time of the world. */
function later(world: LeaseWorld, ms: number, work: () => void): void {
  void world.clock.sleep(ms).then(work);
}

function draw(world: LeaseWorld, least: number, most: number): number {
  return Math.round(least + world.dice.next() * (most - least));
}

const stands = (asleep: boolean): Trouble => (world, { machine }) => {
  if (machine.isStopped) return;
  machine.stop(asleep);
  later(world, world.dice.one([draw(world, 1, 15), draw(world, 15, 120)]) * SECOND, () => machine.goOn());
};

const TROUBLES: Readonly<Record<string, Trouble>> = {
  kill: (world, instance) => instance.kill(draw(world, 1, 20) * SECOND),
  stop: (world, instance) => void instance.stop(draw(world, 1, 60) * SECOND),
  stands: stands(false),
  sleeps: stands(true),
  /** SIGTERM waits for a program that stands still, whose lease is another's by then. */
  told_late(world, instance) {
    const { machine } = instance;
    if (machine.isStopped) return;
    machine.stop(false);
    later(world, draw(world, 45, 90) * SECOND, () => {
      if (!world.isWell) void instance.stop(10 * SECOND);
      machine.goOn();
    });
  },
  trap(world, instance) {
    world.trapped = instance;
  },
  link(world, { name }) {
    world.links.set(name, world.dice.one<Link>(["cut", "hang", "lost_answers", "no_answers", "slow"]));
    const seconds = world.dice.one([draw(world, 2, 40), draw(world, 45, 100)]);
    later(world, seconds * SECOND, () => world.links.set(name, "fine"));
  },
  server_away(world) {
    world.isServerAway = true;
    later(world, draw(world, 1, 60) * SECOND, () => world.isServerAway = false);
  },
  server_date(world) {
    world.serverDateOff = world.dice.one([-3_600, -20, 20, 45, 3_600, 86_400]) * SECOND;
    later(world, draw(world, 10, 120) * SECOND, () => world.serverDateOff = 0);
  },
  date(world, { machine }) {
    machine.step(world.dice.one([-7_200, -20, 20, 300, 7_200]) * SECOND);
    later(world, draw(world, 5, 120) * SECOND, () => machine.setRight());
  },
};

/** Plays a seed to its end. */
export async function playLease(
  seed: number,
  { tell }: { tell?: (line: string) => void } = {},
): Promise<Outcome> {
  await using world = new LeaseWorld(seed, tell);
  for (const instance of world.instances) later(world, draw(world, 0, 5) * SECOND, () => instance.boot());
  await world.clock.advance(2 * MINUTE);
  const kinds = Object.keys(TROUBLES).filter(() => world.dice.chance(0.6));
  let faults = 0;
  for (let left = draw(world, 4, 14); left > 0 && kinds.length > 0 && world.violations.length === 0; left--) {
    const kind = world.dice.one(kinds);
    const instance = world.dice.chance(0.6)
      ? world.active() ?? world.dice.one(world.instances)
      : world.dice.one(world.instances);
    world.note(`trouble: ${kind} at ${instance.name}`);
    TROUBLES[kind]!(world, instance);
    faults++;
    await world.clock.advance(world.dice.one([draw(world, 1, 20), draw(world, 20, 150)]) * SECOND);
  }
  await heal(world);
  world.atTheEnd();
  // Where the date was wrong, slots of the future were decided, and others are not to be.
  if (!kinds.includes("date")) world.everySlotOnce(MINUTE);
  return {
    seed,
    violations: world.violations,
    trace: world.trace,
    hash: world.hash(),
    boundaries: world.requests,
    faults,
    crashes: world.takeovers,
    simulatedMs: world.clock.monotonic(),
  };
}

/** I9: all is well, so one instance is active soon, backups are made, and the lease stays where it is. */
async function heal(world: LeaseWorld): Promise<void> {
  if (world.violations.length > 0) return;
  world.note("heal");
  world.isWell = true;
  for (const { machine, name } of world.instances) {
    machine.goOn();
    machine.setRight();
    world.links.set(name, "fine");
  }
  world.isServerAway = false;
  world.serverDateOff = 0;
  world.trapped = undefined;
  await world.clock.advance(TAKEN_MS, () => world.active() !== undefined || world.violations.length > 0);
  if (world.active() === undefined) return world.find("I9: nobody is active, though all is well");
  const made = world.made();
  await world.clock.advance(SUCCEEDS_MS, () => world.made() > made);
  if (world.made() === made) return world.find("I9: no backup is made, though all is well");
  const { takeovers } = world;
  await world.clock.advance(CALM_MS);
  if (world.takeovers !== takeovers) world.find("F48: the lease goes on to another, though all is well");
  await world.clock.advance(2 * MINUTE, () => world.isIdle());
}
