// The effective values of a configuration, sorted by the job they belong to, so that two of them can be compared.

import { isSameSetting } from "./same_setting.ts";
import type { Config, EffectiveValue } from "./values/config.ts";
import { drain } from "../domain/slices.ts";
import type { Setting, Settings } from "../domain/settings_diff.ts";

/** Values by dotted key below their job, and all others by their whole key. */
interface SortedSettings {
  jobs: ReadonlyMap<string, Settings>;
  /** Of `server`, `log`, `state` and `providers`. */
  besides: Settings;
}

/** The values of a loaded configuration; secrets are compared as they are and shown redacted. */
export function settingsOf(config: Config): SortedSettings {
  const exact = drain(config.effectiveValues("as they are"));
  return sortSettings(config.effective, config.jobs.map(({ name }) => name), exact);
}

/** Sorts rows that stand in the order of a document; `jobs` are the names in it, in whatever order. */
export function sortSettings(
  rows: readonly Pick<EffectiveValue, "path" | "value">[],
  jobs: readonly string[],
  exact?: readonly Pick<EffectiveValue, "value">[],
): SortedSettings {
  const besides = new Map<string, Setting>();
  const byJob = new Map<string, Map<string, Setting>>();
  const open = new Set(jobs);
  // Names may hold dots, so a row alone does not tell whose it is: each job's rows begin with its name.
  let job: string | undefined;
  for (const [at, { path, value }] of rows.entries()) {
    const begins = path.startsWith("jobs.") && path.endsWith(".name") ? path.slice(5, -5) : undefined;
    // A name that a variable gives shows as its reference.
    const isName = value === begins || value === `"${begins}"` || value.includes("${");
    if (begins !== undefined && isName && open.delete(begins)) {
      job = begins;
      byJob.set(job, new Map());
    }
    const exactly = exact?.[at]?.value;
    const setting: Setting = { shown: value, isSame: (a, b) => isSameSetting(path, a, b) };
    if (exactly !== undefined) setting.exact = exactly;
    if (job === undefined) besides.set(path, setting);
    else byJob.get(job)!.set(path.slice(`jobs.${job}.`.length), setting);
  }
  return { jobs: byJob, besides };
}
