// Whether the promises of a job hold at this moment, by the backups that exist.

import { type Level, LEVELS, type Policy } from "../policy.ts";
import {
  breachOf,
  copiesBreachOf,
  type CopyPlace,
  formatPromise,
  type Immutability,
  immutableBreachOf,
  type JobPromise,
  proofBreachOf,
} from "../promise.ts";
import { representatives, tagBit } from "../retention/tagging.ts";
import type { Zone } from "../calendar/zone.ts";

interface StandingInput {
  promises: readonly JobPromise[];
  /** Period times of the backups that count, rising; UTC ms. */
  points: Float64Array;
  policy: Policy;
  zone: Zone;
  /** Since when the job is known (UTC ms). */
  since: number;
  now: number;
  /** When a backup was last proved restorable (UTC ms); absent or null: never. */
  provedAt?: number | null;
  /** What is known of locks; absent: nothing. */
  immutability?: Immutability;
  /** The job and all that copy it; absent: nothing is promised of copies. */
  places?: readonly CopyPlace[];
}

const NO_LOCKS: Immutability = { always: false, newest: null };

/** How one promise stands. */
export interface PromiseStanding {
  /** In one line. */
  promise: string;
  /** `not_yet`: the job is not known for as long as the promise needs. */
  state: "kept" | "broken" | "not_yet";
  /** What was promised and what there is instead; null unless broken. */
  why: string | null;
}

/** Judges each promise now. Yields every few thousand backups. */
export function* promiseStandings(input: StandingInput): Generator<void, PromiseStanding[]> {
  const {
    promises,
    points,
    policy,
    zone,
    since,
    now,
    provedAt = null,
    immutability = NO_LOCKS,
    places = [],
  } = input;
  if (promises.length === 0) return [];
  const contenders = Int32Array.from(points, (_, at) => at);
  const tags = yield* representatives(points, contenders, policy, zone);
  const counts = Object.fromEntries(LEVELS.map((level) => {
    const bit = tagBit(level);
    return [level, tags.reduce((count, bits) => (bits & bit) === 0 ? count : count + 1, 0)];
  })) as Record<Level, number>;
  const stretch = { from: now, until: now + 1, start: since, times: Array.from(points), counts };
  return promises.map((promise) => {
    const text = formatPromise(promise);
    if (now - since < promise.afterMs) return { promise: text, state: "not_yet", why: null };
    const breach = breachOf(promise, stretch) ?? proofBreachOf(promise, provedAt, since, now) ??
      immutableBreachOf(promise, immutability, now) ??
      copiesBreachOf(promise, placesOf(promise, places), now);
    if (breach === null) return { promise: text, state: "kept", why: null };
    return { promise: text, state: "broken", why: `promised ${breach.promised}: found ${breach.found}` };
  });
}

/** The first place is that of the job itself. */
function placesOf({ copies }: JobPromise, places: readonly CopyPlace[]): CopyPlace[] {
  return places.filter(({ job }, at) => at === 0 || copies?.jobs.includes(job));
}
