// How a job does, in one word, with the cause and what to do: decided here once for every place that shows it.

import type { HealthFacts } from "./health_facts.ts";
import { iso } from "./instant.ts";
import { knownAdvice } from "./known_cause.ts";
import { missingBrief, missingFinding, missingRemedy } from "./missing.ts";
import { FUTURE_TOLERANCE_MS } from "./retention/election.ts";
import { guardFinding, guardRemedy, newestSuspectFinding, suspectRemedy } from "./retention/guard.ts";
import { guardBrief, suspectBrief } from "./retention/guard_brief.ts";
import { causeFirst, firstClause, shortCause } from "./short_cause.ts";

/**
 * The words for a job that somebody has to look at, the worst first.
 *
 * failing     nothing of it can work, its start fails until somebody fixes something, its backup does not let itself be
 *             ended, or the last finished run failed and no further try follows
 * never       it has no sound backup at all; unwell once one should have been there, or where its provider has lost all it had
 * late        no success for the expected interval plus grace
 * suspect     its newest backup is suspect, or some are not where they should be
 * guarded     a guard stops its deletions, or the clock in doubt does
 * stuck       deletions that were sent find no way
 * waiting     its start finds no provider, or what became of it is not known, also where the job left the configuration; or
 *             it is in line for its turn at a provider that is at work, which is well for a while
 * unproved    the upkeep of where its backups are has failed, or nothing of it was proved restorable for too long
 */
export const UNWELL_STATES = [
  "failing",
  "never",
  "late",
  "suspect",
  "guarded",
  "stuck",
  "waiting",
  "unproved",
] as const;

/** Every word for how a job does, the worst first: lists that put what is wrong first follow this order. */
export const HEALTH_STATES = [
  ...UNWELL_STATES,
  "paused",
  "running",
  "outside",
  "disabled",
  "unmanaged",
  "ok",
] as const;
export type HealthState = (typeof HEALTH_STATES)[number];

/** How a job does. */
export interface Health {
  state: HealthState;
  /** False where somebody has to look. */
  well: boolean;
  /** UTC ms; null where that is not known. For `failing` when the first run after the last success failed. */
  since: number | null;
  /** A sentence without a full stop, the provider's own words first; null where there is nothing to tell. */
  cause: string | null;
  /** What to do, in the same form. */
  remedy: string | null;
  /** The cause in a few words; null where nobody has to look, or its state says it all. */
  brief: string | null;
  /** What its provider said, where that is the cause. */
  words: string | null;
  /** It is trouble of the whole program: of every job the same. */
  ofAll: boolean;
}

/** Judges a job: what raises nothing first, then what is wrong, the worst first, then what goes on. */
export function judgeHealth(facts: HealthFacts): Health {
  return atRest(facts) ?? broken(facts) ?? unusable(facts) ?? endless(facts) ?? failing(facts) ??
    suspect(facts) ?? emptied(facts) ?? overdue(facts) ??
    guarded(facts) ?? waiting(facts) ?? unproved(facts) ?? well(facts);
}

/** How the words are put in order: smaller is worse. */
export function healthRank(state: string): number {
  const at = (HEALTH_STATES as readonly string[]).indexOf(state);
  return at < 0 ? HEALTH_STATES.length : at;
}

/** The cause in short: of a program's words where those are the cause, else in words of our own. */
type Short = { words: string } | { brief: string | null; ofAll?: true };

function unwell(
  state: HealthState,
  since: number | null,
  cause: string,
  remedy: string,
  short: Short,
): Health {
  const told = "words" in short
    ? { brief: shortCause(short.words), words: short.words, ofAll: false }
    : { brief: short.brief, words: null, ofAll: short.ofAll ?? false };
  return { state, well: false, since, cause, remedy, ...told };
}

function calm(state: HealthState, since: number | null, cause: string | null, remedy: string | null): Health {
  return { state, well: true, since, cause, remedy, brief: null, words: null, ofAll: false };
}

