// Keeps the service manager informed about a running scheduler: ready, reloading, alive, stopping, and how the jobs do.

import { counted } from "../domain/count_text.ts";
import type { JobCounts } from "../engine/job_tally.ts";
import type { Clock, Supervisor } from "../ports/host.ts";

/** How often the status is worked out anew. */
const STATUS_MS = 10_000;
/** How often all jobs are looked at for how many are unwell, at most. */
const UNWELL_MS = 60_000;
/** A beat is due at least this often in the time that the supervisor allows, so that one may be late. */
const BEATS = 3;
const MAX_NAP_MS = 30_000;

export interface Supervision {
  /** How long the scheduler's loop may nap (ms); undefined: as long as it likes. */
  maxNapMs: number | undefined;
  ready(): void;
  /** The scheduler's loop came round: proof of life, from nobody else. */
  beat(): void;
  /** Tells that it reloads, until `work` is done. */
  reloading<T>(work: () => Promise<T>): Promise<T>;
  stopping(): void;
}

/** Tells `supervisor` about one scheduler; does nothing where there is none. */
export function createSupervision(
  supervisor: Supervisor | null,
  clock: Pick<Clock, "monotonic">,
  counts: () => JobCounts,
  countUnwell: () => Promise<number>,
): Supervision {
  let unwell = 0;
  let lookAgainAt = -Infinity;
  /** The next status tells what is found; until then the last one stands. */
  const lookForUnwell = () => {
    if (clock.monotonic() < lookAgainAt) return;
    lookAgainAt = Infinity;
    const found = countUnwell().then((count) => unwell = count).catch(() => {});
    void found.then(() => lookAgainAt = clock.monotonic() + UNWELL_MS);
  };
  let status = "";
  let statusAt = -Infinity;
  let isReady = false;
  let isStopping = false;
  const tell = (message: Record<string, string>) => supervisor?.tell(message);
  /** The status, where it is due and another one than before. */
  const news = (): Record<string, string> => {
    const now = clock.monotonic();
    if (now - statusAt < STATUS_MS) return {};
    statusAt = now;
    lookForUnwell();
    const text = statusText(counts(), unwell);
    if (text === status) return {};
    status = text;
    return { STATUS: text };
  };
  return {
    maxNapMs: supervisor?.watchdogMs ? Math.min(MAX_NAP_MS, supervisor.watchdogMs / BEATS) : undefined,
    ready() {
      isReady = true;
      if (supervisor !== null) tell({ READY: "1", ...news() });
    },
    beat() {
      if (supervisor === null || !isReady || isStopping) return;
      const message = { ...(supervisor.watchdogMs === null ? {} : { WATCHDOG: "1" }), ...news() };
      if (Object.keys(message).length > 0) tell(message);
    },
    async reloading(work) {
      tell({ RELOADING: "1" });
      try {
        return await work();
      } finally {
        statusAt = -Infinity;
        if (supervisor !== null && !isStopping) tell({ READY: "1", ...news() });
      }
    },
    stopping() {
      if (isStopping) return;
      isStopping = true;
      tell({ STOPPING: "1", STATUS: "Stopping: calls under way get their time" });
    },
  };
}

/** `12 jobs: 2 running, 1 paused, 3 unwell`. */
export function statusText({ all, running, paused }: JobCounts, unwell: number): string {
  const jobs = counted(all, "job");
  const others = [
    ...(paused === 0 ? [] : [`${paused} paused`]),
    ...(unwell === 0 ? [] : [`${unwell} unwell`]),
  ];
  return [`${jobs}: ${running} running`, ...others].join(", ");
}
