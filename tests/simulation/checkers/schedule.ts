// I1 to I9: every due time has one decision, made in order and in time, with one effect at its provider.

import { isDark, startsAt } from "./blackout.ts";
import { isUnfinished, LONGEST_DELETE_WAIT_MS, mayDeleteAt, type Run } from "../../../src/domain/backup.ts";
import type { CreateCall } from "../../../src/ports/provider.ts";
import type { Change, JobState } from "../../../src/ports/store.ts";
import type { FakeProvider } from "../../support/fake_provider.ts";
import { scheduleOf, slotsBetween } from "../slots_between.ts";
import { MAX_GATEWAY_POSTS } from "../../../src/engine/context/retry.ts";
import { I2_gatewayIsSpaced, MOST_POSTS } from "./tries.ts";
import { DAY, type Finding, HOUR, iso, MINUTE, show, type Witness } from "./witness.ts";

/** The product's tables of zones begin here; what a clock of 1970 is due by is of no use to anyone. */
const ZONES_FROM = Date.UTC(1990, 0, 2);

/** I1: one row a slot, ranges included. */
export function I1_oneRowASlot({ model }: Witness, before: Run | undefined, after: Run): Finding {
  // Further tries of a slot are rows of their own, and decide nothing.
  if (
    after.slot === null || after.attempt > 1 ||
    (before?.slot === after.slot && before.slotUntil === after.slotUntil)
  ) return;
  const [from, to] = [after.slot, after.slotUntil ?? after.slot];
  for (const { runId } of model.decisions.get(after.job) ?? []) {
    const other = model.runs.get(runId)!;
    if (other.runId === after.runId || other.slot! > to || (other.slotUntil ?? other.slot!) < from) continue;
    // After a clock that was set back, a range stands for what has no row of its own within it.
    if (after.slotUntil !== null && model.wentBack.has(after.job)) continue;
    return `slots ${iso(from)} to ${iso(to)} of ${after.job} are decided twice: ${show(other)}, ${
      show(after)
    }`;
  }
}

/** I2: effects of one slot stay within what the provider's abilities allow, and more than one is said aloud. */
export function I2_effectsOfASlot(witness: Witness, run: Run, lookupMayFail: boolean): Finding {
  for (const provider of witness.providers.values()) {
    // What the provider itself has forgotten it may well make again.
    const effects = provider.effectsOf(run.runId).filter((effect) =>
      !witness.forgotten.has(effect) && !effect.forgotten && !witness.mislaid.has(effect)
    ).length;
    const { idempotency, lookup } = provider.capabilitySet;
    const skip = witness.jobOf(run.job)?.onUnknown === "skip" || run.trigger === "manual";
    // A gateway may have answered some of the starts: of those there may be ten.
    const many = Math.max(3, run.gatewayAttempts === 0 ? 0 : MOST_POSTS);
    const most = idempotency || (lookup && !lookupMayFail) || (skip && !lookup) ? 1 : many;
    if (effects > most) {
      return `${effects} backups were made for ${show(run)} at ${provider.key}: at most ${most}`;
    }
    if (effects > 1 && run.maybeDuplicateAt === null && !lookup) {
      return `${effects} backups were made for ${show(run)}, which is not marked`;
    }
  }
}

/** I2: a POST of unknown fate is followed by the next one no sooner than the design says. */
export function I2_postsAreSpaced(witness: Witness, provider: FakeProvider, call: CreateCall): Finding {
  const { idempotency, lookup } = provider.capabilitySet;
  const run = witness.model.runs.get(call.runId);
  const job = witness.jobOf(call.job);
  if (idempotency || lookup || run === undefined || job === undefined) return;
  if (run.uncertainAttempts - run.gatewayAttempts > 3 || run.gatewayAttempts > MAX_GATEWAY_POSTS) {
    return `POST number ${run.uncertainAttempts} of unknown fate for ${show(run)}`;
  }
  if (witness.jumpedAt >= (witness.insertedAt.get(run.runId) ?? 0)) return;
  const last = provider.calls("create").findLast((entry) =>
    entry.runId === call.runId &&
    (!["unsent", "refused"].includes(entry.outcome) || entry.behaviour === "gateway")
  );
  if (last?.behaviour === "gateway") return I2_gatewayIsSpaced(witness, run, job, last.at);
  const wait = Math.max(60_000, 2 * job.createTimeoutMs);
  if (last !== undefined && witness.now() - last.at < wait) {
    return `POST for ${show(run)} ${witness.now() - last.at} ms after one of unknown fate: expected ${wait}`;
  }
}

/**
 * I3 and I8: wherever the cursor has passed since the job is known, each slot of the oracle has its decision. What lies
 * before is held by `I3_knownSince`.
 */
export function I3_everySlotDecided({ model }: Witness, before: JobState, after: JobState): Finding {
  for (
    const slot of slotsBetween(
      before.schedule,
      before.timezone,
      Math.max(before.cursor, after.knownSince, ZONES_FROM),
      after.cursor,
    )
  ) {
    if (model.decidesSlot(after.job, slot) === undefined) {
      return `slot ${
        iso(slot)
      } of ${after.job} ('${before.schedule}' in ${before.timezone}) has no decision, ` +
        `but the cursor went from ${iso(before.cursor)} to ${iso(after.cursor)}`;
    }
  }
}

