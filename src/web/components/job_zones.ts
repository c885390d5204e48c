// In whose time things are told: those of a job in its own.

import type { JobView } from "../../ports/views/job.ts";

/** The zones of the jobs there are. */
export interface JobZones {
  /** Of a job; of none, or of one that is gone: that of all, or else UTC. */
  of(job: string | undefined): string;
  /** The one zone of all jobs; null: they have several. */
  all: string | null;
}

/** Without jobs all is told in UTC. */
export function jobZones(jobs: readonly Pick<JobView, "job" | "timezone">[]): JobZones {
  const zones = new Map(jobs.map(({ job, timezone }) => [job, timezone]));
  const [first = "UTC", ...others] = new Set(zones.values());
  const all = others.length === 0 ? first : null;
  return { all, of: (job) => (job === undefined ? undefined : zones.get(job)) ?? all ?? "UTC" };
}
