// Makes every boundary of a small world fail once, in every way it can.

import { type BoundaryKind, faultOf, faultsAt, type Outcome, OUTCOMES } from "./faults.ts";
import type { FixedScenario } from "./fixed_scenarios.ts";
import { Dice } from "./scenario.ts";
import { countBoundaries, type Outcome as Played, playFixed } from "./simulator.ts";

/** One boundary that fails in one way; two for pairs. */
export interface FixedFault {
  at: number;
  kind: BoundaryKind;
  outcome: Outcome;
}

/** Every single fault of a world. */
export async function singleFaults(fixed: FixedScenario, template: string): Promise<FixedFault[]> {
  const { kinds } = await countBoundaries(fixed.scenario, fixed.spanMs, { template });
  return kinds.flatMap((kind, at) =>
    !fixed.effectsOnly || kind === "commit" || kind === "create" || kind === "delete" || kind === "lookup"
      ? OUTCOMES.filter((outcome) => faultOf(kind, outcome) !== undefined)
        .map((outcome) => ({ at: at + 1, kind, outcome }))
      : []
  );
}

/** Pairs of faults drawn from a seed, the first at the earlier boundary. */
export function pairsOf(singles: readonly FixedFault[], seed: number, count: number): FixedFault[][] {
  const dice = new Dice(seed);
  return Array.from(
    { length: count },
    () => [dice.one(singles), dice.one(singles)].toSorted((a, b) => a.at - b.at),
  );
}

/** Plays a world with these faults to its end. */
export async function playWithFaults(
  fixed: FixedScenario,
  faults: readonly FixedFault[],
  template: string,
  tell?: (line: string) => void,
): Promise<Played> {
  const plan = faultsAt(new Map(faults.map(({ at, outcome }) => [at, outcome])));
  return await playFixed(fixed.scenario, plan, fixed.spanMs, { template, tell });
}

/** `commit 17 crash_after`. */
export function nameOf(faults: readonly FixedFault[]): string {
  return faults.map(({ at, kind, outcome }) => `${kind} ${at} ${outcome}`).join(" + ");
}
