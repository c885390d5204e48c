// What is worked out of each job in the background, for metrics and lists; part of the composition root.

import type { SteadyClockWatch } from "../engine/clock/clock_watch.ts";
import type { ScheduleCache } from "../domain/schedule/schedule.ts";
import type { Engine } from "../engine/engine.ts";
import type { Clock } from "../ports/host.ts";
import type { RunStore } from "../ports/store.ts";
import { CoverageBook } from "./coverage/coverage_book.ts";
import type { Followers } from "./followers.ts";
import { DepartureBook } from "./future/departure_book.ts";

interface BooksParts {
  engine: Engine;
  store: RunStore;
  host: { clock: Clock };
  watch: SteadyClockWatch;
  schedules: ScheduleCache;
  followers: Followers;
}

/** Both at work until they are disposed. */
export interface Books {
  coverages: CoverageBook;
  departures: DepartureBook;
}

/** Begins them, as what follows events. */
export function startBooks(parts: BooksParts, resources: AsyncDisposableStack): Books {
  const { engine, store, host: { clock }, watch, schedules, followers } = parts;
  const coverages = new CoverageBook({ engine, store, clock, watch, schedules, sink: followers.sink });
  const departures = new DepartureBook({ engine, store, clock, watch, schedules });
  for (const book of [coverages, departures]) {
    followers.add(book);
    book.start();
    resources.use(book);
  }
  return { coverages, departures };
}
