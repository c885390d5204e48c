// Which backup somebody most likely wants back, and what must be known of each.

import { zoneOf } from "../../domain/calendar/zone.ts";
import { dayTimeText } from "../../domain/notify/words.ts";
import { restoreWarning } from "../../domain/verification/restore_warning.ts";
import type { BackupView } from "../../ports/views/backup.ts";
import type { Tone } from "../components/badge.tsx";

/** A word about a backup. */
interface Mark {
  words: string;
  tone: Tone;
}

/** What is known against it, as a sentence; undefined: nothing. */
export function warningOf(backup: BackupView): string | undefined {
  const { verification, verified_at, suspect, rejected, suspect_reason } = backup;
  return restoreWarning({
    ...{ verification, verifiedAt: verified_at === null ? null : Date.parse(verified_at) },
    ...{ isSuspect: suspect, isRejected: rejected, suspectReason: suspect_reason },
  });
}

/** The newest that nothing is known against, as `latest` is meant everywhere. `backups`: newest first. */
export function newestSound(backups: readonly BackupView[]): BackupView | undefined {
  return backups.find((backup) => warningOf(backup) === undefined);
}

/** Proved, damaged, suspect, rejected, held. */
export function marksOf({ verification, suspect, rejected, hold }: BackupView): Mark[] {
  return [
    ...(verification === "passed" ? [{ words: "proved", tone: "good" as const }] : []),
    ...(verification === "failed" ? [{ words: "damaged", tone: "bad" as const }] : []),
    ...(suspect ? [{ words: "suspect", tone: "warn" as const }] : []),
    ...(rejected ? [{ words: "rejected", tone: "bad" as const }] : []),
    ...(hold === null ? [] : [{ words: "held", tone: "busy" as const }]),
  ];
}

/** When what is in it was as it is in it, by the clock of its job. */
export function momentText(backup: BackupView, now: number, timezone: string): string {
  const time = momentOf(backup);
  return time === null ? "an unknown time" : dayTimeText(Date.parse(time), now, zoneOf(timezone));
}

/** The same in ISO 8601. */
export function momentOf({ start_time, period_time, slot }: BackupView): string | null {
  return start_time ?? period_time ?? slot;
}
