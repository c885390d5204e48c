// I41: the command after a backup runs exactly once for each one before it that began; again only where a kill cut it off.

import type { Finding } from "./witness.ts";

/** One start of such a command. */
export interface HookRun {
  /** It ended, and the program that waited for it lived beyond that instant; null: it was killed just then. */
  isWhole: boolean | null;
  /** `SCHELLY_OUTCOME`, of the command after a backup. */
  outcome: string | undefined;
}

/**
 * I41: at the end; by backup, in order. A kill just before the first command leaves it unknown whether that began: then
 * the other one runs all the same, and is told so. There are at most as many of these as there were `kills`. Of what is
 * `lost` nobody can know that the second is still to run.
 */
export function I41_postForEachPre(
  pre: ReadonlyMap<string, readonly HookRun[]>,
  post: ReadonlyMap<string, readonly HookRun[]>,
  kills: number,
  lost: ReadonlySet<string> = new Set(),
): Finding {
  for (const [id, runs] of pre) {
    if (lost.has(id)) continue;
    if (runs.length !== 1) return `pre of ${id} began ${runs.length} times`;
    if (!post.has(id)) return `post of ${id}, whose pre began, never ran`;
  }
  for (const [id, runs] of post) {
    if (lost.has(id)) continue;
    if (runs.at(-1)!.isWhole === false) return `post of ${id} was cut off, and did not run again`;
    const whole = runs.filter(({ isWhole }) => isWhole === true).length;
    const maybe = runs.filter(({ isWhole }) => isWhole === null).length;
    if (whole > 1 || whole + maybe === 0) return `post of ${id} ran ${whole} times to its end`;
  }
  const alone = [...post].filter(([id]) => !pre.has(id));
  const odd = alone.find(([, runs]) => runs[0]!.outcome !== "cut_off");
  if (odd !== undefined) return `post of ${odd[0]}, whose pre never began, ran as if it had`;
  if (alone.length > kills) return `post ran ${alone.length} times without pre, after ${kills} kills`;
}
