// Which backup is proved next: by the setting `select` of a job, from what is available.

import type { Level } from "../policy.ts";
import { LEVELS } from "../policy.ts";
import type { VerifySettings } from "./verify_settings.ts";

/** A backup that may be proved: available, and not rejected. Times are UTC ms. */
export interface ProofCandidate {
  runId: string;
  /** The provider's. */
  id: string;
  /** When it was made. */
  at: number;
  /** The levels it stands for. */
  tags: readonly Level[];
  /** When a verification of it ended last, whatever that found; null for never. */
  lookedAt: number | null;
}

/** When each level had its last turn, by the setting `each_level`. */
type LevelTurns = Readonly<Partial<Record<Level, number>>>;

/** What is proved next; `level`: whose turn it is, where levels have turns. */
export interface ProofChoice {
  candidate: ProofCandidate;
  level: Level | null;
}

/**
 * Null where nothing is to be proved. The same candidates in any order, the same choice; `random`: in [0, 1).
 */
export function chooseBackup(
  candidates: readonly ProofCandidate[],
  { select, everyMs }: Pick<VerifySettings, "select" | "everyMs">,
  turns: LevelTurns,
  now: number,
  random: () => number,
): ProofChoice | null {
  switch (select) {
    case "newest":
      return choiceOf(newest(candidates));
    case "oldest_due":
      return choiceOf(longestUnseen(candidates.filter((one) => now - seenAt(one) >= everyMs)));
    case "random": {
      const sorted = [...candidates].sort((a, b) => before(a, b) ? -1 : 1);
      return choiceOf(sorted[Math.floor(random() * sorted.length)]);
    }
    case "each_level":
      return chooseByLevel(candidates, turns);
  }
}

/**
 * The level that had its turn longest ago, those that never had one first, the finest of several. Its backups take turns,
 * too: who was not looked at for longest is next, so that none waits for ever, however fast new ones come. The finest
 * level's turn is for its newest one, which people would restore, and of which there is always another.
 */
function chooseByLevel(candidates: readonly ProofCandidate[], turns: LevelTurns): ProofChoice | null {
  const levels = LEVELS.filter((level) => candidates.some(({ tags }) => tags.includes(level)));
  // No pass has tagged anything yet.
  if (levels.length === 0) return choiceOf(newest(candidates));
  const level = levels.reduce((first, one) => turnOf(turns, one) < turnOf(turns, first) ? one : first);
  const own = candidates.filter(({ tags }) => tags.includes(level));
  const candidate = level === levels[0] ? newest(own) : longestUnseen(own);
  return candidate === undefined ? null : { candidate, level };
}

function choiceOf(candidate: ProofCandidate | undefined): ProofChoice | null {
  return candidate === undefined ? null : { candidate, level: null };
}

function turnOf(turns: LevelTurns, level: Level): number {
  return turns[level] ?? -Infinity;
}

/** A backup that was never looked at was whole when it was made, as far as anybody knows. */
function seenAt({ lookedAt, at }: ProofCandidate): number {
  return lookedAt ?? at;
}

function newest(candidates: readonly ProofCandidate[]): ProofCandidate | undefined {
  return best(
    candidates,
    (one, other) => one.at > other.at || (one.at === other.at && one.runId > other.runId),
  );
}

function longestUnseen(candidates: readonly ProofCandidate[]): ProofCandidate | undefined {
  return best(candidates, before);
}

function before(one: ProofCandidate, other: ProofCandidate): boolean {
  const [a, b] = [seenAt(one), seenAt(other)];
  return a < b || (a === b && one.runId < other.runId);
}

function best(
  candidates: readonly ProofCandidate[],
  isBetter: (one: ProofCandidate, other: ProofCandidate) => boolean,
): ProofCandidate | undefined {
  let found: ProofCandidate | undefined;
  for (const one of candidates) if (found === undefined || isBetter(one, found)) found = one;
  return found;
}
