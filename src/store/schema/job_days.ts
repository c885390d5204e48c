// What became of each job by day, added up by the store itself in the commit that changes a run: see domain/job_days.ts
// for what counts where.

import { UNFINISHED } from "../../domain/backup.ts";
import { FROM_OLD, fromOldSlots, oldCells } from "./old_runs.ts";
import { IS_SUSPECT } from "./suspects.ts";

/** A size that a provider claims counts up to this: a petabyte. Whatever it claims, sums stay sums. */
const MOST_MB = "1e9";

const KINDS = ["succeeded", "suspect", "failed", "cancelled", "missed", "skipped"] as const;
const MADE = "'available', 'missing', 'deleting', 'delete-error', 'deleted'";
const GOING = "'deleting', 'delete-error', 'deleted'";

const suspect = (row: string) => IS_SUSPECT.replace(/\b(?=(?:suspect|rejected|accepted)_at)/g, row);

/** SQL: the time that decides the day of a run. */
const timeOf = (row: string) => `coalesce(${row}slot, ${row}start_time, ${row}created_at)`;
const dayOf = (time: string) => `(${time}) / 86400000`;
/** SQL: the day on which a backup went. */
const goneOn = (row: string) =>
  dayOf(`coalesce(${row}delete_sent_at, ${row}delete_intent_at, ${row}start_time, ${row}created_at)`);

/** SQL: why a row is deleted says that it was no backup, since it had failed. */
const hadFailed = (row: string) => `coalesce(${row}reason, 'absent') NOT IN ('absent', 'storage_gone')`;

/**
 * SQL: as which of `KINDS` a row counts; null where as none, which is also while it has no time that counts. What is
 * deleted says by its reason that it had failed; where its texts are gone it counts as a backup, which it mostly was.
 */
const kindOf = (row: string) =>
  `CASE WHEN ${row}clock_off IS NOT NULL OR ${row}slot_until IS NOT NULL THEN NULL
    WHEN ${row}status IN ('skipped', 'expired') THEN CASE WHEN ${row}slot IS NULL THEN NULL
      WHEN ${row}status = 'expired' OR ${row}reason IN ('missed', 'still_running') THEN 'missed' ELSE 'skipped' END
    WHEN ${row}status = 'cancelled' OR ${row}ended_as = 'cancelled' THEN 'cancelled'
    WHEN ${row}status IN ('failed', 'lost') OR ${row}ended_as IS NOT NULL
      OR ${row}status IN (${GOING}) AND ${hadFailed(row)}
      THEN CASE WHEN ${row}retry_at IS NULL AND ${row}retry_end IS NOT 'tried_again' THEN 'failed' END
    WHEN ${row}status IN (${MADE}) THEN CASE WHEN ${row}rejected_at IS NOT NULL OR ${
    suspect(row)
  } THEN 'suspect' ELSE 'succeeded' END END`;

/** Whole bytes: what was added is taken away again exactly. */
const bytesOf = (row: string) => `round(min(max(coalesce(${row}size_mb, 0), 0), ${MOST_MB}) * 1e6)`;
const isRun = "kind NOT IN ('missed', 'skipped')";
/** SQL of a kind: a backup was made, whatever is thought of it: no verdict changes how long the longest took. */
const isMade = (kind: string) => `${kind} IN ('succeeded', 'suspect')`;
/** SQL over a row that has its `kind`: it takes room at its provider until it is deleted, suspect or not. */
const isThere = isMade("kind");
const ifGood = (value: string, otherwise: string) =>
  `CASE WHEN kind = 'succeeded' THEN ${value} ELSE ${otherwise} END`;
/** SQL: the greatest of these texts is of the newest run: times of 16 digits in front, and from STAMP_LENGTH on its id. */
const stamped = (row: string) => `(1000000000000000 + ${timeOf(row)}) || ' ' || ${row}run_id`;
/** How long what stands before the run id in such a text is. */
export const STAMP_LENGTH = 17;

const goodText = (row: string) =>
  `(${stamped(row)} || ' ' || CASE WHEN ${row}size_mb IS NULL THEN '' ELSE CAST(${
    bytesOf(row)
  } AS INTEGER) END)`;
const took = (row: string) => `${row}end_time - ${row}start_time`;

/** SQL of the cells of one run, over a row that has its `kind`. */
const cellsOf = (row: string): [column: string, value: string][] => [
  ...KINDS.map((kind): [string, string] => [kind, `(kind = '${kind}')`]),
  ["bytes", ifGood(bytesOf(row), "0.0")],
  ["added", `CASE WHEN ${isThere} THEN ${bytesOf(row)} ELSE 0.0 END`],
  ["longest_ms", `CASE WHEN ${isThere} THEN max(coalesce(${took(row)}, 0), 0) ELSE 0 END`],
  ["newest", `CASE WHEN ${isRun} THEN ${stamped(row)} ELSE '' END`],
  ["newest_good", ifGood(goodText(row), "''")],
];

