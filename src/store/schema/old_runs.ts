// What runs lie in whose backups were deleted some days ago: a table of few bytes a row and two small indexes, and the SQL
// that shows each of them as the row of `runs` that it was.

import { RUN_COLUMNS } from "./columns.ts";
import { removedTally } from "./tallies.ts";

/** A run that began later after its slot, or was decided longer before, stays a row of `runs`. */
const MOST_LATE_MS = 3_600_000;
/** So far apart are the time within a run's id and when it was decided, at most. */
const MOST_APART_MS = 60_000;

const hex = (digits: number) => "[0-9a-f]".repeat(digits);
const UUID = [8, 4, 4, 4, 12].map(hex).join("-");

/** SQL: an id of others as it is stored here, hexadecimal ones as bytes behind a letter that says how they are written. */
function idCode(text: string): string {
  return `CASE WHEN ${text} GLOB '${UUID}' THEN unhex('75' || ${text}, '-') ` +
    `WHEN ${text} GLOB '${hex(64)}' THEN unhex('64' || ${text}) ` +
    `WHEN ${text} GLOB '${hex(32)}' THEN unhex('68' || ${text}) ELSE ${text} END`;
}

const dashed = (digits: string) =>
  [[1, 8], [9, 4], [13, 4], [17, 4], [21, 12]].map(([from, many]) => `substr(${digits}, ${from}, ${many})`)
    .join(" || '-' || ");
const idText = (code: string) =>
  `CASE WHEN typeof(${code}) <> 'blob' THEN ${code} WHEN substr(${code}, 1, 1) = x'75' THEN ` +
  `${dashed(`lower(hex(substr(${code}, 2)))`)} ELSE lower(hex(substr(${code}, 2))) END`;

/** SQL: what the index over ids has of one. */
const idKey = (code: string) =>
  `CASE typeof(${code}) WHEN 'blob' THEN substr(${code}, 1, 7) ELSE ${code} END`;

/** SQL over a row of `old`: its provider's id is this text. */
export function hasOldId(text: string): string {
  const code = idCode(text);
  return `${idKey("old.code")} = ${idKey(`(${code})`)} AND old.code = (${code})`;
}

/** How far the number of a row lies behind the time by which it is listed (UTC ms). */
const SHIFT = 15;

/** SQL: the first number that a row has which is listed by the time that the expression `time` names. */
export function numberAt(time: string): string {
  return `((${time}) << ${SHIFT})`;
}

/** The time by which the row of a number is listed. */
export function timeOf(number: bigint): number {
  return Number(number >> BigInt(SHIFT));
}

/** The numbers between which the row of a run id is, where there is one; null where there is none. */
export function numbersOf(runId: string): [from: bigint, until: bigint] | null {
  const digits = /^([0-9a-f]{8})-([0-9a-f]{4})-7/.exec(runId);
  if (digits === null) return null;
  const time = parseInt(digits[1]! + digits[2]!, 16);
  const numberAt = (at: number) => BigInt(Math.max(0, at)) << BigInt(SHIFT);
  return [numberAt(time - MOST_APART_MS), numberAt(time + MOST_APART_MS + MOST_LATE_MS + 1)];
}

/** What is rarely otherwise: the column, and what it is then. Otherwise all of them stand in `rest`. */
const RARE: readonly [column: string, usual: string][] = [
  ["period_time", "slot"],
  ["attempts", "1"],
  ["uncertain_attempts", "1"],
  ["last_attempt_at", "start_time"],
  ["not_before", "NULL"],
  ["reason", "NULL"],
  ["hold_at", "NULL"],
  ["hold_until", "NULL"],
  ["suspect_at", "NULL"],
  ["accepted_at", "NULL"],
  ["rejected_at", "NULL"],
  ["maybe_duplicate_at", "NULL"],
  ["missing_at", "NULL"],
  ["delete_attempts", "1"],
  ["delete_not_before", "NULL"],
  ["retry_end", "NULL"],
  ["gateway_attempts", "0"],
  ["delete_sent_at", "delete_intent_at"],
  ["slots", "1"],
];

const RARE_IS_USUAL = RARE.map(([column, usual]) => `${column} IS ${usual}`).join(" AND ");

/** SQL over a row of `old`: the time by which it is listed, which is when it began. */
export const OLD_AT = `(old.n >> ${SHIFT})`;
/** SQL over a row of `old`: its slot. */
const OLD_SLOT = `(${OLD_AT} - old.late)`;

/** What stands for each column of `runs`; the others are null. */
const SHOWN: Readonly<Record<string, string>> = {
  run_id: dashed("lower(hex(old.run))"),
  job: "old_groups.job",
  cause: "'schedule'",
  slot: OLD_SLOT,
  status: "'deleted'",
  provider_key: "old_groups.provider_key",
  id: idText("old.code"),
  data_id: `CASE WHEN old.data IS NULL THEN ${idText("old.code")} ELSE nullif(${idText("old.data")}, '') END`,
  created_at: `${OLD_AT} - old.waited`,
  start_time: OLD_AT,
  end_time: `${OLD_AT} + old.took`,
  size_mb: "old.size_mb",
  tags: "0",
  reasons: "'[]'",
  delete_intent_at: `${OLD_AT} + old.lived`,
  delete_reason: "old_groups.delete_reason",
  delete_asked_by: "old_groups.delete_asked_by",
  attempt: "1",
};

