// The settings of `retention` become a policy, and when and how far a pass may go.

import type { Job } from "../../domain/job.ts";
import {
  DEFAULT_POLICY,
  EMPTY_LEVELS,
  type Level,
  LEVELS,
  parseLevelRule,
  type Policy,
  twoNamesError,
} from "../../domain/policy.ts";
import type { Report } from "../document/report.ts";
import type { Path } from "../document/tree.ts";
import type { JobSettings, RetentionSettings } from "../schema/schema_job.ts";
import { milliseconds } from "../values/durations.ts";
import type { Complain, JobBuild } from "./job_build.ts";

/** What is not said by the user, in the words of the document. */
export const RETENTION_DEFAULTS = {
  week_starts: "sunday",
  min_keep: 1,
  keep_within: "0s",
  min_age: "0s",
  keep_oldest: false,
  verified: "off",
  max_deletes_per_pass: 10,
  guard: { max_percent: 50, policy_change_hold: "1h" },
} as const;

/** Of all jobs that say nothing of it. */
const USUAL_GUARD: Job["guard"] = {
  maxPercent: RETENTION_DEFAULTS.guard.max_percent,
  policyChangeHoldMs: milliseconds(RETENTION_DEFAULTS.guard.policy_change_hold),
};

/** One policy for all jobs that say the same. */
export function buildPolicy(
  settings: JobSettings["retention"],
  at: (...keys: string[]) => Path,
  { policies, report }: Pick<JobBuild, "policies" | "report">,
): Policy | undefined {
  const key = JSON.stringify(settings) ?? "";
  const known = policies.get(key);
  if (known !== undefined) return known;
  const policy = policyOf(settings, at, report);
  if (policy !== undefined) policies.set(key, policy);
  return policy;
}

/**
 * The policy of the settings: the default levels where no level is set, all others 0 where one is. `keep_last` and `keep_within`
 * are a policy without levels; `min_keep` alone is none.
 */
function policyOf(
  settings: JobSettings["retention"],
  at: (...keys: string[]) => Path,
  report: Report,
): Policy | undefined {
  if (settings === "keep_all") return { ...DEFAULT_POLICY, levels: { ...EMPTY_LEVELS }, keepAll: true };
  const retention: RetentionSettings = settings ?? {};
  const named = LEVELS.filter((level) => retention[level] !== undefined);
  const keepWithinMs = milliseconds(retention.keep_within ?? RETENTION_DEFAULTS.keep_within);
  const keepsNewest = retention.keep_last !== undefined || keepWithinMs > 0;
  const levels = named.length === 0 && !keepsNewest ? { ...DEFAULT_POLICY.levels } : { ...EMPTY_LEVELS };
  let wrong = false;
  for (const level of named) {
    const rule = parseLevelRule(level, retention[level]!);
    if ("error" in rule) {
      wrong = true;
      report.add(at("retention", level), { message: rule.error });
    } else levels[level] = rule;
  }
  const twoNames = twoNamesError(retention.min_keep, retention.keep_last);
  if (twoNames !== null) report.add(at("retention", "keep_last"), { message: twoNames });
  if (wrong || twoNames !== null) return undefined;
  if (named.length > 0 && !keepsNewest && named.every((level) => levels[level].count === 0)) {
    report.add(at("retention", named[0] as Level), {
      message:
        `every level is 0, which would keep one backup only: expected a count, 'keep_last', 'keep_within', or ` +
        "'retention: keep_all'",
    });
    return undefined;
  }
  return {
    levels,
    weekStarts: retention.week_starts ?? RETENTION_DEFAULTS.week_starts,
    minKeep: retention.keep_last ?? retention.min_keep ?? RETENTION_DEFAULTS.min_keep,
    keepWithinMs,
    minAgeMs: milliseconds(retention.min_age ?? RETENTION_DEFAULTS.min_age),
    keepOldest: retention.keep_oldest ?? RETENTION_DEFAULTS.keep_oldest,
    keepAll: false,
    ...(retention.verified === undefined || retention.verified === "off"
      ? {}
      : { verified: retention.verified }),
  };
}

/** The pattern of the schedule that passes have of their own, in the zone of the job; null without a usable one. */
export function buildRetentionSchedule(
  settings: JobSettings["retention"],
  zone: string,
  complain: Complain,
  { schedules, now }: JobBuild,
): string | null {
  const written = rulesOf(settings).schedule;
  if (written === undefined) return null;
  const parsed = schedules.parse(written, zone, now);
  if ("schedule" in parsed) return parsed.schedule.pattern;
  complain(["retention", "schedule"], { message: parsed.error });
  return null;
}

/** How much one pass may delete, and what stops it. */
export function buildPassLimits(
  settings: JobSettings["retention"],
): Pick<Job, "maxDeletesPerPass" | "guard"> {
  const { max_deletes_per_pass, guard } = rulesOf(settings);
  return {
    maxDeletesPerPass: max_deletes_per_pass === "unlimited"
      ? Infinity
      : max_deletes_per_pass ?? RETENTION_DEFAULTS.max_deletes_per_pass,
    guard: guard === undefined ? USUAL_GUARD : {
      maxPercent: guard.max_percent ?? RETENTION_DEFAULTS.guard.max_percent,
      policyChangeHoldMs: milliseconds(
        guard.policy_change_hold ?? RETENTION_DEFAULTS.guard.policy_change_hold,
      ),
    },
  };
}

function rulesOf(settings: JobSettings["retention"]): RetentionSettings {
  return typeof settings === "object" ? settings : {};
}
