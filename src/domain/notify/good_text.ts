// What is told at the end of a bad time: that there is a good backup again, or that what was wrong is over.

import type { NewsItem } from "./look.ts";
import {
  goodWords,
  inBrackets,
  type JobDetails,
  sentence,
  type Setting,
  suspectsText,
  wasBad,
} from "./phrases.ts";
import { daysBetween, type Gap, gapText, sizeJudgement, spanText, timeText } from "./words.ts";

/** A job that comes daily is told by its days: its interval, with the grace time. */
const ABOUT_A_DAY = 79_200_000;
const DAY_AND_A_BIT = 93_600_000;

/** Title and text. No backup is claimed that was not made, and none is called not made that was. */
export function goodText(
  { look, spell, lastBad }: NewsItem,
  details: JobDetails,
  { now, zone }: Setting,
  gap: Gap | undefined,
): [title: string, text: string] {
  const { lastGoodAt: before, since, state } = spell!;
  const good = look.lastSuccessAt;
  const rest = look.well
    ? suspectsText(look.suspects ?? 0, look.job) ?? "Nothing to do."
    : `It is ${look.state} now: ${sentence(look.cause ?? "see 'schelly status'")}`;
  if (good === null || (before !== null && good <= before)) {
    const was = inBrackets(lastBad?.brief ?? null);
    return [
      `well again after ${spanText(now - since)}`,
      `It ${wasBad(state)} since ${timeText(since, now, zone)}${was}. ${rest}`,
    ];
  }
  const judgement = sizeJudgement(details.sizeMb, details.pastSizes);
  const lacks = lacksText(before, good, details, gap, now, zone);
  const parts = [
    `${[goodWords(good, details, now, zone), ...judgement === null ? [] : [judgement]].join(", ")}.`,
    ...lacks === null ? [] : [lacks],
    rest,
  ];
  const after = before === null ? "" : ` after ${spanText(good - before)}`;
  // While it was suspect backups were made: it is a good one that was long in coming.
  const title = before === null
    ? "has a good backup"
    : state === "suspect"
    ? `has a good backup again${after}`
    : `backed up again${after}`;
  return [title, parts.join(" ")];
}

/** Which backups it lacks; null for none. */
function lacksText(
  before: number | null,
  good: number,
  { expectedMs }: JobDetails,
  gap: Gap | undefined,
  now: number,
  zone: Setting["zone"],
): string | null {
  const isDaily = expectedMs !== null && expectedMs >= ABOUT_A_DAY && expectedMs <= DAY_AND_A_BIT;
  // What was made, and does not count, is no day without a backup.
  const days = before === null || !isDaily || gap?.unsound ? null : daysBetween(before, good, zone);
  if (days !== null) return `${days} no backup.`;
  return gap === undefined ? null : gapText(gap, now, zone);
}