const COLUMNS = cellsOf("").map(([column]) => column);
const isGreatest = (column: string) => ["longest_ms", "newest", "newest_good"].includes(column);
const joined = (column: string, one: string, other: string) =>
  isGreatest(column) ? `max(${one}, ${other})` : `${one} + ${other}`;

/** SQL that goes on an insert of cells: those of the day that is there are joined with them. */
const ON_CONFLICT = `ON CONFLICT (job, day) DO UPDATE SET ${
  COLUMNS.map((column) => `${column} = ${joined(column, `job_days.${column}`, `excluded.${column}`)}`).join(
    ", ",
  )
}, deleted = job_days.deleted + excluded.deleted, freed = job_days.freed + excluded.freed`;

const INSERT = `INSERT INTO job_days (job, day, ${COLUMNS.join(", ")}`;

const added = (row: string) =>
  `${INSERT}) SELECT ${row}job, ${dayOf(timeOf(row))}, ${
    cellsOf(row).map(([, value]) => value).join(", ")
  } FROM (SELECT ${kindOf(row)} AS kind) WHERE kind IS NOT NULL ${ON_CONFLICT};`;

/** Takes a row off the counts; what is the greatest of a day stays. */
const removed = (row: string) =>
  `UPDATE job_days SET ${KINDS.map((kind) => `${kind} = ${kind} - (counted.kind = '${kind}')`).join(", ")},
    bytes = bytes - CASE WHEN counted.kind = 'succeeded' THEN ${bytesOf(row)} ELSE 0 END,
    added = added - CASE WHEN counted.${isThere} THEN ${bytesOf(row)} ELSE 0 END
    FROM (SELECT ${kindOf(row)} AS kind) AS counted
    WHERE counted.kind IS NOT NULL AND job = ${row}job AND day = ${dayOf(timeOf(row))};`;

const READ =
  "run_id, slot, start_time, created_at, end_time, size_mb, slot_until, status, reason, clock_off, ended_as, " +
  "retry_at, retry_end, suspect_at, accepted_at, rejected_at";
/** SQL of the cells of all rows that `from` selects `READ` of, together. */
const summed = (from: string, ...first: string[]) =>
  `SELECT ${
    [
      ...first,
      ...cellsOf("").map(([column, value]) =>
        isGreatest(column)
          ? `coalesce(max(${value}), ${column === "longest_ms" ? "0" : "''"})`
          : `coalesce(sum(${value}), ${["bytes", "added"].includes(column) ? "0.0" : "0"})`
      ),
    ].join(", ")
  } FROM (SELECT *, ${kindOf("")} AS kind FROM (${from})) WHERE kind IS NOT NULL`;

/** Of the day that `job_days` names. */
const [JOB, FROM] = ["job_days.job", "(job_days.day * 86400000)"];
const UNTIL = `(${FROM} + 86400000)`;
const within = (time: string, from = FROM) => `job = ${JOB} AND ${time} >= ${from} AND ${time} < ${UNTIL}`;
/** SQL: the rows of the day that have a slot, by index, those by hand and the old ones. */
const SLOTTED = `SELECT ${READ} FROM runs INDEXED BY runs_slot WHERE ${within("slot")} AND attempt = 1`;
const TRIES = `SELECT ${READ} FROM runs INDEXED BY runs_try WHERE ${within("slot")} AND attempt > 1`;
const withoutSlot = (from = FROM) =>
  `SELECT ${READ}, at FROM runs INDEXED BY runs_job_at WHERE ${within("at", from)} AND slot IS NULL`;
const OLD = `SELECT ${oldCells(READ)} FROM ${fromOldSlots(JOB, FROM, UNTIL)}`;

/** SQL that follows FROM: those of these rows that `filter` takes by their kind. */
const taken = (rows: string, filter: string) =>
  `(SELECT *, ${kindOf("")} AS kind FROM (${rows})) WHERE ${filter}`;

/** What stands before a greatest text that is being found again. */
const LOST = "!";

/**
 * Finds the greatest text of a day again, of the rows that `filter` takes by their kind, where it is LOST. Each index is
 * walked from its end, only as far as the first such row; that of rows without a slot only through what is later.
 */
