// What is told of what failed runs left: why it stays, and until when.

import type { ListedBackup } from "../../domain/listed_backup.ts";
import { keepFailedMs, leftoverStanding, leftoverText, mayHaveLeft } from "../../domain/leftovers.ts";
import type { Engine } from "../../engine/engine.ts";
import type { ClockWatch } from "../../ports/clock_watch.ts";
import type { RunStore } from "../../ports/store.ts";

/** What it is read from. */
interface LeftoverParts {
  engine: Engine;
  store: RunStore;
  watch: ClockWatch;
}

/** By run id, of those runs that may have left something. Each job is looked at once. */
export async function leftoverTexts(
  { engine, store, watch }: LeftoverParts,
  runs: readonly ListedBackup[],
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  const ended = runs.filter(mayHaveLeft);
  for (const name of new Set(ended.map(({ job }) => job))) {
    const scheduler = engine.job(name);
    const { now, ends } = watch.read();
    const keepMs = scheduler && keepFailedMs(scheduler.job.keepFailed, scheduler.state.cleansFailedSince);
    const providerKeys = scheduler?.job.providerKeys ?? [];
    const { later } = await store.leftovers(name, providerKeys, 1);
    for (const run of ended.filter(({ job }) => job === name)) {
      const text = keepMs === undefined
        ? `What it left stays: job '${name}' is not in the configuration.`
        : leftoverText(leftoverStanding(run, { now, ends, keepMs, providerKeys, later }), keepMs);
      if (text !== null) texts.set(run.runId, text);
    }
  }
  return texts;
}
