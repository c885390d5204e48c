// What callers may ask of the running program, answered by the engine, the store and the configuration.

import type { Config } from "../../config/values/config.ts";
import type { CoverageBook } from "../coverage/coverage_book.ts";
import { coverageSummary, coverageView } from "../coverage/coverage_views.ts";
import type { OriginalBackup } from "../../domain/original_backup.ts";
import type { Run } from "../../domain/backup.ts";
import { type Freeze, freezeText, isFrozen } from "../../domain/freeze.ts";
import { newestSuspectText } from "../../domain/retention/guard.ts";
import type { ScheduleCache } from "../../domain/schedule/schedule.ts";
import type { Engine } from "../../engine/engine.ts";
import type { LongWork } from "../../engine/context/long_work.ts";
import { drainInSlices } from "../../engine/context/slices.ts";
import { forecastView, type Present } from "../future/forecast_view.ts";
import { foresee } from "../future/foresight_view.ts";
import { type JobFacts, jobView, retentionView, unmanagedJobView } from "./views.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { ClockWatch } from "../../ports/clock_watch.ts";
import type { Clock } from "../../ports/host.ts";
import type {
  ApproveOutcome,
  Caller,
  Operations,
  Readiness,
  ReloadOutcome,
  TriggerOutcome,
} from "../../ports/operations.ts";
import { type CheckResult, DRY_RUN } from "../../ports/provider.ts";
import type { JobStats, JobSuspects, LatchedGuard, RunStore } from "../../ports/store.ts";
import type { ForesightView } from "../../ports/views/explain.ts";
import type { ForecastView } from "../../ports/views/forecast.ts";
import type { JobView } from "../../ports/views/job.ts";
import type { RetentionView } from "../../ports/views/retention.ts";
import type { SnapshotView } from "../../ports/views/state.ts";
import { presentOf } from "../future/present.ts";
import { safetyOperations } from "./safekeeping.ts";

/** What the operations act through; `config` changes with each reload. */
export interface OperationsParts {
  config(): Config;
  engine: Engine;
  store: RunStore;
  clock: Clock;
  watch: ClockWatch;
  /** Why the last change could not be saved; null when it could. */
  storeTrouble(): string | null;
  schedules: ScheduleCache;
  coverages: CoverageBook;
  /** Does what takes long and only answers questions. */
  work: LongWork;
  output(run: Run): Promise<string | undefined>;
  /** Copies the state to a new path; rejects with `StoreError`. */
  takeSnapshot(path: string): Promise<SnapshotView>;
  /** Reads the original's sqlite file; rejects with `StoreError`. */
  readOriginal(path: string): Promise<OriginalBackup[]>;
  reload(): Promise<ReloadOutcome>;
  lastReload(): ReloadOutcome | null;
  /** Upkeep of providers that failed. */
  upkeepTroubles(): Readiness["checks"];
  renderMetrics(stats: JobStats[], jobs: JobView[], frozen: boolean): Promise<string>;
}

const MOST_FORESEEN = 200_000;

