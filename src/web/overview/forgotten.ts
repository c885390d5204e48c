// What somebody once did for a while and may have forgotten: freezes, pauses, holds.

import { DAY } from "../../domain/duration.ts";
import { counted } from "../../domain/count_text.ts";
import { spanText } from "../../domain/notify/words.ts";
import type { Freeze } from "../../domain/freeze.ts";
import type { JobView } from "../../ports/views/job.ts";

/** A freeze is for a move of a storage; a pause for a holiday. */
const OLD_FREEZE_MS = 2 * DAY;
const OLD_PAUSE_MS = 7 * DAY;
const MOST_NAMED = 3;

/** In the end of a sentence each: `a freeze for 19 d`, `home paused for 3 weeks`. */
export function forgottenWords(jobs: readonly JobView[], freeze: Freeze | null, now: number): string[] {
  const words: string[] = [];
  if (freeze !== null && now - freeze.at >= OLD_FREEZE_MS) {
    words.push(`a freeze since ${spanText(now - freeze.at)}`);
  }
  const paused = jobs.filter(({ paused, paused_until, health: { since } }) =>
    paused && paused_until === null && since !== null && now - Date.parse(since) >= OLD_PAUSE_MS
  );
  if (paused.length > 0) {
    const names = paused.slice(0, MOST_NAMED).map(({ job }) => job).join(", ");
    const more = paused.length > MOST_NAMED ? ` and ${paused.length - MOST_NAMED} more` : "";
    words.push(`${names}${more} paused without an end`);
  }
  const holding = jobs.filter(({ held }) => held > 0);
  if (holding.length > 0) {
    const count = holding.reduce((sum, { held }) => sum + held, 0);
    words.push(`${counted(count, "backup")} held`);
  }
  const left = jobs.filter(({ managed, remains }) => !managed && (remains ?? 0) > 0).length;
  if (left > 0) words.push(`${counted(left, "job")} left the configuration with backups`);
  return words;
}
