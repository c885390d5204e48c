// Keeps the election of a job with many backups at hand between passes, so that a new backup costs no election. It
// reads only what changed; whatever it cannot follow, and once a day all the same, is elected in full.

import {
  type IncrementalElection,
  incrementalElection,
} from "../../domain/retention/followed/incremental_election.ts";
import { victimIds } from "../../domain/retention/followed/places.ts";
import { isSameElection } from "../../domain/retention/followed/same_election.ts";
import { FUTURE_TOLERANCE_MS } from "../../domain/retention/election.ts";
import type { Job } from "../../domain/job.ts";
import { isSame } from "../../domain/same.ts";
import { isCounted, rankingOf, RANKINGS } from "../../domain/retention/reasons.ts";
import { zoneOf } from "../../domain/calendar/zone.ts";
import { DAY } from "../../domain/duration.ts";
import type { ElectionChanges, ElectionColumns, ElectionHead, JobState, TagsRow } from "../../ports/store.ts";
import type { Clock } from "../../ports/host.ts";
import type { EngineContext } from "../context/context.ts";
import {
  digestOf,
  isLarge,
  judged,
  miscounted,
  policyText,
  UnsafeRead,
  weigh,
  type Weighed,
} from "./election_look.ts";
import { electFormerly, formerPolicies, type FormerPolicy } from "./former_policies.ts";
import { keepSharing, keepSharingSince, sharesAny } from "./keep_sharing.ts";
import type { Pass } from "./pass.ts";
import { type ShownElection, shownElection } from "./shown_election.ts";
import { drainInSlices } from "../context/slices.ts";
import { Turns } from "../context/turns.ts";

const FULL_EVERY_MS = DAY;
/** More changes than this are read as a whole. */
const MOST_CHANGES = 256;
/** How many backups are asked for a stored ordinal. */
const ORDINALS_ASKED = 8;

/** What an election is made for. */
interface Terms {
  /** As `policyText` says it, with the zone. */
  policy: string;
  providerKeys: readonly string[];
  /** Policies that still protect what they kept. */
  former: readonly FormerPolicy[];
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
  /** How many are dated ahead and seen by no operator. */
  ahead: number;
  nextHoldEnd: number | null;
  /** By the monotonic clock. */
  electedAt: number;
  /** Period times, by run id, of victims kept because others use their data. */
  sharing: Map<string, number>;
  /** Run ids of backups that came since it was asked who shares. */
  came: string[];
  /** Places whose rows were not yet written since the full election. */
  unwritten: number[];
  /** Rows that changed since, to be written. */
  pending: Map<string, TagsRow>;
  /** The digest of its victims and latches as a reader was told it, and as of which changes of the store. */
  digested: { standing: string; victims: number; latches: string[]; digest: string } | null;
}

/** A full election, and what it was made of. */
interface Elected {
  columns: ElectionColumns;
  election: IncrementalElection;
  /** As in `Followed`. */
  ahead: number;
  sharing: Map<string, number>;
}

/** The election of one job, for as long as it can be followed. */
export class ElectionFollower {
  #followed: Followed | null = null;
  /** The same for readers alone, where they cannot read that. */
  #shown: Followed | null = null;
  /** From a pass's look until what it found is written, or it is over. */
  #isPassing = false;
  /** Whoever only asks, one after the other. */
  #reads = new Turns();

  constructor(private readonly context: EngineContext) {}