/** A trusted clock may be that far off before it is in doubt, and an uptime is told in whole seconds. */
const TRUSTED_OFF_MS = 2 * MINUTE + 1_000;

/**
 * I3: a job that is there is known since no later than it was added, by the clock that is trusted now, `addedMs` ago by
 * the machine's uptime; that it is known since earlier than was said is so only of one whose decisions begin anew there.
 */
export function I3_knownSince(
  witness: Witness,
  before: JobState,
  after: JobState,
  addedMs: number,
): Finding {
  const [was, is] = [before.knownSince, after.knownSince];
  const what = `${after.job} was known since ${iso(was)} and is now since ${iso(is)}`;
  if (is > was && is > witness.now() - addedMs + TRUSTED_OFF_MS) {
    return `${what}, but was added ${addedMs} ms ago, and it is ${iso(witness.now())}`;
  }
  if (is > was && witness.rightNow() !== null) return `${what}, while the clock is in doubt`;
  if (is < was && after.cursor >= before.cursor) {
    return `${what}, but its cursor goes from ${iso(before.cursor)} to ${iso(after.cursor)}`;
  }
  if (is > after.cursor) return `${what}, beyond its cursor ${iso(after.cursor)}`;
  if (is < was) return I3_everySlotDecided(witness, { ...before, cursor: is }, after);
}

/** I3 and I8: no decision is about an instant that is no slot. */
export function I8_slotsAreOfTheOracle({ model }: Witness, run: Run): Finding {
  const state = model.jobs.get(run.job)!;
  if (run.slot === null || run.slotUntil !== null || run.slot < ZONES_FROM) return;
  if (run.attempt > 1) {
    // A further try decides nothing: its slot is the very one that its first try decided, by the schedule of then.
    if (model.decidesSlot(run.job, run.slot)?.slot === run.slot) return;
    return `${show(run)} tries a slot again that ${run.job} never decided`;
  }
  if (slotsBetween(state.schedule, state.timezone, run.slot - 1, run.slot).length !== 1) {
    return `${iso(run.slot)} is no slot of ${run.job} ('${state.schedule}' in ${state.timezone})`;
  }
}

/** I3: a start that is dropped for a newer slot gives way to one that is not decided yet: what was skipped does not run. */
export function I3_supersededByOne(witness: Witness, before: Run | undefined, after: Run): Finding {
  if (before?.status !== "intent" || after.status !== "expired" || after.reason !== "superseded") return;
  const { schedule, timezone, cursor } = witness.model.jobs.get(after.job)!;
  if (slotsBetween(schedule, timezone, Math.max(cursor, ZONES_FROM), witness.now()).length > 0) return;
  return `${show(after)} was dropped for a newer slot, and all up to ${
    iso(cursor)
  } are decided without a run`;
}

/** I4: decisions are made beyond the cursor only, which goes back in words only. */
export function I4_inOrder({ model }: Witness, run: Run): Finding {
  const cursor = model.cursors.get(run.job) ?? -Infinity;
  if (run.slot !== null && run.attempt === 1 && run.slot <= cursor) {
    return `${show(run)} decides a slot before the cursor ${iso(cursor)}`;
  }
}

export function I4_cursor(before: JobState, after: JobState, change: Change): Finding {
  if (after.cursor >= before.cursor) return;
  const said = change.events?.some(({ type }) => type === "clock.back" || type === "job.schedule_changed");
  if (!said) return `the cursor of ${after.job} went back from ${iso(before.cursor)} to ${iso(after.cursor)}`;
}

/** I5: the next slot is beyond the cursor. */
export function I5_nextIsBeyond({ model }: Witness, job: string, next: number | null): Finding {
  const state = model.jobs.get(job);
  if (state !== undefined && next !== null && next <= state.cursor) {
    return `the next slot of ${job}, ${iso(next)}, is not beyond its cursor ${iso(state.cursor)}`;
  }
}

/** What queues and slow commits may add. */
const SLACK_MS = 300_000;

/** I6: nothing is sent before its slot, nor after its deadline, as far as the clock was right meanwhile. */
export function I6_inTime(witness: Witness, call: CreateCall): Finding {
  const run = witness.model.runs.get(call.runId);
  const job = witness.jobOf(call.job);
  if (run?.slot === undefined || run.slot === null || job === undefined) return;
  // In doubt it is due by both clocks, of which the one that everybody sees may be far ahead: see I35.
  // Once that is over it keeps the slot that it was decided for, by whichever clock.
  if (witness.wereInDoubt.has(run.runId)) return;
  if (witness.jumpedAt >= (witness.insertedAt.get(run.runId) ?? 0)) return;
  const late = witness.now() - startsAt(job, run.slot);
  if (witness.now() < run.slot - 1000) {
    return `POST for ${show(run)} ${run.slot - witness.now()} ms before its slot`;
  }
  // A further try is bounded by the next slot, which `I44_triesEndWithTheNextSlot` sees to.
  if (run.attempt > 1) return;
  const interval = witness.intervals.get(run.runId) ?? DAY;
  const deadline = job.startDeadlineMs ?? Math.max(60_000, Math.min(interval, DAY));
  const first = run.attempts <= 1;
  const most = (first ? deadline + job.jitterMs : Math.max(deadline + job.jitterMs, job.graceMs)) + SLACK_MS;
  if (late > most) return `POST ${run.attempts} for ${show(run)} ${late} ms after its slot: at most ${most}`;
}

