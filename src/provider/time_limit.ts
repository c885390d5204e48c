// Waits for work, but not for ever: what goes on after the limit goes on unheard.

import type { Clock } from "../ports/host.ts";

/** The work did not end in time; it may still end. */
export class SlowError extends Error {}

/** The work's own end, or a rejection with `SlowError` after `ms`. */
export async function within<T>(clock: Clock, ms: number, work: Promise<T>, late: string): Promise<T> {
  const over = new AbortController();
  const limit = clock.sleep(ms, over.signal).then(() => {
    throw new SlowError(`${late} (${ms / 1000} s)`);
  });
  limit.catch(() => {});
  try {
    return await Promise.race([work, limit]);
  } finally {
    over.abort();
  }
}
