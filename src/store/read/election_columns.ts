// Reads a large job for retention as columns, in pieces that let other work run between; and what changed since.

import { CandidateColumns } from "../../domain/retention/followed/candidate_columns.ts";
import { StoreError } from "../../domain/errors.ts";
import type { Clock } from "../../ports/host.ts";
import type { ChangedBackup, ElectionChanges, ElectionColumns, SharedData } from "../../ports/store.ts";
import type { Database, SqlRow } from "../database/database.ts";
import { HEAD_COLUMNS, HEAD_SQL, headFrom } from "./election_head.ts";
import { PERIOD_TIME } from "../schema/doubt.ts";
import { IS_PROVED } from "../schema/proved.ts";
import { IS_SUSPECT } from "../schema/suspects.ts";

/** Rows read in one go: about 10 ms of work. */
const PIECE = 2_000;
/** A job that changes this often while it is read is read again by the next pass. */
const MAX_TRIES = 5;

/** The job's backups as columns, and why some of them ask for more; see `ElectionColumns`. Holds are those at `ends`. */
export async function readElectionColumns(
  database: Database,
  clock: Clock,
  ends: number,
  job: string,
  providerKeys: readonly string[],
  withEnds: boolean,
): Promise<ElectionColumns> {
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const found = await readPieces(database, clock, ends, job, providerKeys, withEnds);
    if (found !== undefined) return found;
  }
  throw new StoreError(
    "failed",
    `Cannot read the backups of '${job}' for retention: they changed each time they were read: try again later`,
  );
}

/** Undefined when the job changed meanwhile: the pieces are not of one view. */
async function readPieces(
  database: Database,
  clock: Clock,
  ends: number,
  job: string,
  providerKeys: readonly string[],
  withEnds: boolean,
): Promise<ElectionColumns | undefined> {
  const args = [job, JSON.stringify(providerKeys), BigInt(ends), withEnds ? 1n : 0n, BigInt(PIECE)];
  let all: ElectionColumns | undefined;
  for (let after = -1n;;) {
    const [row] = await database.read({ sql: PIECE_SQL, args: [...args, after] });
    const head = headFrom(job, row);
    const { count, last, ...marks } = marksFrom(row!);
    all ??= {
      ...head,
      actualCount: 0,
      candidates: new CandidateColumns(head.storedCount),
      foreign: 0,
      nextHoldEnd: null,
    };
    if (head.revision !== all.revision || head.changes !== all.changes) return undefined;
    all.actualCount += count;
    all.foreign += marks.foreign;
    all.nextHoldEnd = earlier(all.nextHoldEnd, marks.holdEnd);
    take(all.candidates, row!);
    if (count < PIECE) return all;
    after = last;
    await clock.yield();
  }
}

function marksFrom(row: SqlRow) {
  const [count, last, foreign, holdEnd] = Array.from(row).slice(HEAD_COLUMNS);
  return {
    count: Number(count),
    last: last === null ? -1n : last as bigint,
    foreign: Number(foreign),
    holdEnd: holdEnd === null ? null : Number(holdEnd),
  };
}

function take(candidates: CandidateColumns, row: SqlRow): void {
  const lists = Array.from(row).slice(HEAD_COLUMNS + 4).map((list) => JSON.parse(String(list)));
  const [runIds, times, ends, marks, fingerprints] = lists as [
    string[],
    number[],
    (number | null)[],
    number[],
    (number | null)[],
  ];
  for (let at = 0; at < runIds.length; at++) {
    candidates.push(
      {
        runId: runIds[at]!,
        periodTime: times[at]!,
        endTime: ends[at]!,
        held: (marks[at]! & 1) !== 0,
        suspect: (marks[at]! & 2) !== 0,
        proved: (marks[at]! & 4) !== 0,
        rejected: (marks[at]! & 16) !== 0,
      },
      fingerprints[at] ?? NaN,
      (marks[at]! & 8) !== 0,
    );
  }
}

function earlier(left: number | null, right: number | null): number | null {
  return left === null || right === null ? left ?? right : Math.min(left, right);
}

const HELD = "(hold_at IS NOT NULL AND (hold_until IS NULL OR hold_until > ?3))";
// Every available row is read and counted; `taken` are those that election is about.
const PIECE_SQL = `
  SELECT ${HEAD_SQL},
    count(n), max(n), coalesce(sum(taken AND foreigner), 0),
    min(CASE WHEN taken THEN hold_end END),
    json_group_array(run_id) FILTER (WHERE taken), json_group_array(time) FILTER (WHERE taken),
    json_group_array(end_time) FILTER (WHERE taken), json_group_array(marks) FILTER (WHERE taken),
    json_group_array(verdict) FILTER (WHERE taken)
  FROM jobs LEFT JOIN (
    SELECT rowid AS n, run_id, ${PERIOD_TIME} AS time,
      CASE WHEN ?4 THEN end_time END AS end_time, ${HELD} | (${IS_SUSPECT} << 1) | ((${IS_PROVED}) << 2) |
        ((accepted_at IS NOT NULL) << 3) | ((rejected_at IS NOT NULL) << 4) AS marks, verdict,
      imported_at IS NOT NULL AND accepted_at IS NULL AND rejected_at IS NULL AND NOT ${IS_SUSPECT} AS foreigner,
      CASE WHEN ${HELD} THEN hold_until END AS hold_end,
      provider_key IN (SELECT value FROM json_each(?2)) AND ${PERIOD_TIME} IS NOT NULL AS taken
    FROM runs INDEXED BY runs_available WHERE rowid > ?6 AND job = ?1 AND status = 'available'
    ORDER BY rowid LIMIT ?5)
  WHERE jobs.job = ?1 GROUP BY jobs.job`;

