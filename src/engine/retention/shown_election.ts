// What an election decided and what its guards say, for whoever only asks: one backup, a page, or all in pieces, whether it
// was made of rows or of columns.

import { firstWhere } from "../../domain/first_where.ts";
import type { Candidate } from "../../domain/retention/election.ts";
import type { IncrementalElection } from "../../domain/retention/followed/incremental_election.ts";
import {
  candidatesOf,
  type Decided,
  decidedOf,
  keptAfter,
  victimIds,
  victimsAfter,
} from "../../domain/retention/followed/places.ts";
import type { Job } from "../../domain/job.ts";
import type { Dated } from "../../domain/retention/order.ts";
import { inSlices } from "../../domain/slices.ts";
import { tagsOf } from "../../domain/retention/tagging.ts";
import type { ElectionHead, StoredName } from "../../ports/store.ts";
import type { ElectionLook, Weighed } from "./election_look.ts";

/** Kinds that whoever elects states beside the policy. */
const STATED: ReadonlySet<string> = new Set(["former_policy", "locked", "shared_data"]);

/** One that was made for a reader stays as it is; one that passes follow is to be read before anything else is done. */
export interface ShownElection extends Omit<Weighed, "going" | "retold"> {
  /** As it was declared when this was elected. */
  job: Job;
  head: ElectionHead;
  kept: number;
  removed: number;
  /** How many of its backups the job did not make, and no operator has seen. */
  foreign: number;
  /** Undefined for a backup that it is not about. */
  one(backup: Dated): Decided & { isVictim: boolean } | undefined;
  /** Those that stay, newest first, older than `after` (null: from the newest on); at most `most`. */
  keptAfter(after: Dated | null, most: number): Decided[];
  /** Those that go, oldest first, newer than `after` (null: from the oldest on); at most `most`. */
  removedAfter(after: Dated | null, most: number): Decided[];
  /** The run ids of those that go, oldest first; yields every thousand. */
  victims(): Generator<void, string[]>;
  /** What is stored of a backup beside; undefined where it was not read. */
  stored(runId: string): StoredName | undefined;
  /** Whether the candidates have their end times; without, a policy with `min_age` cannot be played. */
  knowsEnds: boolean;
  /** All that it is about, oldest first, but for those that were rejected; yields every thousand. */
  candidates(): Generator<void, Candidate[]>;
}

/** By an election in columns; `ends`: end times by place, where they are known. */
export function shownElection(
  job: Job,
  election: IncrementalElection,
  head: ElectionHead,
  foreign: number,
  { findings, digest, approved }: Omit<Weighed, "going" | "retold">,
  ends: Float64Array | null,
): ShownElection {
  return {
    job,
    findings,
    digest,
    approved,
    head,
    foreign,
    kept: election.keptCount,
    removed: election.victimCount,
    one: (backup) => decidedOf(election, backup),
    keptAfter: (after, most) => keptAfter(election, after, most),
    removedAfter: (after, most) => victimsAfter(election, after, most),
    victims: () => victimIds(election),
    stored: () => undefined,
    knowsEnds: ends !== null,
    candidates: () => candidatesOf(election, ends),
  };
}

/** By an election over rows. */
export function shownLook(
  job: Job,
  { snapshot, rows, election, foreign, ...weighed }: ElectionLook,
): ShownElection {
  const { keep, victims, victimTags } = election;
  const timeOf = (runId: string) => rows.get(runId)!.periodTime;
  const keptAt = (at: number): Decided => ({ ...keep[at]!, periodTime: timeOf(keep[at]!.runId) });
  const victimAt = (at: number): Decided => {
    const runId = victims[at]!;
    return { runId, periodTime: timeOf(runId), tags: tagsOf(victimTags[at]!), reasons: [] };
  };
  const isNewer = (runId: string, than: Dated) =>
    timeOf(runId) > than.periodTime || (timeOf(runId) === than.periodTime && runId > than.runId);
  const isOlder = (runId: string, than: Dated) => runId !== than.runId && !isNewer(runId, than);
  const some = (count: number, from: number, most: number, at: (place: number) => Decided) =>
    Array.from({ length: Math.min(most, count - from) }, (_, more) => at(from + more));
  return {
    ...weighed,
    job,
    head: snapshot,
    foreign,
    kept: keep.length,
    removed: victims.length,
    one({ runId }) {
      const victim = victims.indexOf(runId);
      if (victim >= 0) return { ...victimAt(victim), isVictim: true };
      const kept = keep.findIndex((one) => one.runId === runId);
      return kept < 0 ? undefined : { ...keptAt(kept), isVictim: false };
    },
    keptAfter(after, most) {
      const from = after === null ? 0 : firstWhere(keep.length, (at) => isOlder(keep[at]!.runId, after));
      return some(keep.length, from, most, keptAt);
    },
    removedAfter(after, most) {
      const from = after === null ? 0 : firstWhere(victims.length, (at) => isNewer(victims[at]!, after));
      return some(victims.length, from, most, victimAt);
    },
    *victims() {
      yield;
      return victims;
    },
    stored: (runId) => rows.get(runId),
    knowsEnds: true,
    *candidates() {
      const reasons = new Map(
        keep.flatMap(({ runId, reasons }) => {
          const own = reasons.find(({ kind }) => STATED.has(kind));
          return own === undefined ? [] : [[runId, own] as const];
        }),
      );
      yield;
      const candidates: Candidate[] = [];
      yield* inSlices(snapshot.rows.length, (at) => {
        const { runId, periodTime, endTime, held, suspect, ...row } = snapshot.rows[at]!;
        // What counts for nothing has no proof either.
        const proved = row.proved && !suspect;
        const keepReason = reasons.get(runId);
        candidates.push({ runId, periodTime, endTime, held, suspect, proved, keepReason });
      });
      return candidates;
    },
  };
}
