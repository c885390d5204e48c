// A job's settings, laid over the defaults, become a job with every default filled in.

import { parseDuration } from "../../domain/duration.ts";
import { type Mapping, mergeSettings, type Path, valueAt } from "../document/tree.ts";
import type { Job, Json } from "../../domain/job.ts";
import {
  DEFAULT_POLICY,
  EMPTY_LEVELS,
  type Level,
  LEVELS,
  parseLevelRule,
  type Policy,
} from "../../domain/policy.ts";
import { deriveSchedule, type Schedule, type ScheduleCache } from "../../domain/schedule/schedule.ts";
import { isZone } from "../../domain/calendar/zone.ts";
import { buildPromises } from "./build_promises.ts";
import { bodiesOf } from "./build_provider.ts";
import { instantOf } from "../values/dates.ts";
import { didYouMean } from "../values/nearest.ts";
import type { Finding, Report } from "../document/report.ts";
import type { JobSettings, RetentionSettings } from "../schema/schema_job.ts";
import type { ProviderSettings } from "../schema/schema_provider.ts";
import type { ProviderSpec } from "../../domain/provider_spec.ts";
import { parseSizeMb } from "../values/sizes.ts";

/** What is not said by the user, in the words of the document. */
export const JOB_DEFAULTS = {
  enabled: true,
  jitter: "0s",
  missed_runs: "latest",
  grace_time: "1h",
  retry_interval: "5s",
  on_unknown: "retry",
  reconcile: "24h",
  suspect: { min_percent: 20 },
} as const;
export const RETENTION_DEFAULTS = {
  week_starts: "sunday",
  min_keep: 1,
  min_age: "0s",
  keep_oldest: false,
  max_deletes_per_pass: 10,
  guard: { max_percent: 50, policy_change_hold: "1h" },
} as const;

/** Slots looked at to find the smallest interval. */
const INTERVALS_JUDGED = 64;

export interface JobBuild {
  report: Report;
  root: Mapping;
  defaults: Mapping;
  schedules: ScheduleCache;
  now: number;
  /** Zone of jobs that name none: TZ, else UTC. */
  timezone: { name: string; variable: string | null };
  /** The provider of the job at `index`, whose settings stand at `path`; undefined when it is wrong. */
  providerOf(merged: JobSettings, path: Path): { spec: ProviderSpec; own: ProviderSettings } | undefined;
}

/** The job at `jobs[index]`, or undefined when it is wrong (and reported). */
export function buildJob(index: number, own: Mapping, build: JobBuild): Job | undefined {
  const merged = mergeSettings(build.defaults, own) as unknown as JobSettings;
  /** Where a setting was written: in the job, or in the defaults. */
  const at = (...keys: string[]): Path =>
    valueAt(own, keys) === undefined && valueAt(build.defaults, keys) !== undefined
      ? ["defaults", ...keys]
      : ["jobs", index, ...keys];
  const complain = (keys: string[], finding: Finding) => build.report.add(at(...keys), finding);

  const timezone = merged.timezone ?? build.timezone.name;
  const zoneKnown = isZone(timezone);
  if (!zoneKnown) {
    const hint = didYouMean(timezone, Intl.supportedValuesOf("timeZone")) ?? "names are like Area/City";
    const message = `'${
      timezone.slice(0, 80)
    }' is not a time zone: expected an IANA name such as Europe/Berlin or UTC`;
    if (merged.timezone !== undefined) complain(["timezone"], { message, hint });
    else build.report.addVariable("TZ", { message, hint });
  }
  const policy = buildPolicy(merged.retention, at, build.report);
  const zone = zoneKnown ? timezone : "UTC";
  const schedule = buildSchedule(merged, policy, zone, complain, build);
  const retention = typeof merged.retention === "object" ? merged.retention : {};
  let retentionSchedule: string | null = null;
  if (retention.schedule !== undefined) {
    const parsed = build.schedules.parse(retention.schedule, zone, build.now);
    if ("error" in parsed) complain(["retention", "schedule"], { message: parsed.error });
    else retentionSchedule = parsed.schedule.pattern;
  }
  const jitterMs = milliseconds(merged.jitter ?? JOB_DEFAULTS.jitter);
  if (schedule !== undefined && jitterMs > 0) judgeJitter(jitterMs, schedule, complain, build.now);
  const from = merged.from === undefined ? null : instantOf(merged.from, zone, "start");
  const to = merged.to === undefined ? null : instantOf(merged.to, zone, "end");
  if (from === undefined) complain(["from"], { message: `'${merged.from}' is no day of the calendar` });
  if (to === undefined) complain(["to"], { message: `'${merged.to}' is no day of the calendar` });
  if (typeof from === "number" && typeof to === "number" && from >= to) {
    complain(["to"], { message: `'${merged.to}' is not after from '${merged.from}': expected a later day` });
  }
  const retryIntervalMs = milliseconds(merged.retry_interval ?? JOB_DEFAULTS.retry_interval);
  const graceMs = milliseconds(merged.grace_time ?? JOB_DEFAULTS.grace_time);
  const reconcile = merged.reconcile ?? JOB_DEFAULTS.reconcile;

  const promises = buildPromises(merged.expect ?? [], (entry, key, finding) => {
    const path = [...at("expect"), entry];
    // What is wrong in it already may be why the rest does not fit together.
    if (!build.report.isTainted(path)) build.report.add(key === null ? path : [...path, key], finding);
  });

  const providerPath = at("provider");
  if (merged.provider === undefined) {
    build.report.add(["jobs", index, "provider"], {
      message:
        "missing: expected the name of a provider, or one written out, such as { url: http://host:7070/backups }",
    });
    return undefined;
  }
  const provider = build.providerOf(merged, providerPath);
  if (provider === undefined || schedule === undefined || policy === undefined) return undefined;
  const { spec } = provider;
  const bodies: { createBody: Json | undefined; deleteBody: Json | undefined } = bodiesOf(
    provider.own,
    providerPath,
    build.report,
  );
  return {
    name: merged.name,
    label: merged.name,
    renamedFrom: merged.renamed_from ?? null,
    enabled: merged.enabled ?? JOB_DEFAULTS.enabled,
    from: from ?? null,
    to: to ?? null,
    schedule: schedule.pattern,
    scheduleDerived: merged.schedule === undefined,
    timezone,
    jitterMs,
    missedRuns: merged.missed_runs ?? JOB_DEFAULTS.missed_runs,
    startDeadlineMs: merged.start_deadline === undefined ? null : milliseconds(merged.start_deadline),
    providerKey: spec.key,
    providerKeys: [spec.key, ...spec.formerly],
    createBody: bodies.createBody ?? spec.createBody,
    deleteBody: bodies.deleteBody ?? spec.deleteBody,
    createTimeoutMs: spec.timeouts.createMs,
    deleteTimeoutMs: spec.timeouts.deleteMs,
    pollIntervalMs: spec.pollIntervalMs,
    verifyBeforeDelete: spec.verifyBeforeDelete,
    reconcileMs: reconcile === "off" ? null : milliseconds(reconcile),
    graceMs,
    maxDurationMs: merged.max_duration === undefined ? null : milliseconds(merged.max_duration),
    retryIntervalMs,
    onUnknown: merged.on_unknown ?? JOB_DEFAULTS.on_unknown,
    suspicion: {
      minSizeMb: merged.min_size === undefined ? null : parseSizeMb(merged.min_size) ?? null,
      minPercent: merged.suspect?.min_percent ?? JOB_DEFAULTS.suspect.min_percent,
    },
    retention: policy,
    retentionSchedule,
    maxDeletesPerPass: retention.max_deletes_per_pass === "unlimited"
      ? Infinity
      : retention.max_deletes_per_pass ?? RETENTION_DEFAULTS.max_deletes_per_pass,
    guard: {
      maxPercent: retention.guard?.max_percent ?? RETENTION_DEFAULTS.guard.max_percent,
      policyChangeHoldMs: milliseconds(
        retention.guard?.policy_change_hold ?? RETENTION_DEFAULTS.guard.policy_change_hold,
      ),
    },
    promises,
  };
}

