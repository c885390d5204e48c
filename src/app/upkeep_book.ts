// Keeps how the last upkeep of each built-in went, for readiness and metrics; part of the composition root.

import type { UpkeepRow } from "../observe/upkeep_gauges.ts";
import type { EngineEvent, EventSink } from "../ports/events.ts";
import type { Readiness } from "../ports/operations.ts";

/** Follows the events of upkeep. */
export class UpkeepBook implements EventSink {
  readonly #rows = new Map<string, UpkeepRow & { message: string }>();

  emit({ type, message, data = {} }: EngineEvent): void {
    const { provider, task, ok, ended_at: endedAt, duration_ms: durationMs } = data;
    if (type !== "provider.upkeep" || typeof provider !== "string" || typeof task !== "string") return;
    // One that was only ended for a backup tells nothing new of the storage.
    if (typeof ok !== "boolean" || typeof endedAt !== "number" || typeof durationMs !== "number") return;
    this.#rows.set(`${provider}\n${task}`, { provider, task, ok, endedAt, durationMs, message });
  }

  /** Of the providers of the configuration. */
  rows(providers: ReadonlyMap<string, unknown>): UpkeepRow[] {
    return this.#known(providers);
  }

  /** Upkeep that failed, for `/readyz?verbose`; none of it makes the program unready. */
  troubles(providers: ReadonlyMap<string, unknown>): Readiness["checks"] {
    return this.#known(providers).filter(({ ok }) => !ok).map(({ provider, task, message }) => ({
      name: `${task} of provider ${provider}`,
      ok: false,
      fatal: false,
      message,
    }));
  }

  #known(providers: ReadonlyMap<string, unknown>) {
    return [...this.#rows.values()].filter(({ provider }) => providers.has(provider));
  }
}