function findGreatest(column: "newest" | "newest_good", filter: string, text: string, ofDay: string): string {
  const first = (rows: string, order: string) =>
    `SELECT ${text} AS found FROM ${taken(rows, filter)} ORDER BY ${order} LIMIT 1`;
  const slotted = [
    `SELECT found FROM (${first(SLOTTED, "slot DESC")})`,
    `SELECT found FROM (${first(TRIES, "slot DESC, run_id DESC")})`,
    `SELECT max(${text}) FROM ${taken(OLD, filter)}`,
  ].join(" UNION ALL ");
  const later = `max(${FROM}, CAST(substr(${column}, 2, 16) AS INTEGER) - 1000000000000000)`;
  const isLost = `WHERE ${ofDay} AND substr(${column}, 1, 1) = '${LOST}'`;
  return `UPDATE job_days SET ${column} = '${LOST}' || coalesce((SELECT max(found) FROM (${slotted})), '') ${isLost};
    UPDATE job_days SET ${column} =
      max(substr(${column}, 2), coalesce((${
    first(withoutSlot(later), "at DESC, run_id DESC")
  }), '')) ${isLost};`;
}

const LONGEST = `(SELECT max(0, coalesce(max(took), 0)) FROM (${
  [SLOTTED, TRIES, withoutSlot(), OLD].map((rows) =>
    `SELECT ${took("")} AS took FROM ${taken(rows, isMade("kind"))}`
  ).join(" UNION ALL ")
}))`;

/**
 * Finds the greatest values of the day of a row that was counted again, where they were of that row and are not any more:
 * a day has up to 86,400 of them, and many may be changed in one commit. Sums are kept exactly by what was taken off.
 */
const GREATEST_AGAIN = (() => {
  const ofDay = `job = old.job AND day = ${dayOf(timeOf("old."))}`;
  const [was, is] = ["old.", "new."].map((row) => `(${kindOf(row)})`);
  const [before, after] = [stamped("old."), stamped("new.")];
  return `UPDATE job_days SET newest = '${LOST}' WHERE ${ofDay} AND newest = ${before}
      AND (${after} <> ${before} OR coalesce(${is}, 'missed') IN ('missed', 'skipped'));
    ${findGreatest("newest", `kind IS NOT NULL AND ${isRun}`, stamped(""), ofDay)}
    UPDATE job_days SET newest_good = '${LOST}' WHERE ${ofDay}
      AND substr(newest_good, 1, length(${before})) = ${before}
      AND (${is} IS NOT 'succeeded' OR newest_good <> ${goodText("new.")});
    ${findGreatest("newest_good", "kind = 'succeeded'", goodText(""), ofDay)}
    UPDATE job_days SET longest_ms = ${LONGEST} WHERE ${ofDay} AND ${isMade(was!)}
      AND longest_ms > 0 AND longest_ms = ${took("old.")}
      AND (NOT coalesce(${isMade(is!)}, 0) OR ${took("new.")} IS NOT ${took("old.")}
        OR ${dayOf(timeOf("new."))} <> day);`;
})();

/** What a kind, a day or a figure goes by, the status apart; to be deleted makes of no run another. */
const FIGURES = [
  "slot",
  "slot_until",
  "start_time",
  "created_at",
  "end_time",
  "size_mb",
  "clock_off",
  "retry_at",
  "retry_end",
];
const VERDICTS = ["suspect_at", "accepted_at", "rejected_at"];
const WATCHED = ["status", ...FIGURES, ...VERDICTS].join(", ");
/** One comparison after the other: a list would be made anew each time that a trigger asks. */
const isOver = (row: string) => UNFINISHED.map((status) => `${row}.status <> '${status}'`).join(" AND ");
const isOpen = (row: string) => `(${UNFINISHED.map((status) => `${row}.status = '${status}'`).join(" OR ")})`;
const hasEnded = `${isOver("new")} AND ${isOpen("old")}`;
const isSlot = (row: string) => `(${row}.status = 'skipped' OR ${row}.status = 'expired')`;
const isOther = `(${
  [...FIGURES, ...VERDICTS].map((column) => `old.${column} IS NOT new.${column}`).join(" OR ")
} OR old.status <> new.status AND new.status = 'available')`;

/** SQL: true of a row that was not counted before; one whose deletion is taken back is counted as it was. */
const isUncounted = `${kindOf("old.")} IS NULL`;
const isRecounted = `(${kindOf("old.")}) IS NOT (${kindOf("new.")}) OR ${
  ["slot", "start_time", "created_at", "end_time", "size_mb"].map((column) =>
    `old.${column} IS NOT new.${column}`
  )
    .join(" OR ")
}`;

/** SQL: how much room the deletion of a row makes. */
const freedBy = (row: string) =>
  `(SELECT CASE WHEN ${isThere} THEN ${bytesOf(row)} ELSE 0.0 END FROM (SELECT ${kindOf(row)} AS kind))`;

