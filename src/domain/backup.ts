// What a run and a backup are, which statuses they pass through, and which moves are legal.
//
// One word a thing, here and everywhere:
//
// job            a named schedule + provider + retention policy, declared in config
// slot           one due instant of a job's schedule (UTC, whole seconds)
// run            one decision about a slot, or one start by hand; has our run_id
// backup         a run that has a provider's id (one row, one status)
// provider key   the identity of the service a run was sent to
// level          secondly … yearly; a backup carries the levels it represents as tags
// rank           how many at a level, or of all that count, are not older: 1 is the newest
// ordinal        the same counted from the oldest ever, so that it stays true while newer ones come
// start          asks the provider to begin
// poll           asks whether a backup is done
// settle         finds out what became of a start of unknown fate
// look           reads a job's backups and elects; changes nothing
// pass           a look whose outcome is committed: tags, reasons, deletions
// victim         a backup that a pass does not keep
// guard          stops the deletions of a suspicious pass; some latch until an operator approves
// condition      must hold in the very turn in which a change is committed, or nothing of it is
// fingerprint    a number that differs where what it stands for does
// verdict        an operator's accept or reject of a suspect
// plan           what `schelly plan` shows: what an edited configuration would do
// engine         all jobs together; the scheduler of one job is its part
// position       where something stands in a text; a place is where it stands in an order of backups

import { assert } from "./errors.ts";
import { iso } from "./instant.ts";
import type { Level } from "./policy.ts";
import type { KeepReason } from "./retention/reasons.ts";
import type { Proof } from "./verification/verification.ts";

/** Every status a run can have, in the order of a healthy life. */
export const STATUSES = [
  "intent",
  "sending",
  "unknown",
  "running",
  "cancelling",
  "available",
  "missing",
  "deleting",
  "delete-error",
  "deleted",
  "failed",
  "cancelled",
  "lost",
  "skipped",
  "expired",
] as const;
export type Status = (typeof STATUSES)[number];

/** Statuses of a run that still occupies its job: at most one such row a job. */
export const UNFINISHED = [
  "intent",
  "sending",
  "unknown",
  "running",
  "cancelling",
] as const satisfies readonly Status[];

/** True while the run occupies its job. */
export function isUnfinished(status: Status): boolean {
  return (UNFINISHED as readonly Status[]).includes(status);
}

const EDGES: Record<Status, readonly Status[]> = {
  // `intent -> failed`: starting was retried until grace time and never reached the provider.
  intent: ["sending", "expired", "skipped", "failed", "cancelled"],
  // `sending -> intent`: the call surely started nothing and is tried again later.
  sending: ["intent", "running", "available", "unknown", "failed"],
  // `unknown -> sending`: sent again under the same key; `unknown -> intent`: proven absent.
  unknown: ["sending", "running", "available", "intent", "failed"],
  running: ["available", "failed", "lost", "cancelling", "cancelled"],
  cancelling: ["cancelled", "available", "running", "failed", "lost"],
  available: ["missing", "deleting"],
  missing: ["available", "deleting"],
  // `deleting -> available | missing` only while the DELETE was never sent, or where the first one was answered that the
  // storage is locked and a GET shows the backup.
  deleting: ["deleted", "delete-error", "available", "missing"],
  "delete-error": ["deleting", "deleted"],
  deleted: [],
  // `failed -> available` and `lost -> available` on proof; `-> deleting` only by an operator, by id, or for what a run
  // with a proved end left; `-> deleted` where the provider says that it left nothing.
  failed: ["available", "deleting", "deleted"],
  lost: ["available", "deleting"],
  cancelled: ["deleting", "deleted"],
  skipped: [],
  expired: [],
};

/** True where the state machine draws an edge. */
export function canMove(from: Status, to: Status): boolean {
  return EDGES[from].includes(to);
}

/** Asserts that every status in `from` may move to `to`. */
export function assertMove(from: readonly Status[], to: Status): void {
  for (const status of from) {
    assert(status === to || canMove(status, to), `a run never moves from ${status} to ${to}`);
  }
}

/** The original's published status words, which `GET /backups` answers and filters by. */
export const WIRE_STATUSES = [
  "running",
  "available",
  "deleting",
  "deleted",
  "delete-error",
  "error",
  "cancelled",
] as const;
export type WireStatus = (typeof WIRE_STATUSES)[number];

/** The original's word for a status; the exact word travels beside it as `state`. */
export function wireStatus(status: Status): WireStatus {
  switch (status) {
    case "intent":
    case "sending":
    case "unknown":
    case "running":
    case "cancelling":
      return "running";
    case "failed":
    case "lost":
    case "missing":
    case "skipped":
    case "expired":
      return "error";
    default:
      return status;
  }
}

