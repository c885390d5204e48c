// What an edit does to what failed runs left: how much of it the next passes would delete.

import { counted } from "../count_text.ts";
import type { Job } from "../job.ts";
import { keepFailedText, type LeftBehind, leftoversToGo } from "../leftovers.ts";

/** What a plan is told of one job's runs. */
export interface LeftBefore {
  /** Those that failed or were cancelled. */
  rows: LeftBehind[];
  /** The newest sound backup of the job's own; null when there is none. */
  later: { startTime: number; endTime: number } | null;
}

/** The sentence about it; null where the edit lets none go, or where what applies depends on the age of the state. */
export function leftoverNote(job: Job, before: LeftBefore, now: number): string | null {
  const { keepFailed: { ms, isSet }, providerKeys } = job;
  if (!isSet || ms === Infinity) return null;
  const going =
    leftoversToGo(before.rows, { now, ends: now, keepMs: ms, providerKeys, later: before.later }).length;
  if (going === 0) return null;
  const runs = counted(going, "failed or cancelled run");
  return `what ${runs} left goes: keep_failed ${keepFailedText(ms)}`;
}
