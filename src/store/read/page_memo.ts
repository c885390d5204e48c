// What was made of pages of lists since the last change, for whoever asks for the same again: many look at the newest page,
// and few changes come in between. Whether one came the state itself is asked each time, whoever made it. What is asked once
// only, as a walk through all pages does, is not kept: it would cost more than to read it.

import type { Page } from "../../ports/queries.ts";

/** So many pages are kept, and so many rows in all of them: some megabytes. */
const MOST_PAGES = 32;
const MOST_ROWS = 4_000;
/** Of so many questions it is known that they were asked before. */
const MOST_ASKED = 256;

/** Keeps them. */
interface PageMemo {
  /**
   * What `show` makes of the page as it is now: kept, or made by `read` and then kept, where it is not asked for the first
   * time. `show` is told apart from others by itself.
   */
  shown<T, Shown>(
    query: unknown,
    show: (page: Page<T>) => Shown,
    read: (show: (page: Page<T>) => Shown) => Promise<Shown>,
  ): Promise<Shown>;
}

/** What was made of a page, of so many rows. */
interface Made {
  shown: unknown;
  rows: number;
}

/** One that keeps nothing yet. `standing` is another text after every change; it rejects where a read would. */
export function createPageMemo(standing: () => Promise<string>): PageMemo {
  const kept = new Map<string, Made>();
  /** Pages that are being read, begun since the last change: whoever asks for one meanwhile waits for it, too. */
  const begun = new Map<string, Promise<Made>>();
  /** Questions, the latest last, and whether they were asked more than once, before the last change too. */
  const asked = new Map<string, boolean>();
  const shows = new WeakMap<object, number>();
  let showsSeen = 0;
  let rows = 0;
  let keptAt: string | undefined;

  function keep(key: string, made: Made): void {
    kept.set(key, made);
    rows += made.rows;
    for (const [oldest, { rows: ofOldest }] of kept) {
      if (kept.size <= MOST_PAGES && rows <= MOST_ROWS) return;
      kept.delete(oldest);
      rows -= ofOldest;
    }
  }

  function note(key: string): void {
    const isAgain = asked.delete(key);
    asked.set(key, isAgain);
    if (asked.size > MOST_ASKED) asked.delete(asked.keys().next().value!);
  }

  async function readOnce(key: string, now: string, read: () => Promise<Made>): Promise<Made> {
    const reading = read();
    begun.set(key, reading);
    try {
      const found = await reading;
      // Meanwhile others may have found that it is older than what is kept by now.
      if (now === keptAt && asked.get(key) === true && !kept.has(key)) keep(key, found);
      return found;
    } finally {
      if (begun.get(key) === reading) begun.delete(key);
    }
  }

  function numberOf(show: object): number {
    const number = shows.get(show) ?? ++showsSeen;
    shows.set(show, number);
    return number;
  }

  return {
    async shown<T, Shown>(
      query: unknown,
      show: (page: Page<T>) => Shown,
      readAs: (show: (page: Page<T>) => Shown) => Promise<Shown>,
    ) {
      const now = await standing();
      if (now !== keptAt) {
        kept.clear();
        begun.clear();
        rows = 0;
        keptAt = now;
      }
      const key = JSON.stringify([numberOf(show), query]);
      note(key);
      async function read(): Promise<Made> {
        let rows = 0;
        const shown = await readAs((page) => {
          rows = page.items.length;
          return show(page);
        });
        return { shown, rows };
      }
      const shared = begun.get(key);
      const known = kept.get(key) ??
        // Whoever only waited for one that failed has it read once more.
        await (shared?.catch(() => begun.get(key) ?? readOnce(key, now, read)) ?? readOnce(key, now, read));
      return known.shown as Shown;
    },
  };
}
