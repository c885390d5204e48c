// The providers of a configuration, each behind its queue; part of the composition root.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { BuiltinProviderSpec, ProviderSpec } from "../domain/provider_spec.ts";
import { isSame } from "../domain/same.ts";
import { type ProviderCalls, queueCalls } from "../engine/context/calls.ts";
import type { EventSink } from "../ports/events.ts";
import type { Host } from "../ports/host.ts";
import type { BackupHost } from "../provider/host/backup_host.ts";
import { createBuiltinProvider } from "../provider/builtin/builtin_provider.ts";
import { createHttpProvider } from "../provider/client/http_provider.ts";

interface Entry {
  spec: ProviderSpec;
  calls: ProviderCalls;
  /** Set for a built-in. */
  host: BackupHost | null;
}

/** Reaches every provider by its key or a former one. */
export class ProviderSet implements AsyncDisposable {
  #entries = new Map<string, Entry>();

  /** `folder`: where built-ins keep their journals, each in a folder of its own. */
  constructor(
    private readonly host: Host,
    private readonly sink: EventSink,
    private readonly folder: string,
  ) {}

  /** The queue of the provider with this key. */
  callsOf(key: string): ProviderCalls | undefined {
    const entry = this.#entries.get(key);
    if (entry !== undefined) return entry.calls;
    for (const other of this.#entries.values()) if (other.spec.formerly.includes(key)) return other.calls;
    return undefined;
  }

  /** Keys of built-ins that `specs` changes or drops while they make a backup. */
  busyBuiltins(specs: ReadonlyMap<string, ProviderSpec>): string[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.host !== null && entry.host.totals().running > 0)
      .filter((entry) => !isSame(entry.spec, specs.get(entry.spec.key)))
      .map((entry) => entry.spec.key);
  }

  /**
   * Takes over these providers; unchanged ones, their queues and running backups stay. Rejects with `ProviderError`
   * when one cannot be opened: a new one, then nothing has changed; an edited one, then it is to be tried again.
   */
  async replace(specs: ReadonlyMap<string, ProviderSpec>): Promise<void> {
    const added = new Map<string, Entry>();
    try {
      for (const [key, spec] of specs) {
        if (!this.#entries.has(key)) added.set(key, await this.#open(spec));
      }
    } catch (error) {
      for (const { host } of added.values()) await host?.[Symbol.asyncDispose]();
      throw error;
    }
    for (const [key, entry] of added) this.#entries.set(key, entry);
    for (const [key, entry] of this.#entries) {
      const spec = specs.get(key);
      if (isSame(entry.spec, spec)) continue;
      this.#entries.delete(key);
      await entry.host?.[Symbol.asyncDispose]();
      // Only then: both would have the same journal.
      if (spec !== undefined) this.#entries.set(key, await this.#open(spec));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#entries.values()].map((entry) => entry.host?.[Symbol.asyncDispose]()));
    this.#entries.clear();
  }

  async #open(spec: ProviderSpec): Promise<Entry> {
    const { clock, http } = this.host;
    if (spec.kind === "http") {
      const provider = createHttpProvider(spec, { http, clock, sink: this.sink });
      return { spec, calls: queueCalls(provider, spec.maxConcurrent, clock), host: null };
    }
    const host = await this.#openBuiltin(spec);
    // A built-in answers at once and keeps `maxConcurrent` itself: its calls need not wait for one another.
    return { spec, calls: queueCalls(host, Infinity, clock), host };
  }

  #openBuiltin(spec: BuiltinProviderSpec): Promise<BackupHost> {
    const folder = `${this.folder}/providers/${folderName(spec.key)}`;
    return createBuiltinProvider(spec, { ...this.host, sink: this.sink }, folder);
  }
}

/** A name people recognise, short enough for any file system, different for different keys. */
function folderName(key: string): string {
  const hash = bytesToHex(sha256(new TextEncoder().encode(key))).slice(0, 12);
  return `${key.replaceAll(/[^A-Za-z0-9_.-]+/g, "-").slice(0, 60)}-${hash}`;
}
