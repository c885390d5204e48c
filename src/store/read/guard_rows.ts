// Latched guards and approvals as they are read back.

import type { Approval, LatchedGuard } from "../../ports/store.ts";
import type { Database } from "../database/database.ts";
import { IS_FORGOTTEN } from "../schema/forgotten.ts";
import { isWanted, wantedArgs } from "../schema/wanted_jobs.ts";

/** A latched guard from its row: job, guard, time, message. */
export function latchFrom([job, guard, latchedAt, message]: [string, string, number, string]): LatchedGuard {
  return { job, guard, latchedAt, message };
}

/** An approval from its row: job, digest, run ids (JSON), time, by whom, end. */
export function approvalFrom(cells: [string, string, string, number, string, number]): Approval {
  const [job, digest, runIds, approvedAt, approvedBy, expiresAt] = cells;
  return { job, digest, runIds: JSON.parse(runIds), approvedAt, approvedBy, expiresAt };
}

/** Latched guards of some jobs, or of all that are not forgotten, by job and name. */
export async function readLatched(database: Database, jobs?: readonly string[]): Promise<LatchedGuard[]> {
  const which = jobs === undefined
    ? `job NOT IN (SELECT job FROM jobs WHERE ${IS_FORGOTTEN})`
    : `true ${isWanted(jobs, "job")}`;
  const [row] = await database.read({
    sql: "SELECT json_group_array(json_array(job, guard, latched_at, message)) FROM " +
      `(SELECT * FROM latches WHERE ${which} ORDER BY job, guard)`,
    args: wantedArgs(jobs),
  });
  return (JSON.parse(String(row![0])) as Parameters<typeof latchFrom>[0][]).map(latchFrom);
}

/** The job's newest approval, lapsed or not. */
export async function readApproval(database: Database, job: string): Promise<Approval | undefined> {
  const [row] = await database.read({
    sql:
      "SELECT json_array(job, digest, run_ids, approved_at, approved_by, expires_at) FROM approvals WHERE job = ?1",
    args: [job],
  });
  return row === undefined ? undefined : approvalFrom(JSON.parse(String(row[0])));
}

/** When an operator last approved deletions of the job (UTC ms); null for never. */
export async function readApprovedAt(database: Database, job: string): Promise<number | null> {
  const [row] = await database.read({ sql: "SELECT approved_at FROM jobs WHERE job = ?1", args: [job] });
  const at = row?.[0];
  return at === null || at === undefined ? null : Number(at);
}
