// Turns the decisions of one dispatch into rows and events of one change.

import { newRun, type Run, type SkipReason } from "../../domain/backup.ts";
import { iso } from "../../domain/instant.ts";
import { COUNT_LIMIT, type Decision, type Slots } from "../../domain/schedule/dispatch.ts";
import type { Job } from "../../domain/job.ts";
import { blackoutOf, mayStartAt } from "../../domain/schedule/blackout.ts";
import { jitterOf } from "../../domain/schedule/schedule.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { Condition } from "../../ports/condition.ts";
import type { Write } from "../../ports/store.ts";
import { type EngineContext, runEvent } from "../context/context.ts";

type Skip = Extract<Decision, { decide: "skip" }>;

/** Reasons that are kept as one growing range row instead of a row a slot. */
const RANGE_REASONS: readonly SkipReason[] = ["disabled", "outside_dates", "blackout"];

/** Nobody else decided for the job, and what is decided has come also by the clock of the turn in which it is saved. */
export function stillDue(job: string, from: number, to: number): Condition[] {
  return [{ condition: "cursor", job, is: from }, { condition: "due", at: to }];
}

/** Collects the rows and events of one round of decisions. */
export class DecisionWriter {
  readonly conditions: Condition[] = [];
  readonly writes: Write[] = [];
  readonly events: EngineEvent[] = [];
  run: Run | null = null;
  cancel: { slot: number } | null = null;
  waitingSlot: number | null = null;
  /** What rows are dated, and marked in doubt. */
  readonly #at: number;
  readonly #clockOff: number | null;

  constructor(
    private readonly context: EngineContext,
    private readonly job: Job,
    private readonly slots: Slots,
    public openRange: Run | null,
    private readonly now: number,
  ) {
    this.#at = context.clock.now();
    this.#clockOff = context.watch.mark();
  }

  add(decision: Decision): void {
    switch (decision.decide) {
      case "run":
        return this.#run(decision.slot);
      case "skip":
        return this.#skip(decision);
      case "cancel":
        this.cancel = { slot: decision.slot };
        this.waitingSlot = decision.slot;
        return;
      case "wait":
        this.waitingSlot = decision.slot;
        return;
    }
  }

  /** The run that waits for its provider gives its place to the newer slot that is to be run. */
  supersede(waiting: Run): void {
    this.conditions.push({ condition: "status", runId: waiting.runId, in: ["intent"] });
    const cause = waiting.message ?? "the provider could not be reached";
    const message = `${cause}; given up, as the next backup was due before this one could start`;
    this.writes.unshift({
      write: "run",
      runId: waiting.runId,
      set: {
        status: "failed",
        reason: "unreachable",
        endTime: this.now,
        message,
        uncertainAttempts: 0,
        retryEnd: waiting.trigger === "schedule" ? "next_slot" : null,
      },
    });
    this.events.unshift(
      runEvent(
        this.context,
        waiting,
        "run.failed",
        "error",
        `Backup of job '${this.job.name}' was not started: ${message}`,
        { reason: "unreachable" },
      ),
    );
  }

  #run(slot: number): void {
    this.openRange = null;
    const jitterMs = Math.min(this.job.jitterMs, Math.floor((this.slots.interval(slot) ?? Infinity) / 2) - 1);
    const delay = jitterMs > 0 ? jitterOf(this.job.name, slot, jitterMs) : 0;
    const blackout = blackoutOf(this.job);
    const due = mayStartAt(blackout, slot);
    // No delay leads into a window.
    const latest = blackout?.nextWindow(due).start ?? Infinity;
    const notBefore = Math.min(due + delay, Math.max(due, latest - 1));
    this.run = newRun({
      runId: this.context.ids.uuidv7(),
      job: this.job.name,
      trigger: "schedule",
      slot,
      status: "intent",
      providerKey: this.job.providerKey,
      createdAt: this.#at,
      clockOff: this.#clockOff,
      notBefore: notBefore > due ? notBefore : null,
    });
    this.writes.push({ write: "insert", run: this.run });
    this.events.push(
      runEvent(this.context, this.run, "run.due", "info", `Backup of job '${this.job.name}' is due`, {
        slot,
        late_ms: this.now - slot,
      }),
    );
  }

  #skip(skip: Skip): void {
    const open = this.openRange;
    const asRange = RANGE_REASONS.includes(skip.reason);
    // A range only grows forward: slots before it, as after a clock that was set back, get a row of their own.
    if (
      asRange && open !== null && open.reason === skip.reason && skip.slot > (open.slotUntil ?? open.slot!)
    ) {
      const slots = open.slots === null || skip.slots === null ? null : open.slots + skip.slots;
      this.openRange = { ...open, slotUntil: skip.until, slots };
      // The row is not there when all it was to decide had been decided before.
      this.conditions.push({ condition: "status", runId: open.runId, in: ["skipped"] });
      this.writes.push({ write: "run", runId: open.runId, set: { slotUntil: skip.until, slots } });
      return;
    }
    const { run: row, event } = skippedRow(this.context, this.job, this.slots, skip);
    this.openRange = asRange ? row : null;
    this.writes.push({ write: "insert", run: row });
    this.events.push(event);
  }
}

/** The row for slots that are not run, and the event that tells of it. `slots` is counted where it is not given. */
export function skippedRow(
  context: EngineContext,
  job: Job,
  slots: Slots,
  skip: Omit<Skip, "decide" | "slots"> & { slots?: number | null },
): { run: Run; event: EngineEvent } {
  const at = context.clock.now();
  const count = skip.slots === undefined ? slots.count(skip.slot - 1, skip.until, COUNT_LIMIT) : skip.slots;
  const isRange = RANGE_REASONS.includes(skip.reason) || skip.until > skip.slot;
  const run = newRun({
    runId: context.ids.uuidv7(),
    job: job.name,
    trigger: "schedule",
    slot: skip.slot,
    slotUntil: isRange ? skip.until : null,
    slots: count,
    status: "skipped",
    reason: skip.reason,
    providerKey: job.providerKey,
    createdAt: at,
    clockOff: context.watch.mark(),
    endTime: at,
  });
  const level = skip.reason === "missed" || skip.reason === "still_running" ? "warning" : "info";
  const message = skipMessage(job.name, { ...skip, slots: count });
  const { reason, slot, until } = skip;
  return {
    run,
    event: runEvent(context, run, "run.skipped", level, message, { reason, slots: count, slot, until }),
  };
}

function skipMessage(job: string, skip: Omit<Skip, "decide">): string {
  const what = skip.until === skip.slot
    ? `The backup due at ${iso(skip.slot)}`
    : `${skip.slots ?? "Many"} backups due from ${iso(skip.slot)} to ${iso(skip.until)}`;
  return `${what} of job '${job}' ${skip.until === skip.slot ? "is" : "are"} skipped: ${skip.reason}`;
}
