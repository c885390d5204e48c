// I26 to I32, and the second promise: what is said of the whole holds at every boot, and at the end.

import type { Run } from "../../../src/domain/backup.ts";
import type { CreateCall } from "../../../src/ports/provider.ts";
import type { Change } from "../../../src/ports/store.ts";
import type { Effect, FakeProvider, Operation } from "../../support/fake_provider.ts";
import { isStranger } from "../provider_park.ts";
import { type Finding, MINUTE, show, type Witness } from "./witness.ts";

/** I26: each boot takes a higher fence than any before. */
export function I26_fencesIncrease(before: number, fence: number): Finding {
  if (fence <= before) return `the fence ${fence} was taken after ${before}`;
}

/** I29: no provider sees a start of an earlier boot after one of a later boot. */
export function I29_fencesAtProvider(provider: FakeProvider, call: CreateCall): Finding {
  const highest = provider.calls("create").reduce((most, { fence }) => Math.max(most, fence ?? 0), 0);
  if (call.fence < highest) return `${provider.key} sees fence ${call.fence} after ${highest}`;
}

/** I30: whatever becomes of a run, an event committed with it says so. */
export function I30_movesAreTold(change: Change, before: Run | undefined, after: Run): Finding {
  if (before?.status === after.status) return;
  const told = change.events?.some((event) =>
    event.runId === after.runId || (event.data?.run_ids as string[] | undefined)?.includes(after.runId)
  );
  if (!told) return `${show(after)} was ${before?.status ?? "nothing"} before, and no event says so`;
}

/** I30: what lies at a provider and is bound to no row is told of in its run's marks. */
export function I30_orphansAreTold({ model, providers, tidiedAway, forgotten, mislaid }: Witness): Finding {
  for (const provider of providers.values()) {
    // An id that is used again after it was forgotten cannot be told from the first.
    const lost = new Set(provider.effects.filter((effect) => forgotten.has(effect)).map(({ id }) => id));
    // So with an id that was given twice: a call for it may mean either.
    const seen = new Set<string>();
    for (const { id } of provider.effects) seen.size === seen.add(id).size && lost.add(id);
    // What forgot a backup forgot the key that it was asked for with: a start that lands after that makes another.
    const keyless = new Set(
      provider.effects.filter((effect) => effect.forgotten && provider.capabilitySet.idempotency)
        .map(({ runId }) => runId),
    );
    for (const effect of [...provider.living(), ...provider.running()]) {
      if (tidiedAway.has(effect.runId) || lost.has(effect.id) || isStranger(effect)) continue;
      if (mislaid.has(effect) || keyless.has(effect.runId)) continue;
      const run = model.runs.get(effect.runId);
      if (run === undefined) return `backup ${effect.id} of ${provider.key} belongs to no row`;
      const told = run.id === effect.id
        ? run.status !== "deleted" && run.status !== "cancelled"
        : run.maybeDuplicateAt !== null || ["unsettled", "duplicate_id"].includes(run.reason ?? "") ||
          ["sending", "unknown"].includes(run.status);
      if (!told) return `backup ${effect.id} lies at ${provider.key}, and nothing says so: ${show(run)}`;
    }
  }
}

/** Calls about one backup or run within a minute that its job's settings and a pass or two cannot explain. */
const MOST_CALLS: Partial<Record<Operation, number>> = { create: 40, get: 70, delete: 8, lookup: 60 };

/** I31: retries stay apart; `at` is when the same was asked before, by the monotonic clock, oldest first. */
export function I31_callsAreBounded(
  op: Operation,
  what: string,
  at: readonly number[],
  now: number,
): Finding {
  const most = MOST_CALLS[op];
  if (most === undefined || at.length <= most) return;
  const since = now - at.at(-1 - most)!;
  if (since < MINUTE) {
    return `${most + 1} times ${op} of ${what} within ${since} ms: at most ${most} a minute`;
  }
}

/** I31: a program at rest waits for few things, however much it went through. */
export function I31_nothingPilesUp(witness: Witness, sleeping: number): Finding {
  const most = 10 + 10 * witness.declared.length;
  if (sleeping > most) return `${sleeping} waits are under way at the end: at most ${most}`;
}

/** I32: a world played twice comes out the same. */
export function I32_sameTwice(
  once: { hash: string; trace: readonly string[] },
  again: { hash: string; trace: readonly string[] },
): Finding {
  if (once.hash === again.hash) return;
  const at = once.trace.findIndex((line, n) => again.trace[n] !== line);
  return `it came out in another way the second time, from line ${at}: ${once.trace[at]} / ${
    again.trace[at]
  }`;
}

/** The second promise: what is called available really is there; a provider that lost it was made to. */
export function P2_availableIsThere({ model, providers, forgotten }: Witness): Finding {
  for (const run of model.runs.values()) {
    if (run.status !== "available") continue;
    const effects = effectsOf(providers, run.providerKey, run.id!);
    if (effects.some((effect) => forgotten.has(effect))) continue;
    if (effects.length === 0) return `${show(run)} was never made at its provider`;
    if (effects.every((effect) => effect.deletedAt !== null)) {
      return `${show(run)} is called available, but was deleted`;
    }
  }
}

/** More than one where a provider gave an id twice. */
function effectsOf(providers: Witness["providers"], key: string, id: string): Effect[] {
  return providers.get(key)?.effects.filter((effect) => effect.id === id) ?? [];
}
