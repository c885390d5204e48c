// What callers may ask of jobs: how they do, to start, to pause, to check, what they lack; part of the composition root.

import type { LongWork } from "../../engine/context/long_work.ts";
import type { CoverageBook } from "../coverage/coverage_book.ts";
import { coverageSummary, coverageView } from "../coverage/coverage_views.ts";
import type { Run } from "../../domain/backup.ts";
import { PATIENCE_MS } from "../../domain/stuck.ts";
import { isForgotten } from "../../domain/remains.ts";
import type { Engine } from "../../engine/engine.ts";
import type { ClockWatch } from "../../ports/clock_watch.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { Clock } from "../../ports/host.ts";
import type { Caller, Operations, TriggerOutcome } from "../../ports/operations.ts";
import { type CheckResult, DRY_RUN, type Provider } from "../../ports/provider.ts";
import type { RunStore } from "../../ports/store.ts";
import type { JobView } from "../../ports/views/job.ts";
import { forgetOperations } from "./forget.ts";
import { lockOperations } from "./locks.ts";
import { type JobFacts, jobView, unmanagedJobView } from "./views.ts";

/** What they act through. */
export interface JobOperationsParts {
  engine: Engine;
  store: RunStore;
  clock: Clock;
  watch: ClockWatch;
  coverages: CoverageBook;
  /** Does what takes long and only answers questions. */
  work: LongWork;
  /** Why the provider of a key cannot be used; null when it can. Absent: none has such trouble. */
  providerTroubleOf?(providerKey: string): string | null;
  /** Why the last change could not be saved; null when it could. */
  storeTrouble(): string | null;
  /** A built-in's kept output of a run. */
  output(run: Run): Promise<string | undefined>;
}

type JobOperations = Pick<
  Operations,
  | "jobNames"
  | "jobs"
  | "job"
  | "forget"
  | "forgotten"
  | "trigger"
  | "pause"
  | "resume"
  | "check"
  | "locks"
  | "unlock"
  | "output"
  | "coverages"
  | "coverage"
>;

/** Builds them. */
export function jobOperations(parts: JobOperationsParts): JobOperations {
  const { engine, store, clock } = parts;

  const event = (type: EngineEvent["type"], job: string, message: string, by: Caller): EngineEvent => ({
    type,
    level: "warning",
    at: clock.now(),
    job,
    message,
    data: { by: by.name },
  });

  async function view(name: string) {
    const job = engine.job(name);
    if (job !== undefined) return jobView(job, await readJobFacts(parts));
    const state = await store.job(name);
    if (state === undefined || isForgotten(state)) return undefined;
    return unmanagedJobView(state, await readJobFacts(parts));
  }

  return {
    jobNames: () => engine.jobNames(),
    jobs: async () => (await readJobs(parts)).views,
    job: view,

    async trigger(name, by, callerKey) {
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
      return await view(name);
    },

    async resume(name, by) {
      const job = engine.job(name);
      if (job === undefined) return undefined;
      await job.decide();
      await job.change(
        { pausedAt: null, pausedUntil: null, pauseReason: null },
        event("job.resumed", name, `${by.name} resumed job '${name}'`, by),
      );
      return await view(name);
    },

    check: (name, dryRun) => check(engine.job(name)?.calls.provider, dryRun),
    ...lockOperations(parts),
    ...forgetOperations(parts),
    output: (run) => parts.output(run),

    async coverages() {
      const known = await parts.work.look("coverages", () => parts.coverages.all());
      return engine.jobNames().map((name) => coverageSummary(name, known.get(name)));
    },

    async coverage(name) {
      const known = await parts.work.look(`coverage of ${name}`, () => parts.coverages.of(name));
      return known === undefined ? undefined : await coverageView(known, store);
    },
  };
}

async function check(
  provider: Provider | undefined,
  dryRun: boolean | undefined,
): Promise<CheckResult[] | undefined> {
  const results = await provider?.check({ dryRun });
  if (!dryRun || results === undefined || results.some((result) => result.name === DRY_RUN)) return results;
  const message = `provider '${
    provider!.key
  }' cannot say what a backup would add: expected a restic provider`;
  return [...results, { name: DRY_RUN, ok: false, message }];
}

/** Every job, those that nobody manages any more included, and what was read for that. */
export async function readJobs(
  parts: Pick<JobOperationsParts, "engine" | "store" | "watch" | "providerTroubleOf" | "storeTrouble">,
): Promise<{ views: JobView[]; facts: JobFacts }> {
  const { engine, store } = parts;
  const [facts, states] = await Promise.all([readJobFacts(parts), store.jobs()]);
  const left = states.filter((state) => engine.job(state.job) === undefined && !isForgotten(state));
  const views = [
    ...engine.jobNames().map((name) => jobView(engine.job(name)!, facts)),
    ...left.map((state) => unmanagedJobView(state, facts)),
  ];
  return { views, facts };
}

/** Reads once what many views are made of. */
async function readJobFacts(
  { store, watch, providerTroubleOf, storeTrouble }: Pick<
    JobOperationsParts,
    "store" | "watch" | "providerTroubleOf" | "storeTrouble"
  >,
): Promise<JobFacts> {
  const reading = watch.read();
  const [stats, latched, suspects, missing, held, providerBackups, remains, freeze, openDeletions] =
    await Promise.all(
      [
        store.stats(),
        store.latched(),
        store.suspects(),
        store.missing(),
        store.held(),
        store.providerBackups(),
        store.remains(),
        store.freeze(),
        store.openDeletions(reading.now - PATIENCE_MS),
      ],
    );
  return {
    reading,
    stats,
    latched,
    suspects,
    missing,
    held,
    providerBackups,
    remains,
    freeze,
    openDeletions,
    troubleOf: providerTroubleOf,
    storeTrouble: storeTrouble(),
  };
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
