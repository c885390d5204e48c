// How runs and jobs lie in their tables: one list of columns each, from which every statement is built.

import { newRun, type Run, UNFINISHED } from "../../domain/backup.ts";
import { assert } from "../../domain/errors.ts";
import { type Level, LEVELS } from "../../domain/policy.ts";
import {
  type Heads,
  isCounted,
  type KeepReason,
  shownReason,
  type StoredReason,
} from "../../domain/retention/reasons.ts";
import type { JobState } from "../../ports/store.ts";

type Kind = "text" | "integer" | "real" | "tags" | "reasons";

/** A JSON value that stands for one cell on its way into SQL and out again. */
export type Cell = string | number | null;

export interface Column<Field extends string> {
  field: Field;
  column: string;
  kind: Kind;
}

/** Every field of `Run`, in the order in which rows are read. */
export const RUN_COLUMNS: readonly Column<keyof Run>[] = columns<keyof Run>({
  runId: ["run_id", "text"],
  job: ["job", "text"],
  trigger: ["cause", "text"],
  slot: ["slot", "integer"],
  slotUntil: ["slot_until", "integer"],
  slots: ["slots", "integer"],
  status: ["status", "text"],
  reason: ["reason", "text"],
  message: ["message", "text"],
  providerKey: ["provider_key", "text"],
  id: ["id", "text"],
  dataId: ["data_id", "text"],
  periodTime: ["period_time", "integer"],
  createdAt: ["created_at", "integer"],
  startTime: ["start_time", "integer"],
  endTime: ["end_time", "integer"],
  sizeMb: ["size_mb", "real"],
  attempts: ["attempts", "integer"],
  uncertainAttempts: ["uncertain_attempts", "integer"],
  lastAttemptAt: ["last_attempt_at", "integer"],
  notBefore: ["not_before", "integer"],
  tags: ["tags", "tags"],
  reasons: ["reasons", "reasons"],
  holdReason: ["hold_reason", "text"],
  holdOwner: ["hold_owner", "text"],
  holdAt: ["hold_at", "integer"],
  holdUntil: ["hold_until", "integer"],
  suspectReason: ["suspect_reason", "text"],
  suspectAt: ["suspect_at", "integer"],
  acceptedAt: ["accepted_at", "integer"],
  rejectedAt: ["rejected_at", "integer"],
  importedAt: ["imported_at", "integer"],
  maybeDuplicateAt: ["maybe_duplicate_at", "integer"],
  missingAt: ["missing_at", "integer"],
  deleteIntentAt: ["delete_intent_at", "integer"],
  deleteReason: ["delete_reason", "text"],
  deleteAskedBy: ["delete_asked_by", "text"],
  deleteSentAt: ["delete_sent_at", "integer"],
  deleteAttempts: ["delete_attempts", "integer"],
  deleteNotBefore: ["delete_not_before", "integer"],
  callerKey: ["caller_key", "text"],
  attempt: ["attempt", "integer"],
  retryAt: ["retry_at", "integer"],
  retryEnd: ["retry_end", "text"],
  gatewayAttempts: ["gateway_attempts", "integer"],
  endedAs: ["ended_as", "text"],
  clockOff: ["clock_off", "integer"],
  verification: ["verification", "text"],
  verifiedAt: ["verified_at", "integer"],
  verifyTriedAt: ["verify_tried_at", "integer"],
  lockedAt: ["locked_at", "integer"],
  lockedUntil: ["locked_until", "integer"],
});

/** Every field of `JobState`, in the order in which rows are read. */
export const JOB_COLUMNS: readonly Column<keyof JobState>[] = columns<keyof JobState>({
  job: ["job", "text"],
  knownSince: ["known_since", "integer"],
  cursor: ["cursor", "integer"],
  revision: ["revision", "integer"],
  availableCount: ["available_count", "integer"],
  schedule: ["schedule", "text"],
  timezone: ["timezone", "text"],
  policy: ["policy", "text"],
  policySince: ["policy_since", "integer"],
  providerKey: ["provider_key", "text"],
  pausedAt: ["paused_at", "integer"],
  pausedUntil: ["paused_until", "integer"],
  pauseReason: ["pause_reason", "text"],
  graceFactor: ["grace_factor", "integer"],
  lastCancelSlot: ["last_cancel_slot", "integer"],
  openRangeRunId: ["open_range_run_id", "text"],
  clockUntrustedUntil: ["clock_untrusted_until", "integer"],
  unmanagedSince: ["unmanaged_since", "integer"],
  disabledSince: ["disabled_since", "integer"],
  activeFrom: ["active_from", "integer"],
  activeTo: ["active_to", "integer"],
  edition: ["edition", "integer"],
  cleansFailedSince: ["cleans_failed_since", "integer"],
  forgottenAt: ["forgotten_at", "integer"],
});

function columns<Field extends string>(table: Record<Field, [string, Kind]>): Column<Field>[] {
  return (Object.keys(table) as Field[]).map((field) => {
    const [column, kind] = table[field];
    return { field, column, kind };
  });
}

/** SQL that renders one row as a JSON array, to be read back by `runFrom`. */
export const RUN_JSON: string = `json_array(${RUN_COLUMNS.map((column) => column.column).join(", ")}, ` +
  "(SELECT heads FROM jobs WHERE jobs.job = runs.job))";
