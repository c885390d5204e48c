// Keeps one trouble of the state from filling the log, which may lie on the disk that is full: it is logged at once, again
// at growing intervals with how often it came, and when it is over. Only the log is spared: all else hears each.

import type { EngineEvent, EventSink } from "../ports/events.ts";
import type { Clock } from "../ports/host.ts";

/** Time between two lines of one trouble, doubled from one to the next. */
const FIRST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 3_600_000;
/** What comes back sooner is the same trouble. */
const CALM_MS = 600_000;

interface Trouble {
  /** Uptimes (ms). */
  since: number;
  lastAt: number;
  nextAt: number;
  waitMs: number;
  /** Not logged since the last line. */
  quiet: number;
  /** That it is there was the last that was logged of it. */
  isOpen: boolean;
}

/** The log, spared. Errors of the store of one kind are one trouble; each that is not logged as it is goes by as `debug`. */
export function sparedLog(log: EventSink, clock: Pick<Clock, "monotonic">): EventSink {
  const troubles = new Map<unknown, Trouble>();

  function failed(event: EngineEvent): EngineEvent {
    const now = clock.monotonic();
    const kind = event.data?.kind;
    const known = troubles.get(kind);
    if (known === undefined || now - known.lastAt > CALM_MS) {
      troubles.set(kind, {
        since: now,
        lastAt: now,
        nextAt: now + FIRST_WAIT_MS,
        waitMs: FIRST_WAIT_MS,
        quiet: 0,
        isOpen: true,
      });
      return event;
    }
    known.lastAt = now;
    if (now < known.nextAt) {
      known.quiet++;
      return { ...event, level: "debug" };
    }
    const { quiet } = known;
    known.waitMs = Math.min(known.waitMs * 2, LONGEST_WAIT_MS);
    Object.assign(known, { nextAt: now + known.waitMs, quiet: 0, isOpen: true });
    const more = quiet === 0 ? "" : ` (and ${quiet} times more since the last line of it)`;
    return { ...event, message: `${event.message}${more}` };
  }

  function saved(event: EngineEvent): EngineEvent {
    const open = [...troubles.values()].filter(({ isOpen }) => isOpen);
    if (open.length === 0) return event;
    for (const trouble of open) trouble.isOpen = false;
    const since = Math.min(...open.map((trouble) => trouble.since));
    const seconds = Math.max(1, Math.round((clock.monotonic() - since) / 1000));
    return {
      ...event,
      level: "info",
      message: `The state can be saved again, ${seconds} s after it could not`,
    };
  }

  return {
    emit(event) {
      if (event.type === "store.commit") return log.emit(saved(event));
      log.emit(event.type === "store.error" && event.level === "error" ? failed(event) : event);
    },
  };
}
