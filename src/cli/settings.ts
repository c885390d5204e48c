// The effective values of a configuration, sorted by the job they belong to, so that two of them can be compared.

import type { Config, EffectiveValue } from "../config/config.ts";
import { drain } from "../domain/election.ts";
import type { Settings } from "../domain/settings_diff.ts";

/** Values by dotted key below their job, and all others by their whole key. */
export interface SortedSettings {
  jobs: ReadonlyMap<string, Settings>;
  /** Of `server`, `log`, `state` and `providers`. */
  besides: Settings;
}

/** The values of a loaded configuration; secrets are compared as they are and shown redacted. */
export function settingsOf(config: Config): SortedSettings {
  const exact = drain(config.effectiveValues("as they are"));
  return sortSettings(config.effective, config.jobs.map(({ name }) => name), exact);
}

/** Sorts rows that stand in the order of the document; `jobs` are the names in that order. */
export function sortSettings(
  rows: readonly Pick<EffectiveValue, "path" | "value">[],
  jobs: readonly string[],
  exact?: readonly Pick<EffectiveValue, "value">[],
): SortedSettings {
  const besides = new Map<string, { shown: string; exact?: string }>();
  const byJob = new Map<string, typeof besides>();
  // Names may hold dots, so a row alone does not tell whose it is: each job's rows begin with its name.
  let next = 0;
  let job: string | undefined;
  for (const [at, { path, value }] of rows.entries()) {
    if (next < jobs.length && path === `jobs.${jobs[next]}.name`) {
      job = jobs[next++]!;
      byJob.set(job, new Map());
    }
    const exactly = exact?.[at]?.value;
    const setting = exactly === undefined ? { shown: value } : { shown: value, exact: exactly };
    if (job === undefined) besides.set(path, setting);
    else byJob.get(job)!.set(path.slice(`jobs.${job}.`.length), setting);
  }
  return { jobs: byJob, besides };
}
