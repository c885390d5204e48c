// One life of the program: the real engine on the real store, behind ports at which the world may interfere.

import type { Job } from "../../src/domain/job.ts";
import { StoreError } from "../../src/domain/errors.ts";
import type { EngineEvent } from "../../src/ports/events.ts";
import type { CreateCall, Provider } from "../../src/ports/provider.ts";
import type { Change, CommitResult, RunStore } from "../../src/ports/store.ts";
import type { OpenStore } from "../../src/store/run_store.ts";
import type { Verifier } from "../../src/ports/verification.ts";
import type { FakeProvider, Operation } from "../support/fake_provider.ts";
import { VerifyingProvider } from "../support/verifying_provider.ts";
import type { BoundaryKind, Fault } from "./faults.ts";
import type { Observer } from "./observer.ts";
import type { ProviderPark } from "./provider_park.ts";
import { type Life, never, type SimClock, whileAlive } from "./sim_clock.ts";

/** What the ports of a life ask of the world. */
export interface Interference {
  readonly clock: SimClock;
  /** A boundary is reached: what goes wrong there. */
  boundary(life: Life, kind: BoundaryKind, ms?: number): Fault | undefined;
  crash(life: Life, why: string): void;
  note(line: string): void;
  calls(provider: FakeProvider, op: Operation, detail: { id?: string; call?: CreateCall }): void;
  /** Is told of what was committed and answered. */
  readonly seen: Observer;
  readonly park: ProviderPark;
}

const MESSAGES: Record<string, string> = {
  failed: "nothing was saved",
  unknown: "the disk failed",
  in_use: "another process holds it",
  not_writable: "the disk is full",
};

function storeError(kind: StoreError["kind"]): StoreError {
  return new StoreError(kind, `Cannot write to the state file: ${MESSAGES[kind] ?? kind} (simulated)`);
}

/** The store as one life sees it. */
export function simStore(world: Interference, life: Life, store: OpenStore): RunStore {
  async function commit(change: Change): Promise<CommitResult> {
    if (life.dead) return await never();
    const fault = world.boundary(life, "commit");
    if (fault?.fault === "crash_before") {
      world.crash(life, "before a commit");
      return await never();
    }
    if (fault?.fault === "store" && !fault.done) throw storeError(fault.kind);
    if (fault?.fault === "delay") await world.clock.view(life).sleep(fault.ms);
    world.seen.commits(change);
    let result: CommitResult;
    try {
      result = await store.commit(change);
    } catch (error) {
      if (life.dead) return await never();
      world.seen.dropped(change);
      throw error;
    }
    if (life.dead) return await never();
    if (result.result === "done") world.seen.committed(change);
    else world.seen.dropped(change);
    if (fault?.fault === "crash_after") {
      world.crash(life, "after a commit");
      return await never();
    }
    if (fault?.fault === "store") {
      world.seen.answerLost(change);
      throw storeError(fault.kind);
    }
    return result;
  }
  const reads: Record<string, unknown> = {};
  for (const [name, method] of Object.entries(store)) {
    if (typeof method !== "function" || name === "snapshot") continue;
    reads[name] = async (...args: unknown[]) => {
      if (life.dead) return await never();
      const fault = world.boundary(life, "read");
      if (fault?.fault === "crash_before" || fault?.fault === "crash_after") {
        world.crash(life, "at a read");
        return await never();
      }
      if (fault?.fault === "store") throw storeError(fault.kind);
      return await whileAlive(life, (method as (...args: unknown[]) => Promise<unknown>)(...args));
    };
  }
  return {
    ...reads as unknown as RunStore,
    commit,
    async tidy(now) {
      if (life.dead) return await never();
      const report = await whileAlive(life, store.tidy(now));
      if (report.folded + report.removed + report.shrunk > 0) {
        await whileAlive(life, world.seen.tidied(store));
      }
      return report;
    },
    fence: store.fence,
    bootSeq: store.bootSeq,
    get hasLocks() {
      return store.hasLocks;
    },
  };
}

/** A provider as one life sees it. */
export function simProvider(world: Interference, life: Life, provider: FakeProvider): Provider {
  async function call<T>(
    op: BoundaryKind & Operation,
    detail: { id?: string; anew?: boolean; call?: CreateCall },
    work: () => Promise<T>,
  ): Promise<T> {
    if (life.dead) return await never();
    const fault = world.boundary(life, op);
    if (fault?.fault === "crash_before") {
      world.crash(life, `before ${op}`);
      return await never();
    }
    world.calls(provider, op, detail);
    if (fault?.fault === "provider") provider.script(op, fault.behaviour);
    const asked = work();
    if (fault?.fault === "crash_after") {
      await whileAlive(life, asked.catch(() => {}));
      world.crash(life, `after ${op}`);
      return await never();
    }
    const answer = await whileAlive(life, asked);
    world.seen.answered(provider, op, detail, answer);
    return answer;
  }
  return {
    key: provider.key,
    create: (one) => call("create", { call: one }, () => provider.create(one)),
    get: (id, options) => call("get", { id, ...options }, () => provider.get(id, options)),
    delete: (id, body, fence) => call("delete", { id }, () => provider.delete(id, body, fence)),
    lookup: (runId) => call("lookup", {}, () => provider.lookup(runId)),
    list: () => call("list", {}, async () => world.park.listed(provider.key, await provider.list())),
    capabilities: () => call("capabilities", {}, () => provider.capabilities()),
    check: () => provider.check(),
    standsWhole: (id) => provider.standsWhole(id),
    output: (id) => provider.output(id),
    ...(provider instanceof VerifyingProvider ? simVerifier(world, life, provider) : {}),
  };
}

/** Its verifications, which live on where the program dies. */
function simVerifier(world: Interference, life: Life, provider: VerifyingProvider): Verifier {
  const call = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    if (life.dead) return await never();
    world.note(`${what} at ${provider.key}`);
    return await whileAlive(life, work());
  };
  return {
    verify: (id, one) => call(`verify ${id} as ${one.verificationId}`, () => provider.verify(id, one)),
    cancelVerification: (id, one) => call(`cancel ${one}`, () => provider.cancelVerification(id, one)),
  };
}

/** One line of a trace. */
export function lineOf(event: EngineEvent): string {
  return `${event.type} ${event.job ?? ""} ${event.runId ?? ""} ${event.message}`;
}

/** A provider key as a job names it, alone. */
export function at(providerKey: string): Pick<Job, "providerKey" | "providerKeys"> {
  return { providerKey, providerKeys: [providerKey] };
}
