// What is worked out of each job in the background, for metrics and lists, and what of restores is followed; part of the
// composition root.

import type { Config } from "../config/values/config.ts";
import type { SteadyClockWatch } from "../engine/clock/clock_watch.ts";
import type { ScheduleCache } from "../domain/schedule/schedule.ts";
import type { Engine } from "../engine/engine.ts";
import type { Host } from "../ports/host.ts";
import type { RunStore } from "../ports/store.ts";
import { CoverageBook } from "./coverage/coverage_book.ts";
import type { Followers } from "./followers.ts";
import { DepartureBook } from "./future/departure_book.ts";
import { DeletionDays } from "./future/deletion_days.ts";
import type { ProviderSet } from "./provider_set.ts";
import { RestoreBook } from "./restores/restore_book.ts";

interface BooksParts {
  /** In force; another one after a reload. */
  config: Pick<Config, "restoreRoots">;
  engine: Engine;
  store: RunStore;
  host: Pick<Host, "clock" | "ids" | "files" | "tree">;
  watch: SteadyClockWatch;
  schedules: ScheduleCache;
  providers: ProviderSet;
  followers: Followers;
}

/** At work until they are disposed. */
export interface Books {
  coverages: CoverageBook;
  departures: DepartureBook;
  planned: DeletionDays;
  restoreBook: RestoreBook;
}

/**
 * Begins them; three of them follow events. `isActive`: what the server restores is followed. Rejects with `StoreError`.
 */
export async function startBooks(
  parts: BooksParts,
  resources: AsyncDisposableStack,
  isActive: boolean,
): Promise<Books> {
  const { engine, store, host: { clock, ids, files, tree }, watch, schedules, followers, providers } = parts;
  const coverages = new CoverageBook({ engine, store, clock, watch, schedules, sink: followers.sink });
  const departures = new DepartureBook({ engine, store, clock, watch, schedules });
  for (const book of [coverages, departures]) {
    followers.add(book);
    book.start();
    resources.use(book);
  }
  const planned = resources.use(new DeletionDays({ engine, store, clock, watch, schedules }));
  followers.add(planned);
  const restoreBook = resources.use(
    new RestoreBook({
      ...{ clock, ids, files, tree, store },
      callsOf: (key, job) => providers.callsOf(key, job),
      isHere: (key) => providers.isHere(key),
      roots: () => parts.config.restoreRoots,
    }),
  );
  if (isActive) await restoreBook.start();
  return { coverages, departures, planned, restoreBook };
}