function shown(column: string): string {
  const at = RARE.findIndex(([rare]) => rare === column);
  if (at < 0) return SHOWN[column] ?? "NULL";
  const usual = RARE[at]![1];
  return `CASE WHEN old.rest IS NULL THEN ${SHOWN[usual] ?? usual} ELSE old.rest ->> ${at} END`;
}

const COLUMNS = RUN_COLUMNS.map(({ column }) => column);

/** SQL that follows FROM. */
export const FROM_OLD = "old_runs AS old CROSS JOIN old_groups ON old_groups.no = old.of";
/** SQL over a row of it: its run id. */
export const OLD_RUN_ID: string = shown("run_id");
/** SQL over a row of it that renders it as `RUN_JSON` does one of `runs`. */
export const OLD_JSON: string = `json_array(${COLUMNS.map(shown).join(", ")}, NULL)`;

/** SQL over a row of it: what stands for these columns of `runs`. */
export function oldCells(columns: string, named = true): string {
  return columns.split(", ").map((column) => named ? `${shown(column)} AS ${column}` : shown(column)).join(
    ", ",
  );
}

/** SQL that follows FROM: the old runs of the job ?1 whose slots old runs of the job ?2 decided as well. */
export const OLD_SLOTS_OF_BOTH = `old_groups CROSS JOIN old_runs AS old
  ON old.of = old_groups.no WHERE old_groups.job = ?1 AND EXISTS (SELECT 1 FROM old_groups AS theirs
  CROSS JOIN old_runs AS other ON other.of = theirs.no AND other.n >= ${numberAt(OLD_SLOT)}
    AND other.n < ${numberAt(`${OLD_SLOT} + ${MOST_LATE_MS + 1}`)}
  WHERE theirs.job = ?2 AND (other.n >> ${SHIFT}) - other.late = ${OLD_SLOT})`;

/** SQL: an old run of the job decided the slot; both are expressions. */
export function isOldSlot(job: string, slot: string): string {
  return `EXISTS (SELECT 1 FROM old_groups CROSS JOIN old_runs AS old ON old.of = old_groups.no ` +
    `AND old.n >= ${numberAt(slot)} AND old.n < ${numberAt(`${slot} + ${MOST_LATE_MS + 1}`)} ` +
    `WHERE old_groups.job = ${job} AND ${OLD_SLOT} = ${slot})`;
}

/** SQL that follows FROM: the old runs of a job that decided slots from `from` to before `until`; all are expressions. */
export function fromOldSlots(job: string, from: string, until: string): string {
  return `old_groups CROSS JOIN old_runs AS old ON old_groups.job = ${job} AND old.of = old_groups.no ` +
    `AND old.n >= ${numberAt(from)} AND old.n < ${numberAt(`${until} + ${MOST_LATE_MS}`)} ` +
    `AND ${OLD_SLOT} >= ${from} AND ${OLD_SLOT} < ${until}`;
}

/** SQL over a row of `runs`: it may become an old one, whenever that is. */
export const MAY_BE_OLD: string =
  "status = 'deleted' AND cause = 'schedule' AND id IS NOT NULL AND id <> '' " +
  "AND slot_until IS NULL AND attempt = 1 AND caller_key IS NULL AND ended_as IS NULL AND clock_off IS NULL " +
  "AND retry_at IS NULL AND imported_at IS NULL AND delete_intent_at IS NOT NULL AND coalesce(data_id, 'x') <> '' " +
  `AND start_time - slot BETWEEN 0 AND ${MOST_LATE_MS} AND start_time - created_at BETWEEN 0 AND ${MOST_LATE_MS} ` +
  `AND run_id GLOB '${UUID}' AND substr(run_id, 15, 1) = '7' ` +
  "AND substr(run_id, 1, 8) || substr(run_id, 10, 4) " +
  `BETWEEN printf('%012x', created_at - ${MOST_APART_MS}) AND printf('%012x', created_at + ${MOST_APART_MS})`;

/** SQL over a row of `runs`: the number that it has as an old one. */
const NUMBER_OF = `((runs.start_time << ${SHIFT}) | (runs.rowid & ${2 ** SHIFT - 1}))`;

/** What a row loses as it becomes old: its texts are in its events, and levels are told of what is there. */
const SHED =
  "message = NULL, tags = 0, reasons = '[]', hold_reason = NULL, hold_owner = NULL, suspect_reason = NULL";

const LIST = "(SELECT value FROM json_each(?1))";
const RUN_ARRAY = `json_array(${COLUMNS.map((column) => `runs.${column}`).join(", ")}, NULL)`;

/** Rows: provider's id, provider key. */
export const ID_IS_FRESH: string = isFresh("e.value ->> 1");
/** Rows: provider's id, run id of the row that is to have it. */
export const ID_IS_FRESH_FOR: string = isFresh(
  "(SELECT provider_key FROM runs WHERE run_id = e.value ->> 1)",
);

