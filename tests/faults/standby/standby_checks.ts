// What must be true of several instances on one state server, recomputed from what was seen from outside: looks at the
// lease, answers of `/readyz`, the providers' books. Each check is one rule and names what breaks it.

import assert from "node:assert/strict";
import type { RunView } from "../../../src/ports/views/run.ts";
import type { LedgerCall } from "../../support/ledger_provider.ts";
import type { Claims } from "../ledger_checks.ts";
import type { Probe } from "./instance.ts";
import type { LeaseLook } from "./lease_watch.ts";

/** The lease went from one holder to the next, or to itself again. */
export interface Takeover {
  epoch: number;
  from: string | null;
  to: string;
  /** When it was first seen. */
  at: number;
  /** The instant that the lease surely was not taken before. */
  after: number;
  /** How long the counter had stood still, at most and at least. */
  stoodMost: number;
  stoodLeast: number;
  /** It was given back before. */
  wasReleased: boolean;
}

/** Every takeover among the looks, the first holder of all apart. */
export function takeoversOf(looks: readonly LeaseLook[]): Takeover[] {
  const found: Takeover[] = [];
  // The last look that showed another counter than the one in force, and the first that showed this one.
  let [before, first] = [looks[0], looks[0]];
  for (const [at, look] of looks.entries()) {
    const last = looks[at - 1];
    if (last === undefined || (look.epoch === last.epoch && look.renewals === last.renewals)) continue;
    if (look.epoch !== last.epoch) {
      found.push({
        epoch: look.epoch,
        from: last.holder,
        to: look.holder ?? "nobody",
        at: look.answeredAt,
        after: last.askedAt,
        stoodMost: look.answeredAt - before!.askedAt,
        stoodLeast: Math.max(0, last.askedAt - first!.answeredAt),
        wasReleased: last.holder === null,
      });
    }
    [before, first] = [last, look];
  }
  return found;
}

/** I26: epochs never fall, and within one the holder stays and the counter never falls. */
export function epochsRise(looks: readonly LeaseLook[]): void {
  for (const [at, look] of looks.entries()) {
    const last = looks[at - 1];
    if (last === undefined) continue;
    assert.ok(look.epoch >= last.epoch, `epoch ${look.epoch} after ${last.epoch}`);
    if (look.epoch > last.epoch) continue;
    assert.ok(
      look.holder === last.holder || look.holder === null,
      `${look.holder} holds epoch ${look.epoch}, which was ${last.holder}'s`,
    );
    assert.ok(look.renewals >= last.renewals, `renewal ${look.renewals} after ${last.renewals}`);
  }
}

/**
 * Nobody takes over a lease that was renewed less than `leastMs` ago, unless it was given back, or is that of an earlier life
 * of its own.
 */
export function takeoversAreNotEarly(takeovers: readonly Takeover[], leastMs: number): void {
  for (const { epoch, from, to, stoodMost, wasReleased } of takeovers) {
    assert.ok(
      wasReleased || from === to || stoodMost >= leastMs,
      `${to} took epoch ${epoch} from ${from}, renewed ${stoodMost} ms before at most; expected ${leastMs} at least`,
    );
  }
}

/** I27: who says that it is active holds the lease at some moment between the question and the answer. */
export function activeOnesHold(probes: readonly Probe[], looks: readonly LeaseLook[]): void {
  for (const { name, askedAt, answeredAt } of probes.filter((probe) => probe.isActive)) {
    const before = looks.findLastIndex((look) => look.answeredAt <= askedAt);
    const after = looks.findIndex((look) => look.askedAt >= answeredAt);
    if (before < 0 || after < 0) continue;
    const during = looks.slice(before, after + 1);
    const holders = new Set(during.map(({ epoch, holder }) => `${epoch} ${holder}`));
    const isOthers = holders.size === 1 && during[0]!.holder !== name;
    assert.ok(!isOthers, `${name} calls itself active while ${during[0]!.holder} holds the lease`);
  }
}

