// Reads the record of the original, or of its successor: the tables in the sqlite file that it kept in its DATA_DIR.

import { z } from "zod";
import { StoreError } from "../domain/errors.ts";
import type { OriginalBackup } from "../domain/original_backup.ts";
import { foldName } from "../domain/folded_name.ts";
import type { SuccessorSpec } from "../domain/successor_spec.ts";
import type { Files } from "../ports/host.ts";
import { readForeignFile } from "./database/database.ts";

const TABLE = "SELECT name FROM pragma_table_info('materialized_backup')";
const ROWS =
  "SELECT id, data_id, status, CAST(start_time AS TEXT), CAST(end_time AS TEXT), size, custom_data, NULL " +
  "FROM materialized_backup ORDER BY start_time, id";
/** The successor has many jobs in one table, and calls what is available COMPLETED. */
const SUCCESSOR_ROWS =
  "SELECT id, data_id, CASE status WHEN 'COMPLETED' THEN 'available' ELSE status END, CAST(start_time AS TEXT), " +
  "CAST(end_time AS TEXT), size, NULL, backup_name FROM materialized_backup ORDER BY start_time, id";
const SPECS =
  "SELECT name, enabled, backup_cron_string, CAST(from_date AS TEXT), CAST(to_date AS TEXT), worker_config, " +
  "timeout_seconds, retention_minutely, retention_hourly, retention_daily, retention_weekly, retention_monthly, " +
  "retention_yearly FROM backup_spec ORDER BY name";

const text = z.string().nullable();
const rowSchema = z.tuple([
  z.string().min(1),
  text,
  z.string(),
  text,
  text,
  z.coerce.number().nullable(),
  text,
  text,
]);
const specSchema = z.tuple([
  z.string(),
  z.coerce.number(),
  text,
  text,
  text,
  text,
  z.coerce.number().nullable(),
  text,
  text,
  text,
  text,
  text,
  text,
]);

/** Before the original existed: it stands for a time that was never told. */
const NO_TIME_BEFORE = Date.UTC(2001, 0, 1);

/**
 * Every backup in the file, oldest first; nothing in it is changed. Of the successor's, those whose name makes that of
 * `job`. Rejects with `StoreError` when it is none of theirs, or when its program may still write to it.
 */
export async function readOriginalFile(path: string, files: Files, job: string): Promise<OriginalBackup[]> {
  const columns = await rowsOf(path, files, TABLE);
  const isSuccessor = columns.some((column) => column[0] === "backup_name");
  const rows = (await rowsOf(path, files, isSuccessor ? SUCCESSOR_ROWS : ROWS)).map((row, index) => {
    const parsed = rowSchema.safeParse(Array.from(row));
    if (parsed.success) return parsed.data;
    throw failure(path, `its row ${index + 1} cannot be read: ${z.prettifyError(parsed.error)}`);
  });
  const own = rows.filter((row) => row[7] === null || foldName(row[7]) === job);
  if (own.length === 0 && rows.length > 0) {
    const names = [...new Set(rows.map((row) => foldName(row[7] ?? "")))].toSorted();
    throw failure(
      path,
      `it has no backup of job '${job}': expected a job named ${names.slice(0, 20).join(" or ")}`,
    );
  }
  return own.map(([id, dataId, status, start, end, size, message]) => ({
    id,
    dataId: dataId === null || dataId === "" || dataId === id ? null : dataId,
    status,
    startTime: timeOf(start),
    endTime: timeOf(end),
    // It wrote 0 where the provider named no size.
    sizeMb: size === null || !(size > 0) ? null : size,
    message: message === "" ? null : message,
  }));
}

/** Every specification in a file of the successor's; rejects as `readOriginalFile`. */
export async function readSuccessorSpecs(path: string, files: Files): Promise<SuccessorSpec[]> {
  const rows = await rowsOf(path, files, SPECS);
  return rows.map((row, index) => {
    const parsed = specSchema.safeParse(Array.from(row));
    if (!parsed.success) {
      throw failure(path, `its specification ${index + 1} cannot be read: ${z.prettifyError(parsed.error)}`);
    }
    const [name, enabled, schedule, from, to, workerConfig, timeoutSeconds, ...levels] = parsed.data;
    const [minutely, hourly, daily, weekly, monthly, yearly] = levels.map((text) => text ?? "");
    return {
      name,
      enabled: enabled !== 0,
      schedule: schedule ?? "",
      from: timeOf(from),
      to: timeOf(to),
      workerConfig,
      timeoutSeconds,
      retention: {
        minutely: minutely!,
        hourly: hourly!,
        daily: daily!,
        weekly: weekly!,
        monthly: monthly!,
        yearly: yearly!,
      },
    };
  });
}

function failure(path: string, why: string, cause?: unknown): StoreError {
  return new StoreError(
    "failed",
    `Cannot read '${path}' as the record of the original or its successor: ${why}`,
    cause,
  );
}

async function rowsOf(path: string, files: Files, sql: string): Promise<ArrayLike<unknown>[]> {
  if (!(await files.info(path))?.isFile) {
    const where = sql === SPECS ? "this machine" : "the server's machine";
    throw failure(path, `there is no such file on ${where}: expected DATA_DIR/sqlite.db of the program`);
  }
  for (const suffix of ["-journal", "-wal"]) {
    const open = await files.info(`${path}${suffix}`);
    if (open === undefined || open.size === 0) continue;
    throw failure(
      path,
      `'${path}${suffix}' lies beside it, so it is in use, or was not closed: stop the program in order`,
    );
  }
  try {
    return await readForeignFile(path, sql);
  } catch (error) {
    const table = sql === SPECS ? "backup_spec" : "materialized_backup";
    throw failure(path, `${(error as Error).message}: expected a sqlite file with the table ${table}`, error);
  }
}

/** Reads `2019-03-01 23:59:59.123456789+01:00` and its shorter forms; without an offset it is UTC. */
function timeOf(value: string | null): number | null {
  const match = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d)(\.\d+)?)? ?(Z|[+-]\d\d:?\d\d)?/.exec(value ?? "");
  if (match === null) return null;
  const [, day, time = "00:00:00", fraction = "", offset = "Z"] = match;
  const zone = /^[+-]\d{4}$/.test(offset) ? `${offset.slice(0, 3)}:${offset.slice(3)}` : offset;
  const ms = Date.parse(`${day}T${time}${fraction.slice(0, 4)}${zone}`);
  return Number.isNaN(ms) || ms < NO_TIME_BEFORE ? null : ms;
}
