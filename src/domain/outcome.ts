// What becomes of a slot or a start by hand, in the one word that pings and hooks go by.

import type { Run } from "./backup.ts";

/** How a run that is over stands; `retried`: it failed, and is tried again by itself. */
export type RunOutcome = "available" | "suspect" | "failed" | "retried" | "cancelled" | "lost" | "expired";

/** What ended it, as its event says. */
export type RunEnd = "available" | "failed" | "cancelled" | "lost" | "expired";

/** A backup that is too small counts for nothing until somebody accepts it: nobody is told that it is there. */
export function outcomeOf(
  end: RunEnd,
  run: Pick<Run, "suspectAt" | "acceptedAt" | "retryAt" | "retryEnd">,
): RunOutcome {
  if (end === "available") return run.suspectAt !== null && run.acceptedAt === null ? "suspect" : "available";
  return end === "failed" && (run.retryAt !== null || run.retryEnd === "tried_again") ? "retried" : end;
}

/** The events that end a run; `run.tries_ended`: a failed one is not tried again after all. */
export const RUN_ENDS: Readonly<Record<string, RunEnd | undefined>> = {
  "run.available": "available",
  "run.failed": "failed",
  "run.tries_ended": "failed",
  "run.lost": "lost",
  "run.cancelled": "cancelled",
  "run.expired": "expired",
};

/** What ended a run, as an event tells; undefined where it tells of no end. A missing backup that is found ended before. */
export function runEndOf(type: string, data: { was?: unknown } | undefined): RunEnd | undefined {
  return type === "run.found" && data?.was !== "missing" ? "available" : RUN_ENDS[type];
}
