// When each caller was last let in.

import type { Clock } from "../ports/host.ts";
import type { CallerView } from "../ports/views/server.ts";

/** When each caller was last let in, since the start: kept in memory, as no backup depends on it. */
export interface LastUses {
  /** `key`: the digest of a token, the name of a user. */
  used(kind: CallerView["kind"], key: string): void;
  /** UTC ms; null: not since the start. */
  last(kind: CallerView["kind"], key: string): number | null;
}

/** Remembers them from now on. */
export function createLastUses(clock: Pick<Clock, "now">): LastUses {
  // As many as there are callers, and those of edits since the start.
  const uses = new Map<string, number>();
  return {
    used: (kind, key) => void uses.set(`${kind} ${key}`, clock.now()),
    last: (kind, key) => uses.get(`${kind} ${key}`) ?? null,
  };
}
