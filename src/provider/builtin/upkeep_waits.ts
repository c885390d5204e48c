// Upkeep that is due and finds no moment at which nothing else is at work: for how long, so that it is not missed silently.

import { DAY } from "../../domain/duration.ts";

interface Wait {
  /** UTC ms. */
  since: number;
  begun: number;
  isTold: boolean;
}

/** What waits, by the name of the upkeep. */
interface UpkeepWaits {
  /** It is due and cannot begin; true once, when that has been so for a day. Times: UTC ms, and one that never jumps. */
  putOff(name: string, now: number, monotonic: number): boolean;
  /** It begins, or is not due any more. */
  end(name: string): void;
  /** Since when it waits (UTC ms), if that is for a day or more. */
  longSince(name: string): number | undefined;
}

/** Nothing waits yet. */
export function createUpkeepWaits(): UpkeepWaits {
  const waits = new Map<string, Wait>();
  return {
    putOff(name, now, monotonic) {
      const wait = waits.get(name) ?? { since: now, begun: monotonic, isTold: false };
      waits.set(name, wait);
      if (wait.isTold || monotonic - wait.begun < DAY) return false;
      return wait.isTold = true;
    },
    end: (name) => void waits.delete(name),
    longSince(name) {
      const wait = waits.get(name);
      return wait?.isTold ? wait.since : undefined;
    },
  };
}
