// What storages of restic say that let nobody delete: servers that only take more in, and object locks.

/** A line of restic's that tells of a removal of a snapshot which did not come about. */
const OF_SNAPSHOT = /\bremove\b.*<?snapshot\/[0-9a-f]{8,}/i;

/**
 * The words of each: rest-server and rclone with --append-only, MinIO and Amazon's object lock, Google's retention policies
 * and holds, Azure's immutable blobs, Backblaze's file lock. A mere "Access Denied" is none: it may be a wrong key.
 */
const WORDS =
  /blob not removed, server response: 40[35]|unexpected HTTP response \(40[35]\)|WORM.protected|ObjectLocked|protected by object lock|retention policy|(?:event-based|temporary|legal) hold|ImmutableDueTo(?:Policy|LegalHold)|immutable due to a policy|file.?lock/i;

const DATE = /\buntil '?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d))/i;

/** The lock that restic's text on stderr tells of, where `forget` failed for it: until when (UTC ms; null: no date). */
export function refusalOf(stderr: string): { until: number | null; words: string } | undefined {
  const lines = stderr.split("\n").map((line) => line.trim());
  if (!lines.some((line) => OF_SNAPSHOT.test(line))) return undefined;
  const words = lines.findLast((line) => WORDS.test(line));
  if (words === undefined) return undefined;
  const date = DATE.exec(words)?.[1];
  const until = date === undefined ? NaN : Date.parse(date.replace(" ", "T"));
  return { until: Number.isFinite(until) ? until : null, words };
}
