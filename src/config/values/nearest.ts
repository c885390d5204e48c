// The valid word a mistyped one was most likely meant to be.

/** Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, before[j - 2]! + 1);
      }
      row.push(best);
    }
    before = above;
    above = row;
  }
  return above[b.length]!;
}

/**
 * The candidate nearest to `word`, letters' case apart; undefined when none is within a third of its length nor
 * begins with it.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > 64) return undefined;
  const wanted = word.toLowerCase();
  const limit = Math.max(1, Math.floor(word.length / 3));
  let best: string | undefined;
  let least = limit + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= least) continue;
    const edits = distance(wanted, candidate.toLowerCase());
    if (edits < least) {
      best = candidate;
      least = edits;
    }
  }
  if (best !== undefined || word.length < 3) return best;
  for (const candidate of candidates) {
    if (candidate.toLowerCase().startsWith(wanted)) return candidate;
  }
  return undefined;
}

/** `did you mean …?` for the nearest candidate, or undefined. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const found = nearest(word, candidates);
  return found === undefined || found === word ? undefined : `did you mean ${found}?`;
}

/** The `count` candidates that are most like `word`, the most like first; those that share more of their parts count as nearer. */
export function nearestFew(word: string, candidates: readonly string[], count: number): string[] {
  const wanted = word.slice(0, 64).toLowerCase();
  const parts = new Set(wanted.split(/[^a-z0-9]+/).filter((part) => part.length > 2));
  const rated = candidates.map((name) => {
    const candidate = name.toLowerCase();
    const shared = candidate.split(/[^a-z0-9]+/).filter((part) => parts.has(part)).length;
    return { name, far: distance(wanted, candidate) / Math.max(wanted.length, candidate.length) - shared };
  });
  return rated.sort((a, b) => a.far - b.far).slice(0, count).map(({ name }) => name);
}
