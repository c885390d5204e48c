// Deletions to come as a channel is told of them: each backup once, half a day ahead at least, about once a day.

import { counted } from "../count_text.ts";
import { DAY } from "../duration.ts";
import { plainText } from "../plain_text.ts";
import type { Setting } from "./phrases.ts";
import { dayTimeText, sizeWords } from "./words.ts";

/** So far ahead is told: a day, until the next message, and the half day that everybody has to stop it. */
export const PLANNED_AHEAD_MS = 1.5 * DAY;

/** A backup that will be deleted. Times are UTC ms. */
export interface PlannedBackup {
  runId: string;
  periodTime: number;
  at: number;
}

/** What a channel was told of one job. */
export interface PlannedTold {
  job: string;
  at: number;
  /** Up to when it told. */
  until: number;
  /** Those that it told of and that are still to go; null where there were too many to remember. */
  runIds: readonly string[] | null;
}

/** More than these are not remembered one by one. */
const MOST_REMEMBERED = 10_000;
const MOST_NAMED = 20;

/** Those that the channel has not been told of. */
export function untold(
  told: PlannedTold | undefined,
  going: readonly PlannedBackup[],
  now: number,
): PlannedBackup[] {
  if (told === undefined) return [...going];
  if (told.runIds === null) return now - told.at >= DAY ? [...going] : [];
  const known = new Set(told.runIds);
  return going.filter(({ runId }) => !known.has(runId));
}

/**
 * True when they are to be told now: a day after the last message, or at once when the set that it told of grew, by
 * backups that were there then. What only comes into sight as time goes on waits for its day.
 */
export function isDueNow(
  told: PlannedTold | undefined,
  news: readonly PlannedBackup[],
  now: number,
): boolean {
  if (news.length === 0) return false;
  if (told === undefined || now - told.at >= DAY || now < told.at) return true;
  return news.some(({ at, periodTime }) => at <= told.until && periodTime < told.at);
}

/** What it has been told once this is. */
export function toldOfPlan(job: string, going: readonly PlannedBackup[], now: number): PlannedTold {
  const runIds = going.length > MOST_REMEMBERED ? null : going.map(({ runId }) => runId);
  return { job, at: now, until: now + PLANNED_AHEAD_MS, runIds };
}

/** One job of such a message. */
export interface PlannedJob {
  job: string;
  /** At least one, in the order in which they go. */
  news: readonly PlannedBackup[];
  /** Of all of them; null where not each is known. */
  sizeMb: number | null;
  /** Their ids at the provider, where they are few. */
  ids: readonly string[];
}

/** Title and text; the most come first. */
export function plannedText(jobs: readonly PlannedJob[], setting: Setting): { title: string; text: string } {
  const { name, now, zone } = setting;
  const sorted = [...jobs].sort((one, other) =>
    other.news.length - one.news.length || (one.job < other.job ? -1 : 1)
  );
  const all = sorted.reduce((sum, { news }) => sum + news.length, 0);
  const last = Math.max(...sorted.map(({ news }) => news.at(-1)!.at));
  const whose = sorted.length === 1 ? sorted[0]!.job : counted(sorted.length, "job");
  const lines = sorted.slice(0, MOST_NAMED).map((job) => lineOf(job, setting));
  if (sorted.length > MOST_NAMED) lines.push(`- and ${sorted.length - MOST_NAMED} more jobs`);
  lines.push(
    "`schelly backups hold ID --reason …` keeps one, `schelly freeze` all; `schelly forecast JOB` shows what stays.",
  );
  return {
    title: `[${name}] ${whose}: ${counted(all, "backup")} will be deleted until ${
      dayTimeText(last, now, zone)
    }`,
    text: lines.join("\n"),
  };
}

function lineOf({ job, news, sizeMb, ids }: PlannedJob, { now, zone }: Setting): string {
  const times = news.map(({ periodTime }) => periodTime);
  const [oldest, newest] = [Math.min(...times), Math.max(...times)];
  const of = news.length === 1
    ? `of ${dayTimeText(oldest, now, zone)}`
    : `from ${dayTimeText(oldest, now, zone)} to ${dayTimeText(newest, now, zone)}`;
  const size = sizeMb === null ? "" : `, ${sizeWords(sizeMb)}`;
  const when = `, ${news.length === 1 ? "at" : "from"} ${dayTimeText(news[0]!.at, now, zone)}${
    news.length === 1 ? "" : " on"
  }`;
  const named = ids.length === 0 ? "" : ` (${ids.map((id) => plainText(id)).join(", ")})`;
  return `- ${job}: ${counted(news.length, "backup")} ${of}${size}${when}${named}`;
}
