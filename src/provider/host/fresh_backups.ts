// Which backups have just been made: for a while their maker's word is enough for whoever only follows them. Whoever
// deletes by the answer asks anew.

import type { Clock } from "../../ports/host.ts";

export interface FreshBackups {
  has(id: string): boolean;
  /** Its maker has just made and checked it. */
  confirm(id: string): void;
  forget(id: string): void;
}

const FRESH_MS = 60_000;

/** None yet. */
export function createFreshBackups(clock: Clock): FreshBackups {
  /** By the monotonic clock. */
  const confirmedAt = new Map<string, number>();
  return {
    has(id) {
      const at = confirmedAt.get(id);
      if (at === undefined) return false;
      if (clock.monotonic() - at < FRESH_MS) return true;
      confirmedAt.delete(id);
      return false;
    },
    confirm: (id) => void confirmedAt.set(id, clock.monotonic()),
    forget: (id) => void confirmedAt.delete(id),
  };
}
