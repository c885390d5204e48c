// Jobs of the configuration become jobs of the engine; part of the composition root.

import type { Config } from "../config/values/config.ts";
import type { Job } from "../domain/job.ts";
import type { Schedule, ScheduleCache } from "../domain/schedule/schedule.ts";
import type { DeclaredJob } from "../engine/job_parts.ts";
import type { ProviderSet } from "./provider_set.ts";

/** Every job with its queue and its slots. */
export function declare(
  config: Config,
  schedules: ScheduleCache,
  providers: Pick<ProviderSet, "callsOf">,
): DeclaredJob[] {
  return config.jobs.map((job) => ({
    job,
    calls: providers.callsOf(job.providerKey)!,
    slots: slotsOf(job.schedule, job, schedules),
    retentionSlots: job.retentionSchedule === null ? null : slotsOf(job.retentionSchedule, job, schedules),
    ...(job.verify === undefined ? {} : { verifySlots: slotsOf(job.verify.schedule, job, schedules) }),
  }));
}

/** The slots of a pattern in the job's zone; throws for one that cannot be used, which no loaded configuration holds. */
export function slotsOf(pattern: string, job: Job, schedules: Pick<ScheduleCache, "parse">): Schedule {
  const parsed = schedules.parse(pattern, job.timezone);
  if ("error" in parsed) {
    throw new Error(`job '${job.name}' was loaded with a schedule that cannot be used: ${parsed.error}`);
  }
  return parsed.schedule;
}
