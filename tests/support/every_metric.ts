// The text of /metrics with every family and label that there is: one job to which everything has happened.

import type { Coverage } from "../../src/domain/coverage/coverage.ts";
import { EVENT_TYPES } from "../../src/ports/events.ts";
import { testJob } from "./fake_operations.ts";
import { newMetrics, STARTED_AT as AT } from "./test_metrics.ts";

const WITH_ID = { reason: "missed", duration_ms: 5, status: 200, id: "b1" };

const FIGURES = {
  measuredAt: AT,
  storedBytes: 117e6,
  dataBytes: 117e6,
  neededBytes: 2e6,
  restoredBytes: 60e6,
  snapshots: 2,
};

/** Rendered by the program's own code. */
export async function everyMetric(): Promise<string> {
  const metrics = newMetrics();
  const coverage = {
    asked: 4,
    covered: 3,
    levels: [{ level: "daily", asked: 4, covered: 3 }],
    worstGap: { ms: 5, plannedMs: 4 },
  } as unknown as Coverage;
  metrics.setJobs(
    [{
      job: "db",
      byStatus: { available: 4 },
      byTag: { daily: 4 },
      lastSuccessAt: AT,
      lastKeptAt: AT,
      lastFailureAt: AT,
      lastFailureMessage: "disk full",
      lastSizeMb: 12.5,
      lastDurationMs: 90_000,
      totalSizeMb: 50,
      leftovers: 0,
    }],
    [testJob("db", {
      health: {
        state: "guarded",
        well: false,
        since: null,
        cause: "look",
        remedy: "answer",
        brief: null,
        words: null,
        of_all: false,
      },
      guards: [{ guard: "max_percent", since: null, latched: true, message: "" }],
      unmanaged: [{ provider: "old", available: 1 }],
      verification: {
        ...{ schedule: "@weekly", select: "newest", method: "restore", every_seconds: 1 } as const,
        ...{ next_at: null, next_pick: null, running: null, proved_id: "b1", last: null },
        proved_at: new Date(AT).toISOString(),
        restore: { bytes: 5, seconds: 2, bytes_per_second: 3, median_seconds: 2, median_of: 4 },
      },
      open_deletions: { count: 2, since: new Date(AT).toISOString(), message: "", stuck: false },
    })],
    new Map([["db", 1000]]),
    new Map([["db", { coverage, promises: [{ state: "kept" as const }] }]]),
    new Map([["db", 3]]),
  );
  metrics.setSnapshots({ takenAt: AT, bytes: 5e6, isFailing: false });
  metrics.setUpkeep(
    [{ provider: "files", task: "check", ok: true, endedAt: AT, durationMs: 1_000 }],
    [{ provider: "files", figures: FIGURES }],
  );
  metrics.setContacts([{ provider: "nas@a", host: "a", contact: { answeredAt: AT, trouble: null } }]);
  metrics.setBacklog([{ channel: "ops", count: 3, refusedSince: AT }]);
  for (const type of EVENT_TYPES) {
    for (const data of [WITH_ID, {}]) {
      metrics.emit({ type, level: "warning", at: AT, job: "db", message: type, data });
    }
  }
  return await metrics.render();
}
