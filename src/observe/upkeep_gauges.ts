// How the last upkeep of each built-in provider went, as gauges.

import { gaugeText, labelText } from "./exposition.ts";

/** How one kind of upkeep of one provider last ended by itself. */
export interface UpkeepRow {
  provider: string;
  /** `prune`, `check`, `cleanup`. */
  task: string;
  ok: boolean;
  /** UTC ms. */
  endedAt: number;
  durationMs: number;
}

/** The text of the gauges; empty without upkeep. */
export function upkeepGauges(rows: readonly UpkeepRow[]): string[] {
  const gauge = (name: string, help: string, value: (row: UpkeepRow) => number) =>
    gaugeText<UpkeepRow>({
      name: `schelly_provider_upkeep_${name}`,
      help,
      each: (row, write) => write(labelText(["provider", "task"], [row.provider, row.task]), value(row)),
    }, rows);
  return [
    gauge(
      "success",
      "1 when the last prune, check or cleanup of the storage went well.",
      ({ ok }) => ok ? 1 : 0,
    ),
    gauge("timestamp_seconds", "When it ended.", ({ endedAt }) => endedAt / 1000),
    gauge("duration_seconds", "How long it took.", ({ durationMs }) => durationMs / 1000),
  ];
}