/** Builds the operations of a running app. */
export function createOperations(parts: OperationsParts): Operations {
  const { engine, store, clock, watch } = parts;
  const event = (type: EngineEvent["type"], job: string, message: string, by: Caller): EngineEvent => ({
    type,
    level: "warning",
    at: clock.now(),
    job,
    message,
    data: { by: by.name },
  });

  async function jobViews(names: string[]): Promise<JobView[]> {
    const facts = await jobFacts();
    return names.map((name) => jobView(engine.job(name)!, facts));
  }

  async function jobFacts(): Promise<JobFacts> {
    const [stats, latched, suspects, held, places, freeze] = await Promise.all([
      store.stats(),
      store.latched(),
      store.suspects(),
      store.held(),
      store.places(),
      store.freeze(),
    ]);
    return { reading: watch.read(), stats, latched, suspects, held, places, freeze };
  }

  /**
   * Undefined when the job has left the configuration. Rejects with `RangeError` when there are more backups than can be
   * played in the server's memory.
   */
  async function present(name: string): Promise<Present | undefined> {
    const [job, retention] = [engine.job(name), engine.retention(name)];
    if (job === undefined || retention === undefined) return undefined;
    const count = (await store.job(name))?.availableCount ?? 0;
    if (count > MOST_FORESEEN) {
      throw new RangeError(
        `Cannot foresee what becomes of job '${name}': it has ${count} backups: expected at most ${MOST_FORESEEN}`,
      );
    }
    return await presentOf(job, await retention.plan(), store, watch.read());
  }

  async function retentionOf(name: string): Promise<RetentionView> {
    const plan = await engine.retention(name)!.plan();
    const deleting = (await store.runsInStatus(["deleting", "delete-error"], name)).length;
    return retentionView(engine.job(name)!, plan, deleting, clock.now());
  }

  const operations: Operations = {
    jobNames: () => engine.jobNames(),
    async jobs() {
      const [facts, states] = await Promise.all([jobFacts(), store.jobs()]);
      const left = states.filter(({ job }) => engine.job(job) === undefined);
      return [
        ...engine.jobNames().map((name) => jobView(engine.job(name)!, facts)),
        ...left.map((state) => unmanagedJobView(state, facts)),
      ];
    },
    async job(name) {
      if (engine.job(name) !== undefined) return (await jobViews([name]))[0];
      const state = await store.job(name);
      return state && unmanagedJobView(state, await jobFacts());
    },

    async trigger(name, by, callerKey): Promise<TriggerOutcome | undefined> {
      const job = engine.job(name);
      if (job === undefined) return undefined;
      if (engine.stopping) return { outcome: "stopping" };
      if (callerKey !== undefined) {
        const earlier = await store.byCallerKey(name, callerKey);
        if (earlier !== undefined) return outcomeOf(earlier);
      }
      const begun = await job.trigger(by.name, callerKey ?? null);
      if ("busy" in begun) return { outcome: "busy", runId: begun.busy };
      return outcomeOf(begun.run);
    },

    async pause(name, by, { reason, until }) {
      const job = engine.job(name);
      if (job === undefined) return undefined;
      const message = `${by.name} paused job '${name}'${reason === undefined ? "" : `: ${reason}`}`;
      await engine.pause(job, until ?? null, reason ?? null, event("job.paused", name, message, by));
      return await operations.job(name);
    },

    async resume(name, by) {
      const job = engine.job(name);
      if (job === undefined) return undefined;
      await job.decide();
      await job.change(
        { pausedAt: null, pausedUntil: null, pauseReason: null },
        event("job.resumed", name, `${by.name} resumed job '${name}'`, by),
      );
      return await operations.job(name);
    },

    async check(name, dryRun): Promise<CheckResult[] | undefined> {
      const provider = engine.job(name)?.calls.provider;
      const results = await provider?.check({ dryRun });
      if (!dryRun || results === undefined || results.some((result) => result.name === DRY_RUN)) {
        return results;
      }
      const message = `provider '${
        provider!.key
      }' cannot say what a backup would add: expected a restic provider`;
      return [...results, { name: DRY_RUN, ok: false, message }];
    },

    async retention(name) {
      return engine.job(name) === undefined ? undefined : await retentionOf(name);
    },

    async runRetention(name, _by, dryRun) {
      if (engine.job(name) === undefined) return undefined;
      if (!dryRun) await engine.retention(name)!.pass();
      return await retentionOf(name);
    },

    async approveRetention(name, by, digest): Promise<ApproveOutcome | undefined> {
      if (engine.job(name) === undefined) return undefined;
      const before = await retentionOf(name);
      if (before.digest !== digest) return { outcome: "changed", view: before };
      // With nothing to remove, what is approved is that the guards let go.
      if (!before.guards.some((guard) => guard.latched)) {
        return { outcome: "nothing", view: before };
      }
      const approved = await engine.retention(name)!.approve(digest, by.name);
      if (!approved) return { outcome: "changed", view: await retentionOf(name) };
      await engine.retention(name)!.pass();
      return { outcome: "approved", view: await retentionOf(name) };
    },

    ...safetyOperations(parts),
    decideSuspect: (run, verdict, by) => engine.safekeeping.decideSuspect(run, verdict, by.name),

    async coverages() {
      const known = await parts.coverages.all();
      return engine.jobNames().map((name) => coverageSummary(name, known.get(name)));
    },

    async coverage(name) {
      const known = await parts.coverages.of(name);
      return known === undefined ? undefined : await coverageView(known, store);
    },

    async forecast(name, request): Promise<ForecastView | undefined> {
      if (engine.job(name) === undefined) return undefined;
      return await parts.work.run(async () => {
        const now = await present(name);
        return now === undefined ? nothing() : forecastView(now, request, parts.schedules);
      });
    },

    async foresight(run): Promise<ForesightView | undefined> {
      if (engine.job(run.job) === undefined) return undefined;
      const seen = await parts.work.run(async () => {
        const now = await present(run.job);
        return now === undefined ? nothing() : foresee(now, run.runId, parts.schedules);
      });
      if (seen === undefined || seen === null) return undefined;
      const levels: ForesightView["levels"] = [];
      for (const { instead, ...level } of seen.levels) {
        const other = instead === null
          ? null
          : { id: (await store.run(instead))?.id ?? null, run_id: instead };
        levels.push({ ...level, instead: other });
      }
      return { ...seen, levels };
    },

    output: (run) => parts.output(run),
    trustClock: (by) => engine.trustClock(by.name),
    reload: () => parts.reload(),
    settings: () => drainInSlices(parts.config().effectiveValues("redacted"), clock),

    async readiness(): Promise<Readiness> {
      const checks: Readiness["checks"] = [];
      let latches: LatchedGuard[] = [];
      let suspects: JobSuspects[] = [];
      let freeze: Freeze | null = null;
      try {
        latches = await store.latched();
        suspects = await store.suspects();
        freeze = await store.freeze();
        const trouble = parts.storeTrouble();
        checks.push({ name: "store", ok: trouble === null, fatal: true, message: trouble ?? "answers" });
      } catch (error) {
        checks.push({ name: "store", ok: false, fatal: true, message: (error as Error).message });
      }
      checks.push({
        name: "engine",
        ok: !engine.stopping,
        fatal: true,
        message: engine.stopping ? "is stopping" : `schedules ${engine.jobNames().length} jobs`,
      });
      for (const latched of latches) {
        checks.push({
          name: `guard ${latched.guard} of job ${latched.job}`,
          ok: false,
          fatal: false,
          message: latched.message,
        });
      }
      if (freeze !== null && isFrozen(freeze, watch.read().ends)) {
        checks.push({ name: "freeze", ok: false, fatal: false, message: freezeText(freeze) });
      }
      for (const { job, newest } of suspects) {
        if (newest === null || engine.job(job) === undefined) continue;
        checks.push({
          name: `guard newest_suspect of job ${job}`,
          ok: false,
          fatal: false,
          message: newestSuspectText(newest.id ?? newest.runId, newest.reason),
        });
      }
      checks.push(...parts.upkeepTroubles());
      const reloaded = parts.lastReload();
      if (reloaded !== null) {
        checks.push({ name: "config", ok: reloaded.ok, fatal: false, message: reloaded.messages.join("; ") });
      }
      return { ready: checks.every((check) => check.ok || !check.fatal), checks };
    },

    async metrics() {
      const [stats, freeze] = await Promise.all([store.stats(), store.freeze()]);
      const frozen = isFrozen(freeze, watch.read().ends);
      return await parts.renderMetrics(stats, await operations.jobs(), frozen);
    },
  };
  return operations;
}

/** The work of what turns out to be none. */
// deno-lint-ignore require-yield
function* nothing(): Generator<void, undefined> {
  return undefined;
}

function outcomeOf(run: Run): TriggerOutcome {
  if (run.status === "unknown" || run.status === "sending" || run.status === "intent") {
    return { outcome: "unknown", run, message: run.message ?? "the provider has not answered yet" };
  }
  if (run.status === "failed" && run.id === null) {
    return { outcome: "refused", run, message: run.message ?? "the provider refused" };
  }
  return { outcome: "started", run };
}
