// Live views: what the engine and the store know of a job, as JSON shapes.

import { isUnfinished } from "./domain/backup.ts";
import { forecast } from "./domain/forecast.ts";
import { formatPolicy } from "./domain/policy.ts";
import type { ScheduleCache } from "./domain/schedule.ts";
import { zoneOf } from "./domain/zone.ts";
import type { ElectionPlan } from "./engine/election_plan.ts";
import type { JobEngine } from "./engine/job_engine.ts";
import { drainInSlices } from "./engine/slices.ts";
import type { Clock } from "./ports/host.ts";
import type { ForecastRequest } from "./ports/operations.ts";
import type { JobStats, LatchedGuard, RunStore } from "./ports/store.ts";
import type { ForecastView, GuardView, JobView, RetentionRowView, RetentionView } from "./ports/views.ts";

/** A job with its live state. */
export function jobView(engine: JobEngine, stats: JobStats[], latched: LatchedGuard[], now: number): JobView {
  const { job, state, running } = engine;
  const own = stats.find((one) => one.job === job.name);
  const next = job.enabled ? engine.nextSlot() : null;
  return {
    job: job.name,
    label: job.label,
    enabled: job.enabled,
    schedule: job.schedule,
    schedule_derived: job.scheduleDerived,
    timezone: job.timezone,
    provider: job.providerKey,
    policy: formatPolicy(job.retention),
    next_slot: iso(next),
    paused: state.pausedAt !== null && (state.pausedUntil === null || state.pausedUntil > now),
    paused_until: iso(state.pausedUntil),
    running: running === null || !isUnfinished(running.status) ? null : {
      run_id: running.runId,
      state: running.status,
      since: iso(running.startTime),
      message: running.message,
    },
    last_success: iso(own?.lastSuccessAt ?? null),
    last_failure: iso(own?.lastFailureAt ?? null),
    available: own?.byStatus.available ?? 0,
    guards: [
      ...latched.filter((guard) => guard.job === job.name).map(latchedView),
      ...(state.clockUntrustedUntil !== null && state.clockUntrustedUntil > now
        ? [{
          guard: "untrusted_clock",
          since: null,
          latched: false,
          message: `the clock is not trusted until ${iso(state.clockUntrustedUntil)}`,
        }]
        : []),
    ],
  };
}

function latchedView(guard: LatchedGuard): GuardView {
  return { guard: guard.guard, since: iso(guard.latchedAt), latched: true, message: guard.message };
}

/** What a pass would do, with the provider's ids. */
export async function retentionView(
  engine: JobEngine,
  plan: ElectionPlan,
  deleting: number,
  store: RunStore,
): Promise<RetentionView> {
  const rowView = async (runId: string, tags: RetentionRowView["tags"], reasons: string[]) => ({
    id: (await store.run(runId))?.id ?? null,
    run_id: runId,
    period_time: iso(plan.rows.get(runId)!.periodTime)!,
    tags,
    reasons,
  });
  const latched = plan.snapshot.latched;
  const found = plan.findings.filter((finding) => !latched.some((guard) => guard.guard === finding.guard));
  return {
    job: engine.job.name,
    policy: formatPolicy(engine.job.retention),
    keep: await Promise.all(plan.election.keep.map((kept) => rowView(kept.runId, kept.tags, kept.reasons))),
    remove: await Promise.all(
      plan.election.victims.map((runId) => rowView(runId, plan.rows.get(runId)!.tags, [])),
    ),
    digest: plan.digest,
    guards: [
      ...latched.map(latchedView),
      ...found.map((finding) => ({
        guard: finding.guard,
        since: null,
        latched: finding.latched,
        message: finding.message,
      })),
    ],
    approved: plan.approved,
    deleting,
  };
}

/** What will exist at a date. Throws `RangeError` for a schedule that cannot be used. */
export async function forecastView(
  parts: { clock: Clock; store: RunStore; schedules: ScheduleCache },
  engine: JobEngine,
  request: ForecastRequest,
): Promise<ForecastView> {
  const { job } = engine;
  const { clock, store } = parts;
  const from = clock.now();
  const policy = request.policy ?? job.retention;
  const parsed = request.schedule === undefined
    ? undefined
    : parts.schedules.parse(request.schedule, job.timezone, from);
  if (parsed !== undefined && "error" in parsed) throw new RangeError(parsed.error);
  const snapshot = await store.election(job.name, job.providerKeys);
  const played = await drainInSlices(
    forecast({
      existing: snapshot.rows,
      slots: parsed?.schedule ?? engine.slots,
      policy,
      zone: zoneOf(job.timezone),
      from,
      until: request.until,
      maxDeletesPerPass: job.maxDeletesPerPass,
    }),
    clock,
  );
  return {
    job: job.name,
    schedule: parsed?.schedule.pattern ?? job.schedule,
    timezone: job.timezone,
    policy: formatPolicy(policy),
    from: iso(from)!,
    until: iso(request.until)!,
    reached: iso(played.reached)!,
    slots: played.slots,
    backups: played.existing.map((one) => ({
      period_time: iso(one.periodTime)!,
      tags: one.tags,
      reasons: one.reasons,
    })),
  };
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
