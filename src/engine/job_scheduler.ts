// One job at work: turns due slots into committed decisions and follows its one unfinished run.

import { isUnfinished, type Run } from "../domain/backup.ts";
import type { Slots } from "../domain/schedule/dispatch.ts";
import { decidedAt } from "../domain/schedule/blackout.ts";
import { type NextStart, nextStart } from "../domain/schedule/next_to_run.ts";
import { assert } from "../domain/errors.ts";
import type { Job } from "../domain/job.ts";
import type { EngineEvent } from "../ports/events.ts";
import type { OpenDates, Reading } from "../ports/clock_watch.ts";
import type { Condition } from "../ports/condition.ts";
import type { JobChanges, JobState, Write } from "../ports/store.ts";
import type { ProviderCalls } from "./context/calls.ts";
import { JobClock, type JobTimes } from "./clock/job_clock.ts";
import type { ActiveRun, EngineContext } from "./context/context.ts";
import { Turns } from "./context/turns.ts";
import { readAnew } from "./run/anew.ts";
import { decideDue } from "./run/decide_due.ts";
import { FollowedRun, type RunOwner } from "./run/followed_run.ts";
import { callsToFollow } from "./run/found_run.ts";
import { beginManual, insteadOfAnother } from "./run/manual.ts";
import { askAgain, askToCancel, makeRoom, supersede } from "./run/occupant.ts";
import { Tries } from "./run/tries.ts";
import { NOT_PAUSED, pauseEnd, pauseOf } from "./pause_end.ts";
import { takeOverEdit } from "./job_edit.ts";
import { isInForce, type JobHooks, type JobParts, partsInForce, whyAtRest } from "./job_parts.ts";

/** How often the range row of a job that is disabled or outside its dates is brought up to date. */
const RANGE_EVERY_MS = 3_600_000;

/** The scheduler of one job. All changes of its decisions go through one turn at a time. */
export class JobScheduler {
  #parts: JobParts;
  #state: JobState;
  #active: ActiveRun | null = null;
  /** The run that `#active` is, or was last. */
  #followed: FollowedRun | undefined;
  #turns = new Turns();
  #openRange: Run | null = null;
  /** A slot that waits for a cancel, unless the clock goes back; everything up to just before it is decided. */
  #waitingSlot: number | null = null;
  #rangeDecidedAt = -Infinity;
  readonly #times: JobTimes = { ranAt: null, extraAt: null };
  /** The unfinished run, where another instance follows it. */
  shown: Run | null = null;
  #retired = false;
  #removed = false;
  #ownerMade: RunOwner | undefined;
  /** Further tries of the slot that failed last. */
  readonly tries: Tries;

