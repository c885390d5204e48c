// Restores by the server, for callers of the API: begun once, followed to their ends, also over a restart. Where they may
// write is decided here, and by the provider once more.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Run } from "../../domain/backup.ts";
import { ProviderError, StoreError } from "../../domain/errors.ts";
import {
  isNested,
  isSameWish,
  outsideRoots,
  type RestorePlace,
  type RestoreWish,
  type ServerRestore,
} from "../../domain/server_restore.ts";
import { warningOfRun } from "../../domain/run_warning.ts";
import type { ProviderCalls } from "../../engine/context/calls.ts";
import type { FileTree } from "../../ports/file_tree.ts";
import type { Clock, Files, Ids } from "../../ports/host.ts";
import type { Caller, RestoreOutcome } from "../../ports/operations.ts";
import type { RestoreCall, RestoreOperation } from "../../ports/restore.ts";
import type { RunStore } from "../../ports/store.ts";
import { findTarget } from "../../provider/host/restore_target.ts";
import { addEvent, begunEvent, endedEvent, RESTORE_TYPES } from "./restore_events.ts";

interface RestoreBookParts {
  clock: Clock;
  ids: Ids;
  files: Files;
  tree: FileTree;
  store: Pick<RunStore, "commit" | "events">;
  callsOf(providerKey: string, job: string): ProviderCalls | undefined;
  /** True for a provider inside this program, whose folders are those of this machine. */
  isHere(providerKey: string): boolean;
  /** Folders below which may be restored, as of now. */
  roots(): readonly string[];
}

/** Between two looks how far one is. */
const LOOK_MS = 1_000;
const LONGEST_LOOK_MS = 60_000;
/** What a provider says nothing of for so long is given up. */
const SILENT_MS = 24 * 3_600_000;
/** Times that one is asked for whose provider does not know of it. */
const ASKS = 3;
/** Until an end that could not be saved is tried again. */
const SAVE_MS = 5_000;
/** So many events are read again after a restart. */
const MOST_EVENTS = 10_000;
/** So many restores are known at once, the newest. */
const MOST_KNOWN = 1_000;

/** Knows the restores of this server, follows those that run, and begins new ones. */
export class RestoreBook implements AsyncDisposable {
  #known = new Map<string, ServerRestore>();
  /** Those being followed, by operation. */
  #following = new Map<string, Promise<void>>();
  /** Which folders those fill that were begun here; of others it is taken to be as they were written. */
  #places = new Map<string, RestorePlace>();
  readonly #stop = new AbortController();

  constructor(private readonly parts: RestoreBookParts) {}

