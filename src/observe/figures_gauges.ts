// How large the storage of each built-in provider is, as gauges.

import { deadBytes, type StorageFigures } from "../domain/storage_figures.ts";
import { gaugeText, labelText } from "./exposition.ts";

/** What was measured of the storage of one provider. */
export interface FiguresRow {
  provider: string;
  figures: StorageFigures;
}

const GAUGES: [name: string, help: string, value: (figures: StorageFigures) => number | null][] = [
  ["bytes", "All that lies in the storage.", ({ storedBytes }) => storedBytes],
  ["needed_bytes", "Data that its backups need, as it is stored.", ({ neededBytes }) => neededBytes],
  ["dead_bytes", "Data that no backup needs: a prune frees it.", deadBytes],
  [
    "restored_bytes",
    "What all its backups would be, each restored whole.",
    ({ restoredBytes }) => restoredBytes,
  ],
  ["snapshots", "Snapshots in it, whoever made them.", ({ snapshots }) => snapshots],
  ["measured_timestamp_seconds", "When that was measured.", ({ measuredAt }) => measuredAt / 1000],
];

/** The text of the gauges; empty where nothing was measured. */
export function figuresGauges(rows: readonly FiguresRow[]): string[] {
  return GAUGES.map(([name, help, value]) =>
    gaugeText<FiguresRow>({
      name: `schelly_provider_storage_${name}`,
      help,
      each({ provider, figures }, write) {
        const found = value(figures);
        if (found !== null) write(labelText(["provider"], [provider]), found);
      },
    }, rows)
  );
}
