// Keeps ten thousand new jobs from being ten thousand lines, among which those that matter are lost where the log is
// written slowly: the first are logged one by one, how many the others are in one line. Only the log is spared: all else
// hears each.

import type { EngineEvent, EventSink } from "../ports/events.ts";

/** So many that come together are logged as they are. */
const MOST_TOLD = 20;

/** The log, in which new jobs beyond the first ones go by as `debug`, and are counted before what comes next. */
export function foldedLog(log: EventSink): EventSink {
  let told = 0;
  let folded: EngineEvent | undefined;
  let count = 0;

  function tellCount(): void {
    if (folded !== undefined) {
      const message = `${count === 1 ? "Another job is" : `${count} more jobs are`} new: ` +
        `${count === 1 ? "its schedule starts" : "their schedules start"} now`;
      log.emit({ type: folded.type, level: folded.level, at: folded.at, message, data: { count } });
    }
    [told, folded, count] = [0, undefined, 0];
  }

  return {
    emit(event) {
      if (isPlainlyNew(event)) {
        if (++told <= MOST_TOLD) return log.emit(event);
        folded = event;
        count++;
        return log.emit({ ...event, level: "debug" });
      }
      // They come in several commits.
      if (told > 0 && event.type !== "store.commit" && event.type !== "job.added") tellCount();
      log.emit(event);
    },
  };
}

/** What is said of an earlier name that nobody knows is said of each. */
function isPlainlyNew({ type, data }: EngineEvent): boolean {
  return type === "job.added" && data?.renamed_from === undefined;
}