  /**
   * The pass that is due now; null for a job that has few backups, or an edit that is not saved: it is to be elected in full,
   * from its rows.
   * Rejects with `UnsafeRead` when nothing may follow from what was read.
   */
  async look(job: Job, state: JobState): Promise<Pass | null> {
    this.#isPassing = true;
    // For those that came before it only: whoever comes now reads something else.
    if (this.#reads.busy) await this.#reads.add(() => Promise.resolve());
    const terms = isLarge(this.context, state) ? await this.#termsOf(job, state) : null;
    if (terms === null) {
      this.#followed = null;
      return null;
    }
    const known = this.#followed;
    // Rows left unwritten are known by their places only, and those may have changed.
    if (known !== null && (!isSame(known.terms, terms) || known.unwritten.length > 0)) this.#followed = null;
    const head = await this.#follow(job) ?? await this.#electAnew(job, terms);
    return this.#followed === null ? null : await this.#passFrom(job, head, this.#followed);
  }

  /**
   * Takes what is asked from the election as it is now: it is up to date until `take` is over. Null where there is none
   * that can be brought up to date: then `prepare` may make one. Rejects with `StoreError`.
   */
  async read<T extends object>(
    job: Job,
    state: JobState,
    take: (shown: ShownElection) => T | Promise<T>,
  ): Promise<T | null> {
    return await this.#reads.add(async () => {
      const standing = await this.context.store.standing();
      const followed = this.#readable(await this.#termsOf(job, state));
      const head = followed && await this.#changesOf(job, followed);
      if (followed === null || head === null) return null;
      const judged = await this.#judged(job, head, followed, standing);
      return await take(shownElection(job, followed.election, head, followed.foreign, judged, null));
    });
  }

  /** Elects in full for readers, where nothing that they can read is at hand. Rejects as `look` does. */
  async prepare(job: Job, state: JobState): Promise<void> {
    await this.#reads.add(async () => {
      const terms = await this.#termsOf(job, state);
      if (terms === null || this.#readable(terms) !== null) return;
      this.#shown = null;
      this.#shown = followedFrom(await this.#elect(job, terms, null), terms, this.context.clock);
    });
  }

  /** What passes follow, unless one is at it or has left rows unwritten, else what was made for readers. */
  #readable(terms: Terms | null): Followed | null {
    if (terms === null) return null;
    const isOf = (one: Followed) =>
      isSame(one.terms, terms) && this.context.clock.monotonic() - one.electedAt < FULL_EVERY_MS;
    const own = this.#followed;
    if (own !== null && !this.#isPassing && own.unwritten.length === 0 && isOf(own)) {
      this.#shown = null;
      return own;
    }
    return this.#shown !== null && isOf(this.#shown) ? this.#shown : null;
  }

  /** A pass is over, whatever came of it. */
  letGo(): void {
    this.#isPassing = false;
  }

  /** The rows that a pass found changed are stored, its own or those of a full one. */
  written({ heads }: Pass): void {
    this.#isPassing = false;
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
    const followed = this.#followed;
    if (followed === null) return null;
    const changes = await this.#changesOf(job, followed);
    return this.context.clock.monotonic() - followed.electedAt >= FULL_EVERY_MS ? null : changes;
  }

  /** Takes over what changed; null where only a full election can. */
  async #changesOf(job: Job, followed: Followed): Promise<ElectionHead | null> {
    const { store, watch } = this.context;
    const changes = await store.electionChanges(job.name, job.providerKeys, followed.changes, MOST_CHANGES);
    if (apply(followed, changes, watch.read().ends)) return changes;
    if (this.#followed === followed) this.#followed = null;
    if (this.#shown === followed) this.#shown = null;
    return null;
  }

  /** What it is to be elected by; null while an edit is about to be saved. */
  async #termsOf(job: Job, state: JobState): Promise<Terms | null> {
    const policy = policyText(job);
    if (state.policy !== policy) return null;
    const now = this.context.watch.read().ends;
    const isEdited = now - state.policySince < job.guard.policyChangeHoldMs;
    const former = isEdited ? await formerPolicies(this.context, job, true, now) : [];
    return { policy, providerKeys: job.providerKeys, former };
  }

  /** Elects in full and compares with what was followed so far. */
  async #electAnew(job: Job, terms: Terms): Promise<ElectionHead> {
    const before = this.#followed;
    this.#followed = null;
    const elected = await this.#elect(job, terms, before);
    const { columns, election } = elected;
    const followed = followedFrom(elected, terms, this.context.clock);
    followed.unwritten = await this.#unwritten(columns, election);
    this.#followed = followed;
    return columns;
  }

  /** Reads and elects in full, and compares with what was followed `before`. */
  async #elect(job: Job, { former }: Terms, before: Followed | null): Promise<Elected> {
    const { store, clock, watch } = this.context;
    const policies = [job.retention, ...former.flatMap(({ terms }) => terms?.policy ?? [])];
    const withEnds = policies.some(({ minAgeMs }) => minAgeMs > 0);
    const columns = await store.electionColumns(job.name, job.providerKeys, withEnds);
    if (columns.actualCount !== columns.storedCount) throw miscounted(job, columns);
    const { candidates } = columns;
    const now = watch.read().ends;
    const work = incrementalElection(candidates, job.retention, zoneOf(job.timezone), now);
    const election = await drainInSlices(work, clock);
    const ahead = candidates.unseenAfter(now + FUTURE_TOLERANCE_MS);
    if (before !== null && before.changes === columns.changes) await this.#compare(job, before, election);
    const protecting = former.length === 0 ? null : await electFormerly(former, candidates, now, clock);
    const sharing = new Map<string, number>();
    await keepSharing(this.context, job, election, sharing);
    if (protecting !== null) await drainInSlices(election.protect(protecting), clock);
    return { columns, election, ahead, sharing };
  }

  /** Gives the ranks the ordinals under which they are stored, and finds the rows that are stored otherwise. */
  async #unwritten({ candidates: { notes }, heads }: ElectionColumns, election: IncrementalElection) {
    const { store, clock } = this.context;
    const { rankings, length } = election.places;
    const places = RANKINGS.map((_, ranking) =>
      rankings[ranking]!.newest(length, ORDINALS_ASKED).filter((place) => !Number.isNaN(notes[place]!))
    );
    const runIds = new Set(places.flat().map((place) => election.runIdAt(place)));
    const stored = await store.storedReasons([...runIds]);
    for (const [at, ranking] of RANKINGS.entries()) {
      const ordinalOf = (place: number) => {
        const counted = stored.get(election.runIdAt(place))?.filter(isCounted) ?? [];
        return counted.find((one) => rankingOf(one) === ranking)?.ordinal;
      };
      const place = places[at]!.find((one) => ordinalOf(one) !== undefined);
      if (place !== undefined) rankings[at]!.setOrdinal(place, ordinalOf(place)!);
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
    if (!before.election.advance(fresh.now)) return;
    if (await drainInSlices(isSameElection(before.election, fresh), clock)) return;
    throw new UnsafeRead(
      `The election of job '${job.name}' that was kept up to date differs from one over all its backups: ` +
        "the latter holds from now on; please report this",
    );
  }

  async #passFrom(job: Job, head: ElectionHead, followed: Followed): Promise<Pass> {
    const { election } = followed;
    await this.#askSharing(job, followed);
    let { victims, weighed } = await this.#weighed(job, head, followed);
    if (await sharesAny(this.context, job, weighed.going)) {
      await keepSharing(this.context, job, election, followed.sharing);
      ({ victims, weighed } = await this.#weighed(job, head, followed));
    }
    for (const row of election.takeChanged()) followed.pending.set(row.runId, row);
    return {
      ...weighed,
      head,
      victims,
      kept: election.keptCount,
      newest: election.newest,
      changed: rowsToWrite(followed),
      heads: election.heads,
    };
  }

  async #weighed(job: Job, head: ElectionHead, followed: Followed) {
    const victims = await drainInSlices(victimIds(followed.election), this.context.clock);
    const weighed = await weigh(this.context, job, { ...electedOf(head, followed), victims });
    return { victims, weighed };
  }

  async #askSharing(job: Job, followed: Followed): Promise<void> {
    const { election, sharing, came } = followed;
    await keepSharingSince(this.context, job, election, sharing, came);
    // Others may have come meanwhile.
    followed.came = followed.came.slice(came.length);
  }

  /**
   * What the guards say of it to a reader, after the victims whose data others use are kept. `standing`: as of which
   * changes of the store, from before it was brought up to date.
   */
  async #judged(
    job: Job,
    head: ElectionHead,
    followed: Followed,
    standing: string,
  ): Promise<Omit<Weighed, "going" | "retold">> {
    const { clock } = this.context;
    const { election, digested } = followed;
    // Some may have come of age without a change.
    const isKnown = digested?.standing === standing && digested.victims === election.victimCount;
    if (!isKnown) await this.#askSharing(job, followed);
    const { victimCount } = election;
    const about = { ...electedOf(head, followed), victims: victimCount };
    const { findings, latches, approved } = await judged(this.context, job, about);
    if (isKnown && isSame(digested.latches, latches)) return { findings, approved, digest: digested.digest };
    const victims = await drainInSlices(victimIds(election), clock);
    const digest = await drainInSlices(digestOf(victims, latches), clock);
    followed.digested = { standing, victims: victimCount, latches, digest };
    return { findings, approved, digest };
  }
}

