// The SQL of every condition and write. Each statement takes one JSON array of rows, so that many changes cost one call;
// values only ever travel as parameters.

import { LONGEST_DELETE_WAIT_MS } from "../../domain/backup.ts";
import { FUTURE_TOLERANCE_MS } from "../../domain/retention/election.ts";
import type { Reading } from "../../ports/clock_watch.ts";
import { isActiveSql } from "../schema/active.ts";
import type { Column } from "../schema/columns.ts";
import { IS_FORGETTABLE } from "../schema/forgotten.ts";
import { isHeldSql, isUnfrozen } from "../schema/freeze.ts";
import { isLeftoverSql } from "../schema/leftovers.ts";
import { isLockedSql } from "../schema/locks.ts";
import { isOldSlot } from "../schema/old_runs.ts";
import { isUnsharedSql } from "../schema/shared_data.ts";
import { IS_SOUND, IS_SUSPECT } from "../schema/suspects.ts";
import { verificationConditionSql } from "../schema/verifications.ts";

/** The second parameter of statements that are timed, as JSON. */
interface Times {
  now: number;
  ends: number;
  due: number;
  /** 0 while the clock is in doubt. */
  trusted: 0 | 1;
  /** The doubt that is over and not dated, as JSON; absent for none, and where another has begun. */
  open?: string;
}

/** What timed statements are told of a reading. */
export function timesOf({ now, ends, due, inDoubtUntil, memory: { doubt, open } }: Reading): string {
  const trusted = inDoubtUntil === null ? 1 : 0;
  const times: Times = { now, ends, due, trusted };
  if (doubt === null && open) times.open = JSON.stringify(open);
  return JSON.stringify(times);
}

const cell = (at: number) => `e.value ->> ${at}`;
const time = (name: keyof Times) => `(?2 ->> '$.${name}')`;
const word = (list: string, text: string) => `instr(${list}, ',' || ${text} || ',') > 0`;

// A condition inserts NULL where NULL is not allowed when any of its rows does not hold; else it writes nothing.
const condition = (from: string, holds: string) =>
  `INSERT INTO guard (id, ok, fence) SELECT 1, NULL, 1 FROM json_each(?1) AS e ${from} ` +
  `WHERE (${holds}) IS NOT TRUE LIMIT 1`;

/** Parameters: lease name, epoch, holder. Its own column tells a lost lease from a condition that does not hold. */
export const FENCE: string = "INSERT INTO guard (id, ok, fence) SELECT 1, 1, NULL WHERE NOT EXISTS " +
  "(SELECT 1 FROM lease WHERE name = ?1 AND epoch = ?2 AND holder = ?3)";

/** Rows: run id, `,status,status,`. */
export const CONDITION_STATUS: string = condition(
  `LEFT JOIN runs ON runs.run_id = ${cell(0)}`,
  word(cell(1), "runs.status"),
);
/** Rows: job, cursor. */
export const CONDITION_CURSOR: string = condition(
  `LEFT JOIN jobs ON jobs.job = ${cell(0)}`,
  `jobs.cursor = ${cell(1)}`,
);
/** Rows: job, revision. */
export const CONDITION_REVISION: string = condition(
  `LEFT JOIN jobs ON jobs.job = ${cell(0)}`,
  `jobs.revision = ${cell(1)}`,
);
/** Rows: run id. Timed. */
export const CONDITION_DELETABLE: string = condition(
  `LEFT JOIN runs ON runs.run_id = ${cell(0)}`,
  `runs.status IN ('deleting', 'delete-error') AND NOT (coalesce(runs.delete_not_before, 0) - ${
    time("now")
  } ` +
    `BETWEEN 1 AND ${LONGEST_DELETE_WAIT_MS}) AND NOT ${isHeldSql(time("ends"))}`,
);
/** Rows: job, policy text. */
export const CONDITION_POLICY: string = condition(
  `LEFT JOIN jobs ON jobs.job = ${cell(0)}`,
  `jobs.policy = ${cell(1)}`,
);
/** Rows: one, whatever it holds. Timed. */
export const CONDITION_TRUSTED_CLOCK: string = condition("", `${time("trusted")} = 1`);
/** Rows: dates as JSON. Timed. */
export const CONDITION_DATED_BY: string = condition("", `${cell(0)} = ${time("open")}`);
/** Rows: instant. Timed. */
export const CONDITION_DUE: string = condition("", `${cell(0)} <= ${time("due")}`);
/** Rows: job, provider keys as JSON. Timed. */
export const CONDITION_SOUND_NEWEST: string = condition(
  "",
  `coalesce((SELECT ${IS_SUSPECT} FROM runs INDEXED BY runs_job_status_at WHERE job = ${cell(0)} ` +
    `AND status = 'available' AND rejected_at IS NULL AND at <= ${time("now")} + ${FUTURE_TOLERANCE_MS} ` +
    `AND provider_key IN (SELECT value FROM json_each(${cell(1)})) ` +
    "ORDER BY at DESC, run_id DESC LIMIT 1), 0) = 0",
);
/** Rows: run id. Timed. */
export const CONDITION_GOOD: string = condition(
  `LEFT JOIN runs ON runs.run_id = ${cell(0)}`,
  `runs.status = 'available' AND ${IS_SOUND} AND runs.at <= ${time("now")} + ${FUTURE_TOLERANCE_MS}`,
);
/** Rows: run id. */
export const CONDITION_UNSENT: string = condition(
  `LEFT JOIN runs ON runs.run_id = ${cell(0)}`,
  "runs.run_id IS NOT NULL AND runs.delete_sent_at IS NULL",
);
/** Rows: job. */
export const CONDITION_UNLATCHED: string = condition(
  "",
  `NOT EXISTS (SELECT 1 FROM latches WHERE latches.job = ${cell(0)})`,
);

