// What callers may ask of the running program, answered by the engine, the store and the configuration.

import type { Config } from "./config/config.ts";
import { isUnfinished, type Run } from "./domain/backup.ts";
import type { ScheduleCache } from "./domain/schedule.ts";
import type { Engine } from "./engine/engine.ts";
import type { JobEngine } from "./engine/job_engine.ts";
import { forecastView, jobView, retentionView } from "./operation_views.ts";
import type { EngineEvent } from "./ports/events.ts";
import type { Clock } from "./ports/host.ts";
import type {
  ApproveOutcome,
  Caller,
  CancelOutcome,
  DeleteOutcome,
  Operations,
  Readiness,
  ReloadOutcome,
  TriggerOutcome,
} from "./ports/operations.ts";
import type { CheckResult } from "./ports/provider.ts";
import type { JobStats, LatchedGuard, RunStore } from "./ports/store.ts";
import type { ForecastView, JobView, RetentionView } from "./ports/views.ts";

/** What the operations act through; `config` changes with each reload. */
export interface OperationsParts {
  config(): Config;
  engine: Engine;
  store: RunStore;
  clock: Clock;
  /** Why the last change could not be saved; null when it could. */
  storeTrouble(): string | null;
  schedules: ScheduleCache;
  output(run: Run): Promise<string | undefined>;
  reload(): Promise<ReloadOutcome>;
  lastReload(): ReloadOutcome | null;
  renderMetrics(stats: JobStats[], jobs: JobView[]): Promise<string>;
}

/** Statuses an operator may delete by id. */
const DELETABLE: readonly Run["status"][] = [
  "available",
  "missing",
  "failed",
  "lost",
  "cancelled",
  "delete-error",
];

/** Builds the operations of a running app. */
export function createOperations(parts: OperationsParts): Operations {
  const { engine, store, clock } = parts;
  const event = (type: EngineEvent["type"], job: string, message: string, by: Caller): EngineEvent => ({
    type,
    level: "warning",
    at: clock.now(),
    job,
    message,
    data: { by: by.name },
  });

  async function jobViews(names: string[]): Promise<JobView[]> {
    const [stats, latched] = await Promise.all([store.stats(), store.latched()]);
    return names.map((name) => jobView(engine.job(name)!, stats, latched, clock.now()));
  }

  async function retentionOf(name: string): Promise<RetentionView> {
    const plan = await engine.retention(name)!.plan();
    const deleting = (await store.runsInStatus(["deleting", "delete-error"], name)).length;
    return await retentionView(engine.job(name)!, plan, deleting, store);
  }

  const operations: Operations = {
    jobNames: () => engine.jobNames(),
    jobs: () => jobViews(engine.jobNames()),
    async job(name) {
      return engine.job(name) === undefined ? undefined : (await jobViews([name]))[0];
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
      await job.decide();
      await job.change(
        { pausedAt: clock.now(), pausedUntil: until ?? null, pauseReason: reason ?? null },
        event(
          "job.paused",
          name,
          `${by.name} paused job '${name}'${reason === undefined ? "" : `: ${reason}`}`,
          by,
        ),
      );
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

    async check(name): Promise<CheckResult[] | undefined> {
      return await engine.job(name)?.calls.provider.check();
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
      if (before.remove.length === 0 || !before.guards.some((guard) => guard.latched)) {
        return { outcome: "nothing", view: before };
      }
      const approved = await engine.retention(name)!.approve(digest, by.name);
      if (!approved) return { outcome: "changed", view: await retentionOf(name) };
      await engine.retention(name)!.pass();
      return { outcome: "approved", view: await retentionOf(name) };
    },

    async deleteBackup(run, by): Promise<DeleteOutcome> {
      const job = engine.job(run.job);
      const conflict = deleteConflict(run, job);
      if (conflict !== undefined) return { outcome: "conflict", message: conflict };
      const after = await engine.retention(run.job)!.deleteByHand(run, by.name);
      if (after === undefined) {
        return { outcome: "conflict", message: `Backup '${run.id}' changed at the same moment: look again` };
      }
      return { outcome: "accepted", run: after };
    },

    async cancelRun(run, by): Promise<CancelOutcome> {
      const job = engine.job(run.job);
      if (!isUnfinished(run.status)) {
        return { outcome: "conflict", message: `Run ${run.runId} is over, it is '${run.status}'` };
      }
      if (job === undefined || !job.requestCancel(run.runId, `by hand: ${by.name}`)) {
        return { outcome: "conflict", message: `Run ${run.runId} is not followed by this server` };
      }
      return { outcome: "accepted", run: (await store.run(run.runId)) ?? run };
    },

    async forecast(name, request): Promise<ForecastView | undefined> {
      const job = engine.job(name);
      return job === undefined ? undefined : await forecastView(parts, job, request);
    },

    output: (run) => parts.output(run),
    trustClock: (by) => engine.trustClock(by.name),
    reload: () => parts.reload(),

    async readiness(): Promise<Readiness> {
      const checks: Readiness["checks"] = [];
      let latches: LatchedGuard[] = [];
      try {
        latches = await store.latched();
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
      const reloaded = parts.lastReload();
      if (reloaded !== null) {
        checks.push({ name: "config", ok: reloaded.ok, fatal: false, message: reloaded.messages.join("; ") });
      }
      return { ready: checks.every((check) => check.ok || !check.fatal), checks };
    },

    async metrics() {
      const stats = await store.stats();
      return await parts.renderMetrics(stats, await operations.jobs());
    },
  };
  return operations;
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

function deleteConflict(run: Run, job: JobEngine | undefined): string | undefined {
  if (run.id === null) return `Run ${run.runId} has no backup at the provider`;
  if (!DELETABLE.includes(run.status)) {
    return `Backup '${run.id}' is '${run.status}': expected ${DELETABLE.join(", ")}`;
  }
  if (run.holdAt !== null) return `Backup '${run.id}' is held: ${run.holdReason ?? "no reason given"}`;
  if (job === undefined || !job.job.providerKeys.includes(run.providerKey)) {
    return `Backup '${run.id}' was made at provider '${run.providerKey}', which job '${run.job}' does not use: ` +
      "nothing is deleted anywhere else";
  }
  return undefined;
}
