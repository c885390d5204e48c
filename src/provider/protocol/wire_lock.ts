// Locks as providers write them: `locked_until`, in what they say of a backup and in the answer to a DELETE.

import { readTime } from "./wire_time.ts";

/** Statuses by which a provider may say that the storage refuses to delete a backup. */
const REFUSALS = [403, 409, 423];

/** Until when it is locked (UTC ms), null where it is said not to be; undefined where nothing is said. */
export function readLock(value: object, notes: string[]): number | null | undefined {
  const until = (value as Record<string, unknown>).locked_until;
  return until === null ? null : readTime(until, "locked_until", notes);
}

/**
 * The lock that an answer to a DELETE tells of: any refusal that names its end; 423 alone is one without a date, unless it
 * says by Retry-After that it passes soon. `body` is its JSON; undefined where it has none.
 */
export function lockOfAnswer(
  status: number,
  headers: Headers,
  body: unknown,
): { until: number | null } | undefined {
  if (!REFUSALS.includes(status)) return undefined;
  const said = body !== null && typeof body === "object" ? readLock(body, []) : undefined;
  if (typeof said === "number") return { until: said };
  return status === 423 && !headers.has("retry-after") ? { until: null } : undefined;
}
