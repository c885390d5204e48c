// What `validate config` warns of though the configuration can be used: what it says is hardly what was meant.

import type { Config } from "../../config/values/config.ts";
import type { ConfigIssue } from "../../domain/errors.ts";
import { someOf } from "../../domain/lint/lint_finding.ts";
import { lintSchedules } from "../../domain/lint/schedule_lint.ts";
import { createScheduleCache } from "../../domain/schedule/schedule.ts";
import { drainInSlices } from "../../engine/context/slices.ts";
import type { Host } from "../../ports/host.ts";

/** Of more jobs than these `schelly schedule lint` tells, which takes its time. */
const MOST_LINTED = 200;
/** Rules that say that a level and the schedule do not fit each other. */
const ABOUT_LEVELS: ReadonlySet<string> = new Set([
  "finer_level",
  "coarser_levels",
  "only_newest",
  "missed_reference",
  "never_full",
  "slow_retention",
  "short_months",
]);
const MOST_NAMES = 3;
/** Files of one entry that are looked for. */
const MOST_PATHS = 100;

/** Warnings about schedules and levels that do not fit, and about what is to be backed up and is not there. */
export async function doubtsOf(config: Config, host: Host): Promise<ConfigIssue[]> {
  const { source } = config;
  const file = source.kind === "env"
    ? "environment"
    : source.kind === "inline"
    ? "SCHELLY_CONFIG_YAML"
    : source.path;
  return [...await levelDoubts(config, host, file), ...await pathDoubts(config, host, file)];
}

async function levelDoubts({ jobs }: Config, host: Host, file: string): Promise<ConfigIssue[]> {
  if (jobs.length > MOST_LINTED) return [];
  const findings = await drainInSlices(
    lintSchedules({
      jobs: jobs.filter(({ enabled }) => enabled),
      providers: [],
      durations: new Map(),
      schedules: createScheduleCache(),
      now: host.clock.now(),
    }),
    host.clock,
  );
  // Seconds are for trials, where every backup counts as one.
  const meant = findings.filter(({ rule, level }) => ABOUT_LEVELS.has(rule) && level !== "secondly");
  return meant.map(({ jobs, message, remedy }) => ({
    file,
    path: jobs.length === 1 ? `job ${jobs[0]}` : `jobs ${someOf(jobs, MOST_NAMES)}`,
    message,
    hint: remedy,
    severity: "warning" as const,
  }));
}

async function pathDoubts({ providers }: Config, { files }: Host, file: string): Promise<ConfigIssue[]> {
  const doubts: ConfigIssue[] = [];
  for (const spec of providers.values()) {
    if (spec.kind !== "restic") continue;
    for (const path of spec.paths.slice(0, MOST_PATHS)) {
      // A path in a folder that this user may not enter says nothing; restic may run as another one.
      const isThere = !path.startsWith("/") ||
        await files.info(path).then((info) => info !== undefined, () => true);
      if (isThere) continue;
      doubts.push({
        file,
        path: `provider ${spec.key}`,
        message: `'${path}' is to be backed up and is not there`,
        hint: "a backup without it counts as failed: create it, or take it out of paths",
        severity: "warning",
      });
    }
  }
  return doubts;
}