/** What guards are told of it but for its victims. */
function electedOf(head: ElectionHead, { election, foreign, ahead }: Followed) {
  const { now, newestSuspect } = election;
  const counted = election.counted + election.rejectedVictims;
  return { head, now, counted, future: ahead, foreign, newestSuspect };
}

function followedFrom(
  { columns, election, ahead, sharing }: Elected,
  terms: Terms,
  clock: Pick<Clock, "monotonic">,
): Followed {
  return {
    terms,
    election,
    changes: columns.changes,
    outside: columns.actualCount - election.size,
    foreign: columns.foreign,
    ahead,
    nextHoldEnd: columns.nextHoldEnd,
    electedAt: clock.monotonic(),
    sharing,
    came: [],
    unwritten: [],
    pending: new Map(),
    digested: null,
  };
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
  const read = [...changes.rows, ...changes.proofs].map(({ change }) => change);
  if (Math.max(followed.changes, ...read) !== changes.changes || !election.advance(now)) return false;
  for (const row of changes.rows) {
    const { runId, periodTime } = row;
    if (row.isAvailable) {
      if (periodTime === null || !row.isPlain || election.has(runId, periodTime)) return false;
      const marks = { endTime: row.endTime, held: row.held, suspect: false, proved: row.proved };
      const { future } = election;
      if (!election.add({ runId, periodTime, ...marks })) return false;
      if (election.future > future && !row.isSeen) followed.ahead++;
      followed.came.push(runId);
      if (row.held && row.holdUntil !== null) {
        followed.nextHoldEnd = Math.min(followed.nextHoldEnd ?? Infinity, row.holdUntil);
      }
    } else if (periodTime !== null && election.has(runId, periodTime)) {
      if (!election.remove(runId, periodTime)) return false;
      followed.pending.delete(runId);
      followed.sharing.delete(runId);
    }
  }
  const known = changes.proofs.filter(({ runId, periodTime }) => election.has(runId, periodTime ?? NaN));
  if (!known.every((one) => election.prove(one.runId, one.periodTime!, one.proved))) return false;
  followed.changes = changes.changes;
  return changes.storedCount === election.size + followed.outside;
}
