// What a pass reads of a job beside its backups, in the same statement as those.

import { StoreError } from "../../domain/errors.ts";
import type { ElectionHead } from "../../ports/store.ts";
import { approvalFrom, latchFrom } from "./guard_rows.ts";

/** Columns of a SELECT from jobs of the job ?1. */
export const HEAD_SQL: string = `
    jobs.revision, jobs.changes, jobs.heads, jobs.available_count,
    (SELECT count(*) FROM runs INDEXED BY runs_job_status_at WHERE runs.job = ?1 AND status = 'missing'
      AND coalesce(missing_at, 0) > coalesce(jobs.approved_at, -1)),
    (SELECT json_group_array(json_array(job, guard, latched_at, message)) FROM latches WHERE job = ?1),
    (SELECT json_array(job, digest, run_ids, approved_at, approved_by, expires_at) FROM approvals WHERE job = ?1)`;

/** How many columns `HEAD_SQL` has. */
export const HEAD_COLUMNS = 7;

/** The head in the first columns of a row; rejects as `failed` when there is no such job. */
export function headFrom(job: string, row: ArrayLike<unknown> | undefined): ElectionHead {
  if (row === undefined) {
    throw new StoreError(
      "failed",
      `Cannot read the backups of '${job}' for retention: no such job is stored`,
    );
  }
  const [revision, changes, heads, stored, missing, latches, approval] = Array.from(row);
  return {
    revision: Number(revision),
    changes: Number(changes),
    heads: heads === null ? [] : JSON.parse(String(heads)),
    storedCount: Number(stored),
    missingCount: Number(missing),
    latched: (JSON.parse(String(latches)) as Parameters<typeof latchFrom>[0][]).map(latchFrom),
    approval: approval === null ? null : approvalFrom(JSON.parse(String(approval))),
  };
}