/** What does not run on purpose misses nothing. */
function atRest(facts: HealthFacts): Health | undefined {
  const { job, now, from, to, pause } = facts;
  if (!facts.managed) return leftHealth(facts);
  if (!facts.enabled) {
    const remedy = "set 'enabled: true' in the configuration when it is to run again";
    return calm("disabled", facts.disabledSince, "the configuration disables it", remedy);
  }
  if (from !== null && now < from) return calm("outside", null, `it begins at ${iso(from)}`, null);
  if (to !== null && now >= to) return calm("outside", to, `it has ended at ${iso(to)}`, null);
  if (pause === null) return undefined;
  const end = pause.until === null ? "until it is resumed" : `until ${iso(pause.until)}`;
  const reason = pause.reason === null ? "" : ` (${pause.reason})`;
  return calm(
    "paused",
    pause.since,
    `it is paused ${end}${reason}`,
    `'schelly jobs resume ${job}' ends that`,
  );
}

/** A job that left misses nothing; what was in doubt at its provider as it did is in doubt until somebody knows. */
function leftHealth({ job, unmanagedSince, left }: HealthFacts): Health {
  const gone = "it is not in the configuration any more";
  if (left?.inDoubt) {
    const { runId, providerKey, isFollowed, message, since } = left;
    const then = isFollowed
      ? "which is asked as far as it can say"
      : "or declare the provider or the job again, so that it is asked";
    const asked = `look at provider '${providerKey}' for what run ${runId} may have made, ${then}`;
    return unwell(
      "waiting",
      since,
      `${message}; ${gone}`,
      `${asked}; 'schelly runs cancel ${runId}' gives it up`,
      { brief: shortCause(message) },
    );
  }
  const cause = left === undefined ? gone : `${gone}, and its last backup is still under way`;
  const remedy = `declare it again, or see 'schelly jobs show ${job}' for how it ends`;
  return calm("unmanaged", unmanagedSince, cause, remedy);
}

/** Nothing of it can work. */
function broken({ job, storeTrouble, providerTrouble }: HealthFacts): Health | undefined {
  if (storeTrouble !== null) {
    const cause = `${storeTrouble}: the state cannot be saved, and no backup begins until it can`;
    return unwell("failing", null, cause, "make room for the state, or fix its disk", {
      brief: shortCause(storeTrouble),
      ofAll: true,
    });
  }
  if (providerTrouble === null) return undefined;
  const cause = `${providerTrouble}: its provider is out of use`;
  const mend = knownAdvice(providerTrouble, job) ?? "fix that";
  const remedy = `${mend}, then 'schelly reload' and 'schelly jobs check ${job}'`;
  return unwell("failing", null, cause, remedy, { brief: shortCause(providerTrouble) });
}

/** The start that is under way fails as long as nobody fixes its cause: to wait for that would be to hide it. */
function unusable(facts: HealthFacts): Health | undefined {
  const { job, unusable, failingSince } = facts;
  if (unusable === null) return undefined;
  const success = successOf(facts);
  const isLonger = failingSince !== null && (success === null || failingSince > success) &&
    failingSince < (unusable.since ?? Infinity);
  const cause = `${unusable.message} (${lastGood(success)})`;
  const remedy = `${knownAdvice(unusable.message, job) ?? "fix that"}, its start is tried again by itself; ` +
    `'schelly jobs check ${job}' says whether it works`;
  return unwell("failing", isLonger ? failingSince : unusable.since, cause, remedy, {
    words: unusable.message,
  });
}

/** What is under way has to be ended by somebody: until then no slot of the job begins. */
function endless(facts: HealthFacts): Health | undefined {
  const { job, endless } = facts;
  if (endless === undefined) return undefined;
  const cause = `${endless.message}: none of its slots begins until it ends (${lastGood(successOf(facts))})`;
  const remedy = `${
    knownAdvice(endless.message, job) ?? "end it"
  }; 'schelly jobs show ${job}' says what it does`;
  return unwell("failing", endless.since, cause, remedy, { words: endless.message });
}

/** The cause without what is of one job alone, when its last good backup was: what many jobs may share. */
export function sharedCause(cause: string): string {
  return cause.replace(/ \((the last good backup is of|there is no good backup yet)[^()]*\)$/, "");
}

function lastGood(success: number | null): string {
  return success === null ? "there is no good backup yet" : `the last good backup is of ${iso(success)}`;
}

