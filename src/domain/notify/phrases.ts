// What the texts of all messages are put together from: what is known for them, and phrases that several of them say.

import type { Zone } from "../calendar/zone.ts";
import type { HealthState } from "../health.ts";
import { firstClause, shortCause } from "../short_cause.ts";
import type { NewsItem } from "./look.ts";
import { dayTimeText, sizeWords } from "./words.ts";

/** What is known of a job beside its health, for a message about it alone. Instants are UTC ms. */
export interface JobDetails {
  /** Of its newest sound backup; null where it is not known. */
  sizeMb: number | null;
  /** Of those before it, newest first. */
  pastSizes: readonly number[];
  /** Since its last success, newest first. */
  failures: readonly { at: number; words: string | null }[];
  /** There may be more failures than these. */
  more: boolean;
  nextSlot: number | null;
  /** How long it may rightly go without a success (ms); null where that has no end. */
  expectedMs: number | null;
}

/** What all messages of one installation share. */
export interface Setting {
  /** What begins each title, in brackets. */
  name: string;
  zone: Zone;
  now: number;
  /** What links begin with; null: there are none. */
  publicUrl: string | null;
}

export interface MessageText {
  /** One line. */
  title: string;
  text: string;
  /** Null for none. */
  link: string | null;
}

/** What is so of a job in that state, as a title says it. */
const STATE_TITLES: Record<HealthState, string> = {
  failing: "its backups fail",
  never: "no backup yet",
  late: "its backup is late",
  suspect: "a backup is suspect",
  guarded: "its deletions are stopped",
  stuck: "its deletions find no way",
  waiting: "its start waits for its provider",
  unproved: "it is not proved that it can be restored",
  paused: "paused",
  running: "under way",
  outside: "outside its dates",
  disabled: "disabled",
  unmanaged: "not in the configuration",
  ok: "well",
};

/** The same of a time that is over. */
const STATE_WAS: Partial<Record<HealthState, string>> = {
  failing: "failed",
  never: "had no backup",
  late: "was late",
  suspect: "had a suspect backup",
  guarded: "had its deletions stopped",
  stuck: "could not delete",
  waiting: "waited for its provider",
  unproved: "was not proved",
};

/** `failed`: how it was. */
export function wasBad(state: HealthState): string {
  return STATE_WAS[state] ?? `was ${state}`;
}

/** Those that mean that there is no new backup. */
export const WITHOUT_BACKUP: readonly HealthState[] = ["failing", "never", "late"];

/** What is so of it, without the cause. */
export function stateTitle({ state, proofFailed, isMissing }: NewsItem["look"]): string {
  return proofFailed
    ? "a backup cannot be restored"
    : isMissing
    ? "backups are missing"
    : STATE_TITLES[state];
}

/** What it is, or was last, that makes it bad, in full. */
export function whyBad(look: NewsItem["look"], lastBad: NewsItem["lastBad"]): string | null {
  const bad = look.well ? lastBad : look;
  return bad?.words ?? bad?.cause ?? lastBad?.words ?? lastBad?.cause ?? null;
}

/** The same in a few words. */
export function briefBad(look: NewsItem["look"], lastBad: NewsItem["lastBad"]): string | null {
  return (look.well ? null : briefOf(look)) ?? briefOf(lastBad);
}

/** What an earlier version wrote has no cause in short. */
function briefOf(bad: NewsItem["lastBad"]): string | null {
  if (bad === undefined) return null;
  if (bad.brief) return bad.brief;
  return bad.words !== null ? shortCause(bad.words) : bad.cause !== null ? firstClause(bad.cause) : null;
}

/** ` (connection refused)`; nothing for null. */
export function inBrackets(brief: string | null): string {
  return brief === null ? "" : ` (${brief})`;
}

/** `, was connection refused`. */
export function wasText(former: string | undefined): string {
  return former === undefined ? "" : `, was ${shortCause(former)}`;
}

/** `who`: `it has`. */
export const toldThen = (who: string): string =>
  `You are told once ${who} stayed well, or bad, for two hours.`;

/** `Last good Mon 02:00, 1.2 GB, kept.` */
export function lastGoodText(
  { lastSuccessAt }: NewsItem["look"],
  details: Pick<JobDetails, "sizeMb">,
  { now, zone }: Setting,
): string {
  return lastSuccessAt === null
    ? "There is no good backup."
    : `Last good ${goodWords(lastSuccessAt, details, now, zone)}, kept.`;
}

/** `Mon 02:00, 1.2 GB`. */
export function goodWords(
  at: number,
  { sizeMb }: Pick<JobDetails, "sizeMb">,
  now: number,
  zone: Zone,
): string {
  return `${dayTimeText(at, now, zone)}${sizeMb === null ? "" : `, ${sizeWords(sizeMb)}`}`;
}

/** The address of the page of a job; null where there is none. */
export function linkTo({ publicUrl }: Setting, job: string): string | null {
  return publicUrl === null ? null : `${publicUrl}/ui/jobs/${encodeURIComponent(job)}`;
}

/** On one line, not too long, in quotes. */
export function quoted(words: string): string {
  const line = words.replace(/\s+/g, " ").trim();
  return `"${line.length > 300 ? `${line.slice(0, 299)}…` : line}"`;
}

/** With a great letter and a full stop. */
export function sentence(text: string): string {
  if (text === "") return "";
  return `${text[0]!.toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? "" : "."}`;
}

/** What is still to be done about suspects; undefined where nothing is. */
export function suspectsText(count: number, job: string): string | undefined {
  if (count === 0) return undefined;
  const are = count === 1 ? "1 suspect backup waits" : `${count} suspect backups wait`;
  return `${are} for you to accept or reject: \`schelly backups list --job ${job} --suspect\`.`;
}