/** Every word that a status may be asked for by: the exact ones, and the original's `error`, which stands for many. */
export const STATUS_WORDS = [...WIRE_STATUSES, ...STATUSES.filter((status) => !isWire(status))] as [
  WireStatus,
  ...(WireStatus | Status)[],
];

/** The statuses that a word of the list of backups stands for: the original's words first, as it publishes them. */
export function statusesOf(word: WireStatus | Status): Status[] {
  return isWire(word) ? STATUSES.filter((status) => wireStatus(status) === word) : [word];
}

function isWire(word: string): word is WireStatus {
  return (WIRE_STATUSES as readonly string[]).includes(word);
}

/** Why a slot was not run. */
export const SKIP_REASONS = [
  "missed",
  "still_running",
  "paused",
  "disabled",
  "outside_dates",
  "blackout",
  "unmanaged",
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** Why no try follows a failed one, where one would have; `tried_again`: one has, and is a row of its own. */
export const RETRY_ENDS = [
  "tried_again",
  "used_up",
  "next_slot",
  "too_late",
  "paused",
  "disabled",
  "outside_dates",
  "blackout",
  "removed",
  "off",
  "clock_back",
] as const;
export type RetryEnd = (typeof RETRY_ENDS)[number];

/** What made a run: its schedule, a person or program by hand, or an import from the provider's list. */
export const TRIGGERS = ["schedule", "manual", "import"] as const;
export type Trigger = (typeof TRIGGERS)[number];

/** One row: a decision about a slot, a start by hand, or an imported backup. All times are UTC milliseconds. */
export interface Run {
  runId: string;
  job: string;
  trigger: Trigger;
  /** The due instant; null for manual and imported runs. */
  slot: number | null;
  /** Last slot of a range row (skipped, expired); null for a row of one slot. */
  slotUntil: number | null;
  /** How many slots the row decides; null when a range is too long to count. */
  slots: number | null;
  status: Status;
  /** Machine word for why the status is what it is (`still_running`, `refused`, `unsettled` …). */
  reason: string | null;
  /** The provider's last message, or ours; published as `custom_data`. */
  message: string | null;
  providerKey: string;
  /** The provider's id; null until an answer that names it was committed. */
  id: string | null;
  dataId: string | null;
  /** The time that decides its periods: the slot, else `startTime`. */
  periodTime: number | null;
  createdAt: number;
  /** Commit of the first `sending`. */
  startTime: number | null;
  /** When we saw the end. */
  endTime: number | null;
  sizeMb: number | null;
  /** POSTs made. */
  attempts: number;
  /** POSTs whose delivery is not excluded. */
  uncertainAttempts: number;
  /** When the last POST was committed as `sending`. */
  lastAttemptAt: number | null;
  /** No POST before this instant. */
  notBefore: number | null;
  tags: Level[];
  /** Why retention keeps it, as of the last pass. */
  reasons: KeepReason[];
  holdReason: string | null;
  holdOwner: string | null;
  holdAt: number | null;
  holdUntil: number | null;
  suspectReason: string | null;
  suspectAt: number | null;
  /** When an operator accepted a suspect, or saw an imported or future one in an approval. */
  acceptedAt: number | null;
  /** When an operator rejected a suspect: it counts for nothing, and retention deletes it. */
  rejectedAt: number | null;
  importedAt: number | null;
  maybeDuplicateAt: number | null;
  /** When the provider was found not to have it any more. */
  missingAt: number | null;
  /** When its deletion was committed as an intent. */
  deleteIntentAt: number | null;
  /** Why retention decided it. */
  deleteReason: string | null;
  /** Who asked for it by id, whatever retention thinks of it; null for retention's own deletions. */
  deleteAskedBy: string | null;
  /** When its first DELETE was committed as sent: from then on it counts as gone. */
  deleteSentAt: number | null;
  deleteAttempts: number;
  /** No DELETE before this instant. */
  deleteNotBefore: number | null;
  /** What the run had ended as, where what it left was then deleted by `keep_failed`: it never was a backup. */
  endedAs: "failed" | "cancelled" | null;
  /** Caller's Idempotency-Key of a manual start. */
  callerKey: string | null;
  /** Which try of its slot it is, from 1: each try is a row of its own. */
  attempt: number;
  /** Of a failed one: when its slot is tried again; null when it is not, or was. */
  retryAt: number | null;
  /** Of a failed one: why no try is to come from it. */
  retryEnd: RetryEnd | null;
  /** Those of `uncertainAttempts` that were answered as a gateway may answer, after delivery or before. */
  gatewayAttempts: number;
  /** The last conclusive word of a verification on it, and when that was said. */
  verification: Proof | null;
  verifiedAt: number | null;
  /** When a verification of it ended last, whatever it found out. */
  verifyTriedAt: number | null;
  /** When its provider last said that its storage refuses to delete it; null: it did not, or took it back. */
  lockedAt: number | null;
  /** Until when; null where no date was given. */
  lockedUntil: number | null;
  /**
   * Written while the clock was in doubt: how much the wall clock was ahead of the time the row is dated by (ms). Null
   * for all others, and once it is known which was right.
   */
  clockOff: number | null;
}

/** Waits between two DELETEs of a backup are shorter (ms): the day after a refusal, and what Retry-After may ask for. */
export const LONGEST_DELETE_WAIT_MS = 27 * 3_600_000;

/** False while the next DELETE has to wait. An instant too far ahead was written by a clock that was set back since. */
export function mayDeleteAt(row: Pick<Run, "deleteNotBefore">, now: number): boolean {
  const wait = (row.deleteNotBefore ?? 0) - now;
  return wait <= 0 || wait > LONGEST_DELETE_WAIT_MS;
}

/** Why a backup is or was deleted, in words: `not kept by …`, `by hand: ann`; null where it is not known any more. */
export function deletionText(row: Pick<Run, "deleteReason" | "deleteAskedBy">): string | null {
  return row.deleteAskedBy === null ? row.deleteReason : `by hand: ${row.deleteAskedBy}`;
}

/** A row with every mark absent, for building new ones. */
export function newRun(
  fields:
    & Pick<Run, "runId" | "job" | "trigger" | "slot" | "status" | "providerKey" | "createdAt">
    & Partial<Run>,
): Run {
  return {
    slotUntil: null,
    slots: fields.slot === null ? 0 : 1,
    reason: null,
    message: null,
    id: null,
    dataId: null,
    periodTime: fields.slot,
    startTime: null,
    endTime: null,
    sizeMb: null,
    attempts: 0,
    uncertainAttempts: 0,
    lastAttemptAt: null,
    notBefore: null,
    tags: [],
    reasons: [],
    holdReason: null,
    holdOwner: null,
    holdAt: null,
    holdUntil: null,
    suspectReason: null,
    suspectAt: null,
    acceptedAt: null,
    rejectedAt: null,
    importedAt: null,
    maybeDuplicateAt: null,
    missingAt: null,
    deleteIntentAt: null,
    deleteReason: null,
    deleteAskedBy: null,
    deleteSentAt: null,
    deleteAttempts: 0,
    deleteNotBefore: null,
    endedAs: null,
    callerKey: null,
    attempt: 1,
    retryAt: null,
    retryEnd: null,
    gatewayAttempts: 0,
    verification: null,
    verifiedAt: null,
    verifyTriedAt: null,
    lockedAt: null,
    lockedUntil: null,
    clockOff: null,
    ...fields,
  };
}

/**
 * True while a start waits for its provider: it was asked for, surely did not begin, and is tried again. Since when is
 * its `startTime`, for what cause its `message`.
 */
export function isWaiting(run: Pick<Run, "status" | "attempts">): boolean {
  return run.status === "intent" && run.attempts > 0;
}

/** The `reason` of a start that its provider turned away since it is at work, as it says itself (409). */
export const BUSY = "busy";

/** True for a start whose provider is there and at work: it is to have its turn, with or without a first try. */
export function isInLine({ status, attempts, reason }: Pick<Run, "status" | "attempts" | "reason">): boolean {
  return status === "intent" ? attempts === 0 || reason === BUSY : status === "sending" && reason === BUSY;
}

/** Why a start that has begun nothing is not sent yet, in a clause; null for what is no such start. */
export function waitCause(
  run: Pick<Run, "status" | "attempts" | "message" | "notBefore" | "providerKey">,
): string | null {
  if (run.status !== "intent") return null;
  if (run.message !== null || run.attempts > 0) return run.message;
  const turn = `it waits for its turn at provider '${run.providerKey}'`;
  return run.notBefore === null ? turn : `its jitter puts it off until ${iso(run.notBefore)}, then ${turn}`;
}

/** `1 backup`, `2 backups`. */
export function countBackups(count: number): string {
  return count === 1 ? "1 backup" : `${count} backups`;
}
