// Pages of lists that were read since the last change, for whoever asks for the same again: many look at the newest page,
// and few changes come in between. Whether one came the state itself is asked each time, whoever made it.

import type { Page } from "../../ports/queries.ts";

/** So many pages are kept, and so many rows in all of them: some megabytes. */
const MOST_PAGES = 32;
const MOST_ROWS = 4_000;

/** Keeps them. */
interface PageMemo {
  /** The page as it is now: kept, or read and then kept. Its rows are the same objects each time. */
  page<T>(query: unknown, read: () => Promise<Page<T>>): Promise<Page<T>>;
}

/** One that keeps nothing yet. `standing` is another text after every change; it rejects where a read would. */
export function createPageMemo(standing: () => Promise<string>): PageMemo {
  const kept = new Map<string, Page<unknown>>();
  /** Pages that are being read, begun since the last change: whoever asks for one meanwhile waits for it, too. */
  const begun = new Map<string, Promise<Page<unknown>>>();
  let rows = 0;
  let keptAt: string | undefined;

  function keep(key: string, page: Page<unknown>): void {
    kept.set(key, { ...page, items: page.items.slice() });
    rows += page.items.length;
    for (const [oldest, { items }] of kept) {
      if (kept.size <= MOST_PAGES && rows <= MOST_ROWS) return;
      kept.delete(oldest);
      rows -= items.length;
    }
  }

  async function readOnce(key: string, now: string, read: () => Promise<Page<unknown>>) {
    const reading = read();
    begun.set(key, reading);
    try {
      const found = await reading;
      // Meanwhile others may have found that it is older than what is kept by now.
      if (now === keptAt && !kept.has(key)) keep(key, found);
      return found;
    } finally {
      if (begun.get(key) === reading) begun.delete(key);
    }
  }

  return {
    async page<T>(query: unknown, read: () => Promise<Page<T>>) {
      const now = await standing();
      if (now !== keptAt) {
        kept.clear();
        begun.clear();
        rows = 0;
        keptAt = now;
      }
      const key = JSON.stringify(query);
      const shared = begun.get(key);
      const known = kept.get(key) ??
        // Whoever only waited for one that failed has it read once more.
        await (shared?.catch(() => begun.get(key) ?? readOnce(key, now, read)) ?? readOnce(key, now, read));
      // A list of its own: whoever gets it may do with it what they like.
      return { ...known, items: known.items.slice() } as Page<T>;
    },
  };
}