type ChangedCells = [
  runId: string,
  change: number,
  status: string,
  time: number | null,
  endTime: number | null,
  held: number,
  holdUntil: number | null,
  plain: number,
  proved: number,
  seen: number,
];

type ProofCells = [runId: string, change: number, time: number | null, proved: number];

/** What changed in the job after the change of number `since`; rows are null when more than `most` did. */
export async function readElectionChanges(
  database: Database,
  ends: number,
  job: string,
  providerKeys: readonly string[],
  since: number,
  most: number,
): Promise<ElectionChanges> {
  const [row] = await database.read({
    sql: CHANGES_SQL,
    args: [job, JSON.stringify(providerKeys), BigInt(ends), BigInt(since), BigInt(most + 1)],
  });
  const head = headFrom(job, row);
  const cells: ChangedCells[] = JSON.parse(String(row![HEAD_COLUMNS]));
  const proofs: ProofCells[] = JSON.parse(String(row![HEAD_COLUMNS + 1]));
  const isTooMuch = cells.length > most || proofs.length > most;
  return { ...head, rows: isTooMuch ? null : cells.map(changedFrom), proofs: proofs.map(proofFrom) };
}

function proofFrom([runId, change, periodTime, proved]: ProofCells): ElectionChanges["proofs"][number] {
  return { runId, change, periodTime, proved: proved === 1 };
}

function changedFrom(cells: ChangedCells): ChangedBackup {
  const [runId, change, status, time, endTime, held, holdUntil, plain, proved, seen] = cells;
  return {
    runId,
    change,
    isAvailable: status === "available",
    periodTime: time,
    endTime,
    held: held === 1,
    holdUntil,
    isPlain: plain === 1,
    proved: proved === 1,
    isSeen: seen === 1,
  };
}

const CHANGES_SQL = `
  SELECT ${HEAD_SQL},
    (SELECT json_group_array(json_array(run_id, stamp, status, time, end_time, held, hold_until, plain,
      proved, seen))
      FROM (SELECT run_id, stamp, status, ${PERIOD_TIME} AS time, end_time, ${HELD} AS held, hold_until,
        ${IS_PROVED} AS proved, accepted_at IS NOT NULL AS seen, NOT ${IS_SUSPECT} AND rejected_at IS NULL AND (imported_at IS NULL OR accepted_at IS NOT NULL)
          AND provider_key IN (SELECT value FROM json_each(?2)) AS plain
      FROM runs INDEXED BY runs_stamp WHERE job = ?1 AND stamp > ?4 ORDER BY stamp LIMIT ?5)),
    (SELECT json_group_array(json_array(run_id, proof_stamp, time, proved))
      FROM (SELECT run_id, proof_stamp, ${PERIOD_TIME} AS time, ${IS_PROVED} AS proved
      FROM runs INDEXED BY runs_proof_stamp WHERE job = ?1 AND proof_stamp > ?4 ORDER BY proof_stamp LIMIT ?5))
  FROM jobs WHERE job = ?1 LIMIT 1`;

/** For each of these rows whose data another living row at the provider uses too, the first other one. */
export async function readSharedData(
  database: Database,
  providerKeys: readonly string[],
  runIds: readonly string[],
): Promise<SharedData[]> {
  const [row] = await database.read({
    sql: SHARED_SQL,
    args: [JSON.stringify(runIds), JSON.stringify(providerKeys)],
  });
  return (JSON.parse(String(row![0])) as [string, string, string | null][])
    .map(([runId, otherRunId, otherId]) => ({ runId, otherRunId, otherId }));
}

const SHARED_SQL = `
  SELECT json_group_array(json_array(run_id, other, id)) FROM (
    SELECT mine.run_id AS run_id, min(theirs.run_id) AS other, theirs.id AS id
    FROM json_each(?1) AS wanted JOIN runs AS mine ON mine.run_id = wanted.value
    JOIN runs AS theirs INDEXED BY runs_data_id
      ON theirs.data_id = mine.data_id AND theirs.status <> 'deleted' AND theirs.data_id IS NOT NULL
      AND theirs.run_id <> mine.run_id AND theirs.provider_key IN (SELECT value FROM json_each(?2))
    GROUP BY mine.run_id)`;
