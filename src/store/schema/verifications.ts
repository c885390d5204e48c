// What the store knows of verifications: a table of their own, what is known of them by job, and three columns of the
// backup itself, so that lists show them for nothing.

import { OPEN_STATES, type Verification, type VerifyState } from "../../domain/verification/verification.ts";
import type { Cell } from "./columns.ts";

/** The migration for verifications. Elections and counts never look at them. Released: never changed. */
export const VERIFICATIONS_MIGRATION: readonly string[] = [
  "ALTER TABLE runs ADD COLUMN verification TEXT",
  "ALTER TABLE runs ADD COLUMN verified_at INTEGER",
  "ALTER TABLE runs ADD COLUMN verify_tried_at INTEGER",
  // What is proved next, without a look at the rows.
  "CREATE INDEX runs_to_prove ON runs (job, coalesce(verify_tried_at, at), run_id, tags) WHERE status = 'available'",
  `CREATE TABLE verifications (
    verification_id TEXT PRIMARY KEY,
    job TEXT NOT NULL REFERENCES jobs (job) ON UPDATE CASCADE,
    run_id TEXT NOT NULL, provider_key TEXT NOT NULL, id TEXT NOT NULL,
    method TEXT NOT NULL, level TEXT, slot INTEGER, asked_by TEXT, attempt INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN (
      'intent', 'sending', 'running', 'passed', 'failed', 'inconclusive', 'cut_off')),
    created_at INTEGER NOT NULL, sent_at INTEGER, ended_at INTEGER,
    message TEXT, bytes INTEGER, files INTEGER, duration_ms INTEGER
  ) STRICT`,
  "CREATE UNIQUE INDEX verifications_open ON verifications (job) WHERE state IN ('intent', 'sending', 'running')",
  "CREATE INDEX verifications_run ON verifications (run_id, created_at)",
  "CREATE INDEX verifications_job ON verifications (job, created_at)",
  // What changes with each look stands together as JSON; what is searched for does not.
  `CREATE TABLE verify_states (
    job TEXT PRIMARY KEY REFERENCES jobs (job) ON UPDATE CASCADE, state TEXT NOT NULL
  ) STRICT, WITHOUT ROWID`,
];

/** Every field of `Verification` and its column. */
const COLUMNS: readonly (readonly [keyof Verification, string])[] = [
  ["verificationId", "verification_id"],
  ["job", "job"],
  ["runId", "run_id"],
  ["providerKey", "provider_key"],
  ["id", "id"],
  ["method", "method"],
  ["level", "level"],
  ["slot", "slot"],
  ["askedBy", "asked_by"],
  ["attempt", "attempt"],
  ["state", "state"],
  ["createdAt", "created_at"],
  ["sentAt", "sent_at"],
  ["endedAt", "ended_at"],
  ["message", "message"],
  ["bytes", "bytes"],
  ["files", "files"],
  ["durationMs", "duration_ms"],
];

/** SQL of one row as a JSON array, read back by `verificationFrom`. */
export const VERIFICATION_JSON: string = `json_array(${COLUMNS.map(([, column]) => column).join(", ")})`;

/** SQL over a row: it is under way. */
export const IS_OPEN: string = `state IN (${OPEN_STATES.map((state) => `'${state}'`).join(", ")})`;

/** The verification in one row of `VERIFICATION_JSON`. */
export function verificationFrom(cells: readonly Cell[]): Verification {
  return Object.fromEntries(COLUMNS.map(([field], at) => [field, cells[at]])) as unknown as Verification;
}

/** The row of a write. */
export function verificationCells(verification: Verification): Cell[] {
  return COLUMNS.map(([field]) => {
    const value = verification[field];
    return typeof value === "string" ? value.toWellFormed() : value;
  });
}

const cell = (at: number) => `e.value ->> ${at}`;

/** Rows: the cells of a verification. */
export const SAVE_VERIFICATION: string =
  `INSERT INTO verifications (${COLUMNS.map(([, column]) => column).join(", ")}) SELECT ${
    COLUMNS.map((_, at) => cell(at)).join(", ")
  } FROM json_each(?1) AS e WHERE true ` +
  `ON CONFLICT (verification_id) DO UPDATE SET ${
    COLUMNS.slice(1).map(([, column]) => `${column} = excluded.${column}`).join(", ")
  }`;

/** Rows: job, UTC ms. Those that ended are kept until then; the word on each backup stands in its own row. */
export const PRUNE_VERIFICATIONS: string = "DELETE FROM verifications WHERE rowid IN (" +
  `SELECT v.rowid FROM json_each(?1) AS e JOIN verifications AS v INDEXED BY verifications_job ON v.job = ${
    cell(0)
  } ` +
  `AND v.created_at < ${cell(1)} WHERE v.ended_at IS NOT NULL)`;

/** Rows: job, state as JSON. */
export const SAVE_VERIFY_STATE: string =
  `INSERT INTO verify_states (job, state) SELECT ${cell(0)}, ${cell(1)} FROM json_each(?1) AS e WHERE true ` +
  "ON CONFLICT (job) DO UPDATE SET state = excluded.state";

/** The row of that write. */
export function verifyStateCells({ job, ...rest }: VerifyState): Cell[] {
  return [job, JSON.stringify({ ...rest, lastMessage: rest.lastMessage?.toWellFormed() ?? null })];
}

/** What is known of a job, from a row of `verify_states`, which earlier versions wrote without how long restores took. */
export function verifyStateFrom([job, state]: [job: string, state: string]): VerifyState {
  return { job, restoreTimes: [], ...JSON.parse(state) };
}

/** Rows: verification id, `,state,state,` or empty where there is to be none. */
export function verificationConditionSql(condition: (from: string, holds: string) => string): string {
  return condition(
    `LEFT JOIN verifications AS v ON v.verification_id = ${cell(0)}`,
    `iif(${cell(1)} = ',,', v.state IS NULL, instr(${cell(1)}, ',' || v.state || ',') > 0)`,
  );
}

/**
 * SQL that gives what one job has to another; see `JOIN_JOBS`. What is under way in the one that goes is given up: its
 * provider's word finds nobody who asked.
 */
export function joinVerifications(former: string, stays: string, from: string): string[] {
  return [
    `UPDATE verifications SET state = 'cut_off', ended_at = created_at ${from}
      WHERE verifications.job = ${former} AND verifications.${IS_OPEN}`,
    `UPDATE verifications SET job = ${stays} ${from} WHERE verifications.job = ${former}`,
    `INSERT INTO verify_states SELECT ${stays}, old.state ${from}
      JOIN verify_states AS old ON old.job = ${former} WHERE true ON CONFLICT DO NOTHING`,
  ];
}
