// The audit trail: events chained by digest, each after the one before it, so that none can be changed, taken out or put
// in between unseen by whoever has kept a later digest. Types only.

import type { StoredEvent } from "./queries.ts";

/** Where a trail ends. */
export interface TrailHead {
  /** The number of its last event in the chain; 0 before the first. */
  link: number;
  /** The digest of that event, SHA-256 in hexadecimal. */
  digest: string;
}

/** A head that somebody keeps elsewhere; `link` is null where only the digest was kept. */
export interface KeptHead {
  link: number | null;
  digest: string;
}

/** An event of the trail. */
export interface ChainedEvent extends StoredEvent, TrailHead {}

/** What does not fit. */
export interface TrailTrouble {
  /** The number in the chain; null where the event has none. */
  link: number | null;
  /** The sequence number of the event; null where there is no event. */
  seq: number | null;
  /** One sentence. */
  message: string;
}

/** What came of a kept head. */
export interface HeadProof {
  /** `pruned`: the trail no longer reaches back to it, so that it proves nothing. */
  result: "proved" | "refuted" | "pruned";
  message: string;
}

/** What a look through a whole trail has found. */
export interface TrailReport {
  /** Where it ends; every event up to there was looked at. */
  head: TrailHead;
  /** How many events were found chained. */
  events: number;
  /** How many went by their age, and are vouched for by checkpoints. */
  pruned: number;
  /** How many are from before the chain began, or stand beside it: nothing can be said of those. */
  unchained: number;
  /** The first that does not fit; null where all do. */
  trouble: TrailTrouble | null;
  /** Null where no head was given. */
  proof: HeadProof | null;
}

/** Which events of a trail; the newest first unless `after` is given. */
export interface TrailQuery {
  /** Only events after this number in the chain, oldest first. */
  after?: number;
  limit: number;
}

/** The trail of one state. */
export interface AuditTrail {
  head(): Promise<TrailHead>;
  events(query: TrailQuery): Promise<ChainedEvent[]>;
  /** Looks through all of it, in pieces between which other work goes on. */
  verify(kept: KeptHead | null): Promise<TrailReport>;
}

/** How long events stay (ms). */
export interface EventsKept {
  /** Those outside the trail. */
  plainMs: number;
  /** Those of the trail. */
  auditMs: number;
}