/** The last finished run failed. */
function failing(facts: HealthFacts): Health | undefined {
  const { job, lastFailure } = facts;
  const success = successOf(facts);
  if (lastFailure === null || (success !== null && success >= lastFailure.at)) return undefined;
  const said = lastFailure.message ?? "its last backup failed, and nothing says why";
  const cause = `${causeFirst(said)} (${lastGood(success)})`;
  const mend = knownAdvice(said, job);
  const remedy = mend === undefined
    ? `see 'schelly runs list --job ${job}', and 'schelly jobs check ${job}' for its provider`
    : `${mend}, then 'schelly jobs trigger ${job}'; 'schelly jobs check ${job}' says whether it works`;
  const since = sinceOf(facts.failingSince, success, lastFailure.at);
  const { message } = lastFailure;
  return unwell("failing", since, cause, remedy, message === null ? { brief: null } : { words: message });
}

/** The first failure, unless it is dated before the last success or after the last failure, by a clock that was wrong. */
function sinceOf(first: number | null, success: number | null, last: number): number {
  return first !== null && first <= last && (success === null || first > success) ? first : last;
}

function suspect({ job, newestSuspect, missing }: HealthFacts): Health | undefined {
  if (newestSuspect !== null) {
    const { id, reason, since } = newestSuspect;
    return unwell("suspect", since, newestSuspectFinding(id, reason), suspectRemedy(id, reason), {
      brief: suspectBrief(reason),
    });
  }
  if (missing === null) return undefined;
  return unwell("suspect", missing.since, missingFinding(missing), missingRemedy({ job, ...missing }), {
    brief: missingBrief(missing.count),
  });
}

/** Its last success is on record, and nothing that can be restored is left of it: also where somebody took notice of that. */
function emptied(facts: HealthFacts): Health | undefined {
  const success = successOf(facts);
  if (success === null || facts.hasSound) return undefined;
  const cause = `it has no good backup any more: its provider does not have that of ${iso(success)}`;
  return unwell("never", null, cause, `'schelly jobs trigger ${facts.job}' makes one`, {
    brief: "no good backup left",
  });
}

/** No success for too long, or none at all. */
function overdue(facts: HealthFacts): Health | undefined {
  const { job, now, knownSince, from, lastSuccessAt, expectedMs, underWaySince, waiting, turn } = facts;
  const success = successOf(facts);
  const isAhead = success === null && lastSuccessAt !== null;
  if (expectedMs === null && !isAhead) return undefined;
  const due = (success ?? Math.max(knownSince, from ?? 0)) + (expectedMs ?? 0);
  // What was missed while nothing ran is being caught up with, unless that takes as long as a backup may be away.
  const isCatchingUp = facts.catchingUp ||
    (underWaySince !== null && expectedMs !== null && now - underWaySince <= expectedMs);
  if (now <= due || isCatchingUp) return undefined;
  const held = waiting ?? turn;
  const why = held !== null
    ? `${held.message}: `
    : underWaySince !== null
    ? `a backup is under way since ${iso(underWaySince)}${facts.cancelling ? ", is being cancelled" : ""}: `
    : "";
  const mend = waiting === null ? undefined : knownAdvice(waiting.message, job);
  const slots = `see 'schelly runs list --job ${job}' for what became of its slots`;
  const remedy = mend === undefined ? slots : `${mend}, its start is tried again by itself; ${slots}`;
  const short: Short = waiting !== null ? { words: waiting.message } : {
    brief: turn !== null
      ? shortCause(turn.message)
      : underWaySince !== null
      ? facts.cancelling ? "does not end, and is being cancelled" : "under way for too long"
      : null,
  };
  if (success !== null) {
    const cause = `${why}no good backup since ${iso(success)}, and one was due by ${iso(due)}`;
    return unwell("late", due, cause, remedy, short);
  }
  const none = isAhead
    ? `its only good backup is dated ${iso(lastSuccessAt!)}, which is still to come`
    : `it has no good backup, and one was due by ${iso(due)}`;
  return unwell("never", due, `${why}${none}`, remedy, short);
}

/** Something stops its deletions. */
function guarded({ job, latched, stuck, doubt }: HealthFacts): Health | undefined {
  if (latched !== null) {
    const { guard, since, message } = latched;
    const cause = `${guardFinding(message)} (guard ${guard})`;
    return unwell("guarded", since, cause, guardRemedy(job, guard, message), {
      brief: guardBrief(guard, message),
    });
  }
  if (stuck !== null) {
    const remedy = `see 'schelly jobs show ${job}', and 'schelly jobs unlock ${job}' for a lock`;
    return unwell("stuck", stuck.since, stuck.message, remedy, { brief: shortCause(stuck.message) });
  }
  if (doubt === null) return undefined;
  const remedy = "set the clock right, or say that it is with 'schelly clock trust'";
  return unwell("guarded", doubt.since, doubt.message, remedy, {
    brief: "the clock is in doubt",
    ofAll: true,
  });
}

