// The trends of a job: how large its backups are, how long they took to make, and how long to restore.

import { sizeText } from "../../domain/size_text.ts";
import type { BackupView } from "../../ports/views/backup.ts";
import type { VerificationView } from "../../ports/views/proof.ts";
import type { Picture } from "./picture.ts";
import { trend, type TrendPoint } from "./trend.ts";
import type { Calendar } from "./words.ts";

/** Of what a trend is drawn, and how wide. */
interface TrendRequest {
  job: string;
  id: string;
  width: number;
  calendar: Calendar;
  href(runId: string): string;
}

type Measured = Pick<
  BackupView,
  "run_id" | "period_time" | "start_time" | "end_time" | "size_mb" | "suspect" | "rejected"
>;

/** How large backups are, in time. */
export function sizeTrend(backups: readonly Measured[], request: TrendRequest): Picture {
  const points = backups.flatMap((backup): TrendPoint[] => {
    const at = timeOf(backup);
    const { size_mb: value, suspect, rejected, run_id } = backup;
    const doubt = rejected ? { doubt: "rejected" as const } : suspect ? { doubt: "suspect" as const } : {};
    return value === null || at === null ? [] : [{ at, value, ...doubt, href: request.href(run_id) }];
  });
  const { job, id, width, calendar } = request;
  return trend(
    points,
    { id, title: `Size of the backups of ${job}`, noun: "size", text: sizeText, width },
    calendar,
  );
}

/** How long backups took. */
export function durationTrend(backups: readonly Measured[], request: TrendRequest): Picture {
  const points = backups.flatMap((backup): TrendPoint[] => {
    const { start_time, end_time, run_id } = backup;
    const at = timeOf(backup);
    const value = start_time === null || end_time === null
      ? NaN
      : (Date.parse(end_time) - Date.parse(start_time)) / 1000;
    return at === null || !(value >= 0) ? [] : [{ at, value, href: request.href(run_id) }];
  });
  const { job, id, width, calendar } = request;
  const title = `Time that backups of ${job} took`;
  return trend(
    points,
    { id, title, noun: "duration", text: secondsText, unitOf: clockUnit, width },
    calendar,
  );
}

/** How long restores took, of those that were measured: what people plan a bad day with. */
export function restoreTrend(
  verifications: readonly Pick<VerificationView, "run_id" | "ended_at" | "restore_seconds">[],
  request: TrendRequest,
): Picture {
  const points = verifications.flatMap(({ run_id, ended_at, restore_seconds: value }): TrendPoint[] =>
    ended_at === null || value === null
      ? []
      : [{ at: Date.parse(ended_at), value, href: request.href(run_id) }]
  );
  const { job, id, width, calendar } = request;
  const title = `Time that restores of ${job} took`;
  return trend(
    points,
    { id, title, noun: "restore time", text: secondsText, unitOf: clockUnit, width },
    calendar,
  );
}

/** In which a stretch of so many seconds is round: seconds, minutes or hours. */
function clockUnit(seconds: number): number {
  if (seconds < 100) return 1;
  return seconds < 5_400 ? 60 : 3_600;
}

/** `45 s`, `4 min`, `4.5 min`, `3 h 20 min` */
export function secondsText(seconds: number): string {
  if (seconds < 100) return `${Number(seconds.toFixed(seconds < 10 ? 1 : 0))} s`;
  if (seconds < 5_400) return `${Number((seconds / 60).toFixed(seconds < 600 ? 1 : 0))} min`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? "" : ` ${minutes % 60} min`}`;
}

function timeOf({ period_time, start_time }: Measured): number | null {
  const time = start_time ?? period_time;
  const at = time === null ? NaN : Date.parse(time);
  return Number.isNaN(at) ? null : at;
}
