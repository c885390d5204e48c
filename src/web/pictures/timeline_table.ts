// The table behind a timeline: each backup, the newest first, with why it is kept, until when, its size and its proof.

import { sizeText } from "../../domain/size_text.ts";
import type { Cell, Table } from "./picture.ts";
import type { TimelineModel } from "./timeline_model.ts";
import { crowdedIn, isUnkept, proofText, whyText } from "./timeline_words.ts";
import { many, timeText } from "./words.ts";

/** At most `most` rows; a note says how many older ones there are. */
export function timelineTable(model: TimelineModel, most: number): Table {
  const { calendar, dots, undated, input } = model;
  const goes = new Map(model.going.map(({ at, dot }) => [dot.backup.run_id, at]));
  const row = (backup: (typeof undated)[number], at: number | null): Cell[] => {
    const end = goes.get(backup.run_id);
    return [
      { text: at === null ? "unknown" : timeText(at, calendar), href: input.href(backup.run_id) },
      keptWords(backup),
      end === undefined ? untilWords(backup, model) : timeText(end, calendar),
      backup.size_mb === null ? "–" : sizeText(backup.size_mb),
      proofText(backup, calendar) ?? "–",
      backup.id ?? "–",
    ];
  };
  const rows = dots.slice(-most).reverse().map(({ backup, at }) => row(backup, at));
  for (const backup of undated.slice(0, Math.max(0, most - rows.length))) rows.push(row(backup, null));
  const left = dots.length + undated.length - rows.length + (input.undrawn ?? 0) +
    crowdedIn(input);
  return {
    caption: `The backups of ${input.job.job}, newest first`,
    head: ["Made", "Why it is kept", "Goes", "Size", "Proved", "Backup"],
    rows,
    note: left === 0 ? null : `${many(left, "older one is", "older ones are")} not listed here`,
  };
}

/** What a person said of it stands beside what keeps it. */
function keptWords(backup: TimelineModel["undated"][number]): string {
  if (backup.reasons.length === 0) return whyText(backup);
  const reasons = backup.reasons.join(", ");
  return backup.rejected && !backup.reasons.includes("rejected") ? `rejected; ${reasons}` : reasons;
}

function untilWords(
  backup: TimelineModel["undated"][number],
  { input: { foreseen }, foreseenUntil, calendar }: TimelineModel,
): string {
  const { hold, lock, suspect } = backup;
  if (hold !== null) {
    return hold.until === null ? "held" : `held until ${timeText(Date.parse(hold.until), calendar)}`;
  }
  if (suspect) return "not before it is judged";
  if (lock !== null && lock.until !== null) {
    return `locked until ${timeText(Date.parse(lock.until), calendar)}`;
  }
  const isStopped = typeof foreseen !== "string" && foreseen.stopped !== null;
  if (isStopped && isUnkept(backup)) return "once deletions are no longer stopped";
  return foreseenUntil === null ? "not foreseen" : `not until ${timeText(foreseenUntil, calendar)}`;
}