/** Of the time that a start may take, so much may be spent in line: the smaller part where nothing moves there. */
const MOVING_SHARE = 1 / 2;
const STANDING_SHARE = 1 / 4;
/** However often a job runs, its start may be in line for so long; more than an hour is never spent without a word. */
const LEAST_TURN_MS = 60_000;
const MOST_TURN_MS = 3_600_000;

/**
 * A start whose turn does not come. A start that waits for its turn misses nothing as long as that is a small part of the
 * time it has, which ends with its grace time or at the next slot: a half of it where others have their turns meanwhile,
 * a quarter where nothing has begun there for as long.
 */
function outOfTurn({ now, graceMs, expectedMs, turn }: HealthFacts): Health | undefined {
  if (turn === null) return undefined;
  const time = expectedMs === null ? graceMs : Math.min(graceMs, expectedMs - graceMs);
  const within = (share: number) => Math.max(LEAST_TURN_MS, Math.min(MOST_TURN_MS, time * share));
  const { since, movedAt, message } = turn;
  const isMoving = movedAt !== null && now - movedAt <= within(STANDING_SHARE);
  if (now - since <= within(isMoving ? MOVING_SHARE : STANDING_SHARE)) return undefined;
  const cause = isMoving
    ? `${message}: others have their turns there, and its own has not come yet`
    : movedAt === null
    ? `${message}: no backup begins there`
    : `${message}: no backup has begun there since ${iso(movedAt)}`;
  const remedy = isMoving
    ? "have its jobs start at other times, or let it make more at a time ('max_concurrent')"
    : "see 'schelly runs list --status running' for what keeps it";
  return unwell("waiting", since, cause, remedy, { brief: "its turn does not come" });
}

/** Its start has not come through. */
function waiting(facts: HealthFacts): Health | undefined {
  const { job, waiting } = facts;
  if (waiting === null) return outOfTurn(facts);
  const cause = `${waiting.message}: its start waits for its provider`;
  const asks = `'schelly jobs check ${job}' asks the provider`;
  const mend = knownAdvice(waiting.message, job);
  const remedy = mend === undefined ? asks : `${mend}, its start is tried again by itself; ${asks}`;
  return unwell("waiting", waiting.since, cause, remedy, { brief: shortCause(waiting.message) });
}

function unproved({ job, upkeepTrouble, unproved }: HealthFacts): Health | undefined {
  if (upkeepTrouble !== null) {
    const events = "see 'schelly events --type provider.upkeep'";
    const mend = knownAdvice(upkeepTrouble, job);
    return unwell("unproved", null, upkeepTrouble, mend === undefined ? events : `${mend}; ${events}`, {
      brief: shortCause(upkeepTrouble),
    });
  }
  if (unproved === undefined) return undefined;
  const remedy =
    `see 'schelly jobs show ${job}' for its verifications; 'schelly backups verify ID' proves one by hand`;
  return unwell("unproved", unproved.since, unproved.message, remedy, {
    brief: firstClause(unproved.message),
  });
}

/** Nothing is wrong. */
function well(facts: HealthFacts): Health {
  const { underWaySince, turn, nextSlot, freeze } = facts;
  if (turn !== null) return calm("waiting", turn.since, turn.message, null);
  if (underWaySince !== null) return calm("running", underWaySince, null, null);
  if (successOf(facts) === null) {
    const next = nextSlot === null ? "and no slot is to come" : `the first is due at ${iso(nextSlot)}`;
    return calm("never", facts.knownSince, `it has no backup yet, ${next}`, null);
  }
  if (freeze === null) return calm("ok", null, null, null);
  return calm("ok", null, freeze.message, "'schelly unfreeze' lets deletions go on");
}

/** The last success, unless it is dated by a clock that was wrong. */
function successOf({ lastSuccessAt, now }: HealthFacts): number | null {
  return lastSuccessAt !== null && lastSuccessAt <= now + FUTURE_TOLERANCE_MS ? lastSuccessAt : null;
}
