// How long the backups of jobs wait for one another at a provider that makes so many at a time: their slots played
// forward with the durations that were measured.

import { jitterOf } from "../schedule/jitter.ts";
import type { Schedule } from "../schedule/schedule.ts";

/** A job at the provider. */
export interface QueuedJob {
  name: string;
  schedule: Schedule;
  jitterMs: number;
  /** A start that waits longer than this fails. */
  graceMs: number;
  /** How long a backup takes; null where it was never measured: taken for a moment. */
  durationMs: number | null;
}

/** How one job fared. */
interface Waiting {
  job: string;
  /** How often it had to wait. */
  waits: number;
  worstMs: number;
  /** The slot that waited longest, UTC ms. */
  slot: number;
  /** Who was in the way then. */
  behind: string[];
  /** How often it waited longer than its grace time. */
  failed: number;
  /** How often a slot came while its backup waited or ran. */
  skipped: number;
}

export interface QueuePlay {
  /** Those that waited, the longest wait first. */
  waiting: Waiting[];
  /** How far it was played: `until`, or less when there were too many slots. */
  reached: number;
  slots: number;
}

const WINDOW_MS = 3_600_000;
const A_MOMENT_MS = 1000;

interface Arrival {
  job: QueuedJob;
  slot: number;
  at: number;
}

/** Plays slots in (from, until], at most `mostSlots`: first come, first served. Yields every hour of virtual time. */
export function* playQueue(
  jobs: readonly QueuedJob[],
  maxConcurrent: number,
  from: number,
  until: number,
  mostSlots: number,
): Generator<void, QueuePlay> {
  const next = new Map(jobs.map((job) => [job, job.schedule.next(from)]));
  const found = new Map<QueuedJob, Waiting>();
  const busyUntil = new Map<QueuedJob, number>();
  // Backups under way or sure to start, by their end.
  let running: { job: QueuedJob; end: number }[] = [];
  let arrivals: Arrival[] = [];
  let slots = 0;
  let reached = from;
  const serve = ({ job, slot, at }: Arrival) => {
    if ((busyUntil.get(job) ?? -Infinity) > slot) {
      const known = found.get(job);
      if (known !== undefined) known.skipped++;
      return;
    }
    running = running.filter((one) => one.end > at).sort((a, b) => a.end - b.end);
    const ahead = running.length - maxConcurrent;
    const start = ahead < 0 ? at : running[ahead]!.end;
    if (start > at) noteWait(job, slot, start - at, running.map((one) => one.job.name));
    if (start - at > job.graceMs) return;
    const end = start + (job.durationMs ?? A_MOMENT_MS);
    running.push({ job, end });
    busyUntil.set(job, end);
  };
  const noteWait = (job: QueuedJob, slot: number, waitMs: number, behind: string[]) => {
    const known = found.get(job) ??
      { job: job.name, waits: 0, worstMs: 0, slot, behind, failed: 0, skipped: 0 };
    known.waits++;
    if (waitMs > job.graceMs) known.failed++;
    if (waitMs > known.worstMs) Object.assign(known, { worstMs: waitMs, slot, behind });
    found.set(job, known);
  };

  while (reached < until) {
    const end = Math.min(until, reached + WINDOW_MS);
    for (const job of jobs) {
      let slot = next.get(job) ?? null;
      for (; slot !== null && slot <= end && slots < mostSlots; slot = job.schedule.next(slot)) {
        slots++;
        arrivals.push({
          job,
          slot,
          at: slot + (job.jitterMs > 0 ? jitterOf(job.name, slot, job.jitterMs) : 0),
        });
      }
      next.set(job, slot);
    }
    if (slots >= mostSlots) break;
    arrivals.sort((a, b) => a.at - b.at || (a.job.name < b.job.name ? -1 : 1));
    const due = arrivals.filter((arrival) => arrival.at <= end);
    arrivals = arrivals.filter((arrival) => arrival.at > end);
    due.forEach(serve);
    reached = end;
    yield;
  }
  const waiting = [...found.values()].sort((a, b) => b.worstMs - a.worstMs || (a.job < b.job ? -1 : 1));
  return { waiting, reached, slots };
}
