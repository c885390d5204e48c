// Which backups stand for a period: along secondly < minutely < hourly < daily < weekly, daily < monthly < yearly.

import { SLICE } from "../slices.ts";
import { distance, periodKey } from "../calendar/period.ts";
import { type Level, LEVELS, type Policy } from "../policy.ts";
import type { Zone } from "../calendar/zone.ts";

/** A set of levels as bits: secondly is bit 0, yearly bit 6. */
export type TagBits = number;

/** The set that holds this level alone. */
export function tagBit(level: Level): TagBits {
  return 1 << LEVELS.indexOf(level);
}

/** The levels of a set, fine to coarse. */
export function tagsOf(bits: TagBits): Level[] {
  return LEVELS.filter((_, index) => (bits & (1 << index)) !== 0);
}

/**
 * Finds the representatives of every level, whatever its count.
 *
 * In each period it is, among the representatives of the level below (all contenders at the finest), the one nearest
 * to the level's reference; of several as near, and with `L`, the latest. `contenders` are places in `times` whose
 * period times (UTC ms) never fall from one to the next. Returns the levels represented, at the same places as
 * `times`. Uses `contenders` up, to save memory; yields every few thousand items.
 */
export function* representatives(
  times: Float64Array,
  contenders: Int32Array,
  policy: Policy,
  zone: Zone,
): Generator<void, Uint8Array> {
  const tags = new Uint8Array(times.length);
  const narrow = function* (level: Level, among: Int32Array): Generator<void, Int32Array> {
    const winners = yield* winnersOf(
      times,
      among,
      periodKey(level, zone, policy.weekStarts),
      distance(level, policy.levels[level], zone, policy.weekStarts),
    );
    const bit = tagBit(level);
    for (let at = 0; at < winners.length; at++) tags[winners[at]!]! |= bit;
    return winners;
  };
  const seconds = yield* narrow("secondly", contenders);
  const minutes = yield* narrow("minutely", seconds);
  const hours = yield* narrow("hourly", minutes);
  const days = yield* narrow("daily", hours);
  yield* narrow("weekly", days.slice());
  const months = yield* narrow("monthly", days);
  yield* narrow("yearly", months);
  return tags;
}

/** Of each run of contenders with the same key, the last of those least far away; moved to the front. */
function* winnersOf(
  times: Float64Array,
  contenders: Int32Array,
  key: (ms: number) => number,
  away: ((ms: number) => number) | null,
): Generator<void, Int32Array> {
  let count = 0;
  let period = NaN;
  let least = 0;
  const compete = (from: number, until: number) => {
    for (let at = from; at < until; at++) {
      const contender = contenders[at]!;
      const time = times[contender]!;
      const itsPeriod = key(time);
      const itsDistance = away === null ? 0 : away(time);
      if (itsPeriod !== period) {
        count++;
        period = itsPeriod;
      } else if (itsDistance > least) {
        continue;
      }
      // Winners are never more than the contenders looked at, so none is overwritten before its turn.
      contenders[count - 1] = contender;
      least = itsDistance;
    }
  };
  for (let from = 0; from < contenders.length; from += SLICE) {
    compete(from, Math.min(from + SLICE, contenders.length));
    yield;
  }
  return contenders.subarray(0, count);
}