  /** Reads what is on record, and follows what a former process left. Rejects with `StoreError`. */
  async start(): Promise<void> {
    const { store } = this.parts;
    const events = await store.events({ type: RESTORE_TYPES, limit: MOST_EVENTS });
    for (const event of events.reverse()) addEvent(this.#known, event);
    const open = [...this.#known.values()].filter(({ state }) => state === "running");
    for (const one of open) {
      this.#note(one.operationId, "Schelly was started anew, and asks its provider how far it is");
      this.#follow(one, ASKS);
    }
    this.#forgetOld();
  }

  /** Newest first. */
  list({ job, limit }: { job?: string; limit: number }): ServerRestore[] {
    const all = [...this.#known.values()].filter((one) => job === undefined || one.job === job);
    return all.sort((a, b) => b.startedAt - a.startedAt).slice(0, limit);
  }

  get(operationId: string): ServerRestore | undefined {
    return this.#known.get(operationId);
  }

  /** Asks the provider of the backup, and does not wait for its end. Rejects with `StoreError` before anything is asked. */
  async begin(run: Run, wish: RestoreWish, by: Caller): Promise<RestoreOutcome> {
    const { ids, clock, store, callsOf } = this.parts;
    const name = run.id ?? run.runId;
    const conflict = (why: string) =>
      ({ outcome: "conflict", message: `Cannot restore backup '${name}': ${why}` }) as const;
    const operationId = wish.callerKey === undefined ? ids.uuidv7() : keyedId(by.name, wish.callerKey);
    const before = this.#begunBefore(operationId, run, wish);
    if (before !== undefined) return before;
    if (run.status !== "available" || run.id === null) {
      return conflict(`it is '${run.status}': expected 'available'`);
    }
    const calls = callsOf(run.providerKey, run.job);
    if (calls === undefined) return conflict(`its provider '${run.providerKey}' is not in the configuration`);
    const looked = await this.#whyNot(run, wish, calls);
    // The same may have been asked for meanwhile.
    const meanwhile = this.#begunBefore(operationId, run, wish);
    if (meanwhile !== undefined) return meanwhile;
    if ("outcome" in looked) return looked;
    const inTheWay = wish.dryRun ? undefined : this.#sameFolder(looked);
    if (inTheWay !== undefined) {
      return conflict(
        `the restore ${inTheWay.operationId} is filling '${inTheWay.target}', and neither may lie in the other: wait ` +
          "for its end, or choose another folder",
      );
    }
    const { callerKey: _, ...asked } = wish;
    const restore: ServerRestore = {
      ...{ ...asked, operationId, job: run.job, runId: run.runId, providerKey: run.providerKey, id: run.id },
      ...{
        warning: warningOfRun(run) ?? null,
        askedBy: by.name,
        state: "running",
        message: "",
        files: null,
        bytes: null,
      },
      ...{ startedAt: clock.now(), endedAt: null },
    };
    this.#known.set(operationId, restore);
    this.#places.set(operationId, looked);
    try {
      // Nothing is written for a dry run, so nothing is told of it either.
      if (!restore.dryRun) await saveEvent(store, restore, begunEvent(restore));
    } catch (error) {
      this.#known.delete(operationId);
      throw error;
    }
    return await this.#ask(restore, calls);
  }

  /** Why `begin` would refuse it as things stand, where its folder is of this machine; nothing is begun or written. */
  async look(run: Run, wish: RestoreWish): Promise<RestoreOutcome | undefined> {
    const calls = this.parts.callsOf(run.providerKey, run.job);
    if (run.id === null || calls === undefined || !this.parts.isHere(run.providerKey)) return undefined;
    const looked = await this.#whyNot(run, wish, calls);
    return "outcome" in looked ? looked : undefined;
  }

  /** Tells one to end; what was restored until then stays. Undefined where there is none. */
  async cancel(operationId: string): Promise<RestoreOutcome | undefined> {
    const restore = this.#known.get(operationId);
    if (restore === undefined) return undefined;
    if (restore.state !== "running") {
      return { outcome: "conflict", message: `The restore is over, it is '${restore.state}'` };
    }
    const calls = this.parts.callsOf(restore.providerKey, restore.job);
    await calls?.ask((provider) => provider.cancelOperation?.(operationId) ?? Promise.resolve());
    return { outcome: "accepted", restore: this.#known.get(operationId) ?? restore };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("Schelly is stopping"));
    await Promise.allSettled([...this.#following.values()]);
  }

  /** One under way whose folder lies in this one, or around it. */
  #sameFolder(place: RestorePlace): ServerRestore | undefined {
    for (const restore of this.#known.values()) {
      if (restore.state !== "running" || restore.dryRun) continue;
      const one = this.#places.get(restore.operationId) ?? this.#placeOf(restore.providerKey, restore.target);
      if (isNested(one, place)) return restore;
    }
    return undefined;
  }

  #placeOf(providerKey: string, target: string): RestorePlace {
    const names = target.split("/").filter((name) => name !== "" && name !== ".");
    return { machine: this.parts.isHere(providerKey) ? "" : providerKey, path: `/${names.join("/")}` };
  }

  /** What is answered to a key that a restore has already. */
  #begunBefore(operationId: string, run: Run, wish: RestoreWish): RestoreOutcome | undefined {
    const before = this.#known.get(operationId);
    if (before === undefined) return undefined;
    if (before.runId === run.runId && isSameWish(wish, before)) {
      return { outcome: "accepted", restore: before };
    }
    return { outcome: "refused", message: `This key came with another restore, into '${before.target}'` };
  }

  /** Why it surely must not be asked for; where it may, the folder that it fills. */
  async #whyNot(run: Run, wish: RestoreWish, calls: ProviderCalls): Promise<RestoreOutcome | RestorePlace> {
    const name = run.id!;
    const roots = this.parts.roots();
    if (roots.length === 0) {
      const message =
        `Cannot restore backup '${name}' here: restore.roots in the configuration names no folder into ` +
        "which the server may restore; 'schelly backups restore' restores as whoever runs it";
      return { outcome: "refused", message };
    }
    try {
      if ((await calls.capabilities()).restore !== true) {
        const message =
          `Cannot restore backup '${name}': its provider '${run.providerKey}' has no extension ` +
          `'restore': 'schelly backups restore ${name} --to DIR' says what to do by hand`;
        return { outcome: "conflict", message };
      }
      if (this.parts.isHere(run.providerKey)) {
        const { path } = await findTarget(this.parts, wish.target, { overwrite: wish.overwrite, roots });
        return this.#placeOf(run.providerKey, path);
      }
    } catch (error) {
      if (error instanceof ProviderError) return outcomeOf(error);
      throw error;
    }
    const why = outsideRoots(wish.target, roots);
    return why === undefined
      ? this.#placeOf(run.providerKey, wish.target)
      : { outcome: "refused", message: `Cannot restore into '${wish.target}': ${why}` };
  }

  async #ask(restore: ServerRestore, calls: ProviderCalls): Promise<RestoreOutcome> {
    try {
      const now = await calls.ask((provider) => provider.restore!(restore.id, callOf(restore)));
      this.#learn(restore.operationId, now);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      if (error.kind === "refused" || error.kind === "unsent" || await this.#isUnknown(restore, calls)) {
        await this.#end(restore.operationId, { state: "failed", message: error.message });
        return outcomeOf(error);
      }
      this.#note(restore.operationId, `its provider has not answered yet: ${error.message}`);
    }
    this.#follow(restore, 1);
    return { outcome: "accepted", restore: this.#known.get(restore.operationId) ?? restore };
  }

  /** True where a provider inside this program surely has not begun it; of others only their answers tell. */
  async #isUnknown({ providerKey, operationId }: ServerRestore, calls: ProviderCalls): Promise<boolean> {
    if (!this.parts.isHere(providerKey)) return false;
    const now = await calls.ask((provider) => provider.operation!(operationId)).catch(() => null);
    return now === undefined;
  }