/** I7: one unfinished run a job. */
export function I7_oneAtATime({ model }: Witness, run: Run): Finding {
  if (!isUnfinished(run.status)) return;
  const open = model.runsOf(run.job).filter((other) => isUnfinished(other.status));
  if (open.length > 1) return `${open.length} unfinished runs of ${run.job}: ${open.map(show).join(", ")}`;
}

/** A start that was marked as sent in this life of the program, and how many POSTs of its run there were before. */
export interface Marked {
  run: Run;
  at: number;
  posts: number;
}

/** I48: what is marked as sent has its place among the calls of its provider, so that a crash leaves no more in doubt. */
export function I48_marksHavePlaces(
  witness: Witness,
  key: string,
  marked: readonly Marked[],
  callsAtOnce: number,
): Finding {
  const open = marked.filter(({ run, at, posts }) => {
    if (run.providerKey !== key || (witness.lostAnswerAt.get(run.job) ?? -Infinity) >= at) return false;
    const calls = witness.providers.get(key)!.calls("create").filter(({ runId }) => runId === run.runId);
    return calls.length === posts || calls.at(-1)!.outcome === "open";
  });
  if (open.length <= callsAtOnce) return;
  return `${open.length} starts are marked as sent at ${key}, which takes ${callsAtOnce} calls at a time: ${
    open.map(({ run }) => show(run)).join(", ")
  }`;
}

/** I53: no start of a job is sent once it was answered that the configuration does not have it. */
export function I53_removedStartsNothing({ acknowledged }: Witness, job: string): Finding {
  if (acknowledged.removed.has(job)) return `POST for job '${job}', which left the configuration`;
}

/** I9: nothing hangs once the world is well again. */
export function I9_quiet(witness: Witness): Finding {
  const { model } = witness;
  const now = () => witness.now();
  const isDeclared = (run: Run) =>
    witness.declared.some((job) => job.name === run.job && job.providerKeys.includes(run.providerKey));
  for (const run of model.runs.values()) {
    // Of a job that left nothing is started any more, and what became of it is looked for.
    if (!witness.declared.some(({ name }) => name === run.job)) {
      const isOpen = run.status === "intent" || run.status === "sending";
      if (isOpen && now() - (run.lastAttemptAt ?? run.createdAt) > 3 * MINUTE) return `${show(run)} stays so`;
    }
    // What config does not name is left alone, and guards stop what was sent before, too.
    if (!isDeclared(run)) continue;
    if (run.status === "sending" || run.status === "unknown") {
      if (now() - (run.lastAttemptAt ?? run.createdAt) > 3 * MINUTE) return `${show(run)} stays so`;
    }
    if (run.status !== "deleting" || run.lockedAt !== null) continue;
    if ((model.latches.get(run.job)?.size ?? 0) > 0) continue;
    const due = run.deleteSentAt === null ? run.deleteIntentAt! : run.deleteNotBefore ?? run.deleteSentAt;
    // One written while the clock was ahead may wait for the longest that a deletion ever waits.
    const longest = witness.jumpedAt === -Infinity ? HOUR + MINUTE : LONGEST_DELETE_WAIT_MS;
    if (now() - due > 10 * MINUTE || due - now() > longest && !mayDeleteAt(run, now())) {
      return `${show(run)} stays so`;
    }
  }
}

/** I9: a backup that was due at `slot` or later was made, once the world is well again. */
export function I9_slotSucceeds({ model }: Witness, job: string, slot: number): Finding {
  const made = model.runsOf(job).some((run) =>
    run.slot !== null && run.slot >= slot && run.startTime! >= slot - 1_000 && run.status === "available"
  );
  if (!made) return `no slot of job ${job} succeeds any more`;
}

/** I3: nothing that is due is left undecided, but for the slot that waits for a cancel. */
export function I3_nothingIsUndecided(witness: Witness, name: string): Finding {
  const state = witness.model.jobs.get(name)!;
  const job = witness.jobOf(name)!;
  const missed = scheduleOf(state.schedule, state.timezone).latest(state.cursor, witness.now() - 5_000);
  if (job.blackout?.act === "wait" && isDark(job, witness.now() - 5_000)) return;
  const cancelling = witness.model.runsOf(name).some((run) => run.status === "cancelling");
  if (missed !== null && !cancelling) return `slot ${iso(missed)} of ${name} is still undecided`;
}
