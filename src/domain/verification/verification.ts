// What a verification is: the record of one look at one backup, and when another try of it comes.

import type { Level } from "../policy.ts";
import type { VerifyMethod } from "./verify_settings.ts";

/**
 * Where a verification is. `cut_off`: ended for a backup that was due; `inconclusive`: nothing was found out.
 *
 * intent -> sending -> running -> passed | failed | inconclusive | cut_off; each of the first three may end.
 */
export const VERIFICATION_STATES = [
  "intent",
  "sending",
  "running",
  "passed",
  "failed",
  "inconclusive",
  "cut_off",
] as const;
export type VerificationState = (typeof VERIFICATION_STATES)[number];

/** Those that are under way: at most one such a job. */
export const OPEN_STATES = ["intent", "sending", "running"] as const satisfies readonly VerificationState[];

/** True while it is under way. */
export function isOpen(state: VerificationState): boolean {
  return (OPEN_STATES as readonly VerificationState[]).includes(state);
}

/** One verification of one backup. Times are UTC ms. */
export interface Verification {
  verificationId: string;
  job: string;
  /** Of the backup. */
  runId: string;
  providerKey: string;
  /** The provider's id of the backup. */
  id: string;
  method: VerifyMethod;
  /** Whose turn it was; null where levels have none. */
  level: Level | null;
  /** The instant of the schedule that asked for it; null by hand. */
  slot: number | null;
  /** Who asked for it by hand; null for the schedule. */
  askedBy: string | null;
  /** Which try of its slot it is, from 1. */
  attempt: number;
  state: VerificationState;
  createdAt: number;
  /** When it was first sent. */
  sentAt: number | null;
  endedAt: number | null;
  message: string | null;
  bytes: number | null;
  files: number | null;
  /** How long the restore alone took (ms). */
  durationMs: number | null;
}

/** The last conclusive word on a backup. */
export type Proof = "passed" | "failed";

/** What is known of the verifications of one job. Times are UTC ms. */
export interface VerifyState {
  job: string;
  /** Since when its backups are to be proved. */
  since: number;
  /** Slots up to and including this instant are decided. */
  cursor: number;
  /** When each level had its last turn. */
  turns: Partial<Record<Level, number>>;
  /** No try before this instant; null where none waits. */
  retryAt: number | null;
  /** Which try that is, and of which slot. */
  attempt: number;
  slot: number | null;
  /** The last one that passed. */
  provedAt: number | null;
  /** The provider's id of what that proved. */
  provedId: string | null;
  /** Of the last one that passed and says it: what was restored and how long that took. */
  restoredBytes: number | null;
  restoredMs: number | null;
  /** How long that and those before it took, in ms, oldest first; see `withRestoreTime`. */
  restoreTimes: readonly number[];
  /** The last one that ended with a word: passed, failed or inconclusive. */
  lastState: Exclude<VerificationState, "intent" | "sending" | "running" | "cut_off"> | null;
  lastAt: number | null;
  lastMessage: string | null;
}

/** What is known before anything was proved. */
export function newVerifyState(job: string, since: number): VerifyState {
  return {
    job,
    since,
    cursor: since,
    turns: {},
    retryAt: null,
    attempt: 1,
    slot: null,
    provedAt: null,
    provedId: null,
    restoredBytes: null,
    restoredMs: null,
    restoreTimes: [],
    lastState: null,
    lastAt: null,
    lastMessage: null,
  };
}

/** Tries of one slot that found out nothing. */
const MOST_TRIES = 4;
const FIRST_WAIT_MS = 600_000;
const LONGEST_WAIT_MS = 6 * 3_600_000;
/** What was ended for a backup begins again when that is over; how often says nothing of the storage. */
const AFTER_CUT_MS = 60_000;

/** How long until a further try (ms) after one that ended so; null where none follows. */
export function retryWait(state: VerificationState, attempt: number): number | null {
  if (state === "cut_off") return AFTER_CUT_MS;
  if (state !== "inconclusive" || attempt >= MOST_TRIES) return null;
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
}

/** A verdict on a backup begins so, and by it one that a later verification takes back is known. */
const SUSPECT_PREFIX = "verification failed: ";

/** Why a backup is suspect whose verification failed. */
export function failedProofReason(message: string | null): string {
  return SUSPECT_PREFIX + (message ?? "its provider says that it cannot be restored whole");
}

/** What its verification found, of a reason that `failedProofReason` wrote. */
export function foundByProof(reason: string): string {
  return isSuspectByProof(reason) ? reason.slice(SUSPECT_PREFIX.length) : reason;
}

/** A verification made it suspect: one that passes takes that back. */
export function isSuspectByProof(suspectReason: string | null): boolean {
  return suspectReason?.startsWith(SUSPECT_PREFIX) ?? false;
}

/** Begins the text of a guard that a verification latched; the provider's id of the backup follows. */
export const PROOF_DAMAGE = "the verification of backup '";

/** True for the text of a guard that a verification latched. */
export function isProofDamage(message: string): boolean {
  return message.startsWith(PROOF_DAMAGE);
}

/** The provider's id of the backup that such a text names; undefined for another text. */
export function damagedBackup(message: string): string | undefined {
  if (!isProofDamage(message)) return undefined;
  const end = message.indexOf("' failed", PROOF_DAMAGE.length);
  return end < 0 ? undefined : message.slice(PROOF_DAMAGE.length, end);
}

/** Why a job is unproved, and since when; undefined where it is not. `now`: UTC ms. */
export function unprovedOf(
  state: VerifyState,
  everyMs: number,
  now: number,
): { since: number | null; message: string } | undefined {
  // One that was dated by a clock that was wrong proves nothing.
  const proved = state.provedAt !== null && state.provedAt <= now + CLOCK_SLACK_MS ? state.provedAt : null;
  if (state.lastState === "inconclusive" && (proved === null || proved < (state.lastAt ?? 0))) {
    return {
      since: state.lastAt,
      message: `${state.lastMessage ?? "it said nothing"} (the last verification found nothing out)`,
    };
  }
  const due = (proved ?? state.since) + everyMs;
  if (now <= due) return undefined;
  return {
    since: due,
    message: proved === null ? "no backup was ever proved" : "no backup was proved for too long",
  };
}

/** A clock that differs by less is taken to be right. */
const CLOCK_SLACK_MS = 120_000;
