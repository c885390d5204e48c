// Spreads the starts of jobs that are due at the same instant.

/**
 * How long after its slot a job starts, in milliseconds from 0 to below `maxMs`: the same for the same job and slot,
 * evenly spread over others. The caller keeps `maxMs` under half the interval.
 */
export function jitterOf(job: string, slot: number, maxMs: number): number {
  // FNV-1a, then the finalizer of MurmurHash3, since the slots of a job differ in few bits.
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(`${job}\n${slot}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return Math.floor(((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32 * maxMs);
}
