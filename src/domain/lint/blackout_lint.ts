// What a blackout does to the slots of a schedule: some are never run, or each start comes at the end of a window.

import { type BlackoutJob, blackoutOf, type Window } from "../schedule/blackout.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { sampleOf } from "./level_fit_lint.ts";
import { type Draft, lengthText } from "./lint_finding.ts";

type BlackoutLintJob = BlackoutJob & { schedule: string; startDeadlineMs?: number | null };

/** A slot of a window, and that window. */
interface Hit {
  slot: number;
  window: Window;
}

/** What is odd about the slots to come that lie in the job's blackout. */
export function blackoutDrafts(job: BlackoutLintJob, schedule: Schedule, now: number): Draft[] {
  const blackout = blackoutOf(job);
  if (blackout === null) return [];
  const slots = sampleOf(schedule, now);
  const hits = slots.flatMap((slot): Hit[] => {
    const window = blackout.windowAt(slot);
    return window === null ? [] : [{ slot, window }];
  });
  if (hits.length === 0) {
    return [
      draft(
        "notice",
        `none of the next ${slots.length} slots of '${job.schedule}' lies in the blackout`,
        "leave 'blackout' out, or see whether its days and times are those of the job's time zone",
        [],
      ),
    ];
  }
  const share = hits.length === slots.length
    ? `each of the next ${slots.length} slots`
    : `${hits.length} of the next ${slots.length} slots`;
  if (blackout.act === "skip") {
    return [
      draft(
        "notice",
        `${share} of '${job.schedule}' lie in the blackout and are skipped`,
        "write '{ windows: [...], then: wait }' if a start is to wait for the end instead",
        hits,
      ),
    ];
  }
  const { startDeadlineMs = null } = job;
  const outlasted = startDeadlineMs === null
    ? []
    : hits.filter(({ slot, window }) =>
      window.end - slot > startDeadlineMs && isLast(schedule, slot, window)
    );
  if (outlasted.length > 0) {
    const longest = Math.max(...outlasted.map(({ slot, window }) => window.end - slot));
    return [
      draft(
        "warning",
        `'start_deadline: ${
          lengthText(startDeadlineMs!)
        }' is over before the blackout ends for ${outlasted.length} of ` +
          `the next ${slots.length} slots of '${job.schedule}': they are skipped`,
        `set at least ${lengthText(longest)}, or have the job due outside of its blackout`,
        outlasted,
      ),
    ];
  }
  if (hits.length < slots.length) return [];
  return [
    draft(
      "notice",
      `${share} of '${job.schedule}' lie in the blackout, so every start waits for its end`,
      "have the job due outside of its blackout",
      hits,
    ),
  ];
}

/** Only the last slot of a window may wait for its end. */
function isLast(schedule: Schedule, slot: number, { end }: Window): boolean {
  const next = schedule.next(slot);
  return next === null || next > end;
}

function draft(severity: Draft["severity"], message: string, remedy: string, hits: readonly Hit[]): Draft {
  return {
    rule: "blackout",
    severity,
    message,
    remedy,
    at: hits.slice(0, 5).map(({ slot }) => slot),
    proposal: null,
  };
}
