// How the copies of the state do that are taken on a schedule, as Prometheus lines.

import { type FixedFamily, fixedReading } from "./fixed_families.ts";

/** What is known of them. */
export interface SnapshotsRow {
  /** When the last good one was taken (UTC ms); null: none since the start. */
  takenAt: number | null;
  bytes: number | null;
  isFailing: boolean;
}

/** The families; without series where no copies are wanted. */
export function snapshotGauges(row: () => SnapshotsRow | undefined): FixedFamily[] {
  const gauge = (name: string, help: string, read: (row: SnapshotsRow) => number | undefined) =>
    fixedReading("gauge", `schelly_state_snapshot_${name}`, help, () => {
      const now = row();
      return now === undefined ? undefined : read(now);
    });
  return [
    gauge(
      "last_timestamp_seconds",
      "When the last copy of the state was taken that proved good, since the start.",
      ({ takenAt }) => takenAt === null ? undefined : takenAt / 1000,
    ),
    gauge("bytes", "How large that copy is.", ({ bytes }) => bytes ?? undefined),
    gauge(
      "failing",
      "1 while no copy of the state can be taken that is due.",
      ({ isFailing }) => isFailing ? 1 : 0,
    ),
  ];
}
