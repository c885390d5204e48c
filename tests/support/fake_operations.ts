// Operations that answer what a test told them to and remember what they were asked.

import type { Run } from "../../src/domain/backup.ts";
import type { RestoreWish, ServerRestore } from "../../src/domain/server_restore.ts";
import type { Verification } from "../../src/domain/verification/verification.ts";
import type { VerifyMethod } from "../../src/domain/verification/verify_settings.ts";
import type {
  ApproveOutcome,
  Caller,
  CancelOutcome,
  CompactOutcome,
  DeleteOutcome,
  Explanation,
  FilesOutcome,
  ForecastRequest,
  ForgetOutcome,
  FreezeOutcome,
  FreezeState,
  HoldOutcome,
  ImportOutcome,
  Lately,
  MigrateOutcome,
  Operations,
  PlanOutcome,
  Readiness,
  ReloadOutcome,
  RestoreOutcome,
  RetentionPage,
  RetentionQuery,
  RetentionSlices,
  SnapshotOutcome,
  TriggerOutcome,
  Verdict,
  VerdictOutcome,
  VerifyOutcome,
} from "../../src/ports/operations.ts";
import type { JobEditOutcome, JobFileOutcome, Precondition, PutJob } from "../../src/ports/job_edits.ts";
import type { JobEditView } from "../../src/ports/views/job_edit.ts";
import type { CheckView } from "../../src/ports/views/server.ts";
import type { Page } from "../../src/ports/queries.ts";
import type { InstanceView } from "../../src/ports/views/instance.ts";
import type { JobDaysView } from "../../src/ports/views/job_days.ts";
import type { CoverageSummaryView, CoverageView } from "../../src/ports/views/coverage.ts";
import type { ForesightView } from "../../src/ports/views/explain.ts";
import type { DeletionsView, DeparturesView } from "../../src/ports/views/departures.ts";
import type { ForecastView } from "../../src/ports/views/forecast.ts";
import type { JobView } from "../../src/ports/views/job.ts";
import type { LocksView, UnlockView } from "../../src/ports/views/locks.ts";
import type { RetentionView } from "../../src/ports/views/retention.ts";
import type { NotifyTestView, NotifyView } from "../../src/ports/views/notify.ts";
import type { StatusView } from "../../src/ports/views/status.ts";
import type { SettingView } from "../../src/ports/views/server.ts";
import type { ChainedEvent, KeptHead, TrailHead, TrailQuery } from "../../src/ports/audit_trail.ts";
import type { AuditReportView } from "../../src/ports/views/audit.ts";
import { testRun } from "./memory_reads.ts";

/** A job view with sensible values. */
export function testJob(job: string, fields: Partial<JobView> = {}): JobView {
  return {
    job,
    label: job,
    health: {
      state: "ok",
      well: true,
      since: null,
      cause: null,
      remedy: null,
      brief: null,
      words: null,
      of_all: false,
    },
    enabled: true,
    schedule: "59 59 23 * * *",
    schedule_derived: true,
    timezone: "UTC",
    provider: "restic-a",
    provider_trouble: null,
    contact: null,
    store_trouble: null,
    policy: "daily 4",
    next_slot: "2026-03-02T23:59:59.000Z",
    next_waits: null,
    blackout: null,
    paused: false,
    paused_until: null,
    running: null,
    waiting: null,
    retry: null,
    last_success: null,
    last_failure: null,
    available: 0,
    last_duration_seconds: null,
    last_size_mb: null,
    suspects: 0,
    missing: 0,
    held: 0,
    managed: true,
    unmanaged_since: null,
    unmanaged: [],
    guards: [],
    open_deletions: null,
    storage: null,
    verification: null,
    remains: null,
    ...fields,
  };
}

/** A verification with sensible values. */
export function testVerification(fields: Partial<Verification> = {}): Verification {
  return {
    ...{
      verificationId: "v-1",
      job: "db",
      runId: "r-1",
      providerKey: "p",
      id: "b-1",
      method: "check",
      level: null,
    },
    ...{ slot: null, askedBy: "ann", attempt: 1, state: "intent", createdAt: 1, sentAt: null, endedAt: null },
    ...{ message: null, bytes: null, files: null, durationMs: null },
    ...fields,
  };
}

