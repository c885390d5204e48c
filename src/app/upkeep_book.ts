// Keeps how the last upkeep of each built-in went, for readiness and metrics; part of the composition root.

import type { StorageFigures } from "../domain/storage_figures.ts";
import type { Damage } from "../engine/safekeeping/damage.ts";
import type { FiguresRow } from "../observe/figures_gauges.ts";
import type { UpkeepRow } from "../observe/upkeep_gauges.ts";
import type { EngineEvent, EventSink } from "../ports/events.ts";
import type { Readiness } from "../ports/operations.ts";

/** What is known of a storage: its figures, null when it was not measured yet, and how each upkeep of it ended last. */
export interface StorageKnown {
  figures: StorageFigures | null;
  tasks: Pick<KnownRow, "task" | "ok" | "endedAt" | "message">[];
}

type KnownRow = UpkeepRow & { message: string; damagedSince: number | null };

/** Follows the events of upkeep. */
export class UpkeepBook implements EventSink {
  /** By provider and task: what is known of one provider is asked for each of its jobs. */
  readonly #rows = new Map<string, Map<string, KnownRow>>();
  readonly #figures = new Map<string, StorageFigures>();
  /** Called when something new is known of a storage. */
  changed: () => void = () => {};

  emit(event: EngineEvent): void {
    if (event.type === "provider.figures") this.#take(event);
    else this.#note(event);
  }

  #take({ data = {} }: EngineEvent): void {
    this.#figures.set(data.provider as string, data.figures as unknown as StorageFigures);
  }

  #note({ type, message, data = {} }: EngineEvent): void {
    const { provider, task, ok, ended_at: endedAt, duration_ms: durationMs, damaged_since } = data;
    if (type !== "provider.upkeep" || typeof provider !== "string" || typeof task !== "string") return;
    // One that was only ended for a backup tells nothing new of the storage.
    if (typeof ok !== "boolean" || typeof endedAt !== "number" || typeof durationMs !== "number") return;
    const damagedSince = typeof damaged_since === "number" ? damaged_since : null;
    const rows = this.#rows.get(provider) ?? new Map<string, KnownRow>();
    this.#rows.set(provider, rows);
    rows.set(task, { provider, task, ok, endedAt, durationMs, message, damagedSince });
    this.changed();
  }

  /** The damage of a storage, as it was found last; null when it was found whole, undefined when nobody has looked. */
  damageOf(key: string): Damage | null | undefined {
    const rows = [...this.#rows.get(key)?.values() ?? []];
    const damaged = rows.find(({ damagedSince }) => damagedSince !== null);
    if (damaged !== undefined) return { since: damaged.damagedSince!, message: damaged.message };
    return rows.some(({ ok }) => ok) ? null : undefined;
  }

  /** Of the providers of the configuration. */
  rows(providers: ReadonlyMap<string, unknown>): UpkeepRow[] {
    return this.#known(providers);
  }

  /** How large the storages of the providers of the configuration are, as far as that was measured. */
  figures(providers: ReadonlyMap<string, unknown>): FiguresRow[] {
    return [...this.#figures].flatMap(([provider, figures]) =>
      providers.has(provider) ? [{ provider, figures }] : []
    );
  }

  /** What is known of the storage of one provider; null when nothing is. */
  storageOf(key: string): StorageKnown | null {
    const [figures, tasks] = [this.#figures.get(key) ?? null, [...this.#rows.get(key)?.values() ?? []]];
    return figures === null && tasks.length === 0 ? null : { figures, tasks };
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

  /** Why the last upkeep of one provider failed; null when it did not, or was never heard of. */
  troubleOf(key: string): string | null {
    for (const { ok, task, message } of this.#rows.get(key)?.values() ?? []) {
      if (!ok) return `${message} (${task})`;
    }
    return null;
  }

  #known(providers: ReadonlyMap<string, unknown>) {
    return [...this.#rows].flatMap(([provider, rows]) => providers.has(provider) ? [...rows.values()] : []);
  }
}
