// Reads of verifications, and of the backups that wait for one.

import { LEVELS } from "../../domain/policy.ts";
import type { ProofCandidate } from "../../domain/verification/choose.ts";
import type { FailedProof, VerificationReads } from "../../ports/verifications.ts";
import type { Database, SqlValue } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { bitsOf, type Cell, levelsFrom } from "../schema/columns.ts";
import { IS_SUSPECT } from "../schema/suspects.ts";
import { IS_OPEN, VERIFICATION_JSON, verificationFrom, verifyStateFrom } from "../schema/verifications.ts";
import { isWanted, wantedArgs } from "../schema/wanted_jobs.ts";

/** The reads of an open database; `latest`: what is dated later (UTC ms) is from the future. */
export function createVerificationReads(database: Database, latest: () => number): VerificationReads {
  const verifications = async (rest: string, args: SqlValue[]) =>
    (await readRows<Cell[]>(database, `SELECT ${VERIFICATION_JSON} AS row FROM verifications ${rest}`, args))
      .map(verificationFrom);
  return {
    async verifyStates(jobs) {
      const rows = await readRows<[string, string]>(
        database,
        `SELECT json_array(job, state) AS row FROM verify_states WHERE true ${
          isWanted(jobs, "job")
        } ORDER BY job`,
        wantedArgs(jobs),
      );
      return rows.map(verifyStateFrom);
    },
    openVerifications: (job) =>
      verifications(
        `INDEXED BY verifications_open WHERE ${IS_OPEN} AND (?1 IS NULL OR job = ?1) ORDER BY created_at, verification_id`,
        [job ?? null],
      ),
    verification: async (verificationId) =>
      (await verifications("WHERE verification_id = ?1", [verificationId]))[0],
    verificationsOf: (runId, most) =>
      verifications(
        "INDEXED BY verifications_run WHERE run_id = ?1 ORDER BY created_at DESC, verification_id DESC LIMIT ?2",
        [runId, BigInt(most)],
      ),
    proofCandidates: (job, providerKeys, most) => readCandidates(database, job, providerKeys, most, latest()),
    failedProof: (job, providerKeys) => readFailedProof(database, job, providerKeys),
  };
}

/** `keys` and `latest` are bound by number. */
const IS_CANDIDATE =
  "job = ?1 AND status = 'available' AND rejected_at IS NULL AND id IS NOT NULL AND at <= ?3 " +
  "AND provider_key IN (SELECT value FROM json_each(?2))";

async function readCandidates(
  database: Database,
  job: string,
  providerKeys: readonly string[],
  most: number,
  latest: number,
): Promise<ProofCandidate[]> {
  const longest = (limit: string, also = "") =>
    `SELECT * FROM (SELECT rowid FROM runs INDEXED BY runs_to_prove WHERE ${IS_CANDIDATE} ${also}
      ORDER BY coalesce(verify_tried_at, at), run_id LIMIT ${limit})`;
  const newest = (also = "") =>
    `SELECT * FROM (SELECT rowid FROM runs INDEXED BY runs_job_status_at WHERE ${IS_CANDIDATE} ${also}
      ORDER BY at DESC, run_id DESC LIMIT 1)`;
  const of = LEVELS.map((level) => `AND (tags & ${bitsOf([level])}) <> 0`);
  const parts = [longest("?4"), newest(), ...of.map((also) => longest("1", also)), ...of.map(newest)];
  const rows = await readRows<[string, string, number, number, number | null]>(
    database,
    `SELECT json_array(run_id, id, at, tags, verify_tried_at) AS row FROM runs WHERE rowid IN (${
      parts.join(" UNION ")
    })`,
    [job, JSON.stringify(providerKeys), BigInt(latest), BigInt(most)],
  );
  return rows.map(([runId, id, at, tags, lookedAt]) => ({ runId, id, at, tags: levelsFrom(tags), lookedAt }));
}

async function readFailedProof(
  database: Database,
  job: string,
  providerKeys: readonly string[],
): Promise<FailedProof | undefined> {
  const [row] = await readRows<[string, string, number, string]>(
    database,
    `SELECT json_array(run_id, id, suspect_at, coalesce(suspect_reason, '')) AS row FROM runs INDEXED BY runs_suspect
      WHERE job = ?1 AND suspect_at IS NOT NULL AND verification = 'failed' AND ${IS_SUSPECT}
        AND status IN ('available', 'missing', 'deleting', 'delete-error')
        AND provider_key IN (SELECT value FROM json_each(?2))
      ORDER BY suspect_at DESC, run_id LIMIT 1`,
    [job, JSON.stringify(providerKeys)],
  );
  if (row === undefined) return undefined;
  const [runId, id, since, reason] = row;
  return { runId, id, since, reason };
}
