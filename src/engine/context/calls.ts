// Calls to one provider: at most `maxConcurrent` at once, in the order cancel, POST, GET, DELETE.

import PQueue from "p-queue";
import type { Json } from "../../domain/job.ts";
import type { Clock } from "../../ports/host.ts";
import type {
  BackupInfo,
  Capabilities,
  CreateCall,
  DeleteAnswer,
  GetAnswer,
  Provider,
} from "../../ports/provider.ts";

const PRIORITY = { cancel: 3, create: 2, get: 1, delete: 0 };

/** A provider behind its queue. One for each provider key, shared by all its jobs. */
export interface ProviderCalls {
  readonly provider: Provider;
  create(call: CreateCall): Promise<BackupInfo>;
  get(id: string): Promise<GetAnswer>;
  /**
   * DELETE of a backup, for retention. `mayGo` is asked when its turn has come, however long that took: `withheld`
   * when it says no, and then nothing was sent. `begun` is called once it was handed to the provider.
   */
  delete(
    id: string,
    body: Json | undefined,
    fence: number,
    mayGo: () => Promise<boolean>,
    begun: () => void,
  ): Promise<DeleteAnswer | "withheld">;
  /** DELETE of a running backup, on the same terms: goes before everything else. */
  cancel(
    id: string,
    body: Json | undefined,
    fence: number,
    mayGo: () => Promise<boolean>,
  ): Promise<DeleteAnswer | "withheld">;
  lookup(runId: string): Promise<BackupInfo | undefined>;
  list(): Promise<BackupInfo[]>;
  capabilities(): Promise<Capabilities>;
  /** When a GET last failed without an answer of the protocol, by the monotonic clock. */
  lastGetFailure(): number;
}

/** Puts a provider behind a queue of `maxConcurrent` calls. */
export function queueCalls(provider: Provider, maxConcurrent: number, clock: Clock): ProviderCalls {
  const queue = new PQueue({ concurrency: maxConcurrent });
  let lastGetFailure = -Infinity;
  const add = <T>(kind: keyof typeof PRIORITY, call: () => Promise<T>): Promise<T> =>
    queue.add(call, { priority: PRIORITY[kind] }) as Promise<T>;
  return {
    provider,
    create: (call) => add("create", () => provider.create(call)),
    get: (id) =>
      add("get", async () => {
        try {
          return await provider.get(id);
        } catch (error) {
          lastGetFailure = clock.monotonic();
          throw error;
        }
      }),
    delete: (id, body, fence, mayGo, begun) =>
      add("delete", async () => {
        if (!await mayGo()) return "withheld";
        const answer = provider.delete(id, body, fence);
        begun();
        return await answer;
      }),
    cancel: (id, body, fence, mayGo) =>
      add("cancel", async () => await mayGo() ? await provider.delete(id, body, fence) : "withheld"),
    lookup: (runId) => add("get", () => provider.lookup(runId)),
    list: () => add("get", () => provider.list()),
    capabilities: () => add("get", () => provider.capabilities()),
    lastGetFailure: () => lastGetFailure,
  };
}
