// What the page of a job is made of: its views, read at once, and what was asked of its future.

import { guardFinding } from "../../domain/retention/guard.ts";
import { DAY } from "../../domain/duration.ts";
import type { Run } from "../../domain/backup.ts";
import { DAYS_KEPT } from "../../domain/job_days.ts";
import { storedByDay, type StoredDay } from "../../domain/storage_days.ts";
import { iso } from "../../domain/instant.ts";
import type { BackupView } from "../../ports/views/backup.ts";
import type { CoverageView } from "../../ports/views/coverage.ts";
import type { DeparturesView } from "../../ports/views/departures.ts";
import type { ForecastView } from "../../ports/views/forecast.ts";
import type { FreezeView } from "../../ports/views/freeze.ts";
import type { JobView } from "../../ports/views/job.ts";
import type { BackupVerificationView, VerificationView } from "../../ports/views/proof.ts";
import type { RunView } from "../../ports/views/run.ts";
import type { BackupCount, HistoryReads } from "../../ports/history.ts";
import type { Reads } from "../../ports/store.ts";
import type { ApiReader } from "../api_reader.ts";
import type { Foreseen, SetAt, TimelineInput, Trial } from "../pictures/timeline_input.ts";
import { crowdedIn } from "../pictures/timeline_words.ts";
import { triedPolicy } from "./tried_policy.ts";

/** Steps of the slider: when the set is looked at. */
export const STEPS = [
  { name: "now", words: "now", days: 0 },
  { name: "week", words: "+1 w", days: 7 },
  { name: "month", words: "+1 m", days: 30 },
  { name: "year", words: "+1 y", days: 365 },
] as const;
type Step = (typeof STEPS)[number];

/** What was asked of the page. */
export interface AskedOfJob {
  step: Step;
  /** An edit of the policy to try; empty: none. */
  policy: string;
}

/** Everything that the page shows. */
export interface JobReading {
  job: JobView;
  /** The newest, at most `MOST_DRAWN`. */
  backups: BackupView[];
  runs: readonly Run[];
  failed: RunView[];
  coverage: CoverageView | string;
  freeze: FreezeView | string;
  departures: DeparturesView | string;
  /** Of the step; null for now. */
  forecast: ForecastView | string | null;
  /** Null: nothing is tried. */
  trial: Trial | string | null;
  restores: VerificationView[];
  /** Those older than the backups that are drawn. */
  crowds: BackupCount[];
  /** How much room its backups took, day by day up to today. */
  stored: StoredDay[];
}

/** So many backups are drawn one by one, and so many runs listed. */
const MOST_DRAWN = 2_000;
/** In so many stretches older ones are counted. */
const PLACES = 400;
const MOST_RUNS = 20;
const MOST_FAILED = 200;
/** So many proved backups are asked for how long their restores took. */
const MOST_PROVED = 12;
/** A trial is of the next pass. */
const SOON_MS = 1_000;

/** Reads it; null where there is no such job. */
export async function readJob(
  { api, reads, history }: {
    api: ApiReader;
    reads: Pick<Reads, "runs">;
    history: Pick<HistoryReads, "storageDays" | "backupCounts">;
  },
  name: string,
  { step, policy }: AskedOfJob,
  now: number,
): Promise<JobReading | null> {
  const path = `/jobs/${encodeURIComponent(name)}`;
  const job = await api.find<JobView>(path);
  if (job === null) return null;
  const of = `job=${encodeURIComponent(name)}`;
  const failed = ["failed", "lost", "cancelled"].join(",");
  const storedSince = now - (DAYS_KEPT - 1) * DAY;
  const [backups, runs, bad, coverage, freeze, departures, forecast, storage] = await Promise.all([
    api.try<BackupView[]>(`/backups?${of}&status=available&limit=${MOST_DRAWN}`),
    reads.runs({ job: name, limit: MOST_RUNS }),
    api.try<RunView[]>(`/runs?${of}&status=${failed}&limit=${MOST_FAILED}`),
    api.try<CoverageView>(`${path}/coverage`),
    api.try<FreezeView>("/freeze"),
    job.managed
      ? api.try<DeparturesView>(`${path}/departures`)
      : "it left the configuration: nothing of it is deleted",
    step.days === 0 || !job.managed ? null : readForecast(api, path, now + step.days * DAY),
    history.storageDays([name], storedSince),
  ]);
  const own = listOf(backups);
  const oldest = own.at(-1)?.start_time ?? null;
  return {
    job,
    backups: own,
    runs: runs.items,
    failed: listOf(bad),
    coverage,
    freeze,
    departures,
    forecast,
    trial: policy === "" || !job.managed
      ? null
      : await readTrial(api, path, { job, backups: own, policy, now }),
    restores: await readRestores(api, own),
    crowds: job.available > own.length && oldest !== null
      ? await history.backupCounts(name, Date.parse(oldest), PLACES)
      : [],
    stored: storedByDay(storage, storedSince, now),
  };
}

