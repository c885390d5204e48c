// Keeps the election of one job up to date when a newest backup comes or a victim goes; refuses whatever else happens.

import type { CandidateColumns } from "./candidate_columns.ts";
import { assertPolicy, type Candidate } from "../election.ts";
import { assert } from "../../errors.ts";
import type { FormerElections } from "./former_elections.ts";
import { closeGaps } from "./gaps.ts";
import { LevelWinners } from "./level_winners.ts";
import { MarkedPlaces } from "./marked_places.ts";
import type { Dated } from "../order.ts";
import { inSlices } from "../../slices.ts";
import type { PlaceSet } from "./place_set.ts";
import { ProvedPlaces } from "./proved_places.ts";
import { OldestPlace } from "./oldest_place.ts";
import type { Places, RankedPlaces } from "./ranked_places.ts";
import type { Level, Policy } from "../../policy.ts";
import { type Heads, isSameReason, type KeepReason } from "../reasons.ts";
import { emptyStanding, type Standing, standingWriter, type StoredStanding } from "./standing.ts";
import { tagsOf } from "../tagging.ts";
import { MOST_AHEAD, PlaceLine } from "./place_line.ts";
import { Verdicts } from "./verdicts.ts";
import { YoungQueue } from "./young_queue.ts";
import type { Zone } from "../../calendar/zone.ts";

/**
 * Elects as `elect` does, and answers an object that stays at hand for what comes next. Uses `candidates` up: they
 * become part of it, in order of time. `now` is UTC ms. Yields every few thousand items.
 */
export function* incrementalElection(
  candidates: CandidateColumns,
  policy: Policy,
  zone: Zone,
  now: number,
): Generator<void, IncrementalElection> {
  assertPolicy(policy);
  assert(Number.isFinite(now), `now is a number: ${now}`);
  yield* candidates.order();
  const election = new IncrementalElection(candidates, policy, zone, now);
  yield* election.fill(candidates);
  return election;
}

/** The standing of every backup of a job, as of one instant. Made by `incrementalElection`. */
export class IncrementalElection {
  readonly #policy: Policy;
  readonly #writer: ReturnType<typeof standingWriter>;
  /** Places follow the order of time; those of backups that went stay empty. */
  #line: PlaceLine;
  #levels: LevelWinners;
  readonly #marks: MarkedPlaces;
  readonly #proved: ProvedPlaces;
  readonly #verdicts: Verdicts;
  #young: YoungQueue;
  readonly #oldest: OldestPlace;

  /** Takes candidates that are in order; `fill` does the rest. */
  constructor(candidates: CandidateColumns, policy: Policy, zone: Zone, now: number) {
    this.#policy = policy;
    this.#writer = standingWriter(policy, zone);
    this.#line = new PlaceLine(candidates, now);
    this.#levels = new LevelWinners(this.#line.times, policy, zone);
    this.#proved = new ProvedPlaces(this.#line.times, policy, zone, this.#levels);
    this.#oldest = new OldestPlace(policy.keepOldest, this.#levels);
    this.#marks = new MarkedPlaces(this.#line.times.length);
    this.#verdicts = new Verdicts(this.#line.times.length, candidates.keepReasons, this.#marks);
    this.#young = new YoungQueue(policy.minAgeMs);
  }

