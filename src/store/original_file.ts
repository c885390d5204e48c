// Reads the record of the original: the table of its backups in the sqlite file that it kept in its DATA_DIR.

import { z } from "zod";
import { StoreError } from "../domain/errors.ts";
import type { OriginalBackup } from "../domain/original_backup.ts";
import type { Files } from "../ports/host.ts";
import { readForeignFile } from "./database/database.ts";

const ROWS =
  "SELECT id, data_id, status, CAST(start_time AS TEXT), CAST(end_time AS TEXT), size, custom_data " +
  "FROM materialized_backup ORDER BY start_time, id";

const text = z.string().nullable();
const rowSchema = z.tuple([
  z.string().min(1),
  text,
  z.string(),
  text,
  text,
  z.coerce.number().nullable(),
  text,
]);

/** Before the original existed: it stands for a time that was never told. */
const NO_TIME_BEFORE = Date.UTC(2001, 0, 1);

/**
 * Every backup in the file, oldest first; nothing in it is changed. Rejects with `StoreError` when it is none of the
 * original's, or when the original may still write to it.
 */
export async function readOriginalFile(path: string, files: Files): Promise<OriginalBackup[]> {
  const fail = (why: string, cause?: unknown) =>
    new StoreError("failed", `Cannot read '${path}' as the record of the original: ${why}`, cause);
  if (!(await files.info(path))?.isFile) {
    throw fail("there is no such file on the server's machine: expected DATA_DIR/sqlite.db of the original");
  }
  for (const suffix of ["-journal", "-wal"]) {
    const open = await files.info(`${path}${suffix}`);
    if (open !== undefined && open.size > 0) {
      throw fail(
        `'${path}${suffix}' lies beside it, so it is in use, or was not closed: stop the original in order`,
      );
    }
  }
  let rows: ArrayLike<unknown>[];
  try {
    rows = await readForeignFile(path, ROWS);
  } catch (error) {
    throw fail(
      `${(error as Error).message}: expected a sqlite file with the table materialized_backup`,
      error,
    );
  }
  return rows.map((row, index) => {
    const parsed = rowSchema.safeParse(Array.from(row));
    if (!parsed.success) throw fail(`its row ${index + 1} cannot be read: ${z.prettifyError(parsed.error)}`);
    const [id, dataId, status, start, end, size, message] = parsed.data;
    return {
      id,
      dataId: dataId === null || dataId === "" || dataId === id ? null : dataId,
      status,
      startTime: timeOf(start),
      endTime: timeOf(end),
      // It wrote 0 where the provider named no size.
      sizeMb: size === null || !(size > 0) ? null : size,
      message: message === "" ? null : message,
    };
  });
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
