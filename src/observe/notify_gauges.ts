// What waits to be told to channels, as Prometheus lines.

import type { FixedFamily } from "./fixed_families.ts";

/** What waits for one channel. */
export interface BacklogRow {
  channel: string;
  count: number;
  /** When the oldest was written (UTC ms), where the channel did not take the one that was tried last; else null. */
  refusedSince: number | null;
}

/** The families that are read from `rows` when they are shown. */
export function backlogGauges(rows: () => readonly BacklogRow[]): FixedFamily[] {
  const labelNames = ["channel"];
  return [
    {
      type: "gauge",
      name: "schelly_notify_backlog",
      help: "Messages that a channel has not taken yet.",
      labelNames,
      series: () => rows().map(({ channel, count }) => ({ labels: { channel }, value: count })),
    },
    {
      type: "gauge",
      name: "schelly_notify_refused_since_timestamp_seconds",
      help: "When the oldest message was written that waits for a channel which took none of late.",
      labelNames,
      series: () =>
        rows().flatMap(({ channel, refusedSince }) =>
          refusedSince === null ? [] : [{ labels: { channel }, value: refusedSince / 1000 }]
        ),
    },
  ];
}
