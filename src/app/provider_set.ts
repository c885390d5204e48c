// The providers of a configuration, each behind its queue; part of the composition root.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Run } from "../domain/backup.ts";
import { ProviderError, StoreError } from "../domain/errors.ts";
import {
  type BuiltinProviderSpec,
  isCommandOfAnother,
  isService,
  type ProviderSpec,
} from "../domain/provider_spec.ts";
import { isSame } from "../domain/same.ts";
import { serviceOf, serviceOfKey } from "../domain/service_identity.ts";
import { type ProviderCalls, queueCalls, redirectCalls, renewCalls } from "../engine/context/calls.ts";
import { heldProvider } from "../engine/lease/held_provider.ts";
import type { EventSink } from "../ports/events.ts";
import type { ClientTls, Host, Http } from "../ports/host.ts";
import type { Provider } from "../ports/provider.ts";
import type { BackupHost } from "../provider/host/backup_host.ts";
import { createResticSiblings } from "../provider/builtin/restic_siblings.ts";
import { createHttpProvider } from "../provider/client/http_provider.ts";
import type { StateMemories } from "../store/memory/state_memory.ts";
import { closedProvider, closedText } from "./closed_provider.ts";

interface Entry {
  spec: ProviderSpec;
  calls: ProviderCalls;
  /** Set for a built-in that is open. */
  host: BackupHost | null;
  /** Why a built-in could not be opened; null when it could. */
  trouble: string | null;
}

/** What providers ask of the rest. */
interface ProviderRules {
  /** Nothing may be deleted; absent: nobody says so. */
  isFrozen?(): Promise<boolean>;
  /** Where built-ins may restore, as of now; absent: nowhere. */
  restoreRoots?(): readonly string[];
  /** Whether anything may be begun or deleted, while the state may be another's; absent: it may not be. */
  mayAct?(): boolean;
}

/** Reaches every provider by its key or a former one. */
export class ProviderSet implements AsyncDisposable {
  #entries = new Map<string, Entry>();
  /** Calls of keys that are gone, which runs may still hold. */
  #gone = new Map<string, ProviderCalls>();
  /** Whatever comes and goes: entries of one repository know of each other. */
  readonly #siblings = createResticSiblings();
  /** One for all hosts with the same certificates: each holds all authorities that this machine trusts. */
  #httpByTls: { tls: ClientTls; http: Http }[] = [];
  /** By key, as it is configured now: each start asks for those of all keys. */
  #services = new Map<string, string>();

  /** Built-ins keep what outlives restarts in `memories`; `folder`: where they kept it before. */
  constructor(
    private readonly host: Host,
    private readonly sink: EventSink,
    private readonly memories: StateMemories,
    private readonly folder: string,
    private readonly rules: ProviderRules = {},
  ) {}

