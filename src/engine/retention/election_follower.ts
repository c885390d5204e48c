// Keeps the election of a job with many backups at hand between passes, so that a new backup costs no election. It
// reads only what changed; whatever it cannot follow, and once a day all the same, is elected in full.

import {
  type IncrementalElection,
  incrementalElection,
} from "../../domain/retention/followed/incremental_election.ts";
import type { Job } from "../../domain/job.ts";
import { isSame } from "../../domain/same.ts";
import { isCounted, rankingOf, RANKINGS } from "../../domain/retention/reasons.ts";
import { zoneOf } from "../../domain/calendar/zone.ts";
import { DAY } from "../../domain/duration.ts";
import type { ElectionChanges, ElectionColumns, ElectionHead, JobState, TagsRow } from "../../ports/store.ts";
import type { EngineContext } from "../context/context.ts";
import { miscounted, policyText, UnsafeRead, weigh } from "./election_look.ts";
import type { Pass } from "./pass.ts";
import { drainInSlices } from "../context/slices.ts";

/** Jobs with fewer backups are elected in full at each pass: that costs a millisecond. */
const FOLLOW_FROM = 250;
const FULL_EVERY_MS = DAY;
/** More changes than this are read as a whole. */
const MOST_CHANGES = 256;
/** Of so many victims each pass would have to ask who else uses their data. */
const MOST_VICTIMS = 1_000;
/** How many backups are asked for a stored ordinal. */
const ORDINALS_ASKED = 8;

/** What an election is made for. */
interface Terms {
  /** As `policyText` says it, with the zone. */
  policy: string;
  providerKeys: readonly string[];
}

interface Followed {
  terms: Terms;
  election: IncrementalElection;
  /** The number of the last change it knows. */
  changes: number;
  /** How many available backups are none of the election's: at other providers, or without any time. */
  outside: number;
  /** How many were imported and seen by no operator. */
  foreign: number;
  nextHoldEnd: number | null;
  /** By the monotonic clock. */
  electedAt: number;
  /** Period times, by run id, of victims kept because others use their data. */
  sharing: Map<string, number>;
  /** Places whose rows were not yet written since the full election. */
  unwritten: number[];
  /** Rows that changed since, to be written. */
  pending: Map<string, TagsRow>;
}

/** The election of one job, for as long as it can be followed. */
export class ElectionFollower {
  #followed: Followed | null = null;

  constructor(private readonly context: EngineContext) {}

  /**
   * The pass that is due now; null for a job that has few backups or odd ones (suspect or dated ahead ones beside
   * new ones, rejected ones, a policy edited lately, very many victims): it is to be elected in full, from its rows.
   * Rejects with `UnsafeRead` when nothing may follow from what was read.
   */
  async look(job: Job, state: JobState): Promise<Pass | null> {
    // An edit that is about to be saved counts as one.
    const edited = state.policy !== policyText(job) ||
      this.context.watch.read().ends - state.policySince < job.guard.policyChangeHoldMs;
    if (edited || state.availableCount < (this.context.followFrom ?? FOLLOW_FROM)) {
      this.#followed = null;
      return null;
    }
    const terms = { policy: policyText(job), providerKeys: job.providerKeys };
    const known = this.#followed;
    // Rows left unwritten are known by their places only, and those may have changed.
    if (known !== null && (!isSame(known.terms, terms) || known.unwritten.length > 0)) this.#followed = null;
    const head = await this.#follow(job) ?? await this.#electAnew(job, terms);
    return head === null || this.#followed === null ? null : await this.#passFrom(job, head, this.#followed);
  }

  /** The rows that a pass found changed are stored, its own or those of a full one. */
  written({ heads }: Pass): void {
    const followed = this.#followed;
    if (followed === null) return;
    if (!followed.election.heads.every((head, at) => head === heads[at])) {
      this.#followed = null;
      return;
    }
    followed.pending.clear();
    followed.unwritten = [];
  }

