// A job's settings, laid over the defaults, become a job with every default filled in.

import type { Job, RetrySettings } from "../../domain/job.ts";
import { KEEP_FAILED_MS, type KeepFailed } from "../../domain/leftovers.ts";
import type { ProviderSpec } from "../../domain/provider_spec.ts";
import type { Finding } from "../document/report.ts";
import { type Mapping, mergeSettings, type Path, valueAt } from "../document/tree.ts";
import type { JobSettings } from "../schema/schema_job.ts";
import { milliseconds } from "../values/durations.ts";
import { parseSizeMb } from "../values/sizes.ts";
import { buildJobHooks } from "./build_job_hooks.ts";
import { buildPing } from "./build_ping.ts";
import { buildPromises } from "./build_promises.ts";
import { bodiesOf } from "./build_provider.ts";
import { buildPassLimits, buildPolicy, buildRetentionSchedule } from "./build_retention.ts";
import {
  buildBlackout,
  buildDates,
  buildSchedule,
  buildZone,
  fitsJitter,
  tellJitter,
} from "./build_schedule.ts";
import { buildVerify } from "./build_verify.ts";
import type { KnownTurn } from "../known_jobs.ts";
import type { JobBuild } from "./job_build.ts";
import type { Bodies } from "./provider_build.ts";

/** What is not said by the user, in the words of the document. */
export const JOB_DEFAULTS = {
  enabled: true,
  jitter: "0s",
  missed_runs: "latest",
  grace_time: "1h",
  retry_interval: "5s",
  on_unknown: "retry",
  retry: { attempts: 2, after: "10m" },
  reconcile: "24h",
  suspect: { min_percent: 20 },
} as const;

// What most jobs have: one of each for all of them.
const USUAL_RETRY: RetrySettings = {
  attempts: JOB_DEFAULTS.retry.attempts,
  afterMs: milliseconds(JOB_DEFAULTS.retry.after),
};
const USUAL_SUSPICION: Job["suspicion"] = {
  minSizeMb: null,
  minPercent: JOB_DEFAULTS.suspect.min_percent,
};
const KEEP_OVER_HTTP: KeepFailed = { ms: Infinity, isSet: false };
const KEEP_OF_BUILTINS: KeepFailed = { ms: KEEP_FAILED_MS, isSet: false };

/** The job at `jobs[index]`, or undefined when it is wrong (and reported). */
export function buildJob(index: number, own: Mapping, build: JobBuild): Job | undefined {
  const merged = mergeSettings(build.defaults, own) as unknown as JobSettings;
  /** Where a setting was written: in the job, or in the defaults. */
  const at = (...keys: string[]): Path =>
    valueAt(own, keys) === undefined && valueAt(build.defaults, keys) !== undefined
      ? ["defaults", ...keys]
      : ["jobs", index, ...keys];
  const complain = (keys: string[], finding: Finding) => build.report.add(at(...keys), finding);

  const zone = buildZone(merged, complain, build);
  const policy = buildPolicy(merged.retention, at, build);
  const schedule = buildSchedule(merged, policy, zone, complain, build);
  const retentionSchedule = buildRetentionSchedule(merged.retention, zone, complain, build);
  const jitterMs = milliseconds(merged.jitter ?? JOB_DEFAULTS.jitter);
  if (schedule !== undefined && !fitsJitter(jitterMs, schedule, build)) tellJitter(schedule, complain, build);
  const blackout = buildBlackout(merged, schedule, zone, ([key, ...inner], finding) => {
    build.report.add([...at(String(key)), ...inner], finding);
  }, build.now);
  const dates = buildDates(merged, zone, complain);
  const promises = buildPromises(merged.expect ?? [], (entry, key, finding) => {
    const path = [...at("expect"), entry];
    // What is wrong in it already may be why the rest does not fit together.
    if (!build.report.isTainted(path)) build.report.add(key === null ? path : [...path, key], finding);
  });

  const ping = buildPing(merged.ping, merged.name, at("ping"), build);
  const hooks = buildJobHooks(merged, at, build);

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
  const verify = buildVerify(merged.verify, provider.spec, zone, complain, build);
  if (verify === null && promises.some(({ verifiedMs }) => verifiedMs !== undefined)) {
    complain(["expect"], {
      message: "verified_within needs verify: nothing of the job is ever proved on a schedule",
    });
  }
  return {
    name: merged.name,
    label: merged.name,
    renamedFrom: merged.renamed_from ?? null,
    enabled: merged.enabled ?? JOB_DEFAULTS.enabled,
    ...dates,
    schedule: schedule.pattern,
    scheduleDerived: merged.schedule === undefined,
    timezone: merged.timezone ?? build.timezone.name,
    jitterMs,
    missedRuns: merged.missed_runs ?? JOB_DEFAULTS.missed_runs,
    startDeadlineMs: merged.start_deadline === undefined ? null : milliseconds(merged.start_deadline),
    ...(blackout === undefined ? {} : { blackout }),
    ...callsOf(provider.spec, bodiesOf(provider.own, providerPath, build.report)),
    ...patienceOf(merged),
    retention: policy,
    retentionSchedule,
    ...buildPassLimits(merged.retention),
    keepFailed: keepFailedOf(merged.keep_failed, provider.spec),
    promises,
    ...(verify === null ? {} : { verify }),
    ...(ping === null ? {} : { ping }),
    ...hooks,
  };
}

