// What an event says of the outcome of a slot, for the hooks of its job.

import type { Run } from "../../domain/backup.ts";
import { iso } from "../../domain/instant.ts";
import { outcomeOf, RUN_ENDS, runEndOf, type RunOutcome } from "../../domain/outcome.ts";
import { plainText } from "../../domain/plain_text.ts";
import type { EngineEvent, EventType } from "../../ports/events.ts";

/**
 * What hooks find in `SCHELLY_OUTCOME`. `missed`: the slot went by while Schelly did not run; `skipped`: the backup before
 * was still running; `guarded`: a guard stops the deletions of the job.
 */
type HookOutcome = Exclude<RunOutcome, "retried"> | "missed" | "skipped" | "guarded";

/** Events that may have one, and those after which a guard is news again. */
export const OUTCOME_TYPES: readonly EventType[] = [
  ...Object.keys(RUN_ENDS) as EventType[],
  "run.found",
  "run.skipped",
  "retention.guarded",
  "retention.guard_cleared",
  "retention.approved",
];

/** How it ended, as hooks are told. */
export interface Outcome {
  which: "on_success" | "on_failure";
  outcome: HookOutcome;
  env: Record<string, string>;
}

/** An environment has little room. */
const MOST_MESSAGE = 8_000;

const SKIPS: Record<string, HookOutcome | undefined> = { missed: "missed", still_running: "skipped" };

/** Undefined where there is none, or not yet. `run`: that of the event, as it stands now. */
export function hookOutcomeOf(event: EngineEvent, run: Run | undefined): Outcome | undefined {
  const { type, data } = event;
  if (type === "retention.guarded") {
    return told(event, "guarded", run, String(data?.guard ?? ""), event.message);
  }
  if (type === "run.skipped") {
    const outcome = SKIPS[String(data?.reason)];
    return outcome && told(event, outcome, run, String(data?.reason), event.message);
  }
  const end = runEndOf(type, data);
  if (end === undefined || run === undefined) return undefined;
  const outcome = outcomeOf(end, run);
  if (outcome === "retried") return undefined;
  const message = outcome === "suspect" ? run.suspectReason : run.message;
  return told(event, outcome, run, run.reason ?? "", message ?? event.message);
}

function told(
  event: EngineEvent,
  outcome: HookOutcome,
  run: Run | undefined,
  reason: string,
  message: string,
): Outcome {
  const text = plainText(message);
  return {
    which: outcome === "available" ? "on_success" : "on_failure",
    outcome,
    env: {
      SCHELLY_JOB: event.job ?? "",
      SCHELLY_RUN_ID: event.runId ?? "",
      SCHELLY_BACKUP_ID: run?.id ?? "",
      SCHELLY_SLOT: run === undefined || run.slot === null ? "" : iso(run.slot),
      SCHELLY_AT: iso(event.at),
      SCHELLY_OUTCOME: outcome,
      SCHELLY_REASON: reason,
      SCHELLY_MESSAGE: text.length > MOST_MESSAGE ? `${text.slice(0, MOST_MESSAGE).toWellFormed()}…` : text,
    },
  };
}
