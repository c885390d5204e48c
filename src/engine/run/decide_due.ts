// What is due of a job becomes rows and a cursor, all in one commit.

import type { Run } from "../../domain/backup.ts";
import type { Slots } from "../../domain/schedule/dispatch.ts";
import type { Job } from "../../domain/job.ts";
import type { JobChanges, JobState } from "../../ports/store.ts";
import type { ActiveRun, EngineContext } from "../context/context.ts";
import { DecisionWriter, stillDue } from "./decision_writer.ts";
import { dispatchNow, stillOccupied } from "./occupant.ts";
import type { Tries } from "./tries.ts";

/** What a job is known to be as its slots are decided. `final`: nothing may stay open. */
interface Known {
  state: JobState;
  slots: Slots;
  active: ActiveRun | null;
  openRange: Run | null;
  final: boolean;
}

/** What was committed: how the job changed, and what is to be done now. */
interface Made extends Pick<DecisionWriter, "openRange" | "waitingSlot" | "run" | "cancel"> {
  set: JobChanges;
}

/**
 * Commits a decision for each slot that is due by `now`, which ends the pending try where a newer slot is decided.
 * `conflict`: the job is stored otherwise than it is known.
 */
export async function decideDue(
  context: EngineContext,
  job: Job,
  { state, slots, active, openRange, final }: Known,
  tries: Tries,
  now: number,
): Promise<Made | "nothing" | "conflict"> {
  const decided = await dispatchNow(context, { job, state, slots, active, final }, now);
  if (decided.decisions.length === 0) return "nothing";
  const writer = new DecisionWriter(context, job, slots, openRange, now);
  writer.conditions.push(...stillOccupied(active));
  for (const decision of decided.decisions) writer.add(decision);
  if (writer.run !== null && active !== null) writer.supersede(active.run);
  // A new slot ends the tries of the one before.
  const isNext = decided.cursor > state.cursor && writer.waitingSlot === null;
  const over = tries.ending(isNext ? "next_slot" : null);
  const set: JobChanges = { cursor: decided.cursor, openRangeRunId: writer.openRange?.runId ?? null };
  const { result } = await context.store.commit({
    job: job.name,
    conditions: [...stillDue(job.name, state.cursor, decided.cursor), ...writer.conditions],
    writes: [...writer.writes, ...over.writes, { write: "job", job: job.name, set }],
    events: [...writer.events, ...over.events],
  });
  if (result === "conflict") return "conflict";
  if (over.writes.length > 0) tries.drop();
  return {
    set,
    openRange: writer.openRange,
    waitingSlot: writer.waitingSlot,
    run: writer.run,
    cancel: writer.cancel,
  };
}