/** What the timeline is drawn from. */
export function timelineOf(
  { job, backups, crowds, failed, coverage, departures, freeze, forecast, trial }: JobReading,
  now: number,
  href: (runId: string) => string,
): TimelineInput {
  const foreseen: Foreseen | string = typeof departures === "string"
    ? departures
    : { going: departures.going, until: departures.reached, stopped: stopOf(job, freeze) };
  const set: SetAt | null = forecast === null || typeof forecast === "string"
    ? null
    : { at: forecast.reached, backups: forecast.backups };
  return {
    job,
    now,
    backups,
    crowds,
    undrawn: Math.max(0, job.available - backups.length - crowdedIn({ crowds })),
    failed,
    holes: typeof coverage === "string" ? { holes: [], hole_count: 0, promises: [] } : coverage,
    foreseen,
    set,
    trial: typeof trial === "string" ? null : trial,
    href,
  };
}

/** Why nothing of a job is deleted for now; null where nothing stops it. */
function stopOf({ guards, paused, enabled, managed }: JobView, freeze: FreezeView | string): string | null {
  if (typeof freeze !== "string" && freeze.frozen) {
    return `all deletions are frozen${freeze.reason === null ? "" : ` (${freeze.reason})`}`;
  }
  if (!managed) return "the job left the configuration";
  if (guards.length > 0) {
    return guards.map(({ guard, message }) => `guard ${guard}: ${guardFinding(message)}`).join("; ");
  }
  if (!enabled) return "the job is disabled";
  return paused ? "the job is paused" : null;
}

async function readForecast(api: ApiReader, path: string, until: number): Promise<ForecastView | string> {
  return await api.try<ForecastView>(`${path}/forecast?until=${iso(until)}`);
}

/** What the next pass would delete under the edited policy: what it would, a forecast lists without a reason. */
async function readTrial(
  api: ApiReader,
  path: string,
  { job, backups, policy, now }: {
    job: JobView;
    backups: readonly BackupView[];
    policy: string;
    now: number;
  },
): Promise<Trial | string> {
  const tried = triedPolicy(policy, job.policy);
  if ("error" in tried) return tried.error;
  const query = new URLSearchParams({ until: iso(now + SOON_MS), policy: tried.policy });
  const seen = await api.try<ForecastView>(`${path}/forecast?${query}`);
  if (typeof seen === "string") return seen;
  const stays = new Set(
    seen.backups.filter(({ reasons }) => reasons.length > 0).map(({ period_time }) => period_time),
  );
  // What is older than all that is listed is not known to go.
  const oldest = seen.left_out > 0 ? seen.backups.at(-1)?.period_time ?? "" : "";
  const goes = backups.filter(({ period_time, suspect, hold }) =>
    period_time !== null && !suspect && hold === null && period_time >= oldest && !stays.has(period_time)
  );
  return { change: tried.change, goes: new Set(goes.map(({ run_id }) => run_id)) };
}

/** How long restores took, of the backups that were proved last. */
async function readRestores(api: ApiReader, backups: readonly BackupView[]): Promise<VerificationView[]> {
  const proved = backups.filter(({ verified_at }) => verified_at !== null).slice(0, MOST_PROVED);
  const found = await Promise.all(
    proved.map(({ run_id }) =>
      api.try<BackupVerificationView>(`/backups/${encodeURIComponent(run_id)}/verification`)
    ),
  );
  return found.flatMap((one) => typeof one === "string" ? [] : one.verifications)
    .filter(({ restore_seconds }) => restore_seconds !== null);
}

function listOf<T>(answer: T[] | string): T[] {
  return typeof answer === "string" ? [] : answer;
}
