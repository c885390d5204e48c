// A backup as the original's own record has it, before its provider was asked.

import { DEFAULT_POLICY, formatLevelRule, LEVELS, type Policy } from "./policy.ts";

/** One row of the original's record; its times are UTC ms. */
export interface OriginalBackup {
  /** The provider's id. */
  id: string;
  /** Null where it was never told, or is the id. */
  dataId: string | null;
  /** Its word: `available`, `deleting`, `deleted`, `delete-error`, `error`, `cancelled`, `running`. */
  status: string;
  /** Null where what stands there is no time. */
  startTime: number | null;
  endTime: number | null;
  sizeMb: number | null;
  message: string | null;
}

/** The levels the original's image keeps where nothing is said, and this policy does not: `weekly 4@L`. */
export function levelsLost(policy: Policy): string[] {
  if (policy.keepAll) return [];
  return LEVELS.filter((level) => DEFAULT_POLICY.levels[level].count > 0 && policy.levels[level].count === 0)
    .map((level) => `${level} ${formatLevelRule(level, DEFAULT_POLICY.levels[level])}`);
}
