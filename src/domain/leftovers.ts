// What failed and cancelled runs left in the storage: how long it stays, which of it may go, and why the rest stays.

import { mayDeleteAt, type Run } from "./backup.ts";
import { DAY, formatDuration } from "./duration.ts";
import { isHeld } from "./hold.ts";
import { iso } from "./instant.ts";

/** How long what built-ins left stays unless told otherwise. */
export const KEEP_FAILED_MS: number = 7 * DAY;

/** A job's `keep_failed`. */
export interface KeepFailed {
  /** Infinity for `forever`. */
  ms: number;
  /** False: nobody set it, and `ms` is what the kind of provider has by default. */
  isSet: boolean;
}

/** What applies: a default is none for a job that was known before there was one. Infinity for `forever`. */
export function keepFailedMs({ ms, isSet }: KeepFailed, cleansFailedSince: number | null): number {
  return isSet || cleansFailedSince !== null ? ms : Infinity;
}

/** `7d`, `forever`. */
export function keepFailedText(ms: number): string {
  return ms === Infinity ? "forever" : formatDuration(ms);
}

/** A run as it is judged here. */
export type LeftBehind = Pick<
  Run,
  | "status"
  | "reason"
  | "trigger"
  | "id"
  | "providerKey"
  | "importedAt"
  | "endTime"
  | "holdAt"
  | "holdUntil"
  | "holdReason"
  | "deleteNotBefore"
>;

/** True for a run that ended without a backup and may have left something at its provider all the same. */
export function mayHaveLeft({ id, status }: Pick<Run, "id" | "status">): boolean {
  return id !== null && (status === "failed" || status === "cancelled" || status === "lost");
}

/** What is to be known beside the rows. Times are UTC ms. */
interface LeftoverOutlook {
  now: number;
  /** By when what was to end has ended: behind `now` while the clock is in doubt. */
  ends: number;
  keepMs: number;
  /** All keys of the job's provider. */
  providerKeys: readonly string[];
  /** The newest sound backup of the job's own; null when there is none. */
  later: { startTime: number; endTime: number } | null;
}

/** How what a run left stands. */
type LeftoverStanding =
  /** It is not of a run that failed or was cancelled, or the provider never gave it an id. */
  | { stands: "nothing" }
  /** Nobody knows how the run ended, or it is not our own. */
  | { stands: "not_ours" | "unproved" | "elsewhere" }
  | { stands: "forever" }
  | { stands: "held"; reason: string | null; until: number | null }
  | { stands: "young"; until: number }
  | { stands: "no_later" }
  /** Its provider said something else the last time it was asked. */
  | { stands: "put_off"; until: number }
  | { stands: "goes" };

/** How what this run left stands now, whoever else uses its data. */
export function leftoverStanding(run: LeftBehind, outlook: LeftoverOutlook): LeftoverStanding {
  const { now, ends, keepMs, providerKeys, later } = outlook;
  if (run.status === "lost" && run.id !== null) return { stands: "unproved" };
  if ((run.status !== "failed" && run.status !== "cancelled") || run.id === null) {
    return { stands: "nothing" };
  }
  if (run.importedAt !== null || run.trigger === "import") return { stands: "not_ours" };
  if (run.reason === "unsettled" || run.reason === "unseen" || run.endTime === null) {
    return { stands: "unproved" };
  }
  if (!providerKeys.includes(run.providerKey)) return { stands: "elsewhere" };
  if (isHeld(run, ends)) return { stands: "held", reason: run.holdReason, until: run.holdUntil };
  if (keepMs === Infinity) return { stands: "forever" };
  // Asked so that a time that is no number keeps it.
  if (!(run.endTime <= ends - keepMs)) return { stands: "young", until: run.endTime + keepMs };
  if (later === null || !(later.startTime >= run.endTime)) return { stands: "no_later" };
  if (!mayDeleteAt(run, now)) return { stands: "put_off", until: run.deleteNotBefore! };
  return { stands: "goes" };
}

/** Those of the rows that may go now, in their order. */
export function leftoversToGo<Row extends LeftBehind>(rows: readonly Row[], outlook: LeftoverOutlook): Row[] {
  return rows.filter((row) => leftoverStanding(row, outlook).stands === "goes");
}

/** Why what the run left stays, and until when, in a sentence; null where it left nothing that is known of. */
export function leftoverText(standing: LeftoverStanding, keepMs: number): string | null {
  switch (standing.stands) {
    case "nothing":
      return null;
    case "not_ours":
      return "What it left stays: it was imported, not made by a run of ours.";
    case "unproved":
      return "What it left stays: nobody knows how it ended.";
    case "elsewhere":
      return "What it left stays: it lies at a provider that is not the job's any more.";
    case "forever":
      return "What it left stays: keep_failed is forever.";
    case "held": {
      const why = standing.reason === null ? "" : ` (${standing.reason})`;
      return `What it left stays ${
        standing.until === null
          ? "until its hold is released"
          : `until its hold ends at ${short(standing.until)}`
      }${why}.`;
    }
    case "young":
      return `What it left stays until ${short(standing.until)} (keep_failed ${
        keepFailedText(keepMs)
      }), and ` +
        "until a later backup of the job is available.";
    case "no_later":
      return "What it left stays until a later backup of the job is available.";
    case "put_off":
      return "What it left stays: its provider did not say again that it has failed; it is asked no sooner than " +
        `${short(standing.until)}.`;
    case "goes":
      return "What it left is deleted by one of the next retention passes.";
  }
}

function short(ms: number): string {
  return iso(ms).replace(/\.\d+Z$/, "Z");
}