/** A restore with sensible values. */
export function testRestore(fields: Partial<ServerRestore> = {}): ServerRestore {
  return {
    ...{
      operationId: "o-1",
      job: "db",
      runId: "r-1",
      providerKey: "p",
      id: "b-1",
      target: "/srv/restored/a",
    },
    ...{ include: [], dryRun: false, overwrite: false, anyOwner: false, warning: null },
    ...{ askedBy: "ann", state: "running" },
    ...{ message: "restoring", files: null, bytes: null, startedAt: 1, endedAt: null },
    ...fields,
  };
}

/** A job that lacks nothing. */
export function testCoverage(job: string): CoverageSummaryView {
  return {
    job,
    at: "2026-03-01T12:00:00.000Z",
    since: "2026-01-01T00:00:00.000Z",
    policy: "daily=4@L",
    score: 100,
    asked: 4,
    covered: 4,
    levels: [{ level: "daily", count: 4, asked: 4, covered: 4 }],
    worst_gap: null,
    promises: [],
  };
}

/** A job that was written. */
export function testJobEdit(job: string, fields: Partial<JobEditView> = {}): JobEditView {
  return {
    job,
    file: `/etc/schelly/jobs.d/${job}.yaml`,
    etag: '"0123456789abcdef0123456789abcdef"',
    dry_run: false,
    change: "added",
    settings: [{ key: "schedule", old: null, new: "0 0 3 * * *" }],
    backups: null,
    returns_to: 0,
    notes: [],
    reload: [`job '${job}' added`],
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
    keep_count: fields.keep?.length ?? 0,
    remove_count: fields.remove?.length ?? 0,
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
  /** Of every job that is read by itself. */
  jobFields: Partial<JobView> = {};
  deletions: DeletionsView = {
    from: "2026-03-01T00:00:00.000Z",
    until: "2026-04-05T00:00:00.000Z",
    days: [],
    partly: [],
    pending: 0,
    unseen: [],
  };
  going: DeparturesView["going"] = [];
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
  forgetOutcome: ForgetOutcome = { outcome: "forgotten", at: Date.UTC(2026, 2, 1) };
  jobFileOutcome: JobFileOutcome = { outcome: "refused", message: "Callers change no jobs here" };
  jobEditOutcome: JobEditOutcome = { outcome: "refused", message: "Callers change no jobs here" };
  /** Of the page after the one that is answered. */
  retentionCursor: string | undefined;
  forgottenTexts = new Map<string, string>();
  cancelOutcome: CancelOutcome | undefined;
  verifyOutcome: VerifyOutcome | undefined;
  restoreOutcome: RestoreOutcome | undefined;
  filesOutcome: FilesOutcome = {
    outcome: "page",
    page: { entries: [{ path: "srv/a.txt", type: "file", size: 3, modifiedAt: 1 }], next: "a.txt" },
  };
  verdictOutcome: VerdictOutcome | undefined;
  holdOutcome: HoldOutcome | undefined;
  notifyAnswer: NotifyView = {
    name: "nas1",
    timezone: "UTC",
    channels: [{ name: "ops", type: "ntfy", waiting: 0, held_jobs: 0, oldest: null, error: null }],
    rules: [{
      to: ["ops"],
      on: ["failing", "recovered"],
      jobs: ["*"],
      repeat_seconds: 86_400,
      quiet: "22:00-07:00",
      digest: "never",
    }],
  };
  freezeOutcome: FreezeOutcome | undefined;
  frozen: FreezeState = { freeze: null, onTheWire: [] };
  importOutcome: ImportOutcome | undefined;
  migrateOutcome: MigrateOutcome | undefined;
  snapshotOutcome: SnapshotOutcome | undefined;
  compactOutcome: CompactOutcome | undefined;
  approveOutcome: ApproveOutcome | undefined;
  auditRows: ChainedEvent[] = [];
  auditReport: AuditReportView = {
    whole: true,
    head: `1:${"a".repeat(64)}`,
    events: 1,
    pruned: 0,
    unchained: 0,
    trouble: null,
    proof: null,
  };
  retentionViews = new Map<string, RetentionView>();
  foresight: ForesightView | string | undefined;
  leftoverTexts = new Map<string, string>();
  latelyAnswer: Lately = { made: 43, failed: 1, deleted: 17 };
  statusAnswer: StatusView = {
    at: "2026-03-01T12:00:00.000Z",
    instance: { role: "active", node: null, active: null, same_configuration: null },
    well: true,
    jobs: 1,
    by_state: { ok: 1 },
    not_due_count: 0,
    unwell_count: 0,
    unwell: [],
    deletions: { under_way: 0, refused: 0, planned: 0 },
    providers: [],
    providers_count: 0,
    notes: [],
  };
  instanceAnswer: InstanceView = { role: "active", node: null, active: null, same_configuration: null };
  ready: Readiness = {
    ready: true,
    checks: [{ name: "store", ok: true, fatal: true, message: "it answers" }],
  };
  reloadOutcome: ReloadOutcome = { ok: true, messages: ["job db: schedule changed"] };
  failure: Error | null = null;

  jobNames(): string[] {
    return this.names;
  }
  jobs({ limit, cursor }: { limit: number; cursor?: string; enabled?: boolean }): Promise<Page<JobView>> {
    const start = cursor === undefined ? 0 : this.names.indexOf(cursor) + 1;
    const items = this.names.slice(start, start + limit).map((name) => testJob(name));
    const isLast = start + limit >= this.names.length;
    return this.#answer("jobs", [limit, cursor], isLast ? { items } : { items, cursor: items.at(-1)!.job });
  }
  async *everyJob(): AsyncGenerator<JobView[], void> {
    for (const name of await this.#answer("everyJob", [], this.names)) yield [testJob(name)];
  }
  job(name: string): Promise<JobView | undefined> {
    return this.#ofJob("job", [name], testJob(name, this.jobFields));
  }
  jobFile(job: string): Promise<JobFileOutcome> {
    return this.#answer("jobFile", [job], this.jobFileOutcome);
  }
  putJob(job: string, by: Caller, put: PutJob): Promise<JobEditOutcome> {
    return this.#answer("putJob", [job, by, put], this.jobEditOutcome);
  }
  removeJob(
    job: string,
    by: Caller,
    options: Precondition & { dryRun: boolean },
  ): Promise<JobEditOutcome> {
    return this.#answer("removeJob", [job, by, options], this.jobEditOutcome);
  }
  forgotten(name: string): Promise<string | undefined> {
    return Promise.resolve(this.forgottenTexts.get(name));
  }
  forget(job: string, by: Caller, ...gone: boolean[]): Promise<ForgetOutcome | undefined> {
    return this.#ofJob("forget", [job, by, ...gone], this.forgetOutcome);
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
  check(job: string, dryRun?: boolean): Promise<CheckView[] | undefined> {
    return this.#ofJob("check", [job, dryRun], [{
      ...{ name: "answers", ok: true, message: "it answers", remedy: null },
    }]);
  }
  /** By job; absent: none lies there. */
  lockViews = new Map<string, LocksView>();
  locks(job: string): Promise<LocksView | undefined> {
    return this.#ofJob("locks", [job], this.lockViews.get(job) ?? { supported: true, locks: [], unread: 0 });
  }
  unlock(job: string, ids: readonly string[], by: Caller): Promise<UnlockView | undefined> {
    const answers = ids.map((id) => ({ id, outcome: "removed" as const, message: "" }));
    return this.#ofJob("unlock", [job, ids, by], { supported: true, answers });
  }
  retention(job: string): Promise<RetentionView | undefined> {
    return this.#ofJob("retention", [job], this.retentionViews.get(job) ?? testRetention(job));
  }
  retentionPage(job: string, query: RetentionQuery): Promise<RetentionPage | undefined> {
    const view = this.retentionViews.get(job) ?? testRetention(job);
    return this.#ofJob("retentionPage", [job, query], { view, cursor: this.retentionCursor });
  }
  retentionSlices(job: string): Promise<RetentionSlices | undefined> {
    const { keep, remove, ...summary } = this.retentionViews.get(job) ?? testRetention(job);
    async function* slices() {
      for (const row of keep) yield { decision: "keep" as const, rows: [row] };
      for (const row of remove) yield { decision: "remove" as const, rows: [row] };
    }
    return this.#ofJob("retentionSlices", [job], { summary, slices });
  }
  runRetention(job: string, by: Caller, dryRun: boolean): Promise<RetentionView | undefined> {
    return this.#ofJob("runRetention", [job, by, dryRun], testRetention(job));
  }
  approveRetention(
    job: string,
    by: Caller,
    digest: string,
    query?: RetentionQuery,
  ): Promise<ApproveOutcome | undefined> {
    const answer = this.approveOutcome ??
      { outcome: "approved", view: testRetention(job, { approved: true }) };
    return this.#ofJob("approveRetention", [job, by, digest, query], answer);
  }
  deleteBackup(run: Run, by: Caller): Promise<DeleteOutcome> {
    const answer = this.deleteOutcome ?? { outcome: "accepted", run: { ...run, status: "deleting" } };
    return this.#answer("deleteBackup", [run, by], answer);
  }
  decideSuspect(run: Run, verdict: Verdict, by: Caller): Promise<VerdictOutcome> {
    const at = Date.UTC(2026, 2, 1);
    const set = verdict !== "reject"
      ? { acceptedAt: at, rejectedAt: null }
      : { acceptedAt: null, rejectedAt: at };
    const answer = this.verdictOutcome ?? { outcome: "done", run: { ...run, ...set } };
    return this.#answer("decideSuspect", [run, verdict, by], answer);
  }
  forgetLock(run: Run, by: Caller): Promise<VerdictOutcome> {
    const answer = this.verdictOutcome ??
      { outcome: "done", run: { ...run, lockedAt: null, lockedUntil: null } };
    return this.#answer("forgetLock", [run, by], answer);
  }
  verifyBackup(run: Run, method: VerifyMethod | undefined, by: Caller): Promise<VerifyOutcome> {
    const verification = testVerification({
      runId: run.runId,
      id: run.id!,
      job: run.job,
      method: method ?? "check",
    });
    return this.#answer(
      "verifyBackup",
      [run, method, by],
      this.verifyOutcome ?? {
        outcome: "accepted",
        verification,
      },
    );
  }
  verificationsOf(run: Run, most: number): Promise<Verification[]> {
    return this.#answer("verificationsOf", [run, most], [
      testVerification({ runId: run.runId, id: run.id ?? "", job: run.job, state: "passed", endedAt: 2 }),
    ]);
  }
  /** What a look at these folders finds. */
  unfitTargets = new Map<string, RestoreOutcome>();
  restoreBackup(run: Run, wish: RestoreWish, by: Caller): Promise<RestoreOutcome> {
    const { callerKey: _, ...asked } = wish;
    const restore = testRestore({ runId: run.runId, id: run.id!, job: run.job, ...asked });
    return this.#answer(
      "restoreBackup",
      [run, wish, by],
      this.restoreOutcome ?? { outcome: "accepted", restore },
    );
  }
  planOutcome: PlanOutcome = {
    outcome: "invalid",
    issues: [],
  };
  plan(edit: { text: string; file: string | null }, by: Caller): Promise<PlanOutcome> {
    return this.#answer("plan", [edit, by], this.planOutcome);
  }
  planned: string[] = [];
  planFiles(): string[] {
    return this.planned;
  }
  lookAtRestore(_run: Run, wish: RestoreWish): Promise<RestoreOutcome | undefined> {
    return Promise.resolve(this.unfitTargets.get(wish.target));
  }
  restores({ job, limit }: { job?: string; limit: number }): ServerRestore[] {
    this.calls.push({ name: "restores", args: [job, limit] });
    return [testRestore({ job: job ?? "db" })].slice(0, limit);
  }
  restore(operationId: string): ServerRestore | undefined {
    return operationId === "none" ? undefined : testRestore({ operationId });
  }
  cancelRestore(operationId: string): Promise<RestoreOutcome | undefined> {
    const restore = this.restore(operationId);
    const answer = this.restoreOutcome ??
      (restore === undefined ? undefined : { outcome: "accepted" as const, restore });
    return this.#answer("cancelRestore", [operationId], answer);
  }
  filesOf(run: Run, path: string, after: string | undefined, limit: number): Promise<FilesOutcome> {
    return this.#answer("filesOf", [run, path, after, limit], this.filesOutcome);
  }
  holdBackup(
    run: Run,
    hold: { reason: string; owner?: string; until: number | null },
    by: Caller,
  ): Promise<HoldOutcome> {
    const marks = {
      holdReason: hold.reason,
      holdOwner: hold.owner ?? by.name,
      holdAt: 0,
      holdUntil: hold.until,
    };
    const answer = this.holdOutcome ?? { outcome: "done", run: { ...run, ...marks } };
    return this.#answer("holdBackup", [run, hold, by], answer);
  }
  releaseBackup(run: Run, by: Caller): Promise<HoldOutcome> {
    return this.#answer("releaseBackup", [run, by], this.holdOutcome ?? { outcome: "done", run });
  }
  freeze(
    wanted: { reason: string; owner?: string; until: number | null },
    by: Caller,
  ): Promise<FreezeOutcome> {
    const freeze = { ...wanted, owner: wanted.owner ?? by.name, at: 0 };
    const answer = this.freezeOutcome ?? { outcome: "done", state: { ...this.frozen, freeze } };
    return this.#answer("freeze", [wanted, by], answer);
  }
  unfreeze(by: Caller): Promise<FreezeState> {
    return this.#answer("unfreeze", [by], { freeze: null, onTheWire: [] });
  }
  freezeState(): Promise<FreezeState> {
    return this.#answer("freezeState", [], this.frozen);
  }
  importBackups(
    job: string,
    by: Caller,
    dryRun: boolean,
    ids?: readonly string[],
  ): Promise<ImportOutcome | undefined> {
    const view = { job, provider: "restic-a", dry_run: dryRun, imported: [], skipped: [], would_delete: [] };
    const answer = this.importOutcome ?? { outcome: "done", view };
    return this.#ofJob("importBackups", [job, by, dryRun, ids], answer);
  }
  migrate(job: string, path: string, by: Caller, dryRun: boolean): Promise<MigrateOutcome | undefined> {
    const view = {
      job,
      provider: "restic-a",
      dry_run: dryRun,
      imported: [],
      skipped: [],
      would_delete: [],
      levels_lost: ["weekly 4@L"],
    };
    const answer = this.migrateOutcome ?? { outcome: "done", view };
    return this.#ofJob("migrate", [job, path, by, dryRun], answer);
  }
  snapshot(path: string, by: Caller): Promise<SnapshotOutcome> {
    const view = {
      path,
      taken_at: "2026-03-01T12:00:00.000Z",
      bytes: 4096,
      store_id: "s1",
      jobs: 1,
      runs: 2,
      available: 1,
      newest_run_at: null,
    };
    return this.#answer("snapshot", [path, by], this.snapshotOutcome ?? { outcome: "written", view });
  }
  compact(by: Caller, dryRun: boolean): Promise<CompactOutcome> {
    const view = {
      dry_run: dryRun,
      bytes_before: 8192,
      bytes_after: 4096,
      free_bytes: 4096,
      needs_stop: false,
    };
    return this.#answer("compact", [by, dryRun], this.compactOutcome ?? { outcome: "done", view });
  }
  cancelRun(run: Run, by: Caller): Promise<CancelOutcome> {
    const answer = this.cancelOutcome ?? { outcome: "accepted", run: { ...run, status: "cancelling" } };
    return this.#answer("cancelRun", [run, by], answer);
  }
  coverages(): Promise<CoverageSummaryView[]> {
    return this.#answer("coverages", [], this.names.map((name) => testCoverage(name)));
  }
  coverage(job: string): Promise<CoverageView | undefined> {
    const view = { ...testCoverage(job), holes: [], hole_count: 0, cut: false };
    return this.#ofJob("coverage", [job], view);
  }
  jobDays(job: string, from: number): Promise<JobDaysView | undefined> {
    return this.#ofJob("jobDays", [job, from], { job, days: [] });
  }
  forecast(job: string, request: ForecastRequest): Promise<ForecastView | undefined> {
    const until = new Date(request.until ?? 0).toISOString();
    return this.#ofJob("forecast", [job, request], {
      job,
      schedule: "59 59 23 * * *",
      timezone: "UTC",
      policy: "daily 4",
      from: "2026-03-01T00:00:00.000Z",
      until,
      reached: until,
      slots: 1,
      dates: [],
      backups: [],
      left_out: 0,
    });
  }
  departures(job: string, until: number | null): Promise<DeparturesView | undefined> {
    const end = new Date(until ?? 0).toISOString();
    return this.#ofJob("departures", [job, until], {
      ...{ job, timezone: "UTC", from: "2026-03-01T00:00:00.000Z", until: end, reached: end },
      ...{ going: this.going, passing: 0 },
    });
  }
  plannedDeletions(): Promise<DeletionsView> {
    return this.#answer("plannedDeletions", [], this.deletions);
  }
  leftovers(): Promise<ReadonlyMap<string, string>> {
    return Promise.resolve(this.leftoverTexts);
  }
  explain(run: Run): Promise<Explanation | undefined> {
    const retention = this.retentionViews.get(run.job) ?? testRetention(run.job);
    return this.#ofJob("explain", [run.job, run], { retention, foresight: this.foresight });
  }
  output(run: Run): Promise<string | undefined> {
    return this.#answer("output", [run], run.runId === "r-output" ? "line 1\nline 2" : undefined);
  }
  recoverySheet(format: "markdown" | "html"): Promise<string> {
    return this.#answer("recoverySheet", [format], format === "html" ? "<h1>Sheet</h1>" : "# Sheet\n");
  }
  auditHead(): Promise<TrailHead> {
    return this.#answer("auditHead", [], { link: 1, digest: "a".repeat(64) });
  }
  auditEvents(query: TrailQuery): Promise<ChainedEvent[]> {
    return this.#answer("auditEvents", [query], this.auditRows);
  }
  verifyAudit(kept: KeptHead | null): Promise<AuditReportView> {
    return this.#answer("verifyAudit", [kept], this.auditReport);
  }
  trustClock(by: Caller): Promise<void> {
    return this.#answer("trustClock", [by], undefined);
  }
  reload(): Promise<ReloadOutcome> {
    return this.#answer("reload", [], this.reloadOutcome);
  }
  settings(): Promise<SettingView[]> {
    return this.#answer("settings", [], [{ path: "jobs.db.name", value: "db", source: "schelly.yaml:3" }]);
  }
  status(): Promise<StatusView> {
    return this.#answer("status", [], this.statusAnswer);
  }
  lately(): Promise<Lately> {
    return this.#answer("lately", [], this.latelyAnswer);
  }
  notifications(): Promise<NotifyView> {
    return this.#answer("notifications", [], this.notifyAnswer);
  }
  testChannel(channel: string): Promise<NotifyTestView | undefined> {
    const isKnown = this.notifyAnswer.channels.some(({ name }) => name === channel);
    const sent = [{ news: "bad", title: "TEST", ok: true, message: null }];
    return this.#answer("testChannel", [channel], isKnown ? { channel, sent } : undefined);
  }
  instance(): InstanceView {
    return this.instanceAnswer;
  }
  readiness(_withJobs?: boolean): Promise<Readiness> {
    return this.#answer("readiness", [], this.ready);
  }
  async *metrics(): AsyncGenerator<string, void> {
    yield* await this.#answer("metrics", [], ["# HELP up Up.\n# TYPE up gauge\n", "up 1\n"]);
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
