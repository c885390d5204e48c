// What an edit does to what failed runs left: how much of it the next passes would delete.

import { counted } from "../../domain/count_text.ts";
import { keepFailedText, type LeftBehind, leftoversToGo } from "../../domain/leftovers.ts";
import type { Job } from "../../domain/job.ts";
import type { PlanRow } from "./plan_backups.ts";

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

/** The same from rows of a server: failed and cancelled ones, and available ones, newest first. */
export function leftBefore(
  rows: readonly PlanRow[],
  available: readonly PlanRow[],
  providerKeys: readonly string[],
): LeftBefore {
  const sound = available.find((row) =>
    (row.state ?? row.status) === "available" && !row.suspect && !row.rejected && row.trigger !== "import" &&
    providerKeys.includes(row.provider ?? "") && row.start_time && row.end_time
  );
  return {
    rows: rows.map(rowOf),
    later: sound === undefined
      ? null
      : { startTime: Date.parse(sound.start_time!), endTime: Date.parse(sound.end_time!) },
  };
}

function rowOf(row: PlanRow): LeftBehind {
  const state = row.state ?? row.status;
  return {
    status: state === "failed" || state === "cancelled" ? state : "lost",
    reason: row.reason ?? null,
    trigger: row.trigger === "import" ? "import" : "manual",
    id: row.id ?? null,
    providerKey: row.provider ?? "",
    importedAt: null,
    endTime: row.end_time ? Date.parse(row.end_time) : null,
    holdAt: row.held ? 0 : null,
    holdUntil: null,
    holdReason: null,
    deleteNotBefore: null,
  };
}
