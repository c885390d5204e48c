// Keeps one trouble of many jobs from being a line for each of them, again at each slot: the first starts that find no
// provider are logged one by one, how many the others were in one line a while later. Only the log is spared: all else
// hears each.

import type { EngineEvent, EventSink } from "../ports/events.ts";
import type { Clock } from "../ports/host.ts";

/** So many of one cause are logged as they are. */
const MOST_TOLD = 3;
/** How the others are counted: after the first while, then ever more rarely. */
const FIRST_COUNT_MS = 60_000;
const LONGEST_COUNT_MS = 3_600_000;
/** What comes back later is another trouble. */
const CALM_MS = 600_000;

interface Trouble {
  told: number;
  jobs: Set<string>;
  /** Not logged since the last line of it. */
  folded: number;
  last: EngineEvent;
  /** Uptimes (ms). */
  lastAt: number;
  countAt: number;
  waitMs: number;
}

/** The log, in which the tries of one cause beyond the first ones go by as `debug`, and are counted with what comes later. */
export function repeatedLog(log: EventSink, clock: Pick<Clock, "monotonic">): EventSink {
  const troubles = new Map<string, Trouble>();

  function count(trouble: Trouble, now: number): void {
    const { last, folded, jobs } = trouble;
    log.emit({
      ...last,
      job: undefined,
      runId: undefined,
      message: `${folded} more starts, of ${jobs.size} jobs in all, wait for the same: ${causeOf(last)}`,
      data: { count: folded, jobs: jobs.size },
    });
    trouble.folded = 0;
    trouble.waitMs = Math.min(trouble.waitMs * 2, LONGEST_COUNT_MS);
    trouble.countAt = now + trouble.waitMs;
  }

  /** Counts what is to be counted by now, whatever comes next. */
  function settle(now: number): void {
    for (const [key, trouble] of troubles) {
      if (trouble.folded > 0 && now >= trouble.countAt) count(trouble, now);
      else if (trouble.folded === 0 && now - trouble.lastAt > CALM_MS) troubles.delete(key);
    }
  }

  return {
    emit(event) {
      const now = clock.monotonic();
      settle(now);
      if (event.type !== "run.retry" || event.level !== "warning") return log.emit(event);
      const key = causeOf(event);
      const trouble = troubles.get(key) ??
        {
          told: 0,
          jobs: new Set(),
          folded: 0,
          last: event,
          lastAt: now,
          countAt: now + FIRST_COUNT_MS,
          waitMs: FIRST_COUNT_MS,
        };
      troubles.set(key, trouble);
      trouble.jobs.add(event.job ?? "");
      Object.assign(trouble, { last: event, lastAt: now });
      if (trouble.told < MOST_TOLD) {
        trouble.told++;
        return log.emit(event);
      }
      trouble.folded++;
      log.emit({ ...event, level: "debug" });
    },
  };
}

/** What all of them have in common: what follows the name of the job. */
function causeOf({ message }: EngineEvent): string {
  return message.replace(/^The start of job '[^']*' [^:]*: /, "");
}