  #follow(restore: ServerRestore, asks: number): void {
    const { operationId } = restore;
    const followed = this.#untilEnd(restore, asks).catch((error) => {
      if (!this.#stop.signal.aborted) throw error;
    }).finally(() => this.#following.delete(operationId));
    followed.catch(() => {});
    this.#following.set(operationId, followed);
  }

  /** `asks`: how often it was asked for. Rejects once the program stops: the next one goes on from there. */
  async #untilEnd({ operationId, providerKey, job, id }: ServerRestore, asks: number): Promise<void> {
    const { clock, callsOf } = this.parts;
    let wait = LOOK_MS;
    let heard = clock.monotonic();
    for (;; await clock.sleep(wait, this.#stop.signal)) {
      const restore = this.#known.get(operationId);
      if (restore === undefined || restore.state !== "running") return;
      const calls = callsOf(providerKey, job);
      if (calls === undefined) {
        return await this.#end(operationId, { state: "failed", message: unknownText("is gone", restore) });
      }
      try {
        const now = await calls.ask((provider) => provider.operation!(operationId));
        if (now === undefined && asks < ASKS) {
          asks++;
          this.#learn(operationId, await calls.ask((provider) => provider.restore!(id, callOf(restore))));
        } else if (now === undefined) {
          const message = unknownText("does not know of it", restore);
          return await this.#end(operationId, { state: "failed", message });
        } else this.#learn(operationId, now);
        [wait, heard] = [LOOK_MS, clock.monotonic()];
        const next = now?.state === "running" || now === undefined ? undefined : now;
        if (next !== undefined) return await this.#end(operationId, next);
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        if (error.kind === "refused" || clock.monotonic() - heard > SILENT_MS) {
          return await this.#end(operationId, { state: "failed", message: error.message });
        }
        wait = Math.min(LONGEST_LOOK_MS, wait * 2);
      }
    }
  }

  /** Progress. */
  #learn(operationId: string, { message, files, bytes }: RestoreOperation): void {
    const known = this.#known.get(operationId);
    if (known === undefined || known.state !== "running") return;
    const counted = { files: files ?? known.files, bytes: bytes ?? known.bytes };
    this.#known.set(operationId, { ...known, message, ...counted });
  }

  #note(operationId: string, message: string): void {
    const known = this.#known.get(operationId);
    if (known !== undefined) this.#known.set(operationId, { ...known, message });
  }

  /** Saves the end before it is told; what cannot be saved is tried again until the program stops. */
  async #end(
    operationId: string,
    end: Pick<RestoreOperation, "state" | "message" | "files" | "bytes">,
  ): Promise<void> {
    const { clock, store } = this.parts;
    const { state, message, files = null, bytes = null } = end;
    const known = this.#known.get(operationId);
    if (known === undefined) return;
    const ended: ServerRestore = { ...known, state, message, files, bytes, endedAt: clock.now() };
    for (; !ended.dryRun; await clock.sleep(SAVE_MS, this.#stop.signal)) {
      try {
        await saveEvent(store, ended, endedEvent(ended));
        break;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
      }
    }
    this.#known.set(operationId, ended);
    this.#forgetOld();
  }

  #forgetOld(): void {
    const ended = [...this.#known.values()].filter(({ state }) => state !== "running");
    for (const { operationId } of ended) this.#places.delete(operationId);
    for (const old of ended.slice(0, Math.max(0, ended.length - MOST_KNOWN))) {
      this.#known.delete(old.operationId);
    }
  }
}

async function saveEvent(
  store: Pick<RunStore, "commit">,
  { job }: ServerRestore,
  event: ReturnType<typeof begunEvent>,
): Promise<void> {
  await store.commit({ job, writes: [], events: [event] });
}

/** Of one caller each key stands for one restore. */
function keyedId(by: string, key: string): string {
  return `key-${bytesToHex(sha256(new TextEncoder().encode(`${by}\n${key}`))).slice(0, 32)}`;
}

function callOf({ operationId, target, include, dryRun, overwrite, anyOwner }: ServerRestore): RestoreCall {
  return { operationId, target, include, dryRun, overwrite, anyOwner };
}

function outcomeOf({ kind, message, status }: ProviderError): RestoreOutcome {
  const isConflict = kind !== "refused" || status === 404 || status === 409 || status === 410;
  return { outcome: isConflict ? "conflict" : "refused", message };
}

function unknownText(why: string, { target }: ServerRestore): string {
  return `its provider ${why}: what became of it is not known; look at what is in '${target}'`;
}
