// Calls to one provider: at most `maxConcurrent` at once, in the order cancel, POST, GET, DELETE.

import { assert, ProviderError } from "../../domain/errors.ts";
import type { Json } from "../../domain/job.ts";
import type { Clock } from "../../ports/host.ts";
import type {
  BackupInfo,
  Capabilities,
  CreateCall,
  DeleteAnswer,
  GetAnswer,
  GetOptions,
  Provider,
} from "../../ports/provider.ts";
import type { VerificationReport, VerifyCall } from "../../ports/verification.ts";
import { type CallKind, type Leaving, Places } from "./places.ts";
import { TurnLine } from "./turn_line.ts";
import { turnGate } from "./turn_gate.ts";

/** GETs, whichever way they come to their turn. */
export interface Looks {
  get(id: string, options?: GetOptions): Promise<GetAnswer>;
}

/** A provider behind its queue. One for each provider key, shared by all its jobs. */
export interface ProviderCalls extends Looks {
  readonly provider: Provider;
  /** How many calls may be under way at once, as it is configured now; Infinity: the provider itself sees to that. */
  readonly maxConcurrent: number;
  /**
   * POST of a start. `mayGo` is asked once it has its place, however long that took: `withheld` when it says no, and
   * then nothing was sent. Rejects with what `left` calls back with while it waits for its place.
   */
  create(
    call: CreateCall,
    mayGo: () => Promise<boolean>,
    left?: Leaving,
  ): Promise<BackupInfo | "withheld">;
  /**
   * DELETE of a backup, for retention. `mayGo` is asked when its turn has come, however long that took: `withheld`
   * when it says no, and then nothing was sent. It may look in the same turn, `inTurn`: those GETs wait for no place
   * of their own. `begun` is called once it was handed to the provider.
   */
  delete(
    id: string,
    body: Json | undefined,
    fence: number,
    mayGo: (inTurn: Looks) => Promise<boolean>,
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
  /** Rejects as `refused` (405) where the provider has no such extension. */
  verify(id: string, call: VerifyCall): Promise<VerificationReport>;
  /** Goes before everything else: a backup may wait for it. */
  cancelVerification(id: string, verificationId: string): Promise<void>;
  /** Any other question, in its turn among the GETs. */
  ask<T>(question: (provider: Provider) => Promise<T>): Promise<T>;
  /**
   * Waits for a place that the provider has said to have none of just now. `since`: who has waited longest is called
   * first. Answers what ends that.
   */
  standInLine(since: number, call: () => void): () => void;
  /** A backup that the provider made has ended: the first in line is called. */
  placeFree(): void;
  /** When it last began a backup, by the monotonic clock; -Infinity for never. */
  lastStart(): number;
  /** When a GET last failed without an answer of the protocol, by the monotonic clock. */
  lastGetFailure(): number;
  /**
   * When it last answered so that its storage must have been open, by the monotonic clock: a start was begun, a backup is
   * available, one was deleted, or it told its list.
   */
  lastGoodAnswer(): number;
}

/** The queue of one provider, which outlives edits of the provider's settings. */
interface Line {
  /** As configured now: whoever waits in the queue, or holds calls of before, calls this one. */
  provider: () => Provider;
  places: Places;
  turns: TurnLine;
  lastStart: number;
  lastGetFailure: number;
  lastGoodAnswer: number;
}

const lines = new WeakMap<ProviderCalls, Line>();

/** Puts a provider behind a queue of `maxConcurrent` calls. */
export function queueCalls(provider: Provider, maxConcurrent: number, clock: Clock): ProviderCalls {
  return callsOf(
    {
      provider: () => provider,
      places: new Places(maxConcurrent),
      turns: new TurnLine(),
      lastStart: -Infinity,
      lastGetFailure: -Infinity,
      lastGoodAnswer: -Infinity,
    },
    clock,
  );
}

/**
 * Calls to the same provider as it is configured now: another object, so that an edit shows, on the queue of before.
 * Runs under way hold the calls they began with: from now on these use the new settings too, their credentials above all.
 */
export function renewCalls(
  before: ProviderCalls,
  provider: Provider,
  maxConcurrent: number,
  clock: Clock,
): ProviderCalls {
  const line = lines.get(before);
  assert(line !== undefined, "calls are renewed that were made by queueCalls");
  line.provider = () => provider;
  line.places.most = maxConcurrent;
  return callsOf(line, clock);
}

/** Lets calls to a provider that has another key now go to `now`, for runs that began under the former one. */
export function redirectCalls(before: ProviderCalls, now: ProviderCalls): void {
  const [from, to] = [lines.get(before), lines.get(now)];
  assert(from !== undefined && to !== undefined, "calls are redirected that were made by queueCalls");
  from.provider = () => to.provider();
}

function callsOf(line: Line, clock: Clock): ProviderCalls {
  const gate = turnGate(clock);
  const add = <T>(kind: CallKind, call: () => Promise<T>): Promise<T> => line.places.in(kind, call);
  const good = <T>(answer: T): T => {
    line.lastGoodAnswer = clock.monotonic();
    return answer;
  };
  const begun = <T>(answer: T): T => {
    line.lastStart = clock.monotonic();
    return good(answer);
  };
  const inTurn: Looks = {
    async get(id, options) {
      const turn = gate.enter();
      if (turn !== undefined) await turn;
      try {
        const answer = await line.provider().get(id, options);
        return answer.found === "yes" && answer.backup.state === "available" ? good(answer) : answer;
      } catch (error) {
        line.lastGetFailure = clock.monotonic();
        throw error;
      }
    },
  };
  const calls: ProviderCalls = {
    get provider() {
      return line.provider();
    },
    get maxConcurrent() {
      return line.places.most;
    },
    create: (call, mayGo, left) =>
      line.places.in(
        "create",
        async () => await mayGo() ? begun(await line.provider().create(call)) : "withheld",
        left,
      ),
    get: (id, options) => add("get", () => inTurn.get(id, options)),
    delete: (id, body, fence, mayGo, begun) =>
      add("delete", async () => {
        if (!await mayGo(inTurn)) return "withheld";
        const answer = line.provider().delete(id, body, fence);
        begun();
        return good(await answer);
      }),
    cancel: (id, body, fence, mayGo) =>
      add("cancel", async () => await mayGo() ? await line.provider().delete(id, body, fence) : "withheld"),
    lookup: (runId) => add("get", () => line.provider().lookup(runId)),
    list: () => add("get", async () => good(await line.provider().list())),
    capabilities: () => add("get", () => line.provider().capabilities()),
    verify: (id, call) => add("get", async () => await verifierOf(line.provider()).verify(id, call)),
    cancelVerification: (id, verificationId) =>
      add("cancel", async () => await line.provider().cancelVerification?.(id, verificationId)),
    ask: (question) => add("get", () => question(line.provider())),
    standInLine: (since, call) => line.turns.stand(since, call),
    placeFree: () => line.turns.next(),
    lastStart: () => line.lastStart,
    lastGetFailure: () => line.lastGetFailure,
    lastGoodAnswer: () => line.lastGoodAnswer,
  };
  lines.set(calls, line);
  return calls;
}

function verifierOf(provider: Provider): Pick<Required<Provider>, "verify"> {
  if (provider.verify !== undefined) return provider as Required<Provider>;
  throw new ProviderError(
    "refused",
    `Cannot verify a backup at '${provider.key}': its provider has no extension 'verify'`,
    { status: 405 },
  );
}