/** Rows: run id. Timed. */
export const CONDITION_UNHELD: string = condition(
  `LEFT JOIN runs ON runs.run_id = ${cell(0)}`,
  `runs.run_id IS NOT NULL AND NOT ${isHeldSql(time("ends"))}`,
);
/** Rows: run id. Timed. */
export const CONDITION_UNLOCKED: string = condition(
  `LEFT JOIN runs ON runs.run_id = ${cell(0)}`,
  `runs.run_id IS NOT NULL AND NOT ${isLockedSql(time("ends"))}`,
);
/** Rows: one, whatever it holds. Timed. */
export const CONDITION_UNFROZEN: string = condition("", isUnfrozen(time("ends")));
/** Rows: job, edition. Timed. */
export const CONDITION_ACTIVE: string = condition(
  `LEFT JOIN jobs ON jobs.job = ${cell(0)}`,
  `jobs.edition = ${cell(1)} AND ${isActiveSql(time("now"))}`,
);
/** Rows: run id. */
export const CONDITION_MANAGED: string = condition(
  `LEFT JOIN runs ON runs.run_id = ${cell(0)} LEFT JOIN jobs ON jobs.job = runs.job ` +
    "LEFT JOIN places ON places.job = runs.job AND places.provider_key = runs.provider_key",
  "jobs.unmanaged_since IS NULL AND places.managed = 1",
);

/** Rows: run id, provider keys as JSON, a further data id. Timed. */
export const CONDITION_UNSHARED: string = condition(
  `LEFT JOIN runs ON runs.run_id = ${cell(0)}`,
  isUnsharedSql({ providerKeys: cell(1), dataId: cell(2), ends: time("ends") }),
);

/** Rows: job. */
export const CONDITION_FORGETTABLE: string = condition(
  `LEFT JOIN jobs ON jobs.job = ${cell(0)}`,
  IS_FORGETTABLE,
);

/** Rows: run id, provider keys and data ids as JSON, milliseconds. Timed. */
export const CONDITION_LEFTOVER: string = condition(
  `LEFT JOIN runs ON runs.run_id = ${cell(0)}`,
  isLeftoverSql({ providerKeys: cell(1), dataIds: cell(2), keepMs: cell(3), now: time("now") }),
);

/** Statements with a second parameter: `timesOf` the reading of their batch. */
export const TIMED: ReadonlySet<string> = new Set([
  CONDITION_DELETABLE,
  CONDITION_TRUSTED_CLOCK,
  CONDITION_DATED_BY,
  CONDITION_DUE,
  CONDITION_SOUND_NEWEST,
  CONDITION_GOOD,
  CONDITION_UNHELD,
  CONDITION_UNLOCKED,
  CONDITION_UNFROZEN,
  CONDITION_ACTIVE,
  CONDITION_LEFTOVER,
  CONDITION_UNSHARED,
]);

const FIRST_OF_SLOT = "ON CONFLICT (job, slot) WHERE slot IS NOT NULL AND attempt = 1 DO NOTHING";
const TRY_OF_SLOT = "ON CONFLICT (job, slot, attempt) WHERE attempt > 1 DO NOTHING";

