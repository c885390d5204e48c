// A job under a new name takes along all that is stored under the old one; where the new name has something on record
// already, the two become one.

import { countBackups, newRun, type Run } from "../domain/backup.ts";
import { iso } from "../domain/instant.ts";
import type { Job } from "../domain/job.ts";
import type { Slots } from "../domain/schedule/dispatch.ts";
import { joinSlots } from "../domain/schedule/joined_slots.ts";
import type { EngineEvent } from "../ports/events.ts";
import type { JobChanges, JobState, Write } from "../ports/store.ts";
import { type EngineContext, jobEvent } from "./context/context.ts";
import { latchChange } from "./context/latch.ts";
import { loseStops } from "./inventory/forgotten.ts";

/** Finds the slots of a schedule as it was stored; undefined when it cannot be read any more. */
export type SlotsOf = (pattern: string, timezone: string) => Slots | undefined;

/** More slots that both decided than this are no slip of an edit. */
const MOST_SHARED = 5_000;
/** Counting more slots than this is not worth the time. */
const COUNT_LIMIT = 10_000;

/**
 * Gives `job` what is stored under its `renamedFrom`, once: by its name alone, or by making the two jobs one. True when
 * something was taken over. Says so, with what to do, where the two cannot become one; then both stay as they are.
 */
export async function rename(
  context: EngineContext,
  job: Job,
  slotsOf: SlotsOf,
): Promise<boolean> {
  const { store } = context;
  const { name, renamedFrom: from } = job;
  if (from === null) return false;
  const [former, state] = await Promise.all(
    [from, name].map(async (known) => await loseStops(context, await store.job(known))),
  );
  if (former === undefined) return false;
  if (state !== undefined) return await join(context, job, former, state, slotsOf);
  await store.commit({
    job: from,
    writes: [{ write: "renameJob", job: from, to: name }],
    events: [
      jobEvent(context, name, "job.renamed", "info", `Job '${from}' is now called '${name}'`, { from }),
    ],
  });
  return true;
}

async function join(
  context: EngineContext,
  job: Job,
  former: JobState,
  state: JobState,
  slotsOf: SlotsOf,
): Promise<boolean> {
  const { store } = context;
  const [from, to] = [former.job, state.job];
  const shared = joinSlots(await store.sharedSlots(from, to, MOST_SHARED));
  if ("both" in shared) {
    const { slot, runIds } = shared.both;
    const why = `both ran for the slot ${iso(slot)} (runs ${runIds.join(" and ")})`;
    return await refuse(context, from, to, why);
  }
  const why = shared.cuts.length >= MOST_SHARED
    ? "both decided the same slots over a long time"
    : await bothRun(context, from, to);
  if (why !== undefined) return await refuse(context, from, to, why);
  const gap = gapOf(former, state, slotsOf, context.clock.now());
  const latching = former.availableCount === 0 ? { writes: [], events: [] } : latchChange(
    to,
    "first_policy",
    `${countBackups(former.availableCount)} of '${from}' became backups of job '${to}': look with ` +
      `'schelly retention show ${to}', then 'schelly retention approve ${to}'`,
    context.clock.now(),
  );
  const result = await store.commit({
    job: to,
    // Nothing was decided in either since it was looked at.
    conditions: [
      { condition: "cursor", job: from, is: former.cursor },
      { condition: "cursor", job: to, is: state.cursor },
    ],
    writes: [
      ...shared.cuts.map(({ runId, left }): Write => ({
        write: "run",
        runId,
        set: left === null ? { slot: null, slotUntil: null, slots: 0 } : { ...left, slots: null },
      })),
      { write: "joinJobs", job: from, to },
      { write: "job", job: to, set: settled(former, state) },
      { write: "manage", job: to, providerKeys: job.providerKeys },
      ...[...shared.rests, ...gap].map((range): Write => ({
        write: "insert",
        run: skippedRange(context, to, former.providerKey, range),
      })),
      ...latching.writes,
    ],
    events: [joinedEvent(context, former, state), ...latching.events],
  });
  if (result.result === "done") return true;
  return await refuse(context, from, to, "one of them changed at the same moment");
}

