// An edited declaration comes into force: what is due by the one before is decided first.

import type { Slots } from "../domain/schedule/dispatch.ts";
import { assert } from "../domain/errors.ts";
import type { Condition } from "../ports/condition.ts";
import type { EngineEvent } from "../ports/events.ts";
import type { JobChanges, JobState, Write } from "../ports/store.ts";
import { takenUpFrom } from "./clock/job_clock.ts";
import { isFatal } from "./context/commit.ts";
import type { EngineContext } from "./context/context.ts";
import { editOf, type JobParts, rescheduled } from "./job_parts.ts";

/** How often a decision is made anew when the store knows the job otherwise. */
const MOST_TRIES = 5;

/** The job that is edited, in a turn of its own. */
interface EditedJob {
  /** As they are in force. */
  parts(): JobParts;
  state(): JobState;
  /** Decides what is due, and answers when that was; undefined when it is to be tried again. */
  decide(slots: Slots, final: boolean): Promise<number | undefined>;
  /** False where a condition did not hold; the parts come into force with what is saved. */
  change(
    set: JobChanges,
    events: EngineEvent[],
    also?: Write[],
    parts?: JobParts,
    conditions?: Condition[],
  ): Promise<boolean>;
  /** Brings the parts into force where nothing is to be saved. */
  replace(parts: JobParts): void;
  closeRange(): void;
}

/** Decides what is due by the old declaration, then the cursor is now. */
export async function takeOverEdit(
  context: EngineContext,
  parts: JobParts,
  edited: EditedJob,
): Promise<void> {
  const old = edited.parts();
  // Asked of what is stored: an earlier try may have been saved although its answer was lost.
  const isRescheduled = () =>
    edited.state().schedule !== parts.job.schedule || edited.state().timezone !== parts.job.timezone;
  let isInForce = false;
  for (let tries = 0; !isInForce; tries++) {
    assert(tries < MOST_TRIES, `job ${old.job.name} can be decided by what was read of it just now`);
    const final = isRescheduled();
    // The cursor goes to the very instant up to which all was decided: time went on meanwhile.
    const now = await edited.decide(final ? old.slots : parts.slots, final);
    if (now === undefined) continue;
    const edit = editOf(edited.state(), old, parts, context.watch.read().begins);
    isInForce = true;
    // In one change: no moment has the new schedule and the old job, or the other way round.
    if (isRescheduled()) {
      isInForce = await reschedule(context, parts, edited, { old, now, edit, isRescheduled });
    } else if (edit !== undefined) await edited.change(edit, [], [], parts);
    else edited.replace(parts);
  }
}

interface Rescheduling {
  old: JobParts;
  /** All is decided up to here. */
  now: number;
  edit: JobChanges | undefined;
  isRescheduled(): boolean;
}

/** False where the clock went back before it was saved: all is to be decided anew. */
async function reschedule(
  context: EngineContext,
  parts: JobParts,
  edited: EditedJob,
  { old, now, edit, isRescheduled }: Rescheduling,
): Promise<boolean> {
  const { set, writes, conditions } = takenUpFrom(context, edited.state(), now);
  if (set.openRangeRunId === null) edited.closeRange();
  const { schedule, timezone } = parts.job;
  const changes = { schedule, timezone, ...set, ...edit };
  const event = rescheduled(context, parts, old);
  try {
    return await edited.change(changes, [event], writes, parts, conditions);
  } catch (error) {
    // Saved although its answer was lost: what is stored counts.
    if (isFatal(error) || isRescheduled()) throw error;
    edited.replace(parts);
    return true;
  }
}
