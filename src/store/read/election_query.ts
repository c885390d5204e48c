// Reads what a retention pass decides on: one consistent view of a job, in pieces that let other work run between.

import { StoreError } from "../../domain/errors.ts";
import type { Clock } from "../../ports/host.ts";
import type { ElectionHead, ElectionRow, ElectionSnapshot } from "../../ports/store.ts";
import { levelsFrom } from "../schema/columns.ts";
import type { Database } from "../database/database.ts";
import { HEAD_COLUMNS, HEAD_SQL, headFrom } from "./election_head.ts";
import { PERIOD_TIME } from "../schema/doubt.ts";
import { IS_PROVED } from "../schema/proved.ts";
import { IS_SUSPECT } from "../schema/suspects.ts";

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
  rejected: number,
  id: string | null,
  proved: number,
];

/**
 * The job as election sees it. Rows without any time to go by are counted but left out: nothing may be
 * concluded from them. Rejects with `StoreError` when the job is not stored or does not keep still.
 */
export async function readElection(
  database: Database,
  clock: Clock,
  ends: () => number,
  job: string,
  providerKeys: readonly string[],
): Promise<ElectionSnapshot> {
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const rows: ElectionRow[] = [];
    const rejected: ElectionRow[] = [];
    let first: Piece | undefined;
    for (let after = -1;;) {
      const piece = await readPiece(database, ends(), job, providerKeys, after);
      const { head, cells } = piece;
      first ??= piece;
      // Another revision: the pieces are not of one view.
      if (head.revision !== first.head.revision) break;
      for (const row of cells) (row[11] === 1 ? rejected : rows).push(electionRow(row));
      if (cells.length < PIECE) return { ...head, actualCount: first.actualCount, rows, rejected };
      after = cells.at(-1)![10];
      await clock.yield();
    }
  }
  throw new StoreError(
    "failed",
    `Cannot read the backups of '${job}' for retention: they changed each time they were read: try again later`,
  );
}

interface Piece {
  head: ElectionHead;
  actualCount: number;
  cells: ElectionCells[];
}

async function readPiece(
  database: Database,
  ends: number,
  job: string,
  providerKeys: readonly string[],
  after: number,
): Promise<Piece> {
  const [row] = await database.read({
    sql: PIECE_SQL,
    args: [job, JSON.stringify(providerKeys), BigInt(ends), BigInt(after), BigInt(PIECE)],
  });
  const head = headFrom(job, row);
  const [actual, cells] = Array.from(row!).slice(HEAD_COLUMNS);
  return { head, actualCount: Number(actual), cells: JSON.parse(String(cells)) };
}

const PIECE_SQL = `
  SELECT ${HEAD_SQL},
    CASE WHEN ?4 < 0 THEN
      (SELECT count(*) FROM runs INDEXED BY runs_available WHERE runs.job = ?1 AND status = 'available') END,
    (SELECT json_group_array(json_array(run_id, time, end_time, data_id, held, suspect, imported, accepted, tags, reasons, n,
      rejected, id, proved))
      FROM (SELECT rowid AS n, run_id, ${PERIOD_TIME} AS time, end_time, id, data_id, tags, reasons,
        hold_at IS NOT NULL AND (hold_until IS NULL OR hold_until > ?3) AS held,
        ${IS_SUSPECT} AS suspect, rejected_at IS NOT NULL AS rejected, ${IS_PROVED} AS proved,
        imported_at IS NOT NULL AS imported, accepted_at IS NOT NULL AS accepted
      FROM runs INDEXED BY runs_available WHERE rowid > ?4 AND job = ?1 AND status = 'available'
        AND provider_key IN (SELECT value FROM json_each(?2)) AND ${PERIOD_TIME} IS NOT NULL
      ORDER BY rowid LIMIT ?5))
  FROM jobs WHERE job = ?1 LIMIT 1`;

function electionRow(cells: ElectionCells): ElectionRow {
  return {
    runId: cells[0],
    id: cells[12],
    periodTime: cells[1],
    endTime: cells[2],
    dataId: cells[3],
    held: cells[4] === 1,
    suspect: cells[5] === 1,
    proved: cells[13] === 1,
    imported: cells[6] === 1,
    accepted: cells[7] === 1,
    tags: levelsFrom(cells[8]),
    reasons: cells[9] === "[]" ? [] : JSON.parse(cells[9]),
  };
}