/**
 * Rows: the given columns. A run that is there, or whose slot is decided, is left as it is; where it has an `attempt`,
 * it is a further try of a decided slot, and only that try may not be there yet.
 */
export function insertRuns(columns: readonly Column<string>[]): string {
  const job = cellFor(columns, "job");
  const slot = cellFor(columns, "slot");
  const all = columns.map(({ field }) => cellFor(columns, field));
  if (columns.some(({ field }) => field === "attempt")) {
    return insertInto("runs", columns, all, "true") + ` ON CONFLICT (run_id) DO NOTHING ${TRY_OF_SLOT}`;
  }
  const undecided = slot === "NULL" ? "true" : "NOT EXISTS (SELECT 1 FROM runs WHERE runs.job = " + job +
    ` AND runs.slot = ${slot} AND runs.attempt = 1) AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.job = ${job} ` +
    `AND runs.slot_until >= ${slot} AND runs.slot <= ${slot}) AND NOT ${isOldSlot(job, slot)}`;
  return insertInto("runs", columns, all, undecided) + ` ON CONFLICT (run_id) DO NOTHING ${FIRST_OF_SLOT}`;
}

/**
 * Rows: the given columns. A range begins after what is already decided at its start, and is left out when
 * nothing of it remains; how many slots it then holds is not known.
 */
export function insertRange(columns: readonly Column<string>[]): string {
  const job = cellFor(columns, "job");
  const until = cellFor(columns, "slotUntil");
  const begin = `(WITH RECURSIVE edge (at) AS (SELECT ${cellFor(columns, "slot")} UNION ` +
    "SELECT coalesce(runs.slot_until, runs.slot) + 1000 FROM edge JOIN runs " +
    `ON runs.job = ${job} AND edge.at <= ${until} AND (runs.slot = edge.at AND runs.attempt = 1 OR ` +
    "runs.slot_until >= edge.at AND runs.slot <= edge.at)) SELECT max(at) FROM edge)";
  const values = columns.map(({ field }) => {
    if (field === "slot") return begin;
    const value = cellFor(columns, field);
    return field === "slots" ? `CASE WHEN ${begin} = ${cellFor(columns, "slot")} THEN ${value} END` : value;
  });
  return insertInto("runs", columns, values, `${begin} <= ${until}`) +
    ` ON CONFLICT (run_id) DO NOTHING ${FIRST_OF_SLOT}`;
}

/** Rows: run id, the given columns, and `,status,status,` when only rows in these are changed. */
export function updateRuns(columns: readonly Column<string>[], from: boolean): string {
  const only = from ? ` AND ${word(cell(columns.length + 1), "runs.status")}` : "";
  return `UPDATE runs SET ${assignments(columns, 1)} FROM json_each(?1) AS e ` +
    `WHERE runs.run_id = ${cell(0)}${only}`;
}

/**
 * Rows: job, last whole second that stays decided. How many slots a range then holds is not known; what has no slot any
 * more has no time of one either.
 */
export const UNDECIDE: string = "UPDATE runs SET " +
  `period_time = CASE WHEN runs.slot <= ${cell(1)} THEN runs.period_time END, ` +
  `slots = CASE WHEN runs.slot <= ${cell(1)} THEN NULL ELSE 0 END, ` +
  `slot_until = CASE WHEN runs.slot <= ${cell(1)} THEN ${cell(1)} END, ` +
  `slot = CASE WHEN runs.slot <= ${cell(1)} THEN runs.slot END FROM json_each(?1) AS e ` +
  `WHERE runs.job = ${cell(0)} AND (runs.slot > ${cell(1)} OR runs.slot_until > ${cell(1)}) ` +
  "AND runs.status IN ('skipped', 'expired')";

/** Rows: run id. */
export const WITHDRAW: string =
  "UPDATE runs SET status = 'available', delete_intent_at = NULL, delete_reason = NULL FROM json_each(?1) AS e " +
  `WHERE runs.run_id = ${cell(0)} AND runs.status = 'deleting' AND runs.delete_sent_at IS NULL`;

/** Rows: reason, owner, since, until. */
export const FREEZE: string = "INSERT INTO freeze (id, reason, owner, at, until) " +
  `SELECT 1, ${[0, 1, 2, 3].map(cell).join(", ")} FROM json_each(?1) AS e WHERE true ` +
  "ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, owner = excluded.owner, at = excluded.at, " +
  "until = excluded.until";
