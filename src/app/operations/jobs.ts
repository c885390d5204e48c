// What callers may ask of jobs: how they do, to start, to pause, to check, what they lack; part of the composition root.

import type { LongWork } from "../../engine/context/long_work.ts";
import type { CoverageBook } from "../coverage/coverage_book.ts";
import { coverageSummary, coverageView } from "../coverage/coverage_views.ts";
import { isWaiting, type Run, waitCause } from "../../domain/backup.ts";
import { knownAdvice } from "../../domain/known_cause.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { Caller, Operations, TriggerOutcome } from "../../ports/operations.ts";
import { type CheckResult, DRY_RUN, type Provider } from "../../ports/provider.ts";
import type { JobView } from "../../ports/views/job.ts";
import type { CheckView } from "../../ports/views/server.ts";
import { forgetOperations } from "./forget.ts";
import { type JobFactsParts, readFactsOf } from "./job_facts.ts";
import { healthOfLeft } from "./job_health.ts";
import { pageOfJobs, slicesOfJobs, viewsOf } from "./job_lists.ts";
import { dayOperations } from "./job_days.ts";
import { lockOperations } from "./locks.ts";

/** What they act through. */
export interface JobOperationsParts extends JobFactsParts {
  coverages: CoverageBook;
  /** Does what takes long and only answers questions. */
  work: LongWork;
  /** A built-in's kept output of a run. */
  output(run: Run): Promise<string | undefined>;
}

type JobOperations = Pick<
  Operations,
  | "jobNames"
  | "jobs"
  | "everyJob"
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
  | "jobDays"
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

  async function view(name: string): Promise<JobView | undefined> {
    const view = viewsOf(parts, [name], await readFactsOf(parts, [name]))[0];
    const pick = await engine.verifications.of(name)?.choice();
    if (!view?.verification || !pick) return view;
    const { candidate: { id, runId }, level } = pick;
    return { ...view, verification: { ...view.verification, next_pick: { id, run_id: runId, level } } };
  }

  return {
    jobNames: () => engine.jobNames(),
    jobs: (query) => pageOfJobs(parts, query),
    async *everyJob(enabled) {
      for await (const { views } of slicesOfJobs(parts, enabled)) yield views;
    },
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
      return "busy" in begun ? busyWith(begun.busy, job.running) : outcomeOf(begun.run);
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

    async check(name, dryRun) {
      const job = engine.job(name);
      const found = await (job === undefined ? checkLeft(parts, name) : check(job.calls.provider, dryRun));
      return found?.map((result) => withRemedy(result, name));
    },
    ...lockOperations(parts),
    ...forgetOperations(parts),
    ...dayOperations(parts),
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

/** A job that left has nothing to check but what is in doubt. */
async function checkLeft(parts: JobFactsParts, name: string): Promise<CheckResult[] | undefined> {
  const facts = await readFactsOf(parts, [name]);
  const left = facts.left.get(name);
  if (left === undefined) return undefined;
  const { well, cause, remedy } = healthOfLeft(left, facts);
  const run = left.run === undefined
    ? []
    : [{ name: `run ${left.run.runId}`, ok: well, message: `${cause}; ${remedy}` }];
  return [{ name: "configuration", ok: false, message: `job '${name}' is not in it any more` }, ...run];
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

function withRemedy(result: CheckResult, job: string): CheckView {
  return { ...result, remedy: result.ok ? null : knownAdvice(result.message, job) ?? null };
}

function busyWith(runId: string, running: Run | null): TriggerOutcome {
  return { outcome: "busy", runId, cause: running?.runId === runId ? waitCause(running) : null };
}

function outcomeOf(run: Run): TriggerOutcome {
  if (isWaiting(run)) return { outcome: "waiting", run, message: run.message ?? "no answer yet" };
  if (run.status === "unknown" || run.status === "sending" || run.status === "intent") {
    return { outcome: "unknown", run, message: run.message ?? "the provider has not answered yet" };
  }
  if (run.status === "failed" && run.id === null) {
    return { outcome: "refused", run, message: run.message ?? "the provider refused" };
  }
  return { outcome: "started", run };
}
