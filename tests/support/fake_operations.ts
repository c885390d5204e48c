// Operations that answer what a test told them to and remember what they were asked.

import type { Run } from "../../src/domain/backup.ts";
import type {
  ApproveOutcome,
  Caller,
  CancelOutcome,
  DeleteOutcome,
  ForecastRequest,
  Operations,
  Readiness,
  ReloadOutcome,
  TriggerOutcome,
} from "../../src/ports/operations.ts";
import type { CheckResult } from "../../src/ports/provider.ts";
import type { ForecastView, JobView, RetentionView } from "../../src/ports/views.ts";
import { testRun } from "./memory_reads.ts";

/** A job view with sensible values. */
export function testJob(job: string, fields: Partial<JobView> = {}): JobView {
  return {
    job,
    label: job,
    enabled: true,
    schedule: "59 59 23 * * *",
    schedule_derived: true,
    timezone: "UTC",
    provider: "restic-a",
    policy: "daily 4",
    next_slot: "2026-03-02T23:59:59.000Z",
    paused: false,
    paused_until: null,
    running: null,
    last_success: null,
    last_failure: null,
    available: 0,
    guards: [],
    ...fields,
  };
}

/** A retention view with nothing to do. */
export function testRetention(job: string, fields: Partial<RetentionView> = {}): RetentionView {
  return {
    job,
    policy: "daily 4",
    keep: [],
    remove: [],
    digest: "d1",
    guards: [],
    approved: false,
    deleting: 0,
    ...fields,
  };
}

/** Set the fields to choose the answers; `calls` lists what was asked, oldest first. */
export class FakeOperations implements Operations {
  calls: { name: string; args: unknown[] }[] = [];
  names = ["db"];
  triggerOutcome: TriggerOutcome = {
    outcome: "started",
    run: testRun({
      runId: "r-new",
      id: "b-new",
      status: "running",
      endTime: null,
      trigger: "manual",
      slot: null,
    }),
  };
  deleteOutcome: DeleteOutcome | undefined;
  cancelOutcome: CancelOutcome | undefined;
  approveOutcome: ApproveOutcome | undefined;
  retentionViews = new Map<string, RetentionView>();
  ready: Readiness = {
    ready: true,
    checks: [{ name: "store", ok: true, fatal: true, message: "it answers" }],
  };
  reloadOutcome: ReloadOutcome = { ok: true, messages: ["job db: schedule changed"] };
  failure: Error | null = null;

  jobNames(): string[] {
    return this.names;
  }
  jobs(): Promise<JobView[]> {
    return this.#answer("jobs", [], this.names.map((name) => testJob(name)));
  }
  job(name: string): Promise<JobView | undefined> {
    return this.#ofJob("job", [name], testJob(name));
  }
  trigger(job: string, by: Caller, callerKey?: string): Promise<TriggerOutcome | undefined> {
    return this.#ofJob("trigger", [job, by, callerKey], this.triggerOutcome);
  }
  pause(
    job: string,
    by: Caller,
    options: { reason?: string; until?: number },
  ): Promise<JobView | undefined> {
    return this.#ofJob("pause", [job, by, options], testJob(job, { paused: true }));
  }
  resume(job: string, by: Caller): Promise<JobView | undefined> {
    return this.#ofJob("resume", [job, by], testJob(job));
  }
  check(job: string): Promise<CheckResult[] | undefined> {
    return this.#ofJob("check", [job], [{ name: "answers", ok: true, message: "it answers" }]);
  }
  retention(job: string): Promise<RetentionView | undefined> {
    return this.#ofJob("retention", [job], this.retentionViews.get(job) ?? testRetention(job));
  }
  runRetention(job: string, by: Caller, dryRun: boolean): Promise<RetentionView | undefined> {
    return this.#ofJob("runRetention", [job, by, dryRun], testRetention(job));
  }
  approveRetention(job: string, by: Caller, digest: string): Promise<ApproveOutcome | undefined> {
    const answer = this.approveOutcome ??
      { outcome: "approved", view: testRetention(job, { approved: true }) };
    return this.#ofJob("approveRetention", [job, by, digest], answer);
  }
  deleteBackup(run: Run, by: Caller): Promise<DeleteOutcome> {
    const answer = this.deleteOutcome ?? { outcome: "accepted", run: { ...run, status: "deleting" } };
    return this.#answer("deleteBackup", [run, by], answer);
  }
  cancelRun(run: Run, by: Caller): Promise<CancelOutcome> {
    const answer = this.cancelOutcome ?? { outcome: "accepted", run: { ...run, status: "cancelling" } };
    return this.#answer("cancelRun", [run, by], answer);
  }
  forecast(job: string, request: ForecastRequest): Promise<ForecastView | undefined> {
    const until = new Date(request.until).toISOString();
    return this.#ofJob("forecast", [job, request], {
      job,
      schedule: "59 59 23 * * *",
      timezone: "UTC",
      policy: "daily 4",
      from: "2026-03-01T00:00:00.000Z",
      until,
      reached: until,
      slots: 1,
      backups: [],
    });
  }
  output(run: Run): Promise<string | undefined> {
    return this.#answer("output", [run], run.runId === "r-output" ? "line 1\nline 2" : undefined);
  }
  trustClock(by: Caller): Promise<void> {
    return this.#answer("trustClock", [by], undefined);
  }
  reload(): Promise<ReloadOutcome> {
    return this.#answer("reload", [], this.reloadOutcome);
  }
  readiness(): Promise<Readiness> {
    return this.#answer("readiness", [], this.ready);
  }
  metrics(): Promise<string> {
    return this.#answer("metrics", [], "# HELP up Up.\n# TYPE up gauge\nup 1\n");
  }

  #ofJob<T>(name: string, args: unknown[], answer: T): Promise<T | undefined> {
    return this.#answer(name, args, this.names.includes(args[0] as string) ? answer : undefined);
  }

  #answer<T>(name: string, args: unknown[], answer: T): Promise<T> {
    if (this.failure !== null) return Promise.reject(this.failure);
    this.calls.push({ name, args });
    return Promise.resolve(answer);
  }
}
