// Jobs that wait for one another at a provider, with schedules that would spread them.

import { DAY } from "../duration.ts";
import { iso } from "../instant.ts";
import { type Finding, lengthText, someOf } from "./lint_finding.ts";
import { playQueue, type QueuedJob, type QueuePlay } from "./provider_queue.ts";
import type { ScheduleCache } from "../schedule/schedule.ts";
import { shiftedSchedule } from "../schedule/shifted_schedule.ts";

/** Long enough to meet what happens once a week. */
const HORIZON_MS = 8 * DAY;
const MOST_SLOTS = 30_000;
const MINUTE = 60_000;
/** Proposed times lie on whole multiples of this. */
const RASTER_MINUTES = 5;
const MOST_SHOWN = 3;
const MOST_PROPOSALS = 50;

export interface QueuedProvider {
  key: string;
  maxConcurrent: number;
  /** It surely makes no more than `maxConcurrent` backups at a time; of a remote one only its author knows. */
  isBuiltin: boolean;
}

export interface PlacedJob extends QueuedJob {
  timezone: string;
}

/** The finding about one provider; null where nobody waits. Yields every hour of virtual time. */
export function* collisionFinding(
  provider: QueuedProvider,
  jobs: readonly PlacedJob[],
  schedules: ScheduleCache,
  now: number,
): Generator<void, Finding | null> {
  const { maxConcurrent } = provider;
  if (jobs.length <= maxConcurrent) return null;
  const play = (of: readonly PlacedJob[]) => playQueue(of, maxConcurrent, now, now + HORIZON_MS, MOST_SLOTS);
  const before = yield* play(jobs);
  if (before.waiting.length === 0) return null;
  const moved = spread(jobs, before, schedules);
  const after = moved.proposals.length === 0 ? null : yield* play(moved.jobs);
  const better = after !== null && worst(after) * 2 <= worst(before) && failed(after) <= failed(before);
  const measured = jobs.some((job) => job.durationMs !== null);
  const severe = provider.isBuiltin && before.waiting.some((one) => one.failed > 0 || one.skipped > 0);
  return {
    rule: "collision",
    severity: severe ? "warning" : "notice",
    jobs: before.waiting.map((one) => one.job),
    message: messageOf(provider, jobs, before, measured),
    remedy: better
      ? `use the proposed schedules: then ${
        after.waiting.length === 0 ? "nobody waits" : `nobody waits longer than ${lengthText(worst(after))}`
      }`
      : measured
      ? "move some of them apart, set 'jitter', or " +
        (provider.isBuiltin
          ? "raise 'max_concurrent' where it can make more at a time"
          : "leave them where the provider makes more at a time: 'max_concurrent' limits calls to it, not backups")
      : "ask a running server for its measured durations (--server), which gives times to move them to",
    at: [...new Set(before.waiting.map((one) => one.slot))].sort((a, b) => a - b).slice(0, 20),
    proposals: better ? moved.proposals : [],
  };
}

function messageOf(
  { key, maxConcurrent, isBuiltin }: QueuedProvider,
  jobs: readonly PlacedJob[],
  { waiting, reached }: QueuePlay,
  measured: boolean,
): string {
  const unmeasured = new Set(jobs.filter((job) => job.durationMs === null).map((job) => job.name));
  const waits = waiting.map(({ job, worstMs, slot, behind, failed, skipped }) => {
    const who = someOf(behind.map((name) => `'${name}'`), MOST_SHOWN);
    const length = behind.every((name) => unmeasured.has(name)) ? "" : ` up to ${lengthText(worstMs)}`;
    const also = failed > 0 ? `, ${failed} times longer than its grace_time, so the backup fails` : "";
    const misses = skipped > 0 ? `, and skips ${skipped} slots meanwhile` : "";
    return `'${job}' waits${length} behind ${who} (${minuteText(slot)})${also}${misses}`;
  });
  const does = isBuiltin ? "makes" : "may make no more than";
  const at = `${maxConcurrent === 1 ? "one backup" : `${maxConcurrent} backups`} at a time`;
  const unknown = measured ? "" : "; how long is not known, for no durations were measured";
  return `provider '${key}' ${does} ${at}, and until ${minuteText(reached)} ${waiting.length} of its ` +
    `${jobs.length} jobs wait for others: ${someOf(waits, MOST_SHOWN)}${unknown}`;
}

/** Moves each job that waits to when its turn came. */
function spread(
  jobs: readonly PlacedJob[],
  { waiting }: QueuePlay,
  schedules: ScheduleCache,
): { jobs: PlacedJob[]; proposals: { job: string; schedule: string }[] } {
  const waits = new Map(waiting.slice(0, MOST_PROPOSALS).map((one) => [one.job, one.worstMs]));
  const proposals: { job: string; schedule: string }[] = [];
  const moved = jobs.map((job) => {
    const waitMs = waits.get(job.name);
    // Without a duration nobody knows when its turn comes.
    if (waitMs === undefined || jobs.every((other) => other.durationMs === null)) return job;
    const minutes = Math.ceil((waitMs * 1.1) / MINUTE / RASTER_MINUTES) * RASTER_MINUTES;
    const schedule = shiftedSchedule(job.schedule.pattern, minutes);
    const parsed = schedule === null ? null : schedules.parse(schedule, job.timezone);
    if (schedule === null || parsed === null || "error" in parsed) return job;
    proposals.push({ job: job.name, schedule });
    return { ...job, schedule: parsed.schedule };
  });
  return { jobs: moved, proposals };
}

function worst({ waiting }: QueuePlay): number {
  return waiting[0]?.worstMs ?? 0;
}

function failed({ waiting }: QueuePlay): number {
  return waiting.reduce((sum, one) => sum + one.failed + one.skipped, 0);
}

function minuteText(ms: number): string {
  return `${iso(ms).slice(0, 16)}Z`;
}
