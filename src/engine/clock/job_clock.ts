// What the clock means to the slots of one job: runs without a slot while it is in doubt, and what is made of them and
// of the cursor once it is right.

import { newRun, type Run } from "../../domain/backup.ts";
import { iso } from "../../domain/instant.ts";
import type { Job } from "../../domain/job.ts";
import { blackoutOf } from "../../domain/schedule/blackout.ts";
import type { Slots } from "../../domain/schedule/dispatch.ts";
import type { OpenDates } from "../../ports/clock_watch.ts";
import type { Condition } from "../../ports/condition.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { JobChanges, JobState, RunChanges, Write } from "../../ports/store.ts";
import { CLOCK_TOLERANCE_MS, type EngineContext, jobEvent, runEvent } from "../context/context.ts";
import { whyInactive } from "../job_parts.ts";
import {
  backTo,
  begunAt,
  datedJob,
  datedTimes,
  hasSlotAhead,
  hasSlotBefore,
  lacksPeriod,
  shiftOf,
} from "./dating.ts";
import { skippedRow } from "../run/decision_writer.ts";

/** What it asks of the scheduler of the job. All of it is called within a turn of that scheduler. */
interface ClockedJob {
  parts(): { job: Job; slots: Slots };
  state(): JobState;
  /** A run is under way, or the job left the configuration. */
  isBusy(): boolean;
  /** Commits a change of the job's state, its cursor above all, with what belongs to it; false: a condition did not hold. */
  change(set: JobChanges, events: EngineEvent[], also: Write[], conditions: Condition[]): Promise<boolean>;
  /** Commits a run and follows it. */
  begin(run: Run, events: EngineEvent[]): Promise<unknown>;
  /** The run, where it is the one that is followed, is stored otherwise now. */
  changed(runId: string, set: RunChanges): void;
}

/**
 * Since when a job that is new now is known (UTC ms). In doubt that is later than the last time at which the clock was
 * right, by which it is told from those that were there before, and the doubt does not end before it is dated.
 */
export function newSince({ clock, watch }: Pick<EngineContext, "clock" | "watch">): number {
  const now = clock.now();
  return watch.mark() === null ? now : Math.max(now, watch.read().memory.wall + 1);
}

/**
 * What is stored of the cursor as another schedule takes over, with all decided up to `now`: it goes on from there,
 * which must have come also by the clock of the turn in which that is saved. Where the clock is right and has not come
 * to the cursor, nothing later is decided; in doubt, what was decided stays so.
 */
export function takenUpFrom(
  { watch }: Pick<EngineContext, "watch">,
  state: JobState,
  now: number,
): { set: JobChanges; writes: Write[]; conditions: Condition[] } {
  const seen = watch.read();
  // By this look: the former one may have been at a clock that was wrong and is right by now.
  const isBack = seen.inDoubtUntil === null && seen.now < state.cursor;
  const cursor = isBack ? seen.now : Math.max(now, state.cursor);
  return {
    set: isBack ? backTo(state, cursor) : { cursor },
    writes: isBack ? [{ write: "undecide", job: state.job, after: cursor }] : [],
    conditions: cursor === state.cursor ? [] : [{ condition: "due", at: cursor }],
  };
}

/** What is remembered of the clocks for one job, by the monotonic one: all that a job needs while it has nothing to do. */
export interface JobTimes {
  /** When the job last had a slot or a run of its schedule; null before the first look. */
  ranAt: number | null;
  /** When `runExtra` is to be called; null for never. */
  extraAt: number | null;
}

/** Made for each use; what is remembered stands in `times`. */
export class JobClock {
  constructor(
    private readonly context: EngineContext,
    private readonly times: JobTimes,
    private readonly of: ClockedJob,
  ) {}

  /** Looks at the clocks after a nap; true where that is all, false where `setBack` is to be called. */
  async look(): Promise<boolean> {
    const { now, inDoubtUntil } = this.context.watch.read();
    if (inDoubtUntil === null) {
      this.times.extraAt = null;
      // As far as the cursor says: a restart puts off nothing that is due in a doubt to come.
      this.times.ranAt ??= this.context.clock.monotonic() - Math.max(0, now - this.of.state().cursor);
      return now >= this.of.state().cursor - CLOCK_TOLERANCE_MS;
    }
    this.times.ranAt ??= await this.#lastRan();
    this.times.extraAt = this.#mayRun() ? this.times.ranAt + (this.#interval() ?? Infinity) : null;
    return true;
  }

