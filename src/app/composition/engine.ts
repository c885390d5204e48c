// The engine of one running app, and what tells the service manager how it does.

import { Engine } from "../../engine/engine.ts";
import type { Host } from "../../ports/host.ts";
import { healthOfAll } from "../operations/unwell_jobs.ts";
import { createSupervision, type Supervision } from "../supervision.ts";
import type { Facts, Shared } from "./running_parts.ts";

/** Tells the service manager how the jobs do; engine and facts are there once it is told that all is ready. */
export function supervise(
  { supervisor, clock }: Host,
  engine: () => Engine,
  facts: () => Facts,
): Supervision {
  const unwell = async () => (await healthOfAll(facts(), 0)).unwellCount;
  return createSupervision(supervisor, clock, () => engine().counts, unwell);
}

/** Not started yet; `fatal` is called with what it cannot go on after. */
export function createEngine(
  { host, watch, store, followers, providers, schedules, supervision, tellers }: Omit<Shared, "engine">,
  fatal: (error: unknown) => void,
): Engine {
  return new Engine({
    clock: host.clock,
    watch,
    ids: host.ids,
    random: host.random,
    store,
    sink: followers.sink,
    callsOf: (key, job) => providers.callsOf(key, job),
    serviceOf: (key) => providers.serviceOf(key),
    slotsOf: (pattern, timezone) => {
      const parsed = schedules.parse(pattern, timezone);
      return "error" in parsed ? undefined : parsed.schedule;
    },
    beat() {
      supervision.beat();
      tellers.beat();
    },
    maxNapMs: supervision.maxNapMs,
    fatal,
  });
}
