// What coverage asks of the store: the schedules a job had, the times of its backups, and what became of its slots.

import type { PeriodRecord } from "../../domain/coverage/hole_cause.ts";
import type { Clock } from "../../ports/host.ts";
import type { StoredSchedule } from "../../ports/history.ts";
import type { Database } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { PERIOD_TIME } from "./doubt.ts";
import { fromOldSlots, oldCells } from "./old_runs.ts";
import { IS_SOUND, IS_SUSPECT } from "./suspects.ts";

/** The migration that remembers every schedule a job had. Released: never changed. */
export const SCHEDULES_MIGRATION: readonly string[] = [
  `CREATE TABLE schedule_versions (
    job TEXT NOT NULL REFERENCES jobs (job) ON UPDATE CASCADE,
    since INTEGER NOT NULL, schedule TEXT NOT NULL, timezone TEXT NOT NULL,
    PRIMARY KEY (job, since)
  ) STRICT, WITHOUT ROWID`,
  // What is known of older schedules stands in the audit trail.
  `INSERT INTO schedule_versions
    SELECT job, at, data ->> 'schedule', data ->> 'timezone' FROM events
    WHERE type IN ('job.added', 'job.schedule_changed') AND job IN (SELECT job FROM jobs)
      AND data ->> 'schedule' IS NOT NULL AND data ->> 'timezone' IS NOT NULL ORDER BY seq
    ON CONFLICT DO UPDATE SET schedule = excluded.schedule, timezone = excluded.timezone`,
  `INSERT INTO schedule_versions SELECT job, known_since, schedule, timezone FROM jobs
    WHERE job NOT IN (SELECT job FROM schedule_versions)`,
  `CREATE TRIGGER jobs_scheduled AFTER INSERT ON jobs BEGIN
    INSERT INTO schedule_versions VALUES (new.job, new.known_since, new.schedule, new.timezone)
    ON CONFLICT DO NOTHING;
  END`,
  // A new schedule holds from the cursor that is stored with it.
  `CREATE TRIGGER jobs_rescheduled AFTER UPDATE OF schedule, timezone ON jobs
  WHEN old.schedule IS NOT new.schedule OR old.timezone IS NOT new.timezone BEGIN
    INSERT INTO schedule_versions VALUES (new.job, new.cursor, new.schedule, new.timezone)
    ON CONFLICT DO UPDATE SET schedule = excluded.schedule, timezone = excluded.timezone;
  END`,
];

/** Rows read in one go: about 10 ms of work. */
const PIECE = 20_000;

/** Every schedule the job had, oldest first. */
export async function readSchedules(database: Database, job: string): Promise<StoredSchedule[]> {
  const found = await readRows<[since: number, schedule: string, timezone: string]>(
    database,
    `SELECT json_array(since, schedule, timezone) AS row FROM schedule_versions WHERE job = ?1 ORDER BY since`,
    [job],
  );
  return found.map(([since, schedule, timezone]) => ({ since, schedule, timezone }));
}

/** Period times of the backups that count, rising; read in pieces that let other work run between. */
export async function readRestorePoints(
  database: Database,
  clock: Clock,
  job: string,
  providerKeys: readonly string[],
): Promise<Float64Array> {
  const times: number[] = [];
  for (let after = -1;;) {
    const piece = await readRows<[time: number, rowid: number]>(
      database,
      `SELECT json_array(${PERIOD_TIME}, rowid) AS row FROM runs INDEXED BY runs_available
        WHERE rowid > ?3 AND job = ?1 AND status = 'available' AND ${IS_SOUND}
          AND provider_key IN (SELECT value FROM json_each(?2)) AND ${PERIOD_TIME} IS NOT NULL
        ORDER BY rowid LIMIT ?4`,
      [job, JSON.stringify(providerKeys), BigInt(after), BigInt(PIECE)],
    );
    for (const [time] of piece) times.push(time);
    if (piece.length < PIECE) break;
    after = piece.at(-1)![1];
    await clock.yield();
  }
  const points = Float64Array.from(times);
  // Rows mostly come in the order of their times.
  return points.some((time, at) => at > 0 && time < points[at - 1]!) ? points.sort() : points;
}

type RecordCells = [
  period: number,
  status: PeriodRecord["status"],
  reason: string | null,
  deleteReason: string | null,
  deleteAskedBy: string | null,
  message: string | null,
  suspect: number,
  runId: string,
  rows: number,
];

/** What became of the slots of each period; `until` (UTC ms) is exclusive. */
export async function readPeriodRecords(
  database: Database,
  job: string,
  periods: readonly { from: number; until: number }[],
): Promise<PeriodRecord[][]> {
  const found: PeriodRecord[][] = periods.map(() => []);
  if (periods.length === 0) return found;
  const cells = await readRows<RecordCells>(database, RECORDS, [
    job,
    JSON.stringify(periods.map(({ from, until }) => [from, until])),
  ]);
  for (const [period, status, reason, deleteReason, deleteAskedBy, message, suspect, runId, rows] of cells) {
    const record = {
      status,
      reason,
      deleteReason,
      deleteAskedBy,
      message,
      suspect: suspect === 1,
      runId,
      rows,
    };
    found[period]!.push(record);
  }
  return found;
}

// What a failed run left and was deleted never was a backup of the period.
const CELLS = "run_id, status, reason, delete_reason, delete_asked_by, message";
const HOW_IT_ENDED = "coalesce(runs.ended_as, runs.status)";

// Rows of slots in the period, of each slot its last try, and ranges that began before it and reach into it. The plain
// columns are those of the row with the greatest run id.
const RECORDS = `
  SELECT json_array(period, ended, reason, delete_reason, delete_asked_by, message, suspect, max(run_id),
    count(*)) AS row FROM (
    SELECT asked.key AS period, ${CELLS}, ${HOW_IT_ENDED} AS ended, ${IS_SUSPECT} AS suspect
      FROM json_each(?2) AS asked CROSS JOIN runs INDEXED BY runs_slot
      ON job = ?1 AND slot >= asked.value ->> 0 AND slot < asked.value ->> 1 AND attempt = 1
      AND retry_end IS NOT 'tried_again'
    UNION ALL
    SELECT asked.key AS period, ${CELLS}, ${HOW_IT_ENDED} AS ended, ${IS_SUSPECT} AS suspect
      FROM json_each(?2) AS asked CROSS JOIN runs INDEXED BY runs_try
      ON job = ?1 AND slot >= asked.value ->> 0 AND slot < asked.value ->> 1 AND attempt > 1
      AND retry_end IS NOT 'tried_again'
    UNION ALL
    SELECT asked.key, ${CELLS}, ${HOW_IT_ENDED}, 0
      FROM json_each(?2) AS asked CROSS JOIN runs INDEXED BY runs_range
      ON job = ?1 AND slot_until >= asked.value ->> 0 AND slot < asked.value ->> 0
    UNION ALL
    SELECT asked.key, ${oldCells(CELLS)}, 'deleted', 0 FROM json_each(?2) AS asked CROSS JOIN ${
  fromOldSlots("?1", "(asked.value ->> 0)", "(asked.value ->> 1)")
}
  ) GROUP BY period, ended, suspect, CASE WHEN status = 'skipped' THEN reason END
  ORDER BY period, max(run_id)`;
