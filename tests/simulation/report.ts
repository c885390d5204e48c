// What the simulation says at the end: a table of what was played, and every failure with its story.

import type { Failure, Tally } from "./work.ts";

const HOUR = 3_600_000;

/** The figures, one a line. */
export function tableOf(tally: Tally, tookMs: number): string {
  const rows: [string, string][] = [
    ["single faults", String(tally.singles)],
    ["pairs of faults", String(tally.pairs)],
    ["failed once", String(tally.regressions)],
    ["seeds", String(tally.seeds)],
    ["built-in seeds", String(tally.builtin)],
    ["played twice", String(tally.twice)],
    ["boundaries", String(tally.boundaries)],
    ["faults injected", String(tally.faults)],
    ["restarts", String(tally.crashes)],
    ["simulated", `${Math.round(tally.simulatedMs / HOUR)} hours`],
    ["took", `${Math.round(tookMs / 1000)} s`],
    ["violations", String(tally.failures.length)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(16)} ${value.padStart(12)}`).join("\n");
}

/** A failure as one reads it: name, what was violated, how it came to that. */
export function storyOf({ name, violations, trace }: Failure): string {
  return [`FAILED ${name}`, ...violations.map((text) => `  ${text}`), ...trace.map((line) => `    ${line}`)]
    .join("\n");
}
