// Who stands for which period, and who is among the newest, by place: chosen once for all, then anew only around a place that
// came or went.

import { NewestWindow } from "./newest_window.ts";
import { distance, periodKey, type TimeFunction } from "../../calendar/period.ts";
import type { PlaceSet } from "./place_set.ts";
import { LEVELS, type Policy } from "../../policy.ts";
import { RankedPlaces } from "./ranked_places.ts";
import { representatives, type TagBits } from "../tagging.ts";
import type { Zone } from "../../calendar/zone.ts";

/** Where all that count are ranked, with `min_keep` as their limit; the levels come before it. */
const ALL = LEVELS.length;
/** Whose representatives compete at each level: all, or those of another level. */
const BELOW: readonly number[] = [ALL, 0, 1, 2, 3, 3, 5];

/** The representatives of every level among places in order of time, and those that count, numbered as `RANKINGS`. */
export class LevelWinners {
  readonly rankings: RankedPlaces[];
  readonly #window: NewestWindow;
  readonly #keys: TimeFunction[];
  readonly #distances: (TimeFunction | null)[];
  #times: Float64Array;

  /** `times`: period times (UTC ms) by place, to be filled as places come. */
  constructor(times: Float64Array, private readonly policy: Policy, private readonly zone: Zone) {
    const limits = [...LEVELS.map((level) => policy.levels[level].count), policy.minKeep];
    this.rankings = limits.map((limit) => new RankedPlaces(times.length, limit));
    this.#window = new NewestWindow(policy.keepWithinMs);
    this.#times = times;
    this.#keys = LEVELS.map((level) => periodKey(level, zone, policy.weekStarts));
    this.#distances = LEVELS.map((level) => distance(level, policy.levels[level], zone, policy.weekStarts));
  }

  /** Places that count. */
  get all(): PlaceSet {
    return this.rankings[ALL]!.places;
  }

  /** The ranks of some changed otherwise than by a newer backup: nothing here holds any more. */
  get broken(): boolean {
    return this.rankings.some((ranking) => ranking.broken);
  }

  /** Chooses the representatives among `contenders`, places in order that it uses up. */
  *choose(contenders: Int32Array): Generator<void, void> {
    const chosen = contenders.slice();
    const tags = yield* representatives(this.#times, contenders, this.policy, this.zone);
    for (let at = 0; at < chosen.length; at++) {
      const place = chosen[at]!;
      this.all.add(place);
      for (let bits = tags[place]!, level = 0; bits !== 0; bits >>= 1, level++) {
        if ((bits & 1) !== 0) this.rankings[level]!.places.add(place);
      }
      if (at % 8192 === 8191) yield;
    }
    for (const ranking of this.rankings) {
      ranking.settle();
      ranking.head = ranking.places.size;
    }
    this.#window.look(this.all, this.#times);
  }

  /** The levels a place stands for. */
  tags(place: number): TagBits {
    let bits = 0;
    for (let level = 0; level < ALL; level++) {
      if (this.rankings[level]!.places.has(place)) bits |= 1 << level;
    }
    return bits;
  }

  /** It counts and is within `keep_within` of the newest that does. */
  isWithin(place: number): boolean {
    return this.#window.has(place) && this.all.has(place);
  }

  /** True for a place within the count of a level, these apart, among the `min_keep` newest or within `keep_within` of them. */
  keeps(place: number, but: TagBits): boolean {
    if (this.isWithin(place)) return true;
    for (let at = 0; at <= ALL; at++) {
      if (this.rankings[at]!.keeps(place) && (but & (1 << at)) === 0) return true;
    }
    return false;
  }

  /** The levels with room for more than they have. */
  get room(): TagBits {
    let bits = 0;
    for (let level = 0; level < ALL; level++) {
      const { within, limit } = this.rankings[level]!;
      if (within < limit) bits |= 1 << level;
    }
    return bits;
  }

  /** Takes in a place after all others; answers those that stand otherwise for it, itself included. */
  add(place: number): number[] {
    const stale = [place];
    const newest = this.all.before(place);
    if (newest >= 0) stale.push(newest);
    this.rankings[ALL]!.add(place, (moved) => stale.push(moved));
    stale.push(...this.#window.look(this.all, this.#times));
    this.#chooseAgain(place, stale);
    return stale;
  }

  /** Takes out a place; answers those that stand otherwise for it. */
  delete(place: number): number[] {
    const stale: number[] = [];
    this.rankings[ALL]!.delete(place);
    this.#chooseAgain(place, stale);
    return stale.filter((other) => other !== place);
  }

  /** Reads the same times elsewhere. */
  readFrom(times: Float64Array): void {
    this.#times = times;
  }

  /** Goes over to other places in the same order. */
  move(times: Float64Array, moved: (places: PlaceSet) => PlaceSet, to: (place: number) => number): void {
    this.#times = times;
    for (const ranking of this.rankings) {
      ranking.places = moved(ranking.places);
      if (ranking.within > 0) ranking.edge = to(ranking.edge);
    }
    this.#window.move(to);
  }

  /** Chooses anew in the periods around one place that came or went, at every level this reaches. */
  #chooseAgain(changedPlace: number, stale: number[]): void {
    const changed: number[][] = LEVELS.map(() => []);
    for (let level = 0; level < ALL; level++) {
      const below = BELOW[level]!;
      const around = below === ALL ? [changedPlace] : changed[below]!;
      for (const place of around) this.#chooseAround(level, place, changed[level]!, stale);
    }
    for (const places of changed) stale.push(...places);
  }

  /** Chooses the representative of the period that `near` lies in; who loses or gains the level joins `changed`. */
  #chooseAround(level: number, near: number, changed: number[], stale: number[]): void {
    const key = this.#keys[level]!;
    const period = key(this.#times[near]!);
    const isIn = (place: number) => place >= 0 && key(this.#times[place]!) === period;
    const ranking = this.rankings[level]!;
    const [before, after] = [ranking.places.before(near + 1), ranking.places.after(near)];
    const old = isIn(before) ? before : isIn(after) ? after : -1;
    const chosen = this.#nearest(level, near, isIn);
    if (chosen === old) return;
    if (old >= 0) changed.push(old);
    if (chosen >= 0) changed.push(chosen);
    if (old < 0) ranking.add(chosen, (moved) => stale.push(moved));
    else if (chosen < 0) ranking.delete(old);
    else ranking.replace(old, chosen);
  }

  /** Of those that compete in a period, the latest of those least far away; -1 when none does. */
  #nearest(level: number, near: number, isIn: (place: number) => boolean): number {
    const among = this.rankings[BELOW[level]!]!.places;
    const away = this.#distances[level]!;
    let latest = near;
    for (let next = among.after(latest); isIn(next); next = among.after(latest)) latest = next;
    let chosen = -1;
    let least = Infinity;
    for (let place = among.before(latest + 1); isIn(place); place = among.before(place)) {
      if (away === null) return place;
      const itsDistance = away(this.#times[place]!);
      if (itsDistance >= least) continue;
      least = itsDistance;
      chosen = place;
    }
    return chosen;
  }
}