/** The days of all jobs by the rows that there are. */
const FILL: readonly string[] = [
  `${INSERT}) ${
    summed(
      `SELECT job, ${READ} FROM runs UNION ALL SELECT ${oldCells("job")}, ${oldCells(READ)} FROM ${FROM_OLD}`,
      "job",
      `${dayOf(timeOf(""))} AS day`,
    )
  } GROUP BY job, day`,
  `INSERT INTO job_days (job, day, deleted, freed) SELECT job, ${goneOn("")} AS day, count(*), sum(${
    freedBy("")
  }) FROM (
    SELECT job, delete_sent_at, delete_intent_at, ${READ} FROM runs
      WHERE status = 'deleted' AND ended_as IS NULL
    UNION ALL SELECT ${oldCells(`job, delete_sent_at, delete_intent_at, ${READ}`)} FROM ${FROM_OLD})
    GROUP BY job, day ON CONFLICT (job, day) DO UPDATE SET deleted = excluded.deleted, freed = excluded.freed`,
];

const countsAsGone = "new.status = 'deleted' AND new.ended_as IS NULL";
const gone = `INSERT INTO job_days (job, day, deleted, freed)
    VALUES (new.job, ${goneOn("new.")}, 1, ${freedBy("new.")})
    ON CONFLICT (job, day) DO UPDATE SET deleted = deleted + 1, freed = freed + excluded.freed;`;

/**
 * The migration that adds up what there is, and goes on adding. A row that goes to another job takes its counts along by
 * `joinJobDays`; one that becomes an old run stays counted. What only shows may keep no run from being saved: hence no
 * constraint on a figure. Released: never changed.
 */
export const JOB_DAYS_MIGRATION: readonly string[] = [
  `CREATE TABLE job_days (
    job TEXT NOT NULL REFERENCES jobs (job) ON UPDATE CASCADE, day INTEGER NOT NULL,
    ${KINDS.map((kind) => `${kind} INTEGER DEFAULT 0`).join(", ")},
    bytes REAL DEFAULT 0, added REAL DEFAULT 0, longest_ms INTEGER DEFAULT 0,
    newest TEXT DEFAULT '', newest_good TEXT DEFAULT '',
    deleted INTEGER DEFAULT 0, freed REAL DEFAULT 0,
    PRIMARY KEY (job, day)
  ) STRICT, WITHOUT ROWID`,
  ...FILL,
  `CREATE TRIGGER job_days_inserted AFTER INSERT ON runs WHEN ${isOver("new")} BEGIN
    ${added("new.")}
  END`,
  `CREATE TRIGGER job_days_ended AFTER UPDATE OF status ON runs WHEN ${hasEnded} BEGIN
    ${added("new.")}
  END`,
  `CREATE TRIGGER job_days_slot_changed AFTER UPDATE OF ${WATCHED} ON runs WHEN ${
    isSlot("old")
  } AND ${isOther} BEGIN
    ${removed("old.")}
    ${added("new.")}
  END`,
  `CREATE TRIGGER job_days_counted AFTER UPDATE OF ${WATCHED} ON runs
    WHEN ${isOver("old")} AND NOT ${isSlot("old")} AND ${isOther} AND (${isUncounted}) BEGIN
    ${added("new.")}
  END`,
  `CREATE TRIGGER job_days_changed AFTER UPDATE OF ${WATCHED} ON runs
    WHEN ${isOver("old")} AND NOT ${
    isSlot("old")
  } AND ${isOther} AND NOT (${isUncounted}) AND (${isRecounted}) BEGIN
    ${removed("old.")}
    ${added("new.")}
    ${GREATEST_AGAIN}
  END`,
  `CREATE TRIGGER job_days_deleted AFTER UPDATE OF status ON runs
    WHEN ${countsAsGone} AND old.status <> 'deleted' BEGIN
    ${gone}
  END`,
  `CREATE TRIGGER job_days_inserted_deleted AFTER INSERT ON runs WHEN ${countsAsGone} BEGIN
    ${gone}
  END`,
  `CREATE TRIGGER job_days_row_gone AFTER DELETE ON runs
    WHEN ${isOver("old")} AND NOT EXISTS (SELECT 1 FROM moving) BEGIN
    ${removed("old.")}
  END`,
];

/**
 * SQL of one row as a JSON array: job, day, counts in the order of `KINDS`, bytes, added, longest, newest, newest good,
 * deleted, freed.
 */
export const DAY_JSON = `json_array(job_days.job, day, ${COLUMNS.join(", ")}, deleted, freed)`;

/** SQL that adds the days of a job to those of another; `former` and `stays` name them, over `from`. */
export function joinJobDays(former: string, stays: string, from: string): string {
  return `${INSERT}, deleted, freed) SELECT ${stays}, old.day, ${
    COLUMNS.map((column) => `old.${column}`).join(", ")
  }, old.deleted, old.freed
    ${from} JOIN job_days AS old ON old.job = ${former} WHERE true ${ON_CONFLICT}`;
}
