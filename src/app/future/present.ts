// What exists of a job on this server, as the beginning of its future.

import type { Existing } from "../../domain/future/play.ts";
import type { Candidate } from "../../domain/retention/election.ts";
import type { KeepReason } from "../../domain/retention/reasons.ts";
import { drainInSlices } from "../../engine/context/slices.ts";
import type { Engine } from "../../engine/engine.ts";
import { lockedReason } from "../../engine/retention/locked_reasons.ts";
import type { JobScheduler } from "../../engine/job_scheduler.ts";
import type { ShownElection } from "../../engine/retention/shown_election.ts";
import type { Present } from "./forecast_view.ts";
import type { ClockWatch, Reading } from "../../ports/clock_watch.ts";
import type { Clock } from "../../ports/host.ts";
import type { RunStore } from "../../ports/store.ts";

/** The job as it stands, with these backups. */
export async function presentOf(
  { job, state }: Pick<JobScheduler, "job" | "state">,
  candidates: readonly Candidate[],
  store: Pick<RunStore, "run" | "lockedRows">,
  { now, ends }: Reading,
): Promise<Present> {
  const existing: Existing[] = [...candidates];
  // Those that the policy keeps are locked as well, and may be when it lets them go.
  const locks = new Map<string, KeepReason>();
  for (const row of await store.lockedRows(job.name, null)) locks.set(row.runId, lockedReason(row));
  for (const [at, one] of existing.entries()) {
    const keepReason = one.keepReason ?? locks.get(one.runId);
    if (keepReason !== one.keepReason) existing[at] = { ...one, keepReason };
    if (!one.held) continue;
    existing[at] = { ...existing[at]!, heldUntil: (await store.run(one.runId))?.holdUntil ?? undefined };
  }
  const isPaused = state.pausedAt !== null && (state.pausedUntil === null || state.pausedUntil > ends);
  return { job, existing, pause: isPaused ? { until: state.pausedUntil } : null, now };
}

/** What it is read from. */
export interface PresentParts {
  engine: Engine;
  store: Pick<RunStore, "run" | "job" | "lockedRows">;
  clock: Clock;
  watch: ClockWatch;
}

const MOST_FORESEEN = 200_000;

/** A job of the configuration as it stands now; undefined for none. Throws `RangeError` for too many backups. */
export async function presentFor(
  { engine, store, clock, watch }: PresentParts,
  name: string,
): Promise<Present | undefined> {
  const [job, retention] = [engine.job(name), engine.retention(name)];
  if (job === undefined || retention === undefined) return undefined;
  const tooMany = whyTooMany(name, (await store.job(name))?.availableCount ?? 0);
  if (tooMany !== undefined) throw new RangeError(tooMany);
  // What passes follow is at hand: a large job need not be read and elected for it.
  const followed = await retention.followed(async (shown) => ({
    job: shown.job,
    candidates: knowsEnough(shown) ? await drainInSlices(shown.candidates(), clock) : null,
  }));
  if (followed !== null && followed.candidates !== null) {
    return await presentOf({ job: followed.job, state: job.state }, followed.candidates, store, watch.read());
  }
  const shown = await retention.anew();
  const candidates = await drainInSlices(shown.candidates(), clock);
  return await presentOf({ job: shown.job, state: job.state }, candidates, store, watch.read());
}

/** Whether what was elected can be played: for an age by which backups are kept it has to have their ends. */
export function knowsEnough({ knowsEnds, job }: Pick<ShownElection, "knowsEnds" | "job">): boolean {
  return knowsEnds || job.retention.minAgeMs === 0;
}

/** Why the future of a job is not foreseen: it has more backups than can be played in the server's memory. */
export function whyTooMany(job: string, count: number): string | undefined {
  return count <= MOST_FORESEEN
    ? undefined
    : `Cannot foresee what becomes of job '${job}': it has ${count} backups: expected at most ${MOST_FORESEEN}`;
}
