// How all jobs do, counted, and those that somebody has to look at, the worst first; part of the composition root.

import { healthRank, type HealthState } from "../../domain/health.ts";
import type { HealthView } from "../../ports/views/health.ts";
import type { JobFactsParts } from "./job_facts.ts";
import { slicesOfJobs } from "./job_lists.ts";

/** A job that somebody has to look at. */
interface UnwellJob extends HealthView {
  job: string;
  /** The key of its provider. */
  provider: string;
}

interface JobsHealth {
  total: number;
  /** Words that are said of no job are absent. */
  byState: Partial<Record<HealthState, number>>;
  /** Jobs without any backup whose first one is not due yet. */
  notDueCount: number;
  /** At most so many as were asked for. */
  unwell: UnwellJob[];
  /** How many there are in all. */
  unwellCount: number;
  /** Backups whose deletion is decided and not over, and of which it was refused. */
  deletions: { under_way: number; refused: number };
}

/** Looks at every job, other work running in between; answers at most `most` of the unwell. */
export async function healthOfAll(parts: JobFactsParts, most: number): Promise<JobsHealth> {
  const byState: JobsHealth["byState"] = {};
  const unwell: UnwellJob[] = [];
  const deletions = { under_way: 0, refused: 0 };
  let total = 0;
  let notDueCount = 0;
  for await (const { views, facts } of slicesOfJobs(parts)) {
    for (const { job, provider, health } of views) {
      total++;
      const { deleting = 0, "delete-error": refused = 0 } = facts.stored.get(job)?.stats.byStatus ?? {};
      deletions.under_way += deleting;
      deletions.refused += refused;
      byState[health.state] = (byState[health.state] ?? 0) + 1;
      if (health.well && health.state === "never") notDueCount++;
      if (!health.well) unwell.push({ job, provider, ...health });
    }
  }
  unwell.sort((one, other) =>
    healthRank(one.state) - healthRank(other.state) || order(one.since, other.since) ||
    order(one.job, other.job)
  );
  return {
    total,
    byState,
    notDueCount,
    unwell: unwell.slice(0, most),
    unwellCount: unwell.length,
    deletions,
  };
}

/** What has been so for longest first; what nobody knows the time of before that. */
function order(one: string | null, other: string | null): number {
  if (one === other) return 0;
  return one === null || (other !== null && one < other) ? -1 : 1;
}
