// What waits to be told to channels, as Prometheus lines.

import type { FixedFamily } from "./fixed_families.ts";

/** What waits for one channel. */
export interface BacklogRow {
  channel: string;
  count: number;
}

/** A family that is read from `rows` when it is shown. */
export function backlogGauge(rows: () => readonly BacklogRow[]): FixedFamily {
  return {
    type: "gauge",
    name: "schelly_notify_backlog",
    help: "Messages that a channel has not taken yet.",
    labelNames: ["channel"],
    series: () => rows().map(({ channel, count }) => ({ labels: { channel }, value: count })),
  };
}