/** Rows: none that matter. */
export const UNFREEZE: string = "DELETE FROM freeze WHERE ?1 IS NOT NULL";
/** Rows: job, provider keys as JSON. */
export const MANAGE: string =
  `UPDATE places SET managed = provider_key IN (SELECT value FROM json_each(${cell(1)})) ` +
  `FROM json_each(?1) AS e WHERE places.job = ${cell(0)}`;

/** Rows: job, heads. */
export const HEADS: string = `UPDATE jobs SET heads = ${cell(1)} FROM json_each(?1) AS e WHERE jobs.job = ${
  cell(0)
}`;

/** Rows: run id, job, tag bits, reasons, verdict. */
export const TAGS: string = `UPDATE runs SET tags = ${cell(2)}, reasons = ${cell(3)}, verdict = ${cell(4)} ` +
  `FROM json_each(?1) AS e WHERE runs.run_id = ${cell(0)} AND runs.job = ${cell(1)}`;

/** Rows: the given columns. A job that is there is left as it is. */
export function addJob(columns: readonly Column<string>[]): string {
  return insertInto("jobs", columns, columns.map((_, at) => cell(at)), "true") +
    " ON CONFLICT (job) DO NOTHING";
}

/** Rows: job, the given columns. */
export function updateJob(columns: readonly Column<string>[]): string {
  return `UPDATE jobs SET ${assignments(columns, 1)} FROM json_each(?1) AS e WHERE jobs.job = ${cell(0)}`;
}

/** Rows: old name, new name. A job that exists is never overwritten: its name keeps what is under it. */
export const RENAME_JOB: string = `UPDATE jobs SET job = ${cell(1)} FROM json_each(?1) AS e ` +
  `WHERE jobs.job = ${cell(0)} AND NOT EXISTS (SELECT 1 FROM jobs AS other WHERE other.job = ${cell(1)})`;

/** Rows: verification id, `,state,state,`. */
export const CONDITION_VERIFICATION: string = verificationConditionSql(condition);

/** Rows: job, guard, time, message. A guard latched again has a new cause, which no earlier approval covers. */
export const LATCH: string = "INSERT INTO latches (job, guard, latched_at, message) " +
  `SELECT ${cell(0)}, ${cell(1)}, ${cell(2)}, ${cell(3)} FROM json_each(?1) AS e WHERE true ` +
  "ON CONFLICT (job, guard) DO UPDATE SET message = excluded.message, " +
  "latched_at = max(latched_at, excluded.latched_at)";
/** Rows: job, guard. */
export const UNLATCH: string = "DELETE FROM latches WHERE (job, guard) IN " +
  `(SELECT ${cell(0)}, ${cell(1)} FROM json_each(?1) AS e)`;
/** Rows: job. */
export const UNLATCH_ALL: string = `DELETE FROM latches WHERE job IN (SELECT ${
  cell(0)
} FROM json_each(?1) AS e)`;

/** Rows: job, digest, run ids, approved at, by, expires at. A job has one approval: the newest. */
export const APPROVAL: string =
  "INSERT INTO approvals (job, digest, run_ids, approved_at, approved_by, expires_at) " +
  `SELECT ${[0, 1, 2, 3, 4, 5].map(cell).join(", ")} FROM json_each(?1) AS e WHERE true ` +
  "ON CONFLICT (job) DO UPDATE SET digest = excluded.digest, run_ids = excluded.run_ids, " +
  "approved_at = excluded.approved_at, approved_by = excluded.approved_by, expires_at = excluded.expires_at";
/** Rows: job, time. Outlives the approval: it says which missing backups an operator has seen. */
export const APPROVED_AT: string = `UPDATE jobs SET approved_at = ${
  cell(1)
} FROM json_each(?1) AS e WHERE jobs.job = ${cell(0)}`;
/** Rows: job. */
export const DROP_APPROVAL: string = `DELETE FROM approvals WHERE job IN (SELECT ${
  cell(0)
} FROM json_each(?1) AS e)`;

function insertInto(
  table: string,
  columns: readonly Column<string>[],
  values: string[],
  where: string,
): string {
  return `INSERT INTO ${table} (${columns.map(({ column }) => column).join(", ")}) ` +
    `SELECT ${values.join(", ")} FROM json_each(?1) AS e WHERE ${where} ORDER BY e.key`;
}

function assignments(columns: readonly Column<string>[], offset: number): string {
  return columns.map(({ column }, at) => `${column} = ${cell(at + offset)}`).join(", ");
}

function cellFor(columns: readonly Column<string>[], field: string): string {
  const at = columns.findIndex((column) => column.field === field);
  return at < 0 ? "NULL" : cell(at);
}