  /**
   * Where the clock is trusted and the cursor lies ahead of it: nothing later than now is decided yet, whatever was
   * written by a clock that was wrong.
   */
  async setBack(): Promise<void> {
    const { now, inDoubtUntil } = this.context.watch.read();
    const { job } = this.of.parts();
    const state = this.of.state();
    if (inDoubtUntil !== null || now >= state.cursor - CLOCK_TOLERANCE_MS) return;
    await this.of.change(
      backTo(state, now),
      [this.#backEvent(job.name, state.cursor, now)],
      [{ write: "undecide", job: job.name, after: now }],
      [{ condition: "due", at: now }],
    );
  }

  /** In doubt, a job that had no slot for an interval gets one run: whichever clock is right, it was due. */
  async runExtra(): Promise<void> {
    const { context, of } = this;
    this.times.extraAt = null;
    const due = this.times.ranAt === null ? null : this.times.ranAt + (this.#interval() ?? Infinity);
    const mark = context.watch.mark();
    if (mark === null || due === null || context.clock.monotonic() < due || !this.#mayRun()) return;
    const { name, providerKey } = of.parts().job;
    const run = newRun({
      runId: context.ids.uuidv7(),
      job: name,
      trigger: "schedule",
      slot: null,
      status: "intent",
      providerKey,
      createdAt: context.clock.now(),
      clockOff: mark,
    });
    const message =
      `Backup of job '${name}' is due by one of two clocks, and it is in doubt which is right: it runs, ` +
      "and is dated once that is known";
    this.times.ranAt = context.clock.monotonic();
    await of.begin(run, [runEvent(context, run, "run.due", "warning", message, { slot: null })]);
  }

  /** Dates what the job wrote in a doubt that is over, and leaves no slot of that time undecided or decided wrongly. */
  async date(open: OpenDates): Promise<void> {
    const { context, of } = this;
    const { store, watch } = context;
    const { name } = of.parts().job;
    const found = await store.inDoubt(name);
    const { now, memory } = watch.read();
    // It jumped again meanwhile: by a clock in doubt nothing is dated, but all of it once that is over.
    if (memory.doubt !== null || memory.open !== open) return;
    const writes: Write[] = [];
    const events: EngineEvent[] = [];
    const before = of.state();
    const dated = datedJob(before, open, now);
    const { knownSince } = dated;
    let { cursor } = dated;
    if (cursor < before.cursor) {
      writes.push({ write: "undecide", job: name, after: cursor });
      events.push(this.#backEvent(name, before.cursor, now));
    }
    if (knownSince > before.knownSince) events.push(this.#newEvent(name, before.knownSince, knownSince));
    const sets = new Map<string, RunChanges>();
    const taken = new Set<number>();
    /** The newest of these that had no slot: what follows as its next try stands for the same. */
    let tried: RunChanges | null = null;
    for (const run of found) {
      const set = datedTimes(run, open, now);
      sets.set(run.runId, set);
      // A slot that has not come is not decided, nor was one the job's that came before it; but one that was tried
      // before the doubt stays that of all its tries.
      const isWrong = (hasSlotAhead(run, now) || hasSlotBefore(run, before, dated)) &&
        (run.attempt === 1 || tried !== null);
      if (!lacksPeriod(run) && !isWrong) continue;
      const hasNone = run.slot === null || isWrong;
      if (run.attempt > 1 && hasNone && tried !== null) {
        Object.assign(set, { slot: tried.slot ?? null, periodTime: tried.periodTime });
        continue;
      }
      const at = begunAt(run, set);
      set.periodTime = at;
      if (run.trigger !== "schedule" || !hasNone) continue;
      set.slot = null;
      tried = set;
      // One that was begun by a clock that ran ahead stands for no slot that is still to come.
      const slot = at > now + CLOCK_TOLERANCE_MS ? null : await this.#freeSlot(at, knownSince, taken);
      if (slot === null) continue;
      taken.add(slot);
      Object.assign(set, { slot, slots: 1 });
      if (shiftOf(open, begunAt(run, {})) === 0) set.periodTime = slot;
      if (slot > cursor) {
        this.#missed(cursor, slot, writes, events);
        cursor = slot;
      }
    }
    for (const [runId, set] of sets) writes.push({ write: "run", runId, set });
    if (writes.length === 0 && cursor === before.cursor && knownSince === before.knownSince) return;
    const isRanged = cursor !== before.cursor;
    const changes = { cursor, knownSince, ...(isRanged ? { openRangeRunId: null } : {}) };
    // By a clock that jumps before this is saved nothing is dated either.
    if (!await of.change(changes, events, writes, [{ condition: "datedBy", open }])) return;
    for (const [runId, set] of sets) of.changed(runId, set);
  }

  #mayRun(): boolean {
    const { job, slots } = this.of.parts();
    const state = this.of.state();
    const { now, steady, due } = this.context.watch.read();
    if (this.of.isBusy() || !job.enabled || whyInactive(state, steady) !== undefined) return false;
    if (blackoutOf(job)?.windowAt(steady)) return false;
    const next = slots.next(state.cursor);
    if (next !== null && next <= due) return false;
    return (next !== null && next <= Math.max(now, steady)) || state.cursor > due + CLOCK_TOLERANCE_MS;
  }

  #interval(): number | null {
    return this.of.parts().slots.interval(this.context.watch.read().steady);
  }

  /** As far as a process that begins in doubt can tell, by whichever clock that is longer ago. */
  async #lastRan(): Promise<number> {
    const { clock, watch, store } = this.context;
    const { now, steady } = watch.read();
    const { cursor } = this.of.state();
    const last = (await store.inDoubt(this.of.parts().job.name)).filter(({ attempt }) => attempt === 1).at(
      -1,
    );
    const ago = Math.max(
      0,
      steady - Math.max(cursor, last?.createdAt ?? 0),
      now - Math.max(cursor, (last?.createdAt ?? 0) + (last?.clockOff ?? 0)),
    );
    return clock.monotonic() - ago;
  }

  /** The slot of the job that a run begun `at` may stand for; null where it was decided otherwise, or none was its yet. */
  async #freeSlot(at: number, knownSince: number, taken: ReadonlySet<number>): Promise<number | null> {
    const { job, slots } = this.of.parts();
    const from = Math.max(at - 2 * (slots.interval(at) ?? 0), knownSince);
    const slot = at > from ? slots.latest(from, at) : null;
    if (slot === null || taken.has(slot)) return null;
    const [known] = await this.context.store.periodRecords(job.name, [{ from: slot, until: slot + 1 }]);
    return known!.length === 0 ? slot : null;
  }

  /** Records the slots after `cursor` and before `slot` as missed. */
  #missed(cursor: number, slot: number, writes: Write[], events: EngineEvent[]): void {
    const { job, slots } = this.of.parts();
    const until = slots.latest(cursor, slot - 1);
    if (until === null) return;
    const skip = { reason: "missed" as const, slot: slots.next(cursor)!, until };
    const { run, event } = skippedRow(this.context, job, slots, skip);
    writes.push({ write: "insert", run });
    events.push(event);
  }

  #newEvent(job: string, before: number, knownSince: number): EngineEvent {
    const message =
      `Job '${job}' was new while the clock was in doubt, at ${iso(before)}: by the clock that is ` +
      `trusted now, its schedule starts at ${iso(knownSince)}`;
    return jobEvent(this.context, job, "clock.trusted", "info", message, { known_since: knownSince, before });
  }

  #backEvent(job: string, from: number, now: number): EngineEvent {
    const message =
      `What job '${job}' had decided up to ${iso(from)} lies ahead of the clock, which is trusted: ` +
      "its slots are taken up from the present again, those with a row do not run twice";
    return jobEvent(this.context, job, "clock.back", "error", message, { cursor: from, now });
  }
}
