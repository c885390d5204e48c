// The effective values of a configuration, sorted by the job they belong to, so that two of them can be compared.

import { namedSettings } from "./named_settings.ts";
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

/** What is known of a setting; a server tells its source too. */
type SettingRow = Pick<EffectiveValue, "path" | "value"> & { source?: unknown };

/** Sorts rows that stand in the order of a document; `jobs` are the names in it, in whatever order. */
export function sortSettings(
  rows: readonly SettingRow[],
  jobs: readonly string[],
  exact?: readonly Pick<EffectiveValue, "value">[],
): SortedSettings {
  const besides = new Map<string, Setting>();
  const byJob = new Map<string, Map<string, Setting>>();
  const open = new Set(jobs);
  // Names may hold dots, so a row alone does not tell whose it is: each job's rows begin with its name.
  let job: string | undefined;
  for (const [at, { path, value, source }] of rows.entries()) {
    const begins = path.startsWith("jobs.") && path.endsWith(".name") ? path.slice(5, -5) : undefined;
    // A name that a variable gives shows as its reference.
    const isName = value === begins || value === `"${begins}"` || value.includes("${");
    if (begins !== undefined && isName && open.delete(begins)) {
      job = begins;
      byJob.set(job, new Map());
    }
    for (const [key, setting] of namedSettings(path, value, exact?.[at]?.value)) {
      // `default`, `default over HTTP`; `defaults (…)` are somebody's.
      if (/^default( |$)/.test(String(source))) setting.isDefault = true;
      if (job === undefined) besides.set(key, setting);
      else byJob.get(job)!.set(key.slice(`jobs.${job}.`.length), setting);
    }
  }
  return { jobs: byJob, besides };
}
