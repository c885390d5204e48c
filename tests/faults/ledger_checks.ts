// What must be true when the state, as the API tells it, is laid beside a provider's book. Each check is one rule and
// names what breaks it; they recompute from events and answers, never with the product's own code.

import assert from "node:assert/strict";
import { EMPTY_LEVELS, type Policy } from "../../src/domain/policy.ts";
import type { EventView } from "../../src/ports/views/event.ts";
import type { RunView } from "../../src/ports/views/run.ts";
import type { LedgerProvider } from "../support/ledger_provider.ts";
import { naiveElection } from "../support/naive_retention.ts";
import type { Answer, Server } from "../support/program.ts";

/** Everything the program says of its jobs: runs newest first, events oldest first. */
export interface Claims {
  runs: RunView[];
  events: EventView[];
}

/** Reads all pages. */
export async function readClaims(server: Server): Promise<Claims> {
  const runs: RunView[] = [];
  for (let path: string | undefined = "/runs?limit=10000"; path !== undefined;) {
    const answer: Answer<RunView[]> = await server.request("GET", path);
    assert.equal(answer.status, 200);
    runs.push(...answer.body);
    path = /<([^>]+)>; *rel="next"/.exec(answer.headers.get("link") ?? "")?.[1];
  }
  const events: EventView[] = [];
  for (;;) {
    const page = await server.get<EventView[]>(`/events?limit=10000&after=${events.at(-1)?.seq ?? 0}`);
    if (page.length === 0) return { runs, events };
    events.push(...page);
  }
}

/** The claims about the jobs of one provider. */
export function claimsOf(claims: Claims, jobs: readonly string[]): Claims {
  const runs = claims.runs.filter((run) => jobs.includes(run.job));
  return { runs, events: claims.events.filter((event) => event.job !== null && jobs.includes(event.job)) };
}

/** A backup the provider began is a run's, or its run says aloud that it does not know. */
export function everyEffectIsKnown({ runs, events }: Claims, provider: LedgerProvider): void {
  for (const effect of provider.effects.filter(({ effect }) => effect === "started")) {
    if (runs.some((run) => run.id === effect.id && run.run_id === effect.runId)) continue;
    const run = runs.find((run) => run.run_id === effect.runId);
    assert.ok(
      run !== undefined,
      `backup ${effect.id} was made for run ${effect.runId}, which is not on record`,
    );
    const said = events.some((event) => event.run_id === run.run_id && event.type === "run.unknown");
    assert.ok(
      said && (run.maybe_duplicate || run.state === "unknown" || run.state === "sending" ||
        run.reason === "unsettled"),
      `backup ${effect.id} of run ${run.run_id} is not known, and the run is '${run.state}' (${run.reason})`,
    );
  }
}

/** A slot has at most one backup begun for it, and a run at most one. */
export function oneEffectForEachSlot(provider: LedgerProvider, most = 1): void {
  const seen = new Map<string, string[]>();
  for (const { effect, job, slot, id } of provider.effects) {
    if (effect !== "started") continue;
    const key = `${job} ${slot}`;
    seen.set(key, [...seen.get(key) ?? [], id]);
  }
  for (const [key, ids] of seen) {
    assert.ok(ids.length <= most, `slot ${key} has ${ids.length} backups: ${ids.join(", ")}`);
  }
}

/** POSTs of one run whose fate was unknown: at most `most`, no closer together than `apartMs`. */
export function postsAreSparing(provider: LedgerProvider, most: number, apartMs: number): void {
  const byRun = Map.groupBy(provider.calls.filter((call) => call.method === "POST"), (call) => call.runId);
  for (const [runId, calls] of byRun) {
    assert.ok(calls.length <= most, `run ${runId} was sent ${calls.length} times`);
    for (const [at, call] of calls.entries()) {
      const gap = at === 0 ? Infinity : call.at - calls[at - 1]!.at;
      assert.ok(gap >= apartMs, `run ${runId} was sent again after ${gap} ms`);
    }
  }
}

/** A POST on the wire was committed as sent before. */
export function everyPostWasCommitted({ runs, events }: Claims, provider: LedgerProvider): void {
  const counted = new Map<string, number>();
  const sending = Map.groupBy(events.filter((event) => event.type === "run.sending"), (one) => one.run_id!);
  for (const call of provider.calls.filter((call) => call.method === "POST")) {
    const runId = call.runId!;
    assert.ok(runs.some((run) => run.run_id === runId), `POST for run ${runId}, which is not on record`);
    const number = (counted.get(runId) ?? 0) + 1;
    counted.set(runId, number);
    const commits = (sending.get(runId) ?? []).filter((event) => Date.parse(event.at) <= call.at);
    assert.ok(commits.length >= number, `POST ${number} of run ${runId} was not committed as sent`);
  }
}