type Complain = (keys: string[], finding: Finding) => void;

/** The policy of the settings: the default levels where no level is set, all others 0 where one is. */
function buildPolicy(
  settings: JobSettings["retention"],
  at: (...keys: string[]) => Path,
  report: Report,
): Policy | undefined {
  if (settings === "keep_all") return { ...DEFAULT_POLICY, levels: { ...EMPTY_LEVELS }, keepAll: true };
  const retention: RetentionSettings = settings ?? {};
  const named = LEVELS.filter((level) => retention[level] !== undefined);
  const levels = named.length === 0 ? { ...DEFAULT_POLICY.levels } : { ...EMPTY_LEVELS };
  let wrong = false;
  for (const level of named) {
    const rule = parseLevelRule(level, retention[level]!);
    if ("error" in rule) {
      wrong = true;
      report.add(at("retention", level), { message: rule.error });
    } else levels[level] = rule;
  }
  if (wrong) return undefined;
  if (named.length > 0 && named.every((level) => levels[level].count === 0)) {
    report.add(at("retention", named[0] as Level), {
      message:
        `every level is 0, which would keep one backup only: expected a count, or 'retention: keep_all'`,
    });
    return undefined;
  }
  return {
    levels,
    weekStarts: retention.week_starts ?? RETENTION_DEFAULTS.week_starts,
    minKeep: retention.min_keep ?? RETENTION_DEFAULTS.min_keep,
    minAgeMs: milliseconds(retention.min_age ?? RETENTION_DEFAULTS.min_age),
    keepOldest: retention.keep_oldest ?? RETENTION_DEFAULTS.keep_oldest,
    keepAll: false,
  };
}

function buildSchedule(
  settings: JobSettings,
  policy: Policy | undefined,
  zone: string,
  complain: Complain,
  { schedules, now }: JobBuild,
): Schedule | undefined {
  let pattern = settings.schedule;
  if (pattern === undefined) {
    if (policy === undefined) return undefined;
    const derived = deriveSchedule(policy);
    if (typeof derived !== "string") {
      complain(["schedule"], { message: derived.error, atKey: true });
      return undefined;
    }
    pattern = derived;
  }
  const parsed = schedules.parse(pattern, zone, now);
  if ("schedule" in parsed) return parsed.schedule;
  complain(["schedule"], { message: parsed.error });
  return undefined;
}

/** Half of an interval is the most that a start may be late without meeting the next one. */
function judgeJitter(jitterMs: number, schedule: Schedule, complain: Complain, now: number): void {
  let smallest = Infinity;
  let slot = schedule.next(now);
  for (let judged = 0; judged < INTERVALS_JUDGED && slot !== null; judged++) {
    const following = schedule.next(slot);
    if (following === null) break;
    smallest = Math.min(smallest, following - slot);
    slot = following;
  }
  if (jitterMs * 2 < smallest) return;
  complain(["jitter"], {
    message:
      `the jitter is not under half of the smallest interval of '${schedule.pattern}', ${
        smallest / 1000
      }s: ` +
      `expected less than ${smallest / 2000}s`,
  });
}

function milliseconds(text: string): number {
  return parseDuration(text) ?? 0;
}
