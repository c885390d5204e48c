// I26 to I29: one instance at a time, and nobody else changes anything. Computed from what the state server and the providers
// saw, never with the product's own rules.

import type { LedgerEntry } from "../../support/fake_provider.ts";
import type { Batch, LeaseRow } from "../lease/sim_state_server.ts";
import type { Finding } from "./witness.ts";

/** Nobody takes a lease over before its counter stood still for so long: the TTL and ten seconds. */
const STILL_MS = 40_000;

/** What is known of the lease besides its row. */
export interface LeaseHistory {
  /** Who took the lease as this holder: `n1/3` is the third life of n1. */
  owners: ReadonlyMap<string, string>;
  /** By the time of the world: when the holder last took or renewed it. */
  renewedAt: number;
  now: number;
}

/** An instance that runs now, and would begin something at a provider if it were due. */
export interface ActingInstance {
  life: string;
  epoch: number;
}

/** The machine of a life. */
export function machineOf(life: string): string {
  return life.split("/")[0]!;
}

/** I26: tokens strictly increase, and a batch that changes something is of who holds the one in force. */
export function I26_onlyTheHolderWrites(batch: Batch, { owners }: LeaseHistory): Finding {
  const { by, before, after, hasChanged } = batch;
  if (before === null || after === null) return;
  if (after.epoch < before.epoch) return `epoch ${after.epoch} follows ${before.epoch}`;
  if (after.epoch > before.epoch) {
    return after.holder === before.holder
      ? `${before.holder} has epochs ${before.epoch} and ${after.epoch}`
      : undefined;
  }
  if (after.holder !== before.holder) {
    return `epoch ${before.epoch} goes from ${before.holder} to ${after.holder}`;
  }
  const owner = owners.get(before.holder);
  if (hasChanged && owner !== by) {
    return `${by} changes the state under epoch ${before.epoch}, which is ${owner}'s`;
  }
}

/** I27: a lease that was renewed is left to its holder for the TTL and ten seconds; its own machine may have it sooner. */
export function I27_takenInTime(batch: Batch, { owners, renewedAt, now }: LeaseHistory): Finding {
  const { by, before, after } = batch;
  if (before === null || after === null || after.epoch === before.epoch || before.isReleased) return;
  const owner = owners.get(before.holder) ?? "nobody";
  if (machineOf(owner) === machineOf(by)) return;
  const stoodStill = now - renewedAt;
  if (stoodStill < STILL_MS) {
    return `${by} takes the lease from ${owner} ${stoodStill} ms after it was renewed: expected ${STILL_MS} at least`;
  }
}

/** I27: of all that run, nobody believes to be the active one under an epoch that is over. */
export function I27_oneMayAct(acting: readonly ActingInstance[], lease: LeaseRow | null): Finding {
  for (const { life, epoch } of acting) {
    if (epoch !== lease?.epoch) {
      return `${life} may act under epoch ${epoch}, and ${lease?.epoch} is in force`;
    }
  }
  if (acting.length > 1) return `${acting.map(({ life }) => life).join(" and ")} may act`;
}

/** I28: who gave the lease back, or lost it, sends nothing. */
export function I28_callsAreOfTheHolder(entry: Readonly<LedgerEntry>, lease: LeaseRow | null): Finding {
  if (entry.op !== "create" && entry.op !== "delete") return;
  const what = `${entry.op} of ${entry.runId ?? entry.id} under epoch ${entry.fence}`;
  if (lease?.epoch !== entry.fence) return `${what}, while ${lease?.epoch} is in force`;
  if (lease?.isReleased) return `${what}, which was given back`;
}

/** I29: for one slot no POST comes under a lower epoch than the one before it. */
export function I29_postsRise(ledger: readonly LedgerEntry[]): Finding {
  const highest = new Map<string, number>();
  for (const { op, job, slot, fence } of ledger) {
    if (op !== "create" || slot === null || fence === undefined) continue;
    const key = `${job} ${slot}`;
    if (fence < (highest.get(key) ?? 0)) {
      return `POST for ${key} under epoch ${fence} after ${highest.get(key)}`;
    }
    highest.set(key, fence);
  }
}