interface Range {
  slot: number;
  slotUntil: number;
  /** Absent when it was not counted. */
  slots?: number | null;
  reason: string | null;
}

function skippedRange(
  { ids, clock }: EngineContext,
  job: string,
  providerKey: string,
  { slot, slotUntil, slots = null, reason }: Range,
): Run {
  const now = clock.now();
  return newRun({
    runId: ids.uuidv7(),
    job,
    trigger: "schedule",
    slot,
    slotUntil,
    slots,
    status: "skipped",
    reason,
    providerKey,
    createdAt: now,
    endTime: now,
  });
}

function joinedEvent(context: EngineContext, former: JobState, state: JobState): EngineEvent {
  const [from, to] = [former.job, state.job];
  const message = `Job '${from}' is now called '${to}', which was on record already: its ` +
    `${countBackups(former.availableCount)} joined the ${countBackups(state.availableCount)} of '${to}', ` +
    `with all its runs, holds and guards${former.pausedAt === null ? "" : ", and its pause stands"}`;
  return jobEvent(context, to, "job.renamed", "warning", message, {
    from,
    backups: former.availableCount,
    own_backups: state.availableCount,
    joined: true,
  });
}

/** How the job goes on: as the one that stays, except for what is said of each field. */
function settled(former: JobState, state: JobState): JobChanges {
  // One that was away has decided nothing while the other was in charge.
  const last = state.unmanagedSince !== null && former.cursor > state.cursor ? former : state;
  const pause = laterPause(former, state);
  return {
    cursor: Math.max(former.cursor, state.cursor),
    schedule: last.schedule,
    timezone: last.timezone,
    policy: last.policy,
    policySince: last.policySince,
    lastCancelSlot: last.lastCancelSlot,
    openRangeRunId: last.openRangeRunId,
    graceFactor: Math.max(former.graceFactor, state.graceFactor),
    pausedAt: pause.pausedAt,
    pausedUntil: pause.pausedUntil,
    pauseReason: pause.pauseReason,
    edition: Math.max(former.edition, state.edition) + 1,
  };
}

/** What an operator said of either stands; of two pauses, the one that ends later. */
function laterPause(former: JobState, state: JobState): JobState {
  if (former.pausedAt === null) return state;
  if (state.pausedAt === null) return former;
  return (former.pausedUntil ?? Infinity) > (state.pausedUntil ?? Infinity) ? former : state;
}

/** Slots that came due between the time of the one job and that of the other, and nobody decided; at most one range. */
function gapOf(
  former: JobState,
  state: JobState,
  slotsOf: SlotsOf,
  now: number,
): Range[] {
  const [first, next] = former.cursor <= state.cursor ? [former, state] : [state, former];
  // One that stayed in the configuration had decided all that was due by then.
  const wasThere = first === state && state.unmanagedSince === null;
  const end = Math.min(wasThere ? next.cursor : next.knownSince, now);
  const slots = slotsOf(first.schedule, first.timezone);
  const slotUntil = slots?.latest(first.cursor, end) ?? null;
  if (slots === undefined || slotUntil === null) return [];
  const count = slots.count(first.cursor, slotUntil, COUNT_LIMIT);
  return [{ slot: slots.next(first.cursor)!, slotUntil, slots: count, reason: "unmanaged" }];
}

async function bothRun({ store }: EngineContext, from: string, to: string): Promise<string | undefined> {
  const [[one], [other]] = await Promise.all([store.unfinished(from), store.unfinished(to)]);
  return one === undefined || other === undefined
    ? undefined
    : `both have a run that has not ended (${one.runId} and ${other.runId}): reload or restart when one has`;
}

async function refuse(
  context: EngineContext,
  from: string,
  to: string,
  why: string,
): Promise<false> {
  const message = `Job '${to}' cannot take over what is on record of '${from}', its renamed_from: ${why}; ` +
    `both stay as they are, and the backups of '${from}' stay untouched. To keep them apart, take ` +
    `'renamed_from' out; to delete those of '${from}', see 'schelly backups delete --job ${from} --all'`;
  await context.store.commit({
    job: to,
    writes: [],
    events: [jobEvent(context, to, "job.error", "error", message, { from, why })],
  });
  return false;
}