  /**
   * The queue of the provider with this key, for what `job` has there. The key of a command that is written in a job is
   * made of the job's name: what a job of another name has under it was made by another command.
   */
  callsOf(key: string, job?: string): ProviderCalls | undefined {
    if (job !== undefined && this.#entries.has(key) && isCommandOfAnother(key, job)) return undefined;
    return this.#find(key)?.calls;
  }

  /** The output that its provider kept of a run; undefined where there is none. */
  async outputOf(run: Run): Promise<string | undefined> {
    if (run.id === null) return undefined;
    return await this.callsOf(run.providerKey, run.job)?.provider.output(run.id);
  }

  /** The same text for every key, known or not, that names one service. */
  serviceOf(key: string): string {
    const known = this.#services.get(key);
    if (known !== undefined) return known;
    const entry = this.#find(key);
    const service = entry === undefined ? serviceOfKey(key) : serviceOf(entry.spec);
    this.#services.set(key, service);
    return service;
  }

  /** True for a built-in, which works on this machine. */
  isHere(key: string): boolean {
    const entry = this.#find(key);
    return entry !== undefined && !isService(entry.spec);
  }

  /** Why the provider with this key cannot be used; null when it can, as far as is known here. */
  troubleOf(key: string): string | null {
    return this.#find(key)?.trouble ?? null;
  }

  /** How long ago the provider with this key last began a backup (ms); null where it has not, as far as is known. */
  startedAgo(key: string): number | null {
    const ago = this.host.clock.monotonic() - (this.#find(key)?.calls.lastStart() ?? -Infinity);
    return Number.isFinite(ago) ? ago : null;
  }

  /** Those that cannot be used, by key. */
  troubles(): { key: string; message: string }[] {
    return [...this.#entries].flatMap(([key, { trouble }]) =>
      trouble === null ? [] : [{ key, message: trouble }]
    );
  }

  #find(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry !== undefined) return entry;
    for (const other of this.#entries.values()) if (other.spec.formerly.includes(key)) return other;
    return undefined;
  }

  /** Keys of built-ins that `specs` changes or drops while they make or restore a backup. */
  busyBuiltins(specs: ReadonlyMap<string, ProviderSpec>): string[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.host?.isAtWork() ?? false)
      .filter((entry) => !isSame(entry.spec, specs.get(entry.spec.key)))
      .map((entry) => entry.spec.key);
  }

  /**
   * Takes over these providers; unchanged ones, their queues and running backups stay. A built-in that cannot be opened
   * stands there closed, and is tried again the next time; the others do not mind.
   */
  async replace(specs: ReadonlyMap<string, ProviderSpec>): Promise<void> {
    const stale = [...this.#entries].filter(([key, { spec, trouble }]) =>
      trouble !== null || !isSame(spec, specs.get(key))
    );
    // First: one that is opened may take up what another of these keeps.
    for (const [, entry] of stale) await entry.host?.[Symbol.asyncDispose]();
    const before = new Map(stale.map(([key, { calls }]) => [key, calls]));
    this.#services.clear();
    for (const key of before.keys()) if (!specs.has(key)) this.#entries.delete(key);
    for (const [key, spec] of specs) {
      if (this.#entries.has(key) && !before.has(key)) continue;
      this.#entries.set(key, await this.#open(spec, before.get(key) ?? this.#gone.get(key)));
      // It may have been asked for while this was opened.
      this.#services.clear();
      this.#gone.delete(key);
    }
    for (const [key, calls] of before) if (!specs.has(key)) this.#handOver(key, calls);
    const used = [...specs.values()].flatMap((spec) => spec.kind === "http" && spec.tls ? [spec.tls] : []);
    this.#httpByTls = this.#httpByTls.filter(({ tls }) => used.some((one) => isSame(one, tls)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#entries.values()].map((entry) => entry.host?.[Symbol.asyncDispose]()));
    this.#entries.clear();
  }

  /** `before`: the calls of the same provider as it was configured until now. */
  async #open(spec: ProviderSpec, before?: ProviderCalls): Promise<Entry> {
    const { clock } = this.host;
    const { mayAct } = this.rules;
    const queue = (own: Provider, most: number) => {
      const provider = mayAct === undefined ? own : heldProvider(own, mayAct);
      return before === undefined
        ? queueCalls(provider, most, clock)
        : renewCalls(before, provider, most, clock);
    };
    if (spec.kind === "http" || spec.kind === "conductor") {
      const http = spec.tls === undefined ? this.host.http : this.#httpWith(spec.tls);
      const ports = { http, clock, sink: this.sink };
      const provider = spec.kind === "http"
        ? createHttpProvider(spec, ports)
        : (await import("../provider/conductor/conductor_provider.ts")).createConductorProvider(spec, ports);
      return { spec, calls: queue(provider, spec.maxConcurrent), host: null, trouble: null };
    }
    try {
      const host = await this.#openBuiltin(spec);
      // A built-in answers at once and keeps `maxConcurrent` itself: its calls need not wait for one another.
      return { spec, calls: queue(host, Infinity), host, trouble: null };
    } catch (error) {
      if (!(error instanceof ProviderError || error instanceof StoreError)) throw error;
      return {
        spec,
        calls: queue(this.#closed(spec, error.message), Infinity),
        host: null,
        trouble: error.message,
      };
    }
  }

  #httpWith(tls: ClientTls): Http {
    const known = this.#httpByTls.find((one) => isSame(one.tls, tls));
    if (known !== undefined) return known.http;
    const http = this.host.httpWith(tls);
    this.#httpByTls.push({ tls, http });
    return http;
  }

  /** Runs of a key that is gone go on with whoever has it as a former one; where nobody has, with what it had last. */
  #handOver(key: string, before: ProviderCalls): void {
    this.#gone.set(key, before);
    const now = this.callsOf(key);
    if (now !== undefined) redirectCalls(before, now);
  }

  async #openBuiltin(spec: BuiltinProviderSpec): Promise<BackupHost> {
    const { sink, memories, rules: { isFrozen, restoreRoots = () => [] } } = this;
    const ports = { ...this.host, sink, memories, isFrozen, siblings: this.#siblings };
    // Who has none need not hold in memory what makes backups here.
    const { createBuiltinProvider } = await import("../provider/builtin/builtin_provider.ts");
    const { takeUpFolder } = await import("./journal_files.ts");
    for (const key of [spec.key, ...spec.formerly]) {
      await takeUpFolder(ports, `${this.folder}/providers/${folderName(key)}`, key);
    }
    const memory = await this.memories.open(spec.key, spec.formerly);
    return await createBuiltinProvider(spec, ports, memory, { measures: true, restoreRoots });
  }

  /** Stands for one that cannot be opened, and says so at each call. */
  #closed({ key }: BuiltinProviderSpec, why: string): Provider {
    this.sink.emit({
      type: "provider.odd",
      level: "error",
      at: this.host.clock.now(),
      message: closedText(key, why),
      data: { provider: key },
    });
    return closedProvider(key, why);
  }
}

/** The name of a provider's folder of before: one people recognise, different for different keys. */
function folderName(key: string): string {
  const hash = bytesToHex(sha256(new TextEncoder().encode(key))).slice(0, 12);
  return `${key.replaceAll(/[^A-Za-z0-9_.-]+/g, "-").slice(0, 60)}-${hash}`;
}