function isFresh(providerKey: string): string {
  return "INSERT INTO bound (id, fresh) SELECT 1, NULL FROM json_each(?1) AS e WHERE EXISTS " +
    `(SELECT 1 FROM ${FROM_OLD} WHERE ${
      hasOldId("(e.value ->> 0)")
    } AND old_groups.provider_key = ${providerKey}) LIMIT 1`;
}

/**
 * The statements that make the rows of `runs` old whose rowids are ?1 as JSON; those that would not be shown as they are
 * stay. The one before the last two answers how many went.
 */
export const MAKE_OLD: readonly string[] = [
  `UPDATE runs SET ${SHED} WHERE rowid IN ${LIST} AND ${MAY_BE_OLD}`,
  `INSERT INTO old_groups (job, provider_key, delete_reason, delete_asked_by)
    SELECT DISTINCT job, provider_key, delete_reason, delete_asked_by FROM runs WHERE rowid IN ${LIST}
    AND NOT EXISTS (SELECT 1 FROM old_groups WHERE ${isGroupOf("runs")})`,
  `INSERT INTO old_runs (n, of, run, late, waited, took, lived, size_mb, code, data, rest)
    SELECT ${NUMBER_OF}, (SELECT no FROM old_groups WHERE ${isGroupOf("runs")} LIMIT 1), unhex(run_id, '-'),
      start_time - slot, start_time - created_at, end_time - start_time, delete_intent_at - start_time, size_mb,
      ${idCode("id")}, CASE WHEN data_id IS id THEN NULL ELSE coalesce(${idCode("data_id")}, '') END,
      CASE WHEN ${RARE_IS_USUAL} THEN NULL ELSE json_array(${RARE.map(([column]) => column).join(", ")}) END
    FROM runs WHERE rowid IN ${LIST} AND ${MAY_BE_OLD} ON CONFLICT DO NOTHING`,
  "INSERT INTO moving VALUES (1)",
  `DELETE FROM runs WHERE rowid IN ${LIST} AND ${MAY_BE_OLD} AND EXISTS
    (SELECT 1 FROM ${FROM_OLD} WHERE old.n = ${NUMBER_OF} AND ${OLD_JSON} = ${RUN_ARRAY})`,
  "SELECT changes()",
  `DELETE FROM old_runs WHERE n IN (SELECT ${NUMBER_OF} FROM runs WHERE rowid IN ${LIST})
    AND run IN (SELECT unhex(run_id, '-') FROM runs WHERE rowid IN ${LIST})`,
  "DELETE FROM moving",
];

function isGroupOf(row: string): string {
  return ["job", "provider_key", "delete_reason", "delete_asked_by"]
    .map((column) => `old_groups.${column} IS ${row}.${column}`).join(" AND ");
}

const counts = "'available', 'missing', 'deleting', 'delete-error', 'deleted'";

/**
 * The migration that makes room for them. `n` is the time by which a run is listed, then some bits that tell it from others
 * of that time; `of` its group. While `moving` has a row, what leaves `runs` is not gone: counters and revisions stay.
 * Released: never changed.
 */
export const OLD_RUNS_MIGRATION: readonly string[] = [
  `CREATE TABLE old_groups (
    no INTEGER PRIMARY KEY, job TEXT NOT NULL REFERENCES jobs (job) ON UPDATE CASCADE, provider_key TEXT NOT NULL,
    delete_reason TEXT, delete_asked_by TEXT
  ) STRICT`,
  "CREATE INDEX old_groups_job ON old_groups (job)",
  `CREATE TABLE old_runs (
    n INTEGER PRIMARY KEY, of INTEGER NOT NULL, run BLOB NOT NULL, late INTEGER NOT NULL, waited INTEGER NOT NULL,
    took INTEGER, lived INTEGER NOT NULL, size_mb REAL, code ANY NOT NULL, data ANY, rest TEXT
  ) STRICT`,
  "CREATE INDEX old_runs_of ON old_runs (of)",
  `CREATE INDEX old_runs_id ON old_runs (${idKey("code")})`,
  "CREATE TABLE moving (id INTEGER PRIMARY KEY CHECK (id = 1)) STRICT",
  // Breaks its constraint where an id is bound to an old run.
  "CREATE TABLE bound (id INTEGER PRIMARY KEY CHECK (id = 1), fresh INTEGER NOT NULL) STRICT",
  "DROP TRIGGER tallies_deleted",
  "DROP TRIGGER runs_deleted",
  `CREATE TRIGGER runs_deleted AFTER DELETE ON runs
    WHEN old.status IN (${counts}) AND NOT EXISTS (SELECT 1 FROM moving) BEGIN
      UPDATE jobs SET revision = revision + 1, available_count = available_count - (old.status = 'available')
      WHERE job = old.job;
    END`,
  `CREATE TRIGGER tallies_deleted AFTER DELETE ON runs WHEN NOT EXISTS (SELECT 1 FROM moving) BEGIN
      ${removedTally("old")};
    END`,
];
