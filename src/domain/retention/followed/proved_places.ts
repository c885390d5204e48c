// Which places are proved, and what that changes of who is kept; kept up to date place by place, as `LevelWinners` keeps who stands
// for a period.

import { periodKey, type TimeFunction } from "../../calendar/period.ts";
import type { Zone } from "../../calendar/zone.ts";
import { EMPTY_LEVELS, LEVELS, type Policy } from "../../policy.ts";
import type { TagBits } from "../tagging.ts";
import { LevelWinners } from "./level_winners.ts";
import { PlaceSet } from "./place_set.ts";

/** The proved places of one election; see `provedBeside`. */
export class ProvedPlaces {
  /** Those that count and are proved. */
  all: PlaceSet;
  /** The newest of them; -1 when there is none. */
  newest = -1;
  /** Who of these alone would stand for each period; null where the policy does not ask for proofs. */
  readonly #best: LevelWinners | null;
  readonly #keys: TimeFunction[];
  /** The levels that keep anything. */
  readonly #kept: number[];
  #times: Float64Array;

  /** `times`: period times (UTC ms) by place; `standing`: who stands for each period among all. */
  constructor(
    times: Float64Array,
    private readonly policy: Policy,
    private readonly zone: Zone,
    private readonly standing: LevelWinners,
  ) {
    this.all = new PlaceSet(times.length);
    this.#times = times;
    const { verified, levels } = policy;
    this.#keys = LEVELS.map((level) => periodKey(level, zone, policy.weekStarts));
    this.#kept = verified === undefined
      ? []
      : LEVELS.flatMap((level, at) => levels[level].count > 0 ? [at] : []);
    this.#best = this.#kept.length === 0 ? null : new LevelWinners(times, chooser(policy), zone);
  }

  /** Takes the first ones: places in order, used up. */
  *choose(proved: Int32Array): Generator<void, void> {
    for (const place of proved) this.all.add(place);
    this.newest = proved.at(-1) ?? -1;
    if (this.#best !== null) yield* this.#best.choose(proved);
  }

  /** The levels that a place stands for at `now` (UTC ms). */
  tags(place: number, now: number): TagBits {
    return (this.standing.tags(place) & ~this.lost(place, now)) | this.gained(place, now);
  }

  /** The levels for whose kept period this proved place is kept beside the one that stands for it. */
  beside(place: number, now: number): TagBits {
    return this.#instead(place, now, false);
  }

  /** The levels for whose period this proved place stands in place of one that is not. */
  gained(place: number, now: number): TagBits {
    return this.policy.verified === "require" ? this.#instead(place, now, true) : 0;
  }

  /** The levels for whose period this place would stand, but for a proved one. */
  lost(place: number, now: number): TagBits {
    if (this.#best === null || this.policy.verified !== "require" || this.all.has(place)) return 0;
    let bits = 0;
    for (const level of this.#kept) {
      if (!this.standing.rankings[level]!.keeps(place) || !this.#isOver(level, place, now)) continue;
      if (this.#inPeriodOf(this.#best, level, place) >= 0) bits |= 1 << level;
    }
    return bits;
  }

  /** Changes the ordinals of a place by level to those of the one in whose place it stands, or to none. */
  mend(ordinals: (number | null)[], place: number, now: number): void {
    const [lost, gained] = [this.lost(place, now), this.gained(place, now)];
    for (let level = 0; (lost | gained) >> level !== 0; level++) {
      if ((lost & (1 << level)) !== 0) ordinals[level] = null;
      if ((gained & (1 << level)) === 0) continue;
      const ranking = this.standing.rankings[level]!;
      ordinals[level] = ranking.head - ranking.rank(this.#inPeriodOf(this.standing, level, place)) + 1;
    }
  }

  /** The kept levels at which it is the proved one of a period for which another one would stand. */
  #instead(place: number, now: number, isReplacing: boolean): TagBits {
    if (this.#best === null || !this.all.has(place)) return 0;
    let bits = 0;
    for (const level of this.#kept) {
      if (!this.#best.rankings[level]!.places.has(place)) continue;
      const { places, edge } = this.standing.rankings[level]!;
      if (edge === Infinity || places.has(place)) continue;
      const key = this.#keys[level]!;
      if (key(this.#times[place]!) < key(this.#times[edge]!)) continue;
      const isReplaced = this.policy.verified === "require" && this.#isOver(level, place, now);
      if (isReplaced === isReplacing) bits |= 1 << level;
    }
    return bits;
  }

  #isOver(level: number, place: number, now: number): boolean {
    const key = this.#keys[level]!;
    return key(this.#times[place]!) < key(now);
  }

  /** Takes a place in; answers the others that are kept otherwise for it. */
  add(place: number): number[] {
    const { newest } = this;
    this.all.add(place);
    this.newest = Math.max(newest, place);
    return [...newest < 0 ? [] : [newest], ...this.#best?.add(place) ?? []];
  }

  /** Takes a place out; answers the others that are kept otherwise for it. */
  delete(place: number): number[] {
    if (!this.all.has(place)) return [];
    this.all.delete(place);
    if (place === this.newest) this.newest = this.all.before(place);
    return [...this.newest < 0 ? [] : [this.newest], ...this.#best?.delete(place) ?? []];
  }

  /** The places with those that share a period with them, as the one that stands for it or as the proved one. */
  around(places: readonly number[]): Iterable<number> {
    if (this.#best === null) return places;
    const all = new Set(places);
    for (const place of places) {
      for (const level of this.#kept) {
        all.add(this.#inPeriodOf(this.standing, level, place)).add(
          this.#inPeriodOf(this.#best, level, place),
        );
      }
    }
    all.delete(-1);
    return all;
  }

  /** Those that stand for a period of a kept level that ends between these times (UTC ms), while that matters. */
  *ended(from: number, until: number, length: number): Iterable<number> {
    if (this.policy.verified !== "require") return;
    for (const level of this.#kept) {
      const key = this.#keys[level]!;
      const first = key(from);
      if (first === key(until)) continue;
      const { places } = this.standing.rankings[level]!;
      for (let place = places.before(length); place >= 0 && key(this.#times[place]!) >= first;) {
        yield place;
        place = places.before(place);
      }
    }
  }

  /** Reads the same times elsewhere. */
  readFrom(times: Float64Array): void {
    this.#times = times;
    this.#best?.readFrom(times);
  }

  /** Goes over to other places in the same order. */
  move(times: Float64Array, moved: (places: PlaceSet) => PlaceSet, to: (place: number) => number): void {
    this.#times = times;
    this.all = moved(this.all);
    if (this.newest >= 0) this.newest = to(this.newest);
    this.#best?.move(times, moved, to);
  }

  /** Who of these represents the period that a place lies in; -1 when none does. */
  #inPeriodOf({ rankings }: LevelWinners, level: number, place: number): number {
    const key = this.#keys[level]!;
    const period = key(this.#times[place]!);
    const { places } = rankings[level]!;
    const before = places.before(place + 1);
    if (before >= 0 && key(this.#times[before]!) === period) return before;
    const after = places.after(place);
    return after >= 0 && key(this.#times[after]!) === period ? after : -1;
  }
}

/** It chooses as the policy does, and nothing is within a limit: ranks are not asked for. */
function chooser(policy: Policy): Policy {
  const levels = { ...EMPTY_LEVELS };
  for (const level of LEVELS) levels[level] = { ...policy.levels[level], count: 0 };
  return { ...policy, levels, minKeep: 0, keepWithinMs: 0 };
}