/** The same for `jobFrom`. */
export const JOB_JSON: string = `json_array(${JOB_COLUMNS.map((column) => column.column).join(", ")})`;

/** An object that has every field from the start is copied and filled much faster than one that grows by its fields. */
const ANY_RUN: Run = newRun({
  runId: "",
  job: "",
  trigger: "schedule",
  slot: null,
  status: "skipped",
  providerKey: "",
  createdAt: 0,
});

/** SQL over a row of `runs`, as in the index over them: it has not ended. */
export const UNFINISHED_SQL: string = `status IN (${UNFINISHED.map((status) => `'${status}'`).join(", ")})`;

/** The run in one row of `RUN_JSON`. */
export function runFrom(cells: readonly Cell[]): Run {
  const run = { ...ANY_RUN };
  fill(run as unknown as Record<string, unknown>, RUN_COLUMNS, cells);
  run.reasons = shownReasons(run, cells[RUN_COLUMNS.length]!);
  return run;
}

/** Only what is available has a rank: that of others would go on falling without them. */
function shownReasons({ status, reasons }: Run, heads: Cell): KeepReason[] {
  const stored: readonly StoredReason[] = reasons;
  if (status !== "available") return stored.filter((reason) => !isCounted(reason)) as KeepReason[];
  const counted = headsFrom(heads);
  return stored.map((reason) => shownReason(reason, counted));
}

/** The heads that were read last: most rows of a page are of few jobs. */
let lastHeads: { text: string; heads: Heads } = { text: "[]", heads: [] };

function headsFrom(cell: Cell): Heads {
  const text = (cell ?? "[]") as string;
  if (text !== lastHeads.text) lastHeads = { text, heads: JSON.parse(text) };
  return lastHeads.heads;
}

/** The job in one row of `JOB_JSON`. */
export function jobFrom(cells: readonly Cell[]): JobState {
  return objectFrom(JOB_COLUMNS, cells) as unknown as JobState;
}

function objectFrom(columns: readonly Column<string>[], cells: readonly Cell[]): Record<string, unknown> {
  const object = blankOf(columns);
  fill(object, columns, cells);
  return object;
}

function fill(
  object: Record<string, unknown>,
  columns: readonly Column<string>[],
  cells: readonly Cell[],
): void {
  for (let at = 0; at < columns.length; at++) {
    const { field, kind } = columns[at]!;
    const cell = cells[at]!;
    if (kind === "tags") object[field] = levelsFrom(cell as number);
    else if (kind === "reasons") object[field] = cell === "[]" ? [] : JSON.parse(cell as string);
    else object[field] = cell;
  }
}

const blanks = new Map<readonly Column<string>[], Record<string, unknown>>();

/**
 * A fresh object with all fields. Many fields that are added one by one make V8 keep each object as a table of its own,
 * of 1.6 kB; copies of one that was parsed share their shape.
 */
function blankOf(columns: readonly Column<string>[]): Record<string, unknown> {
  let blank = blanks.get(columns);
  if (blank === undefined) {
    blank = JSON.parse(`{${columns.map(({ field }) => `${JSON.stringify(field)}:null`).join(",")}}`);
    blanks.set(columns, blank!);
  }
  return { ...blank };
}

/**
 * The cell for a field's value; asserts that it is of the column's kind. Sizes come back with 15 digits, all that
 * SQL's JSON keeps.
 */
export function cellOf({ field, kind }: Column<string>, value: unknown): Cell {
  if (kind === "tags") return bitsOf(value as Level[]);
  if (kind === "reasons") return reasonsCell(value as KeepReason[]);
  if (value === null) return null;
  if (kind === "text") {
    assert(typeof value === "string", `'${field}' of a stored row is a string, never ${value}`);
    return value.toWellFormed();
  }
  assert(typeof value === "number", `'${field}' of a stored row is a number, never ${value}`);
  if (kind === "integer") {
    assert(Number.isSafeInteger(value), `'${field}' of a stored row is a whole number, never ${value}`);
    return value;
  }
  assert(Number.isFinite(value), `'${field}' of a stored row is finite, never ${value}`);
  return value;
}

/** The cell for reasons. */
export function reasonsCell(reasons: readonly StoredReason[]): string {
  return JSON.stringify(reasons.map(wellFormed));
}

/** Only ids and old words are texts of others. */
function wellFormed(reason: StoredReason): StoredReason {
  if (reason.kind === "shared_data") return { ...reason, with: reason.with.toWellFormed() };
  return reason.kind === "other" ? { ...reason, text: reason.text.toWellFormed() } : reason;
}

/** A set of levels as bits, secondly the lowest. */
export function bitsOf(levels: readonly Level[]): number {
  let bits = 0;
  for (const level of levels) {
    const at = LEVELS.indexOf(level);
    assert(at >= 0, `a tag is one of the levels, never ${level}`);
    bits |= 1 << at;
  }
  return bits;
}

const levelsOfBits: Level[][] = [];

/** The levels of a bit set, fine to coarse. A fresh array each time. */
export function levelsFrom(bits: number): Level[] {
  const known = levelsOfBits[bits] ??= LEVELS.filter((_, at) => bits & (1 << at));
  return known.slice();
}

/** True when the partial object gives the field a value. */
export function definedIn(object: object, field: string): boolean {
  return (object as Record<string, unknown>)[field] !== undefined;
}