  /** Makes the full election; part of `incrementalElection`. */
  *fill(candidates: CandidateColumns): Generator<void, void> {
    const contenders = new Int32Array(this.#line.length);
    let counted = 0;
    const proved: number[] = [];
    yield* inSlices(this.#line.length, (at) => {
      if (this.#marks.take(candidates, at) || this.#line.isAhead(at)) return;
      contenders[counted++] = at;
      if (candidates.isProved(at)) proved.push(at);
      this.#young.add(at, candidates.ends[at]!, this.#line.now);
    });
    yield* this.#levels.choose(contenders.subarray(0, counted));
    yield* this.#proved.choose(Int32Array.from(proved));
    this.#oldest.look();
    yield* inSlices(this.#line.length, (at) => {
      if (this.#isDecided(at) && !this.#isKept(at)) this.#verdicts.begin(at);
    });
    this.#verdicts.touched.clear();
  }

  /**
   * Keeps what the policy does not keep for as long as former ones do. They are made of the same candidates, before
   * anything is taken in or out. Yields every thousand.
   */
  *protect(former: FormerElections): Generator<void, void> {
    yield* this.#verdicts.protect(former);
  }

  /** The time it is as of. */
  get now(): number {
    return this.#line.now;
  }
  /** How many backups there are, those that do not count included. */
  get size(): number {
    return this.counted + this.#marks.uncountedBefore(this.#line.firstAhead) + this.#line.ahead;
  }
  /** How many count: neither suspect nor rejected nor from the future. */
  get counted(): number {
    return this.#all.size;
  }
  /** How many are from the future, those rejected apart. */
  get future(): number {
    return this.#line.ahead - this.#marks.rejected.countFrom(this.#line.firstAhead);
  }
  /** How many no level, hold or anything else keeps. */
  get victimCount(): number {
    return this.#verdicts.victims.size;
  }
  /** How many of them were rejected. */
  get rejectedVictims(): number {
    return this.#verdicts.rejectedVictims;
  }
  /** How many are kept, those that do not count included. */
  get keptCount(): number {
    return this.size - this.#verdicts.victims.size;
  }
  /** The newest backup that counts; null when none does. */
  get newest(): string | null {
    const place = this.#all.before(this.#line.length);
    return place < 0 ? null : this.#line.ids.get(place);
  }
  /** The newest of all but those from the future, when it is suspect. */
  get newestSuspect(): string | null {
    const place = this.#marks.suspects.before(this.#line.firstAhead);
    return place < 0 || place < this.#all.before(this.#line.length) ? null : this.#line.ids.get(place);
  }
  /** What stored reasons count their ranks from. */
  get heads(): Heads {
    return this.#levels.rankings.map((ranking) => ranking.head);
  }

  /** Those that nothing keeps, oldest first; at most `most`. */
  victims(most = Infinity): (Dated & { tags: Level[] })[] {
    const victims = [];
    for (let place = this.#verdicts.victims.after(-1); place >= 0 && victims.length < most;) {
      const tags = tagsOf(this.#proved.tags(place, this.#line.now));
      victims.push({ runId: this.#line.ids.get(place), periodTime: this.#line.times[place]!, tags });
      place = this.#verdicts.victims.after(place);
    }
    return victims;
  }

  /** Places of those that became victims, or ceased to be, since the last call, oldest first; none at the first. */
  takeTurnedPlaces(): number[] {
    return this.#verdicts.turned.take().filter((place) => this.#isDecided(place));
  }

  /** Those that the policy itself ceased to keep since the last call, whatever else keeps them; none at the first. */
  takeDropped(): Dated[] {
    return this.#verdicts.dropped.take().filter((place) => this.#verdicts.unkept.has(place))
      .map((place) => ({ runId: this.#line.ids.get(place), periodTime: this.#line.times[place]! }));
  }

  /**
   * Moves on to `now`. False when it cannot tell what that changes, since time went back or a backup is not from the
   * future any more: this object is then of no more use.
   */
  advance(now: number): boolean {
    assert(Number.isFinite(now), `now is a number: ${now}`);
    if (now < this.now) return false;
    const ended = [...this.#proved.ended(this.now, now, this.#line.firstAhead)];
    this.#line.now = now;
    if (this.#line.ahead > 0 && !this.#line.isAhead(this.#line.firstAhead)) return false;
    for (const place of this.#young.grown(now)) this.#judge(place);
    for (const place of this.#proved.around(ended)) this.#judge(place);
    const { former } = this.#verdicts;
    return former === null || (former.advance(now) && this.#judgeAll(former.turned()));
  }

  /**
   * Takes in a new backup, as of the time it was last moved on to. False when it is neither the newest of all that are not
   * from the future nor one of these, or is suspect: this object is then of no more use.
   */
  add(candidate: Candidate): boolean {
    const { runId, periodTime, endTime } = candidate;
    assert(Number.isFinite(periodTime), `the period time of run ${runId} is a number: ${periodTime}`);
    if (candidate.suspect) return false;
    const isOfFuture = this.#line.isAheadAt(periodTime);
    if (isOfFuture ? this.#line.ahead >= MOST_AHEAD : !this.#isNewerThanAll(runId, periodTime)) return false;
    if (this.#line.length === this.#line.times.length) this.#makeRoom();
    const place = this.#line.add(candidate, [this.#marks, this.#verdicts]);
    this.#levels.readFrom(this.#line.times);
    this.#proved.readFrom(this.#line.times);
    if (candidate.held) this.#marks.held.add(place);
    if (candidate.keepReason !== undefined) this.#verdicts.keepFor(place, candidate.keepReason);
    if (isOfFuture) {
      this.#verdicts.touched.add(place);
      return this.#verdicts.former?.add(candidate) !== false;
    }
    this.#young.add(place, endTime === null ? -Infinity : endTime, this.#line.now);
    if (this.#verdicts.former?.add(candidate) === false) return false;
    const stale = [...candidate.proved ? this.#proved.add(place) : [], ...this.#levels.add(place)];
    // The first that counts lets those go that stood for it.
    if (this.counted === 1) stale.push(...this.#marks.rejected.all());
    return this.#judgeAll([...stale, ...this.#verdicts.former?.turned() ?? []]);
  }

  /** Takes out a victim that went. False when it is none, or dated ahead: this object is then of no more use. */
  remove(runId: string, periodTime: number): boolean {
    const place = this.#find(runId, periodTime);
    if (place < 0 || !this.#verdicts.victims.has(place) || this.#line.isAhead(place)) return false;
    this.#verdicts.forget(place);
    if (this.#verdicts.former?.remove(runId, periodTime) === false) return false;
    if (this.#marks.rejected.has(place)) {
      this.#marks.rejected.delete(place);
      return this.#judgeAll(this.#verdicts.former?.turned() ?? []);
    }
    const stale = [...this.#proved.delete(place), ...this.#levels.delete(place)];
    return this.#judgeAll([...stale, ...this.#verdicts.former?.turned() ?? []]);
  }

  /** Takes over whether a backup is proved. False when there is no such backup that counts or was rejected. */
  prove(runId: string, periodTime: number, isProved: boolean): boolean {
    const place = this.#find(runId, periodTime);
    if (place < 0) return false;
    if (this.#proved.all.has(place) === isProved || this.#marks.rejected.has(place)) return true;
    if (this.#verdicts.former?.prove(runId, periodTime, isProved) === false) return false;
    const stale = isProved ? this.#proved.add(place) : this.#proved.delete(place);
    return this.#judgeAll([place, ...stale, ...this.#verdicts.former?.turned() ?? []]);
  }

  /** Keeps a backup for the caller's reason, or, with null, no longer. False when there is no such backup. */
  keepFor(runId: string, periodTime: number, reason: KeepReason | null): boolean {
    const place = this.#find(runId, periodTime);
    if (place < 0) return false;
    const known = this.#verdicts.said(place) ?? null;
    if (known === reason || (known !== null && reason !== null && isSameReason(known, reason))) return true;
    this.#verdicts.keepFor(place, reason);
    return this.#judgeAll([place]);
  }

  /** How those stand whose tags or reasons may have changed since the last call, oldest first. */
  takeChanged(): StoredStanding[] {
    const { touched } = this.#verdicts;
    const changed = Array.from(touched).sort((a, b) => a - b).map((place) => this.standing(place));
    touched.clear();
    return changed;
  }

  /**
   * How the backup at a place stands. Places are those of the candidates, until something is taken in or out. Whoever
   * asks for many in order counts their ranks along.
   */
  standing(
    place: number,
    rankOf = (ranking: RankedPlaces, _at: number) => ranking.rank(place),
  ): StoredStanding {
    const standing = emptyStanding();
    for (const [at, ranking] of this.#levels.rankings.entries()) {
      standing.ordinals[at] = ranking.keeps(place) ? ranking.head - rankOf(ranking, at) + 1 : null;
    }
    this.#describe(place, standing);
    return {
      runId: this.#line.ids.get(place),
      tags: tagsOf(standing.tags),
      reasons: this.#writer.reasons(standing),
      fingerprint: this.#writer.fingerprint(standing),
    };
  }

  /** The fingerprints of all backups, by their places in the candidates. Asked before anything is taken in or out. */
  *fingerprints(): Generator<void, Int32Array> {
    const fingerprints = new Int32Array(this.#line.length);
    const standing = emptyStanding();
    const { rankings } = this.#levels;
    const seen = rankings.map(() => 0);
    yield* inSlices(this.#line.length, (fromEnd) => {
      const place = this.#line.length - 1 - fromEnd;
      for (let at = 0; at < rankings.length; at++) {
        const ranking = rankings[at]!;
        standing.ordinals[at] = ranking.keeps(place) ? ranking.head - seen[at]!++ : null;
      }
      this.#describe(place, standing);
      fingerprints[place] = this.#writer.fingerprint(standing);
    });
    return fingerprints;
  }

  /** Whether a backup is there and counts, was rejected, or is from the future. */
  has(runId: string, periodTime: number): boolean {
    return this.#line.find({ runId, periodTime }, (at) => this.#isDecided(at) || this.#line.isAhead(at)) >= 0;
  }

  /** The run id of the backup at a place. */
  runIdAt(place: number): string {
    return this.#line.ids.get(place);
  }

  /** Its backups by place, until something is taken in or out. */
  get places(): Places {
    return {
      length: this.#line.length,
      times: this.#line.times,
      counted: this.#all,
      rejected: this.#marks.rejected,
      unkept: this.#verdicts.unkept,
      victims: this.#verdicts.victims,
      rankings: this.#levels.rankings,
      isThere: (place) => this.#isThere(place),
      isHeld: (place) => this.#marks.held.has(place),
      isSuspect: (place) => this.#marks.suspects.has(place),
      isProved: (place) => this.#proved.all.has(place),
      tags: (place) => this.#proved.tags(place, this.#line.now),
      keepReason: (place) => this.#verdicts.reason(place),
    };
  }

  /** Counts the ranks of a ranking from `head` on. */
  setHead(ranking: number, head: number): void {
    this.#levels.rankings[ranking]!.head = head;
  }

  get #all(): PlaceSet {
    return this.#levels.all;
  }

  #isNewerThanAll(runId: string, periodTime: number): boolean {
    const end = this.#line.firstAhead;
    const newest = Math.max(this.#all.before(end), this.#marks.lastUncounted(end));
    if (newest < 0) return true;
    const time = this.#line.times[newest]!;
    return periodTime > time || (periodTime === time && runId > this.#line.ids.get(newest));
  }

  #find(runId: string, periodTime: number): number {
    return this.#line.find({ runId, periodTime }, (place) => this.#isDecided(place));
  }

  /** Something is decided about it: it counts, or was rejected. */
  #isDecided(place: number): boolean {
    return this.#all.has(place) || this.#marks.rejected.has(place);
  }

  #isThere(place: number): boolean {
    return this.#isDecided(place) || this.#marks.suspects.has(place) || this.#line.isAhead(place);
  }

  /** Judges places anew, and the oldest. False when the ranks of others were changed by this. */
  #judgeAll(places: readonly number[]): boolean {
    for (const place of this.#proved.around([...this.#oldest.look(), ...places])) this.#judge(place);
    return !this.#levels.broken;
  }

  #judge(place: number): void {
    if (this.#isDecided(place)) this.#verdicts.judge(place, !this.#isKept(place));
  }

  #isKept(place: number): boolean {
    // A job's last copy never goes by itself.
    if (this.#marks.rejected.has(place)) return this.#marks.held.has(place) || this.counted === 0;
    const [proved, now] = [this.#proved, this.#line.now];
    return this.#policy.keepAll || this.#levels.keeps(place, proved.lost(place, now)) ||
      this.#marks.held.has(place) || this.#young.has(place) || this.#oldest.room(place) !== 0 ||
      place === proved.newest ||
      proved.gained(place, now) !== 0 || proved.beside(place, now) !== 0;
  }

  /** Fills in the rest, and mends the ordinals where a proved one stands in place of another. */
  #describe(place: number, standing: Standing): void {
    this.#proved.mend(standing.ordinals, place, this.#line.now);
    standing.proved = this.#proved.beside(place, this.#line.now);
    standing.newestProved = place === this.#proved.newest;
    standing.periodTime = this.#line.times[place]!;
    standing.tags = this.#proved.tags(place, this.#line.now);
    standing.newest = place === this.#all.before(this.#line.length);
    standing.room = this.#oldest.room(place);
    standing.within = this.#levels.isWithin(place);
    standing.young = this.#young.has(place);
    standing.suspect = this.#marks.suspects.has(place);
    standing.rejected = this.#marks.rejected.has(place);
    standing.onlyCopy = standing.rejected && this.counted === 0;
    standing.future = this.#line.isAhead(place) && !standing.rejected;
    standing.held = this.#marks.held.has(place);
    standing.keepReason = this.#verdicts.reason(place);
  }

  /** Gives the backups that are left places without gaps, and room for more. */
  #makeRoom(): void {
    const line = this.#line;
    const closed = closeGaps(line.times, line.ids, line.length, (place) => this.#isThere(place));
    const { length, times, ids, to, moved } = closed;
    this.#line.move(length, times, ids);
    this.#levels.move(times, moved, to);
    this.#marks.move(moved);
    this.#proved.move(times, moved, to);
    this.#young = this.#young.moved(to);
    this.#verdicts.move(moved, to);
    this.#oldest.move(to);
  }
}
