// Reads what a retention pass decides on: one consistent view of a job, in pieces that let other work run between.

import type { Clock } from "../ports/host.ts";
import type { ElectionRow, ElectionSnapshot, LatchedGuard } from "../ports/store.ts";
import { levelsFrom } from "./columns.ts";
import type { Database } from "./database.ts";
import { approvalFrom, latchFrom } from "./guard_rows.ts";
import { StoreError } from "../domain/errors.ts";

/** Rows read in one go: about 10 ms of work. */
const PIECE = 5_000;
/** A job that changes this often while it is read is read again by the next pass. */
const MAX_TRIES = 5;

type ElectionCells = [
  runId: string,
  periodTime: number,
  endTime: number | null,
  dataId: string | null,
  held: number,
  suspect: number,
  imported: number,
  accepted: number,
  tags: number,
  reasons: string,
  rowid: number,
];

interface Head {
  revision: number;
  storedCount: number;
  actualCount: number;
  latched: LatchedGuard[];
  approval: ElectionSnapshot["approval"];
  missingCount: number;
}

/**
 * The job as election sees it. Rows without any time to go by are counted but left out: nothing may be
 * concluded from them. Rejects with `StoreError` when the job is not stored or does not keep still.
 */
export async function readElection(
  database: Database,
  clock: Clock,
  job: string,
  providerKeys: readonly string[],
): Promise<ElectionSnapshot> {
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const rows: ElectionRow[] = [];
    let first: Head | undefined;
    for (let after = -1;;) {
      const { head, cells } = await readPiece(database, clock.now(), job, providerKeys, after);
      first ??= head;
      // Another revision: the pieces are not of one view.
      if (head.revision !== first.revision) break;
      for (const row of cells) rows.push(electionRow(row));
      if (cells.length < PIECE) return { ...head, actualCount: first.actualCount, rows };
      after = cells.at(-1)![10];
      await clock.yield();
    }
  }
  throw new StoreError(
    "failed",
    `Cannot read the backups of '${job}' for retention: they changed each time they were read: try again later`,
  );
}

async function readPiece(
  database: Database,
  now: number,
  job: string,
  providerKeys: readonly string[],
  after: number,
): Promise<{ head: Head; cells: ElectionCells[] }> {
  const [row] = await database.read({
    sql: PIECE_SQL,
    args: [job, JSON.stringify(providerKeys), BigInt(now), BigInt(after), BigInt(PIECE)],
  });
  if (row === undefined) {
    throw new StoreError(
      "failed",
      `Cannot read the backups of '${job}' for retention: no such job is stored`,
    );
  }
  const [revision, stored, actual, missing, latches, approval, cells] = Array.from(row);
  return {
    head: {
      revision: Number(revision),
      storedCount: Number(stored),
      actualCount: Number(actual),
      missingCount: Number(missing),
      latched: (JSON.parse(String(latches)) as Parameters<typeof latchFrom>[0][]).map(latchFrom),
      approval: approval === null ? null : approvalFrom(JSON.parse(String(approval))),
    },
    cells: JSON.parse(String(cells)),
  };
}

const PIECE_SQL = `
  SELECT jobs.revision, jobs.available_count,
    CASE WHEN ?4 < 0 THEN
      (SELECT count(*) FROM runs INDEXED BY runs_available WHERE runs.job = ?1 AND status = 'available') END,
    (SELECT count(*) FROM runs INDEXED BY runs_job_status_at WHERE runs.job = ?1 AND status = 'missing'
      AND coalesce(missing_at, 0) > coalesce(jobs.approved_at, -1)),
    (SELECT json_group_array(json_array(job, guard, latched_at, message)) FROM latches WHERE job = ?1),
    (SELECT json_array(job, digest, run_ids, approved_at, approved_by, expires_at) FROM approvals WHERE job = ?1),
    (SELECT json_group_array(json_array(run_id, time, end_time, data_id, held, suspect, imported, accepted, tags, reasons, n))
      FROM (SELECT rowid AS n, run_id, coalesce(period_time, start_time) AS time, end_time, data_id, tags, reasons,
        hold_at IS NOT NULL AND (hold_until IS NULL OR hold_until > ?3) AS held,
        suspect_at IS NOT NULL AND (accepted_at IS NULL OR accepted_at < suspect_at) AS suspect,
        imported_at IS NOT NULL AS imported, accepted_at IS NOT NULL AS accepted
      FROM runs INDEXED BY runs_available WHERE rowid > ?4 AND job = ?1 AND status = 'available'
        AND provider_key IN (SELECT value FROM json_each(?2)) AND coalesce(period_time, start_time) IS NOT NULL
      ORDER BY rowid LIMIT ?5))
  FROM jobs WHERE job = ?1`;

function electionRow(cells: ElectionCells): ElectionRow {
  return {
    runId: cells[0],
    periodTime: cells[1],
    endTime: cells[2],
    dataId: cells[3],
    held: cells[4] === 1,
    suspect: cells[5] === 1,
    imported: cells[6] === 1,
    accepted: cells[7] === 1,
    tags: levelsFrom(cells[8]),
    reasons: cells[9] === "[]" ? [] : JSON.parse(cells[9]),
  };
}
