// One share of the simulation: plays seeds and fixed faults one after the other, and tells what came of them.

import { I32_sameTwice } from "./checkers.ts";
import { nameOf, pairsOf, playWithFaults, singleFaults } from "./exhaustive.ts";
import { FIXED_SCENARIOS } from "./fixed_scenarios.ts";
import { regressions } from "./regressions.ts";
import { BUILTIN_WORLDS, PLAIN_WORLDS, type SeededWorld } from "./seeded_worlds.ts";
import { shrink } from "./shrink.ts";
import { type Outcome, playSeed } from "./simulator.ts";
import { makeTemplate } from "./template.ts";

/** What is to be played; `share` of `shares` takes every `shares`-th piece of it. */
export interface Work {
  /** Every single fault of the fixed worlds. */
  singles: boolean;
  /** So many pairs of faults of the fixed worlds, drawn from `from`. */
  pairs: number;
  /** What once failed. */
  regressions: boolean;
  /** Seeds `from` to before `from + seeds`. */
  from: number;
  seeds: number;
  /** Seeds of worlds of built-ins, `from` to before `from + builtin`. */
  builtin: number;
  /** Every so many-th seed is played twice, and must come out the same. */
  twiceEvery: number;
  share: number;
  shares: number;
}

/** A run that broke an invariant, with what is needed to see it again. */
export interface Failure {
  name: string;
  violations: string[];
  /** The end of its story. */
  trace: string[];
}

/** What a share of the work came to. */
export interface Tally {
  singles: number;
  pairs: number;
  regressions: number;
  seeds: number;
  builtin: number;
  twice: number;
  boundaries: number;
  faults: number;
  crashes: number;
  simulatedMs: number;
  failures: Failure[];
}

/** Lines of a trace that a failure keeps. */
const KEPT_LINES = 60;
/** Failures that are looked into; finding what matters in one takes many runs. */
const MOST_SHRUNK = 2;

export const NOTHING_YET: Tally = {
  singles: 0,
  pairs: 0,
  regressions: 0,
  seeds: 0,
  builtin: 0,
  twice: 0,
  boundaries: 0,
  faults: 0,
  crashes: 0,
  simulatedMs: 0,
  failures: [],
};

/** Plays a share; `progress` hears of every run. */
export async function play(work: Work, progress: () => void = () => {}): Promise<Tally> {
  using template = await makeTemplate();
  const tally: Tally = { ...NOTHING_YET, failures: [] };
  const count = (outcome: Outcome, name: string) => {
    tally.boundaries += outcome.boundaries;
    tally.faults += outcome.faults;
    tally.crashes += outcome.crashes;
    tally.simulatedMs += outcome.simulatedMs;
    if (outcome.violations.length > 0) {
      tally.failures.push({ name, violations: outcome.violations, trace: outcome.trace.slice(-KEPT_LINES) });
    }
    progress();
  };
  const isMine = (n: number) => n % work.shares === work.share;

  for (const fixed of work.singles || work.pairs > 0 ? FIXED_SCENARIOS : []) {
    const singles = await singleFaults(fixed, template.path);
    for (const [at, fault] of work.singles ? singles.entries() : []) {
      if (!isMine(at)) continue;
      count(await playWithFaults(fixed, [fault], template.path), `${fixed.name}: ${nameOf([fault])}`);
      tally.singles++;
    }
    const pairs = Math.ceil(work.pairs / FIXED_SCENARIOS.length);
    for (const [at, pair] of pairsOf(singles, work.from, pairs).entries()) {
      if (!isMine(at)) continue;
      count(await playWithFaults(fixed, pair, template.path), `${fixed.name}: ${nameOf(pair)}`);
      tally.pairs++;
    }
  }
  for (const [at, { name, scenario }] of work.regressions ? regressions().entries() : []) {
    if (!isMine(at)) continue;
    count(await playSeed(scenario, { template: template.path }), name);
    tally.regressions++;
  }
  const playSeeds = async (kind: "seeds" | "builtin", word: string, world: SeededWorld) => {
    for (let seed = work.from; seed < work.from + work[kind]; seed++) {
      if (!isMine(seed)) continue;
      const outcome = await world.play(seed, new Set(), template.path);
      let name = `${word} ${seed}`;
      if (outcome.violations.length > 0 && tally.failures.length < MOST_SHRUNK) {
        name += `, ${await shrink(seed, world, template.path)}`;
      }
      count(outcome, name);
      tally[kind]++;
      if (seed % work.twiceEvery !== 0) continue;
      const again = await world.play(seed, new Set(), template.path);
      tally.twice++;
      const differs = I32_sameTwice(outcome, again);
      if (differs !== undefined) tally.failures.push({ name, violations: [differs], trace: [] });
    }
  };
  await playSeeds("seeds", "seed", PLAIN_WORLDS);
  await playSeeds("builtin", "built-in seed", BUILTIN_WORLDS);
  return tally;
}

/** Adds up what several shares came to. */
export function sumOf(tallies: readonly Tally[]): Tally {
  const sum: Tally = { ...NOTHING_YET, failures: [] };
  for (const tally of tallies) {
    for (const key of Object.keys(sum) as (keyof Tally)[]) {
      if (key === "failures") sum.failures.push(...tally.failures);
      else sum[key] += tally[key];
    }
  }
  return sum;
}
