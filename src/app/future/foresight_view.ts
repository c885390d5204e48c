// How one backup stands now, when it will go and what would keep it longer, as JSON.

import { DAY, formatDuration } from "../../domain/duration.ts";
import { type Fate, fateOf, longerChange } from "../../domain/future/foresight.ts";
import { type LevelRank, levelRanks } from "../../domain/retention/level_rank.ts";
import type { Course } from "../../domain/future/play.ts";
import { iso } from "../../domain/instant.ts";
import { reasonText } from "../../domain/retention/reasons.ts";
import type { ScheduleCache } from "../../domain/schedule/schedule.ts";
import { courseOf, type Present } from "./forecast_view.ts";
import type { FateView, ForesightView } from "../../ports/views/explain.ts";

/**
 * So far ahead is looked: ten years, or, where backups are made more often than hourly, less. What keeps it longer, and
 * what becomes of it once it is released, shares a budget with that.
 */
const FORESIGHT_MS = 3653 * DAY;
const FORESIGHT_STEPS = 100_000;
const MOST_STEPS = 200_000;

/** A view whose other backups are named by their run ids alone; whoever shows it adds the provider's ids. */
export type Foreseen = Omit<ForesightView, "levels"> & {
  levels: LevelRank[];
};

/** What is foreseen of one of the backups that exist; null when it is none of them. Yields often. */
export function* foresee(
  present: Present,
  runId: string,
  schedules: ScheduleCache,
): Generator<void, Foreseen | null> {
  const { existing, job, now } = present;
  if (!existing.some((one) => one.runId === runId)) return null;
  const course = {
    ...courseOf(present, { until: now + FORESIGHT_MS }, schedules),
    maxSteps: FORESIGHT_STEPS,
  };
  const budget = { steps: MOST_STEPS };
  const ranks = yield* levelRanks(existing, course.policy, course.zone, now, runId);
  const fate = yield* fateOf(course, runId, budget);
  const isHeld = existing.some((one) => one.runId === runId && one.held);
  const free = isHeld ? released(course, runId) : course;
  const fateIfFree = isHeld ? yield* fateOf(free, runId, budget) : fate;
  const longer = fateIfFree.fate === "goes" ? yield* longerChange(free, runId, fateIfFree, budget) : null;
  return {
    timezone: job.timezone,
    levels: (ranks ?? []).filter((rank) => rank.limit > 0),
    fate: fateView(fate),
    released: isHeld ? fateView(fateIfFree) : null,
    longer: longer === null ? null : {
      change: changeText(longer),
      fate: fateView(longer.fate),
    },
  };
}

function changeText({ key, from, to }: { key: string; from: number; to: number }): string {
  const text = (value: number) => key === "keep_within" ? formatDuration(value) : String(value);
  return `${key}: ${text(to)} instead of ${text(from)}`;
}

/** The course in which the backup is not held. */
function released(course: Course, runId: string): Course {
  const existing = course.existing.map((one) =>
    one.runId === runId ? { ...one, held: false, heldUntil: undefined } : one
  );
  return { ...course, existing };
}

function fateView(fate: Fate): FateView {
  const none = { at: null, slot: null, deleted_at: null, because: null, looked_until: null, ended: false };
  switch (fate.fate) {
    case "kept":
      return { ...none, fate: "kept", because: reasonText(fate.because) };
    case "stays":
      return { ...none, fate: "stays", looked_until: iso(fate.until), ended: fate.ended };
    case "goes":
      return {
        ...none,
        fate: "goes",
        at: iso(fate.at),
        slot: fate.slot === null ? null : iso(fate.slot),
        deleted_at: fate.deletedAt === null ? null : iso(fate.deletedAt),
      };
  }
}