/** A DELETE on the wire was committed as sent before, and committed as an intent before that. */
export function everyDeleteWasCommitted(
  { runs, events }: Claims,
  provider: { calls: readonly Pick<LedgerProvider["calls"][number], "method" | "id" | "at">[] },
): number {
  const intended = new Map<string, number>();
  const sent = new Map<string, number[]>();
  for (const event of events) {
    const at = Date.parse(event.at);
    if (event.type === "delete.intended") {
      for (const runId of event.data.run_ids as string[]) {
        if (!intended.has(runId)) intended.set(runId, at);
      }
    }
    if (event.type === "delete.sent") sent.set(event.run_id!, [...sent.get(event.run_id!) ?? [], at]);
  }
  const deletes = provider.calls.filter((call) => call.method === "DELETE");
  const counted = new Map<string, number>();
  for (const call of deletes) {
    const run = runs.find((run) => run.id === call.id);
    assert.ok(run !== undefined, `DELETE of ${call.id}, which is no run's`);
    assert.ok(
      (intended.get(run.run_id) ?? Infinity) <= call.at,
      `DELETE of ${call.id} without a committed intent`,
    );
    const number = (counted.get(run.run_id) ?? 0) + 1;
    counted.set(run.run_id, number);
    const commits = (sent.get(run.run_id) ?? []).filter((at) => at <= call.at);
    assert.ok(commits.length >= number, `DELETE ${number} of ${call.id} was not committed as sent`);
  }
  return deletes.length;
}

/** What was to be deleted was, at that moment, outside what a second, plain election keeps. */
export function nothingKeptWasIntended({ runs, events }: Claims, secondly: number): number {
  const policy: Policy = {
    levels: { ...EMPTY_LEVELS, secondly: { count: secondly, reference: "L" } },
    weekStarts: "sunday",
    minKeep: 1,
    keepWithinMs: 0,
    minAgeMs: 0,
    keepOldest: false,
    keepAll: false,
  };
  const byId = new Map(runs.map((run) => [run.run_id, run]));
  const available = new Map<string, Set<string>>();
  let judged = 0;
  for (const event of events) {
    const ofJob = available.get(event.job!) ?? new Set();
    available.set(event.job!, ofJob);
    const named = event.data.run_ids as string[];
    if (event.type === "run.available" || event.type === "run.found") ofJob.add(event.run_id!);
    else if (event.type === "run.missing") ofJob.delete(event.run_id!);
    else if (event.type === "delete.withdrawn") { for (const runId of named) ofJob.add(runId); }
    else if (event.type === "delete.intended") {
      const candidates = [...ofJob].map((runId) => ({
        runId,
        periodTime: Date.parse(byId.get(runId)!.period_time!),
        endTime: null,
        held: false,
        suspect: false,
      }));
      const { keep } = naiveElection(candidates, policy, "UTC", Date.parse(event.at));
      for (const runId of named) {
        assert.ok(ofJob.has(runId), `run ${runId} was to be deleted, and was not available`);
        assert.ok(
          !keep.has(runId),
          `run ${runId} of ${event.job} was to be deleted, and the policy keeps it`,
        );
        judged++;
      }
      for (const runId of named) ofJob.delete(runId);
    }
  }
  return judged;
}

/** What is called available is there, and is really finished; what is there is called something. */
export function availableIsTrue({ runs, events }: Claims, provider: LedgerProvider): void {
  const real = provider.backups();
  const finished = new Map(
    provider.effects.filter(({ effect }) => effect === "available").map(({ id, at }) => [id, at]),
  );
  for (const run of runs.filter((run) => run.state === "available")) {
    assert.equal(real.get(run.id!), "available", `backup ${run.id} is called available`);
  }
  for (const event of events.filter((event) => event.type === "run.available")) {
    const at = finished.get(event.data.id as string) ?? Infinity;
    assert.ok(at <= Date.parse(event.at), `backup ${event.data.id} was called available before it was`);
  }
}

/** Every slot between two instants has exactly one decision. Slots come every `everyMs`. */
export function everySlotIsDecidedOnce(
  { runs }: Claims,
  job: string,
  everyMs: number,
  from: number,
  until: number,
): number {
  const decisions = new Map<number, string[]>();
  const decide = (slot: number, run: RunView) => {
    decisions.set(slot, [...decisions.get(slot) ?? [], `${run.run_id} ${run.state} ${run.reason ?? ""}`]);
  };
  // Further tries of a slot decide nothing.
  for (const run of runs.filter((run) => run.job === job && run.slot !== null && run.attempt === 1)) {
    const first = Date.parse(run.slot!);
    const last = run.slot_until === null ? first : Date.parse(run.slot_until);
    for (let slot = first; slot <= last; slot += everyMs) decide(slot, run);
  }
  let count = 0;
  for (let slot = Math.floor(from / everyMs) * everyMs + everyMs; slot <= until; slot += everyMs) {
    const found = decisions.get(slot) ?? [];
    assert.equal(found.length, 1, `slot ${new Date(slot).toISOString()} of ${job}: ${found.join(" and ")}`);
    decisions.delete(slot);
    count++;
  }
  for (const [slot, found] of decisions) {
    assert.ok(
      slot > until,
      `${found.join()} decides ${new Date(slot).toISOString()}, which never was a slot`,
    );
  }
  return count;
}

/** A later start of the program never carries a lower fence. */
export function fencesRise(provider: LedgerProvider): void {
  let highest = 0;
  for (const call of provider.calls) {
    if (call.fence === null) continue;
    assert.ok(call.fence >= highest, `fence ${call.fence} after ${highest}`);
    highest = call.fence;
  }
}