/** A call that bears an epoch which was over when it came. */
export interface StaleCall {
  call: LedgerCall;
  /** Who sent it. */
  sender: string;
  /** By how much it came late, at least. */
  lateMs: number;
  isRefused: boolean;
}

/** Who took each epoch. */
export function holdersOf(looks: readonly LeaseLook[]): Map<number, string> {
  const holders = new Map<number, string>();
  for (const { epoch, holder } of looks) if (holder !== null) holders.set(epoch, holder);
  return holders;
}

/** POSTs and DELETEs of an epoch after the next one was seen to be taken. */
export function staleCalls(calls: readonly LedgerCall[], looks: readonly LeaseLook[]): StaleCall[] {
  const holders = holdersOf(looks);
  const begun: { epoch: number; at: number }[] = [];
  for (const { epoch, answeredAt } of looks) {
    if (epoch > (begun.at(-1)?.epoch ?? 0)) begun.push({ epoch, at: answeredAt });
  }
  const stale: StaleCall[] = [];
  for (const call of calls) {
    const { method, fence, at } = call;
    if (fence === null || (method !== "POST" && method !== "DELETE")) continue;
    const next = begun.find(({ epoch }) => epoch > fence);
    if (next === undefined || next.at >= at) continue;
    const sender = holders.get(fence) ?? "nobody";
    stale.push({ call, sender, lateMs: at - next.at, isRefused: call.status === 412 });
  }
  return stale;
}

/** I29: only who was stopped in the middle of a call sends one after its epoch, and right after it goes on. */
export function staleCallsAreTheResidual(
  stale: readonly StaleCall[],
  stops: ReadonlyMap<string, readonly { from: number; until: number }[]>,
  mostMs: number,
): void {
  for (const { call, sender, lateMs } of stale) {
    const isResidual = (stops.get(sender) ?? []).some(({ from, until }) =>
      from <= call.at && call.at <= until + mostMs
    );
    assert.ok(
      isResidual || lateMs <= mostMs,
      `${sender} sent ${call.method} of ${
        call.job ?? call.id
      } under epoch ${call.fence} ${lateMs} ms after the next, ` +
        "and was not stopped",
    );
  }
}

/** Two POSTs for one slot of one job never come in the wrong order of their epochs, but for what is stale. */
export function postsRise(calls: readonly LedgerCall[], stale: readonly StaleCall[]): void {
  const known = new Set(stale.map(({ call }) => call));
  const highest = new Map<string, number>();
  for (const call of calls) {
    if (call.method !== "POST" || call.fence === null || known.has(call)) continue;
    const key = `${call.job} ${call.slot}`;
    assert.ok(
      call.fence >= (highest.get(key) ?? 0),
      `POST for slot ${key} under epoch ${call.fence} after ${highest.get(key)}`,
    );
    highest.set(key, call.fence);
  }
}

/** A slot is decided by one row, and not again by a range. */
export function noSlotIsDecidedTwice({ runs }: Claims): void {
  const seen = new Map<string, string>();
  for (const run of runs as (RunView & { attempt: number })[]) {
    if (run.slot === null) continue;
    const key = `${run.job} ${run.slot} ${run.attempt}`;
    const other = seen.get(key);
    assert.ok(other === undefined, `slot ${key} is decided by ${other} and by ${run.run_id}`);
    seen.set(key, run.run_id);
  }
}

/** The most that may go wrong at a provider without any ability whose doubtful starts are skipped: nothing twice. */
export function nothingIsStartedTwice(calls: readonly LedgerCall[]): void {
  const seen = new Map<string, LedgerCall>();
  for (const call of calls.filter(({ method, slot }) => method === "POST" && slot !== null)) {
    const key = `${call.job} ${call.slot}`;
    const first = seen.get(key);
    assert.ok(
      first === undefined,
      `slot ${key} was sent under epoch ${first?.fence} for ${first?.runId}, and under ${call.fence} for ${call.runId}`,
    );
    seen.set(key, call);
  }
}
