// What the parts of a job are built with.

import type { Policy } from "../../domain/policy.ts";
import type { ProviderSpec } from "../../domain/provider_spec.ts";
import type { Schedule, ScheduleCache } from "../../domain/schedule/schedule.ts";
import type { Secrets } from "../environment/secrets.ts";
import type { Finding, Report } from "../document/report.ts";
import type { Mapping, Path } from "../document/tree.ts";
import type { JobSettings } from "../schema/schema_job.ts";
import type { ProviderSettings } from "../schema/schema_provider.ts";

/** What all jobs of a document share. */
export interface JobBuild {
  report: Report;
  secrets: Secrets;
  env: Record<string, string>;
  /** The checks that jobs have so far, and whose they are. */
  checks: Map<string, string>;
  root: Mapping;
  defaults: Mapping;
  schedules: ScheduleCache;
  now: number;
  /** Zone of jobs that name none: TZ, else UTC. */
  timezone: { name: string; variable: string | null };
  /** Those that were built, by how they are written. */
  policies: Map<string, Policy>;
  /** The smallest intervals of schedules, as far as they were asked for. */
  intervals: Map<Schedule, number>;
  /** The provider of the job at `index`, whose settings stand at `path`; undefined when it is wrong. */
  providerOf(
    merged: Pick<JobSettings, "provider">,
    path: Path,
  ): { spec: ProviderSpec; own: ProviderSettings } | undefined;
}

/** Tells what is wrong with a setting of the job, where it was written. */
export type Complain = (keys: string[], finding: Finding) => void;