/**
 * The same of settings of which a job was built in a load before; undefined where that is to be done again. What depends on
 * the time is judged anew.
 */
export function buildKnownJob(
  index: number,
  own: Mapping,
  known: KnownTurn,
  build: JobBuild,
): Job | undefined {
  const { defaults } = build;
  const isOwn = own.provider !== undefined;
  const written = (isOwn ? own.provider : defaults.provider) as JobSettings["provider"];
  if (written === undefined) return undefined;
  const path = isOwn ? ["jobs", index, "provider"] : ["defaults", "provider"];
  const { said } = build.report;
  const provider = build.providerOf({ provider: written }, path);
  if (provider === undefined || build.report.said !== said) return undefined;
  const built = known.builtOf(own, provider.spec);
  if (built === undefined || built.schedules.some((schedule) => schedule.next(build.now) === null)) {
    return undefined;
  }
  const { job, schedules } = built;
  return fitsJitter(job.jitterMs, schedules[0]!, build) ? job : undefined;
}

/** What is left of it can be deleted by a built-in only; what another provider does with its DELETE nobody knows. */
function keepFailedOf(written: string | undefined, { kind }: ProviderSpec): KeepFailed {
  if (written === undefined) return kind === "http" ? KEEP_OVER_HTTP : KEEP_OF_BUILTINS;
  return { ms: written === "forever" ? Infinity : milliseconds(written), isSet: true };
}

/** What the job asks of its provider. */
function callsOf(
  spec: ProviderSpec,
  own: Bodies,
): Pick<
  Job,
  | "providerKey"
  | "providerKeys"
  | "createBody"
  | "deleteBody"
  | "createTimeoutMs"
  | "deleteTimeoutMs"
  | "pollIntervalMs"
  | "verifyBeforeDelete"
> {
  return {
    providerKey: spec.key,
    providerKeys: [spec.key, ...spec.formerly],
    createBody: own.createBody ?? spec.createBody,
    deleteBody: own.deleteBody ?? spec.deleteBody,
    createTimeoutMs: spec.timeouts.createMs,
    deleteTimeoutMs: spec.timeouts.deleteMs,
    pollIntervalMs: spec.pollIntervalMs,
    verifyBeforeDelete: spec.verifyBeforeDelete,
  };
}

/** How long it waits for a backup, what it does when it does not know, and what it does not believe. */
function patienceOf(
  merged: JobSettings,
): Pick<
  Job,
  "reconcileMs" | "graceMs" | "maxDurationMs" | "retryIntervalMs" | "onUnknown" | "retry" | "suspicion"
> {
  const reconcile = merged.reconcile ?? JOB_DEFAULTS.reconcile;
  return {
    reconcileMs: reconcile === "off" ? null : milliseconds(reconcile),
    graceMs: milliseconds(merged.grace_time ?? JOB_DEFAULTS.grace_time),
    maxDurationMs: merged.max_duration === undefined ? null : milliseconds(merged.max_duration),
    retryIntervalMs: milliseconds(merged.retry_interval ?? JOB_DEFAULTS.retry_interval),
    onUnknown: merged.on_unknown ?? JOB_DEFAULTS.on_unknown,
    retry: retryOf(merged.retry),
    suspicion: merged.min_size === undefined && merged.suspect === undefined ? USUAL_SUSPICION : {
      minSizeMb: merged.min_size === undefined ? null : parseSizeMb(merged.min_size) ?? null,
      minPercent: merged.suspect?.min_percent ?? JOB_DEFAULTS.suspect.min_percent,
    },
  };
}

function retryOf(written: JobSettings["retry"]): RetrySettings {
  if (written === undefined) return USUAL_RETRY;
  const { attempts, after } = written === "off" ? JOB_DEFAULTS.retry : {
    ...JOB_DEFAULTS.retry,
    ...written,
  };
  return { attempts: written === "off" ? 0 : attempts, afterMs: milliseconds(after) };
}
