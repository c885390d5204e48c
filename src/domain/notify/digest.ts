// The digest: what ran, failed and was deleted, who needs somebody, and what will be deleted. When it is due, and its text.

import { dateOfDay } from "../calendar/calendar.ts";
import { weekdayOf, type Zone } from "../calendar/zone.ts";
import { counted } from "../count_text.ts";
import { DAY } from "../duration.ts";
import type { Freeze } from "../freeze.ts";
import type { HealthState } from "../health.ts";
import { plainText } from "../plain_text.ts";
import { firstClause } from "../short_cause.ts";
import type { DigestPace } from "./rule.ts";
import type { Setting } from "./phrases.ts";
import { dateText, dayTimeText, timeText, withTimes } from "./words.ts";

/** What it tells of a job. */
export interface DigestJob {
  job: string;
  state: HealthState;
  well: boolean;
  since: number | null;
  cause: string | null;
  /** The cause in a few words. */
  brief: string | null;
}

/** How many backups of a job go up to the next digest, as far as that can be foreseen. */
interface PlannedDeletions {
  job: string;
  /** Null: it cannot be foreseen. */
  count: number | null;
}

export interface DigestFacts {
  pace: Exclude<DigestPace, "never">;
  jobs: readonly DigestJob[];
  /** Since the digest before. */
  made: number;
  failed: number;
  deleted: number;
  planned: readonly PlannedDeletions[];
  /** Jobs that were not asked. */
  unasked: number;
  /** What stops every deletion now; null for nothing. */
  freeze: Freeze | null;
  /** When the next one is due (UTC ms). */
  until: number;
}

const HOUR_OF_DAY = 8;
const MONDAY = 1;
const MOST_NAMED = 20;
const SAFE: readonly HealthState[] = ["ok", "running"];

/** When a digest was due last, by the clock on the wall (UTC ms): at eight, each day or each Monday. */
export function digestBefore(pace: Exclude<DigestPace, "never">, zone: Zone, now: number): number {
  const today = Math.floor((now + zone.spanAt(now).offset) / DAY);
  for (let day = today;; day--) {
    if (pace === "weekly" && weekdayOf(day) !== MONDAY) continue;
    const at = instantOf(day * DAY + HOUR_OF_DAY * 3_600_000, zone);
    if (at <= now) return at;
  }
}

/** When one is due next after that. */
export function digestAfter(pace: Exclude<DigestPace, "never">, zone: Zone, due: number): number {
  const days = pace === "weekly" ? 7 : 1;
  // In the middle of the day, whatever the clocks do.
  return digestBefore(pace, zone, due + days * DAY + 6 * 3_600_000);
}

/** Title and text. */
export function digestText(facts: DigestFacts, setting: Setting): { title: string; text: string } {
  const { now, zone, name } = setting;
  const needs = facts.jobs.filter(({ well }) => !well);
  const safe = facts.jobs.filter(({ well, state }) => well && SAFE.includes(state)).length;
  const others = facts.jobs.filter(({ well, state }) => well && !SAFE.includes(state));
  const when = facts.pace === "weekly" ? `Week ${weekOf(now, zone)}` : dayText(now, zone);
  const asked = needs.length === 0
    ? "nobody needs you"
    : `${needs.length} need${needs.length === 1 ? "s" : ""} you`;
  const lines = needs.slice(0, MOST_NAMED).map(({ job, state, since, cause, brief }) => {
    const why = brief ?? (cause === null ? null : firstClause(cause));
    const span = since === null ? "" : ` since ${timeText(since, now, zone)}`;
    return `- ${job}: ${state}${span}${why === null ? "" : `: ${withTimes(plainText(why), now, zone)}`}`;
  });
  if (needs.length > MOST_NAMED) {
    lines.push(`- and ${needs.length - MOST_NAMED} more: see \`schelly status\``);
  }
  if (others.length > 0) {
    const named = others.slice(0, MOST_NAMED).map(({ job, state }) =>
      `${job} (${state === "never" ? "no backup yet" : state})`
    );
    const more = others.length > MOST_NAMED ? ` and ${others.length - MOST_NAMED} more` : "";
    lines.push(`Not under way: ${named.join(", ")}${more}.`);
  }
  lines.push(`${counted(facts.made, "backup")} made, ${facts.failed} failed, ${facts.deleted} deleted.`);
  lines.push(...plannedLines(facts, setting));
  return {
    title: `[${name}] ${when}: ${safe} of ${counted(facts.jobs.length, "job")} safe, ${asked}`,
    text: lines.join("\n"),
  };
}

function plannedLines({ planned, unasked, freeze, until }: DigestFacts, { now, zone }: Setting): string[] {
  if (freeze !== null) return [freezeLine(freeze, now, zone)];
  const going = planned.filter(({ count }) => (count ?? 0) > 0).sort((one, other) =>
    other.count! - one.count!
  );
  const unknown = planned.filter(({ count }) => count === null).length + unasked;
  const end = dayTimeText(until, now, zone);
  const lines: string[] = [];
  if (going.length > 0) {
    const all = going.reduce((sum, { count }) => sum + count!, 0);
    const named = going.slice(0, MOST_NAMED).map(({ job, count }) => `${job} ${count}`);
    const more = going.length > MOST_NAMED ? ", …" : "";
    lines.push(
      `About ${counted(all, "backup")} will be deleted until ${end}: ${named.join(", ")}${more}.`,
      "`schelly backups hold ID --reason …` keeps one, `schelly freeze` all; `schelly forecast JOB` shows what stays.",
    );
  } else if (unknown === 0) lines.push(`Nothing will be deleted until ${end}.`);
  if (unknown > 0) {
    lines.push(
      `What goes of ${counted(unknown, "job")} could not be foreseen: see \`schelly forecast JOB\`.`,
    );
  }
  return lines;
}

/** Told in each digest for as long as it stands: it may have been forgotten, and storage fills meanwhile. */
function freezeLine({ at, until, owner, reason }: Freeze, now: number, zone: Zone): string {
  const since = dateText(at, now, zone);
  return until === null
    ? `Nothing is deleted: freeze since ${since} by ${owner} (${reason}), until \`schelly unfreeze\`.`
    : `Nothing is deleted: freeze since ${since} by ${owner} (${reason}), until ${
      dayTimeText(until, now, zone)
    }.`;
}

function dayText(now: number, zone: Zone): string {
  return dayTimeText(now, now, zone).slice(0, 3);
}

/** The week of the ISO calendar that an instant lies in. */
function weekOf(at: number, zone: Zone): number {
  const day = Math.floor((at + zone.spanAt(at).offset) / DAY);
  // Day 0 was a Thursday, which also names the year of its week.
  const thursday = day + 3 - (day + 3) % 7;
  const { year } = dateOfDay(thursday);
  let first = thursday;
  while (dateOfDay(first - 7).year === year) first -= 7;
  return (thursday - first) / 7 + 1;
}

/** The instant at which the clock of the zone shows this, given as if it were UTC. */
function instantOf(local: number, zone: Zone): number {
  const near = local - zone.spanAt(local).offset;
  return local - zone.spanAt(near).offset;
}
