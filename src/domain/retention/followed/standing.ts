// How one backup stands: the levels it represents and what keeps it, as reasons to be stored and as one number.

import { periodLabel } from "../../calendar/period.ts";
import { formatPolicy, type Level, LEVELS, type Policy } from "../../policy.ts";
import {
  FUTURE,
  HELD,
  KEEP_ALL,
  type KeepReason,
  NEWEST,
  NEWEST_PROVED,
  ONLY_COPY,
  RANKINGS,
  reasonText,
  REJECTED,
  type StoredReason,
  SUSPECT,
} from "../reasons.ts";
import { type TagBits, tagsOf } from "../tagging.ts";
import type { Zone } from "../../calendar/zone.ts";

/** What tags and reasons are made of. */
export interface Standing {
  /** UTC ms. */
  periodTime: number;
  tags: TagBits;
  /** For each of `RANKINGS` its ordinal there, null where it is not within the limit. */
  ordinals: (number | null)[];
  newest: boolean;
  newestProved: boolean;
  /** The levels for whose period it is kept as the proved one. */
  proved: TagBits;
  /** The levels with room that keep it as the oldest; 0 for all others. */
  room: TagBits;
  /** It is within `keep_within` of the newest. */
  within: boolean;
  young: boolean;
  suspect: boolean;
  rejected: boolean;
  /** It was rejected, but none counts. */
  onlyCopy: boolean;
  future: boolean;
  held: boolean;
  keepReason: KeepReason | undefined;
}

/** What is stored of how a backup stands. */
export interface StoredStanding {
  runId: string;
  tags: Level[];
  /** Empty for a victim. */
  reasons: StoredReason[];
  /** A whole number that differs, but for rare chance, when tags or reasons differ. */
  fingerprint: number;
}

/** One to be filled in. */
export function emptyStanding(): Standing {
  return {
    periodTime: NaN,
    tags: 0,
    ordinals: RANKINGS.map(() => null),
    newest: false,
    newestProved: false,
    proved: 0,
    room: 0,
    within: false,
    young: false,
    suspect: false,
    rejected: false,
    onlyCopy: false,
    future: false,
    held: false,
    keepReason: undefined,
  };
}

interface StandingWriter {
  /** Why it is kept; empty for a victim. In the order of `elect`. */
  reasons(standing: Standing): StoredReason[];
  /** A whole number of 32 bits that differs, but for rare chance, when tags or reasons differ. */
  fingerprint(standing: Standing): number;
}

/** Raised when what is stored for a standing changes, so that all are written anew. */
const STORED_VERSION = 1;

/** For the backups of one job. */
export function standingWriter(policy: Policy, zone: Zone): StandingWriter {
  const labels = LEVELS.map((level) => periodLabel(level, zone, policy.weekStarts));
  const withinReason: KeepReason = Object.freeze({ kind: "within", withinMs: policy.keepWithinMs });
  const seed = hashText(`${STORED_VERSION} ${formatPolicy(policy)} ${zone.name}`, 0);
  return {
    reasons(standing) {
      if (standing.rejected) return rejectedReasons(standing);
      const reasons: StoredReason[] = [];
      if (standing.suspect) reasons.push(SUSPECT);
      if (standing.future) reasons.push(FUTURE);
      for (const [at, level] of LEVELS.entries()) {
        const ordinal = standing.ordinals[at]!;
        if (ordinal === null) continue;
        const limit = policy.levels[level].count;
        reasons.push({ kind: "level", level, ordinal, limit, period: labels[at]!(standing.periodTime) });
      }
      for (const [at, level] of LEVELS.entries()) {
        if ((standing.proved & (1 << at)) === 0) continue;
        reasons.push({ kind: "proved", level, period: labels[at]!(standing.periodTime) });
      }
      const counts = !standing.suspect && !standing.future;
      if (counts && policy.keepAll) reasons.push(KEEP_ALL);
      if (standing.room !== 0) reasons.push({ kind: "oldest", levels: tagsOf(standing.room) });
      if (standing.newest) reasons.push(NEWEST);
      if (standing.newestProved) reasons.push(NEWEST_PROVED);
      const ordinal = standing.ordinals[LEVELS.length]!;
      if (ordinal !== null && policy.minKeep > 1) {
        reasons.push({ kind: "min_keep", ordinal, of: policy.minKeep });
      }
      if (standing.within) reasons.push(withinReason);
      if (standing.young) reasons.push({ kind: "younger", minAgeMs: policy.minAgeMs });
      if (standing.held) reasons.push(HELD);
      if (standing.keepReason !== undefined) reasons.push(standing.keepReason);
      return reasons;
    },
    fingerprint(standing) {
      let flags = standing.tags | (standing.room << 7);
      if (standing.newest) flags |= 1 << 14;
      if (standing.young) flags |= 1 << 15;
      if (standing.suspect) flags |= 1 << 16;
      if (standing.future) flags |= 1 << 17;
      if (standing.held) flags |= 1 << 18;
      if (standing.newestProved) flags |= 1 << 19;
      flags |= standing.proved << 20;
      if (standing.rejected) flags |= 1 << 27;
      if (standing.onlyCopy) flags |= 1 << 28;
      if (standing.within) flags |= 1 << 29;
      let hash = mix(seed, flags);
      const ranked = policy.minKeep > 1 ? LEVELS.length + 1 : LEVELS.length;
      for (let at = 0; at < ranked; at++) {
        const ordinal = standing.ordinals[at]!;
        if (ordinal !== null) hash = mix(mix(hash, at), ordinal);
      }
      return standing.keepReason === undefined ? hash : hashText(reasonText(standing.keepReason), hash);
    },
  };
}

/** As `withRejected` gives them: none where nothing keeps it. */
function rejectedReasons({ held, keepReason, onlyCopy }: Standing): StoredReason[] {
  const reasons: StoredReason[] = [REJECTED];
  if (held) reasons.push(HELD);
  if (keepReason !== undefined) reasons.push(keepReason);
  if (onlyCopy) reasons.push(ONLY_COPY);
  return reasons.length === 1 ? [] : reasons;
}

function hashText(text: string, seed: number): number {
  let hash = mix(seed, text.length);
  for (let at = 0; at < text.length; at++) hash = mix(hash, text.charCodeAt(at));
  return hash;
}

/** The finishing steps of MurmurHash3. */
function mix(hash: number, value: number): number {
  let mixed = Math.imul(hash ^ value, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) | 0;
}
