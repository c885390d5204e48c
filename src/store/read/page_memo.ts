// Pages of lists that were read since the last change, for whoever asks for the same again: many look at the newest page,
// and few changes come in between.

import type { Page } from "../../ports/queries.ts";

/** So many pages are kept, and so many rows in all of them: some megabytes. */
const MOST_PAGES = 32;
const MOST_ROWS = 4_000;

/** Keeps them. */
export interface PageMemo {
  /** The page as it is now: kept, or read and then kept. Its rows are the same objects each time. */
  page<T>(query: unknown, read: () => Promise<Page<T>>): Promise<Page<T>>;
  /** Something was changed, or `perhaps` will be: until the next change that surely was, nothing is kept. */
  changed(fate: "surely" | "perhaps"): void;
}

/** One that keeps nothing yet. */
export function createPageMemo(): PageMemo {
  const kept = new Map<string, Page<unknown>>();
  let rows = 0;
  let changes = 0;
  let isSure = true;

  function keep(key: string, page: Page<unknown>): void {
    kept.set(key, { ...page, items: page.items.slice() });
    rows += page.items.length;
    for (const [oldest, { items }] of kept) {
      if (kept.size <= MOST_PAGES && rows <= MOST_ROWS) return;
      kept.delete(oldest);
      rows -= items.length;
    }
  }

  return {
    async page<T>(query: unknown, read: () => Promise<Page<T>>) {
      const key = JSON.stringify(query);
      const known = kept.get(key) as Page<T> | undefined;
      // A list of its own: whoever gets it may do with it what they like.
      if (known !== undefined) return { ...known, items: known.items.slice() };
      const before = changes;
      const found = await read();
      // What was read while something changed may be older than that.
      if (before === changes && isSure && !kept.has(key)) keep(key, found);
      return found;
    },
    changed(fate) {
      changes++;
      isSure = fate === "surely";
      kept.clear();
      rows = 0;
    },
  };
}
