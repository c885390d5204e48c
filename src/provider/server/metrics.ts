// What a served provider counts, as Prometheus reads it.

import type { HostTotals } from "../host/host_totals.ts";

/** The text of `/metrics`. */
export function renderMetrics({ running, ...totals }: HostTotals): string {
  const lines = [
    "# HELP schelly_provider_backups_running Backups being made now.",
    "# TYPE schelly_provider_backups_running gauge",
    `schelly_provider_backups_running ${running}`,
    "# HELP schelly_provider_backups_total Backups by what became of them, since this program started.",
    "# TYPE schelly_provider_backups_total counter",
    ...Object.entries(totals).map(([status, count]) =>
      `schelly_provider_backups_total{status="${status}"} ${count}`
    ),
  ];
  return lines.join("\n") + "\n";
}
