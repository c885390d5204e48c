// The providers of a configuration, each behind its queue; part of the composition root.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { BuiltinProviderSpec, ProviderSpec } from "../domain/provider_spec.ts";
import { isSame } from "../domain/same.ts";
import { type ProviderCalls, queueCalls, redirectCalls, renewCalls } from "../engine/context/calls.ts";
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
  /** Calls of keys that are gone, which runs may still hold. */
  #gone = new Map<string, ProviderCalls>();

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
        if (!this.#entries.has(key)) added.set(key, await this.#open(spec, this.#gone.get(key)));
      }
    } catch (error) {
      for (const { host } of added.values()) await host?.[Symbol.asyncDispose]();
      throw error;
    }
    for (const [key, entry] of added) {
      this.#entries.set(key, entry);
      this.#gone.delete(key);
    }
    for (const [key, entry] of this.#entries) {
      const spec = specs.get(key);
      if (isSame(entry.spec, spec)) continue;
      this.#entries.delete(key);
      await entry.host?.[Symbol.asyncDispose]();
      // Only then: both would have the same journal.
      if (spec !== undefined) this.#entries.set(key, await this.#open(spec, entry.calls));
      else this.#handOver(key, entry.calls);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#entries.values()].map((entry) => entry.host?.[Symbol.asyncDispose]()));
    this.#entries.clear();
  }

  /** `before`: the calls of the same provider as it was configured until now. */
  async #open(spec: ProviderSpec, before?: ProviderCalls): Promise<Entry> {
    const { clock, http } = this.host;
    const host = spec.kind === "http" ? null : await this.#openBuiltin(spec);
    const provider = spec.kind === "http"
      ? createHttpProvider(spec, { http, clock, sink: this.sink })
      : host!;
    // A built-in answers at once and keeps `maxConcurrent` itself: its calls need not wait for one another.
    const most = spec.kind === "http" ? spec.maxConcurrent : Infinity;
    const calls = before === undefined
      ? queueCalls(provider, most, clock)
      : renewCalls(before, provider, most, clock);
    return { spec, calls, host };
  }

  /** Runs of a key that is gone go on with whoever has it as a former one; where nobody has, with what it had last. */
  #handOver(key: string, before: ProviderCalls): void {
    this.#gone.set(key, before);
    const now = this.callsOf(key);
    if (now !== undefined) redirectCalls(before, now);
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