  /** Reads what changed and follows it; null where that cannot be, or a full election is due. */
  async #follow(job: Job): Promise<ElectionHead | null> {
    const { store, clock, watch } = this.context;
    const followed = this.#followed;
    if (followed === null) return null;
    const changes = await store.electionChanges(job.name, job.providerKeys, followed.changes, MOST_CHANGES);
    if (!apply(followed, changes, watch.read().ends)) {
      this.#followed = null;
      return null;
    }
    return clock.monotonic() - followed.electedAt >= FULL_EVERY_MS ? null : changes;
  }

  /** Elects in full and compares with what was followed so far; null for a job with odd backups. */
  async #electAnew(job: Job, terms: Terms): Promise<ElectionHead | null> {
    const { store, clock, watch } = this.context;
    const before = this.#followed;
    this.#followed = null;
    const withEnds = job.retention.minAgeMs > 0;
    const columns = await store.electionColumns(job.name, job.providerKeys, withEnds);
    if (columns.actualCount !== columns.storedCount) throw miscounted(job, columns);
    if (columns.rejected > 0) return null;
    const { candidates } = columns;
    const work = incrementalElection(candidates, job.retention, zoneOf(job.timezone), watch.read().ends);
    const election = await drainInSlices(work, clock);
    if (election.future > 0) return null;
    this.#followed = {
      terms,
      election,
      changes: columns.changes,
      outside: columns.actualCount - election.size,
      foreign: columns.foreign,
      nextHoldEnd: columns.nextHoldEnd,
      electedAt: clock.monotonic(),
      sharing: new Map(),
      unwritten: await this.#unwritten(columns, election),
      pending: new Map(),
    };
    if (before !== null && before.changes === columns.changes) await this.#compare(job, before, election);
    return columns;
  }

  /** Gives the ranks the ordinals under which they are stored, and finds the rows that are stored otherwise. */
  async #unwritten({ candidates: { notes }, heads }: ElectionColumns, election: IncrementalElection) {
    const { store, clock } = this.context;
    const places = RANKINGS.map((_, ranking) =>
      election.newestRanked(ranking, ORDINALS_ASKED).filter((place) => !Number.isNaN(notes[place]!))
    );
    const runIds = new Set(places.flat().map((place) => election.runIdAt(place)));
    const stored = await store.storedReasons([...runIds]);
    for (const [at, ranking] of RANKINGS.entries()) {
      const ordinalOf = (place: number) => {
        const counted = stored.get(election.runIdAt(place))?.filter(isCounted) ?? [];
        return counted.find((one) => rankingOf(one) === ranking)?.ordinal;
      };
      const place = places[at]!.find((one) => ordinalOf(one) !== undefined);
      if (place !== undefined) election.setOrdinal(at, place, ordinalOf(place)!);
      else if (heads[at] !== undefined) election.setHead(at, heads[at]);
    }
    const fingerprints = await drainInSlices(election.fingerprints(), clock);
    const unwritten: number[] = [];
    for (let place = 0; place < fingerprints.length; place++) {
      if (fingerprints[place] !== notes[place]) unwritten.push(place);
    }
    return unwritten;
  }

  async #compare(job: Job, before: Followed, fresh: IncrementalElection): Promise<void> {
    const { clock } = this.context;
    if (before.nextHoldEnd !== null && before.nextHoldEnd <= fresh.now) return;
    for (const [runId, periodTime] of before.sharing) before.election.keepFor(runId, periodTime, null);
    if (!before.election.advance(fresh.now)) return;
    if (await drainInSlices(before.election.equals(fresh), clock)) return;
    throw new UnsafeRead(
      `The election of job '${job.name}' that was kept up to date differs from one over all its backups: ` +
        "the latter holds from now on; please report this",
    );
  }

  async #passFrom(job: Job, head: ElectionHead, followed: Followed): Promise<Pass | null> {
    const { election } = followed;
    if (election.victimCount > MOST_VICTIMS) return null;
    await this.#keepSharing(job, followed);
    const victims = election.victims().map((victim) => victim.runId);
    for (const row of election.takeChanged()) followed.pending.set(row.runId, row);
    const weighed = await weigh(this.context, job, {
      head,
      now: election.now,
      counted: election.counted,
      victims,
      future: 0,
      foreign: followed.foreign,
      newestSuspect: election.newestSuspect,
    });
    return {
      ...weighed,
      head,
      kept: election.keptCount,
      victims,
      newest: election.newest,
      changed: rowsToWrite(followed),
      heads: election.heads,
    };
  }

  /** Keeps the victims whose data another living backup uses too, for as long as it does. */
  async #keepSharing(job: Job, { election, sharing }: Followed): Promise<void> {
    const asked = new Map(sharing);
    for (const { runId, periodTime } of election.victims()) asked.set(runId, periodTime);
    if (asked.size === 0) return;
    const shared = await this.context.store.sharingRows(job.providerKeys, [...asked.keys()]);
    const others = new Map(shared.map((one) => [one.runId, one.otherId ?? one.otherRunId]));
    sharing.clear();
    for (const [runId, periodTime] of asked) {
      const other = others.get(runId);
      election.keepFor(runId, periodTime, other === undefined ? null : { kind: "shared_data", with: other });
      if (other !== undefined) sharing.set(runId, periodTime);
    }
  }
}

function* rowsToWrite({ election, unwritten, pending }: Followed): Iterable<TagsRow> {
  for (const place of unwritten) yield election.standing(place);
  yield* pending.values();
}

/** Takes over what changed; false where only a full election can. */
function apply(followed: Followed, changes: ElectionChanges, now: number): boolean {
  const { election } = followed;
  if (changes.rows === null || (followed.nextHoldEnd !== null && followed.nextHoldEnd <= now)) return false;
  // The last change is always among those read, unless its row is no more.
  const last = changes.rows.at(-1)?.change ?? followed.changes;
  if (last !== changes.changes || !election.advance(now)) return false;
  for (const row of changes.rows) {
    const { runId, periodTime } = row;
    if (row.isAvailable) {
      if (periodTime === null || !row.isPlain || election.has(runId, periodTime)) return false;
      if (!election.add({ runId, periodTime, endTime: row.endTime, held: row.held, suspect: false })) {
        return false;
      }
      if (row.held && row.holdUntil !== null) {
        followed.nextHoldEnd = Math.min(followed.nextHoldEnd ?? Infinity, row.holdUntil);
      }
    } else if (periodTime !== null && election.has(runId, periodTime)) {
      if (!election.remove(runId, periodTime)) return false;
      followed.pending.delete(runId);
      followed.sharing.delete(runId);
    }
  }
  followed.changes = changes.changes;
  return changes.storedCount === election.size + followed.outside;
}
