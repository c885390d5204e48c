// One backup that is being made: what is known of it before its end is in the journal.

import type { Json } from "../../domain/job.ts";
import type { EventLevel, EventSink } from "../../ports/events.ts";
import type { Clock } from "../../ports/host.ts";
import type { JournalEntry } from "./journal.ts";
import { createOutputRing, type OutputRing, type Redact } from "../output_ring.ts";

/** Changed by those who make, cancel and end it. */
export interface LiveBackup {
  /** As it was last written, or is to be. */
  entry: JournalEntry;
  message: string;
  ring: OutputRing;
  stop: AbortController;
  /** Set by a DELETE: from then on it is never said to be available. */
  cancelled: { body: Json | undefined } | null;
  /** True once its end is known: it can no longer be cancelled. */
  over: boolean;
  /** True once this program, which is stopping, has killed its processes: nothing of it begins any more. */
  givenUp: boolean;
  /** Resolves when it has left the set of those that run. */
  ended: Promise<void>;
}

/** One whose work has not begun. */
export function newLiveBackup(entry: JournalEntry, redact: Redact): LiveBackup {
  return {
    entry,
    message: "started",
    ring: createOutputRing(redact),
    stop: new AbortController(),
    cancelled: null,
    over: false,
    givenUp: false,
    ended: Promise.resolve(),
  };
}

/** Tells of what went wrong beside the work itself. */
export type TellOdd = (live: LiveBackup, level: EventLevel, message: string) => void;

/** Makes what tells it as an event of this provider. */
export function createTellOdd(
  { key, clock, sink }: { key: string; clock: Clock; sink?: EventSink },
): TellOdd {
  return (live, level, message) => {
    const { id, job, runId } = live.entry;
    sink?.emit({
      type: "provider.odd",
      level,
      at: clock.now(),
      message,
      data: { provider: key, id },
      ...(job === null ? {} : { job }),
      ...(runId === null ? {} : { runId }),
    });
  };
}