  constructor(
    private readonly context: EngineContext,
    private readonly hooks: JobHooks<JobScheduler>,
    parts: JobParts,
    state: JobState,
    openRange: Run | null,
  ) {
    [this.#parts, this.#state, this.#openRange] = [parts, state, openRange];
    this.tries = new Tries(context);
  }

  /** Of whatever run it follows; of ten thousand jobs few follow one. */
  get #owner(): RunOwner {
    return this.#ownerMade ??= {
      whyAtRest: () => this.#removed ? "removed" : whyAtRest(this.#state, this.context.watch.read().ends),
      cancelOver: () => void this.#afterCancel(),
      over: (active) => this.#finished(active),
      failed: (error) => this.hooks.failed(error),
    };
  }

  get job(): Job {
    return this.#parts.job;
  }
  get calls(): ProviderCalls {
    return this.#parts.calls;
  }
  get slots(): Slots {
    return this.#parts.slots;
  }
  get state(): JobState {
    return this.#state;
  }
  /** The unfinished run, as last committed. */
  get running(): Run | null {
    return this.#active?.run ?? this.shown;
  }
  /** Next slot after `now` by the schedule, whether or not it will run; null when it never fires again. */
  nextSlot(now: number = this.context.clock.now()): number | null {
    return this.#parts.slots.next(Math.max(this.#state.cursor, now));
  }

  /** The next start after that reading by the schedule; null where none is to come. */
  nextStart({ steady, ends }: Pick<Reading, "steady" | "ends">): NextStart | null {
    const pause = pauseOf(this.#state, ends);
    return nextStart(this.job, pause, this.#parts.slots, { cursor: this.#state.cursor, now: steady });
  }

  /** When `decide` is to be called next; null when no slot will come. */
  dueAt(): number | null {
    if (this.#retired) return null;
    const next = this.#parts.slots.next(this.#waitingSlot ?? this.#state.cursor);
    const at = next === null ? null : decidedAt(this.job, next, this.context.watch.read().due);
    return at === null ? null : Math.max(at, this.#rangeDecidedAt + RANGE_EVERY_MS);
  }

  /** Decides every due slot and begins what is to run. */
  decide(): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#retired) await this.#decide(this.#parts.slots);
    });
  }

  /** When `tryAgain` is to be called next; null while no try is pending, or a run is under way. */
  tryDue(): Tries["due"] {
    const due = this.#retired || this.#active !== null ? null : this.tries.due;
    if (due?.by !== "wall") return due;
    return { ...due, dueAt: decidedAt(this.job, due.dueAt, this.context.watch.read().due) };
  }

  /** Begins the pending try, unless something has ended it. */
  tryAgain(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#retired || this.#active !== null) return;
      const run = await this.tries.begin(this);
      if (run !== null) await this.#goOn(run);
    });
  }

  /** Takes up an unfinished run found in the store. */
  resume(run: Run, calls: ProviderCalls): void {
    assert(this.#active === null, `job ${run.job} has one unfinished run`);
    this.#follow(run, calls);
    this.hooks.moved(this);
  }

  /** Starts a run by hand, or has the one tried that waits for its provider; resolves with the answer, or `busy`. */
  async trigger(by: string, callerKey: string | null): Promise<{ busy: string } | { run: Run }> {
    const begun = await this.#inTurn(async () => {
      if (this.#active !== null) return insteadOfAnother(this.context, this.#active);
      const made = await beginManual(this.context, this.job, by, callerKey);
      return "busy" in made ? made : { first: this.#follow(made.run, this.calls).firstAnswer };
    });
    return "busy" in begun ? begun : { run: await begun.first.promise };
  }

  /** Asks for the unfinished run to be cancelled; false when it is not the one that runs. */
  requestCancel(runId: string, reason: string): boolean {
    if (this.#active === null || this.#active.run.runId !== runId) return false;
    askToCancel(this.#active, null, reason);
    return true;
  }

  /** Commits a change of the job's own state with its event. */
  change(set: JobChanges, event: EngineEvent): Promise<void> {
    return this.#inTurn(async () => {
      await this.#changeState(set, [event]);
      await this.tries.judge(this);
      askAgain(this.#active);
    });
  }

  /** Takes over a declaration that changes nothing while nothing is due or open; false where it takes an `update`. */
  keep(parts: JobParts, { due, begins }: Reading): boolean {
    if (this.#turns.busy || this.#openRange !== null || this.tries.pending !== null) return false;
    const next = parts.slots.next(this.#state.cursor);
    if (next !== null && next <= due || !isInForce(this.#state, this.#parts, parts, begins)) return false;
    this.#parts = parts;
    return true;
  }

  /** Takes over an edited declaration: what is due by the old one is decided first, then the cursor is now. */
  update(parts: JobParts): Promise<void> {
    return this.#inTurn(async () => {
      await takeOverEdit(this.context, parts, {
        parts: () => this.#parts,
        state: () => this.#state,
        decide: (slots, final) => this.#decide(slots, final),
        change: (...change) => this.#changeState(...change),
        replace: (parts) => this.#parts = parts,
        closeRange: () => this.#openRange = null,
      });
      this.#rangeDecidedAt = -Infinity;
      await this.tries.judge(this);
      askAgain(this.#active);
    });
  }

  /** Stops deciding; the run under way goes on to its end. */
  retire(): void {
    this.#retired = true;
  }

  /** Nobody took over what `retire` left: what was not sent yet is not sent any more. */
  leave(): void {
    this.#removed = true;
    askAgain(this.#active);
  }

  /** Takes over the run that a retired job of this name, now or before, still follows: it ends as it began. */
  async inherit(former: JobScheduler): Promise<void> {
    // What it decides at this moment belongs to that, too.
    await former.#turns.idle();
    const followed = former.#followed;
    if (followed === undefined) return;
    followed.owner = this.#owner;
    const { active } = followed;
    if (!isUnfinished(active.run.status)) return;
    active.run = { ...active.run, job: this.job.name };
    [this.#followed, this.#active] = [followed, active];
    this.hooks.moved(this);
  }

  /** A change is under way: at its end `moved` is called. */
  get isChanging(): boolean {
    return this.#turns.busy;
  }

  /** Resolves when the run under way has ended or was left as stored. */
  async idle(): Promise<void> {
    await this.#followed?.done;
  }

  /** Reads the job's state anew after someone else changed it. */
  async refresh(): Promise<void> {
    this.#know((await this.context.store.job(this.job.name)) ?? this.#state);
    this.hooks.moved(this);
  }

  /** Looks at the clocks after a nap. */
  async watchClock(): Promise<void> {
    this.tries.look();
    // Also where that fails: what is due may be another time by now.
    const isFine = await this.#clock.look().finally(() => this.hooks.moved(this));
    if (isFine) return;
    await this.#inTurn(() => this.#clock.setBack());
    this.hooks.changed();
  }

  /** When `runExtra` is to be called, by the monotonic clock; null for never. */
  get extraAt(): number | null {
    return this.#times.extraAt;
  }

  /** In doubt, runs what had no slot for an interval. */
  runExtra(): Promise<void> {
    return this.#inTurn(() => this.#clock.runExtra());
  }

  /** Dates what was written in a doubt that is over. */
  async date(open: OpenDates): Promise<void> {
    // The cursor may be set back only where it is known as it is stored.
    await this.#inTurn(() => this.#takeOver().then(() => this.#clock.date(open)));
    this.hooks.changed();
  }

  get #clock(): JobClock {
    return new JobClock(this.context, this.#times, {
      parts: () => this.#parts,
      state: () => this.#state,
      isBusy: () => this.#active !== null || this.#retired,
      change: async (set, events, also, conditions) => {
        if (!await this.#changeState(set, events, also, undefined, conditions)) return false;
        if (set.openRangeRunId === null) this.#openRange = null;
        // What is to be decided begins elsewhere.
        this.#waitingSlot = null;
        this.#rangeDecidedAt = -Infinity;
        return true;
      },
      begin: async (run, events) => {
        if (await this.tries.giveWayTo(run, events)) this.#follow(run, this.calls);
        // One of before, which was saved although its answer was lost: nobody else would follow it.
        else await this.#takeOver();
      },
      changed: (runId, set) => {
        if (this.#active?.run.runId === runId) this.#active.run = { ...this.#active.run, ...set };
        this.tries.changed(runId, set);
      },
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.add(work, () => this.hooks.moved(this));
  }

  /** `parts` come into force in the same turn in which this object knows of the change; false: a condition did not hold. */
  async #changeState(
    set: JobChanges,
    events: EngineEvent[],
    also: Write[] = [],
    parts?: JobParts,
    conditions: Condition[] = [],
  ): Promise<boolean> {
    try {
      const writes: Write[] = [{ write: "job", job: this.job.name, set }, ...also];
      const { result } = await this.context.store.commit({ job: this.job.name, conditions, writes, events });
      if (result === "conflict") return false;
    } catch (error) {
      // It may have been saved all the same.
      await this.refresh().catch(() => {});
      throw error;
    }
    this.#state = { ...this.#state, ...set };
    if (parts !== undefined) this.#parts = parts;
    return true;
  }

  /**
   * Decides what is due now and answers when that was; undefined when the row turned out to be another one than this
   * object knew, and it is to be tried again. `final`: nothing may stay open, since the cursor moves past all of it.
   */
  async #decide(slots: Slots, final = false): Promise<number | undefined> {
    const resumed = pauseEnd(this.context, this.#state, this.#parts.slots);
    if (resumed !== undefined) await this.#changeState(NOT_PAUSED, [resumed]);
    // Only now: the machine may have slept while that was saved.
    const { due: now } = this.context.watch.read();
    const [state, active, openRange] = [this.#state, this.#active, this.#openRange];
    const made = await decideDue(
      this.context,
      this.job,
      { state, slots, active, openRange, final },
      this.tries,
      now,
    );
    if (made === "nothing") return now;
    if (made === "conflict") return void await this.#takeOver();
    const { waitingSlot, run, cancel } = made;
    [this.#state, this.#openRange] = [{ ...state, ...made.set }, made.openRange];
    this.#times.ranAt = this.context.clock.monotonic();
    // A blackout ends soon, and is not looked for in the store.
    const isLong = made.openRange !== null && made.openRange.reason !== "blackout";
    this.#rangeDecidedAt = isLong ? now : -Infinity;
    this.#waitingSlot = waitingSlot;
    // One that waited has made room: it finds that in the store.
    if (run !== null && active !== null) supersede(active, run);
    if (run !== null) this.#follow(run, this.calls);
    if (cancel !== null && active !== null) makeRoom(active, cancel.slot);
    if (waitingSlot === null && !isLong && run === null) this.hooks.retain(this);
    return now;
  }

  #know(stored: JobState): void {
    this.#state = stored;
    this.#parts = partsInForce(this.#parts, stored, this.hooks.slotsOf);
  }

  /** Takes over what is stored: a decision whose answer was lost may have been saved. */
  async #takeOver(): Promise<void> {
    const active = this.#active;
    const stored = await readAnew(this.context.store, this.#state, active);
    this.#know(stored.state);
    this.#openRange = stored.openRange;
    if (stored.ended !== null) this.#ended(active, stored.ended);
    if (stored.unfinished !== null && this.#active === null) await this.#goOn(stored.unfinished);
  }

  /** Takes in that a run has ended; once, whether its own follower says so first or a decision that met it. */
  #ended(active: ActiveRun | null, run: Run): void {
    if (this.#active !== active) return;
    [this.#active, this.#waitingSlot] = [null, null];
    this.tries.take(run);
  }

  /** Follows a run that may have been found in the store. */
  async #goOn(run: Run): Promise<void> {
    const calls = await callsToFollow(this.context, run, this.#parts, this.hooks.callsOf);
    if (calls !== undefined) this.#follow(run, calls);
  }

  #follow(run: Run, calls: ProviderCalls): ActiveRun {
    this.#followed = new FollowedRun(this.context, run, { job: this.job, calls }, this.#owner);
    return this.#active = this.#followed.active;
  }

  async #afterCancel(): Promise<void> {
    // The end of the run itself calls decide; here the slot that got no room is decided.
    const isOpen = this.#active !== null && isUnfinished(this.#active.run.status);
    if (isOpen) await this.decide().catch(this.hooks.failed);
    this.hooks.changed();
  }

  async #finished(active: ActiveRun): Promise<void> {
    await this.#inTurn(async () => {
      this.#ended(active, active.run);
      await this.refresh();
      if (this.#retired) await this.tries.end("removed");
    });
    if (!this.#retired) {
      await this.decide();
      await this.#inTurn(() => this.tries.judge(this));
      this.hooks.retain(this);
    }
    this.hooks.changed();
  }
}
