// Metrics of a program of which everything is known.

import { createMetrics, type Metrics, type MetricsOptions } from "../../src/observe/metrics.ts";
import { FakeClock } from "./fake_clock.ts";
import { USAGE } from "./fake_usage.ts";

/** When it started, UTC ms. */
export const STARTED_AT = Date.UTC(2026, 2, 1);

/** Without events and jobs. */
export function newMetrics(options: Partial<MetricsOptions> = {}): Metrics {
  return createMetrics({
    version: { version: "1.2.3", commit: "abc" },
    startedAt: STARTED_AT,
    usage: () => Promise.resolve(USAGE),
    clock: new FakeClock(STARTED_AT),
    ...options,
  });
}
