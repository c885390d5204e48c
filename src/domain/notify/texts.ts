// What a message says: job, what, since when, the provider's words, what to do, a link.

import type { Zone } from "../calendar/zone.ts";
import type { HealthState } from "../health.ts";
import { plainText } from "../plain_text.ts";
import { adviceOn } from "../known_cause.ts";
import { shortCause } from "../short_cause.ts";
import type { Draft, NewsItem } from "./look.ts";
import { formerWords } from "./track.ts";
import {
  daysBetween,
  dayTimeText,
  type MissedSlots,
  missedText,
  sizeJudgement,
  sizeWords,
  spanText,
  timeText,
  withTimes,
} from "./words.ts";

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

interface MessageText {
  /** One line. */
  title: string;
  text: string;
  /** Null for none. */
  link: string | null;
}

/** So many jobs of a message are named. */
const MOST_NAMED = 20;
/** A job that comes daily is told by its days: its interval, with the grace time. */
const ABOUT_A_DAY = 79_200_000;
const DAY_AND_A_BIT = 93_600_000;

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

/** Those that mean that there is no new backup. */
const WITHOUT_BACKUP: readonly HealthState[] = ["failing", "never", "late"];

/**
 * The text of a message. `details` are those of the job where there is one alone; `missed`: which slots have no backup, of
 * jobs that are good again.
 */
export function textOf(
  { news, items }: Draft,
  details: JobDetails | null,
  setting: Setting,
  missed: ReadonlyMap<string, MissedSlots> = new Map(),
): MessageText {
  const draft = { news, items: items.map((item) => withTimesOf(item, setting)) };
  const [item] = draft.items;
  if (draft.items.length > 1 || details === null) return manyText(draft, setting, missed);
  const link = linkTo(setting, item!.look.job);
  const [title, text] = ONE[draft.news](item!, details, setting, missed.get(item!.look.job));
  return { title: `[${setting.name}] ${item!.look.job}: ${title}`, text, link };
}

/** The item with causes that people can read. */
function withTimesOf(item: NewsItem, { now, zone }: Setting): NewsItem {
  const { cause, remedy, words } = item.look;
  // Programs may write what steers a terminal, which is where some messages end.
  const read = (text: string | null) => text === null ? null : withTimes(plainText(text), now, zone);
  const { spell, lastBad } = item;
  return {
    ...item,
    look: { ...item.look, cause: read(cause), remedy: read(remedy), words: read(words) },
    spell: spell === null ? null : { ...spell, words: read(spell.words ?? null) },
    ...(lastBad === undefined
      ? {}
      : { lastBad: { ...lastBad, cause: read(lastBad.cause), words: read(lastBad.words) } }),
  };
}

type OneText = (
  item: NewsItem,
  details: JobDetails,
  setting: Setting,
  missed: MissedSlots | undefined,
) => [title: string, text: string];

const ONE: Record<Draft["news"], OneText> = {
  bad: badText,
  again: (item, details, setting) => {
    const [title, text] = badText(item, details, setting);
    return [stillTitle(title), text];
  },
  good: goodText,
  passed({ look, spell }, _, { now, zone }) {
    const { since, healedAt, state } = spell!;
    const span = `from ${timeText(since, now, zone)} to ${timeText(healedAt!, now, zone)}`;
    const cause = look.cause === null ? "" : ` ${sentence(look.cause)}`;
    return [`was ${state} ${span} and is well again`, `Nothing to do.${cause}`];
  },
  flapping({ look, lastBad, changes }, details, { now, zone }) {
    const why = whyBad(look, lastBad);
    const said = why === null ? "" : `: ${quoted(why)}`;
    const cause = look.well
      ? `It is well just now, and was ${lastBad?.state ?? "bad"} before${said}.`
      : `Just now it is ${look.state}${said}.`;
    const advice = why === null ? "" : `${adviceOn(why, look.job)}. `;
    return [
      `fails and heals${inShort(why)}, ${changes} changes in a day`,
      `${cause} ${
        lastGoodText(look, details, now, zone)
      }\n${advice}See 'schelly runs list --job ${look.job}'. ${toldThen("it has")}`,
    ];
  },
  steady({ look, lastBad, changes }, details, { now, zone }) {
    const why = whyBad(look, lastBad);
    const said = why === null ? "" : `, last with ${quoted(why)}`;
    return [
      "well and steady again",
      `It failed and healed, ${changes} changes in a day${said}, and has been well since. ` +
      `${lastGoodText(look, details, now, zone)} Nothing to do.`,
    ];
  },
};

/** That it still is so. */
function stillTitle(title: string): string {
  if (title.startsWith("no ")) return `still ${title}`;
  if (title.startsWith("its backup failed")) return title.replace("failed", "still fails");
  return /^[^(]*\b(is|are)\b/.test(title)
    ? title.replace(/\b(is|are)\b/, "$1 still")
    : title.replace(/\b(cannot|find|waits)\b/, "still $1");
}

/** `who`: `it has`. */
const toldThen = (who: string) => `You are told once ${who} stayed well, or bad, for two hours.`;

/** What it is, or was last, that makes it bad. */
function whyBad(look: NewsItem["look"], lastBad: NewsItem["lastBad"]): string | null {
  const bad = look.well ? lastBad : look;
  return bad?.words ?? bad?.cause ?? lastBad?.words ?? lastBad?.cause ?? null;
}

/** ` (connection refused)`. */
function inShort(words: string | null): string {
  return words === null ? "" : ` (${shortCause(words)})`;
}

function lastGoodText(
  { lastSuccessAt }: NewsItem["look"],
  details: JobDetails,
  now: number,
  zone: Zone,
): string {
  return lastSuccessAt === null
    ? "There is no good backup."
    : `Last good ${goodWords(lastSuccessAt, details, now, zone)}, kept.`;
}

function badText(
  { look, spell }: NewsItem,
  details: JobDetails,
  { now, zone }: Setting,
): [title: string, text: string] {
  const next = details.nextSlot === null
    ? "No slot is to come."
    : `By itself: ${dayTimeText(details.nextSlot, now, zone)}.`;
  if (!WITHOUT_BACKUP.includes(look.state)) {
    const what = look.proofFailed ? "a backup cannot be restored" : STATE_TITLES[look.state];
    const since = `Since ${timeText(spell?.since ?? now, now, zone)}.`;
    return [
      `${what}${inShort(look.cause?.replace(/ \(guard \w+\)$/, "") ?? null)}`,
      `${sentence(look.cause ?? "")} ${since}\n${sentence(look.remedy ?? "see 'schelly status'")}`,
    ];
  }
  const words = look.words ?? details.failures[0]?.words ?? null;
  const former = formerWords(look, spell);
  const cause = `${words === null ? look.state : shortCause(words)}${wasText(former)}`;
  const good = look.lastSuccessAt;
  const isRecent = good !== null && details.expectedMs !== null && now - good < details.expectedMs;
  const title = good === null
    ? `no backup at all (${cause})`
    : isRecent
    ? `its backup failed (${cause})`
    : `no backup for ${spanText(now - good)} (${cause})`;
  const last = lastGoodText(look, details, now, zone);
  const failed = failureText(details, now, zone) ??
    (look.state === "failing" || words !== null ? null : sentence(look.cause ?? ""));
  const advice = words === null
    ? `${sentence(look.remedy ?? "see 'schelly status'")} ${next}`
    : `${adviceOn(words, look.job)}, then \`schelly jobs trigger ${look.job}\`. ${next}`;
  const said = failed ?? (words === null ? sentence(look.cause ?? "") : `It said: ${quoted(words)}.`);
  return [title, `${last} ${said}\n${advice}`];
}

function goodText(
  { look, spell }: NewsItem,
  details: JobDetails,
  { now, zone }: Setting,
  missed: MissedSlots | undefined,
): [title: string, text: string] {
  const before = spell!.lastGoodAt;
  const good = look.lastSuccessAt;
  const rest = look.well
    ? "Nothing to do."
    : `It is ${look.state} now: ${sentence(look.cause ?? "see 'schelly status'")}`;
  if (good === null || (before !== null && good <= before)) {
    return [
      `well again after ${spanText(now - spell!.since)}`,
      `It was ${spell!.state} since ${timeText(spell!.since, now, zone)}. ${rest}`,
    ];
  }
  const isDaily = details.expectedMs !== null && details.expectedMs >= ABOUT_A_DAY &&
    details.expectedMs <= DAY_AND_A_BIT;
  const days = before === null || !isDaily ? null : daysBetween(before, good, zone);
  const judgement = sizeJudgement(details.sizeMb, details.pastSizes);
  const parts = [
    `${[goodWords(good, details, now, zone), ...judgement === null ? [] : [judgement]].join(", ")}.`,
    ...days === null
      ? missed === undefined ? [] : [`${missedText(missed, now, zone)}.`]
      : [`${days} no backup.`],
    rest,
  ];
  const after = before === null ? "" : ` after ${spanText(good - before)}`;
  return [before === null ? "has a good backup" : `backed up again${after}`, parts.join(" ")];
}

/** `Mon 02:00, 1.2 GB`. */
function goodWords(at: number, { sizeMb }: JobDetails, now: number, zone: Zone): string {
  return `${dayTimeText(at, now, zone)}${sizeMb === null ? "" : `, ${sizeWords(sizeMb)}`}`;
}

function failureText({ failures, more }: JobDetails, now: number, zone: Zone): string | null {
  const [last] = failures;
  if (last === undefined) return null;
  const words = last.words === null ? "." : `: ${quoted(last.words)}.`;
  const when = timeText(last.at, now, zone);
  if (failures.length === 1 && !more) return `Failed ${when}${words}`;
  return `Failed ${failures.length}${more ? " times or more" : " times"}, last ${when}${words}`;
}

/** `, was connection refused`. */
function wasText(former: string | undefined): string {
  return former === undefined ? "" : `, was ${shortCause(former)}`;
}

/** Of several jobs in one message. */
function manyText(
  { news, items }: Draft,
  setting: Setting,
  missed: ReadonlyMap<string, MissedSlots>,
): MessageText {
  const { now, zone, name } = setting;
  const providers = new Set(items.map(({ look }) => look.provider));
  const at = providers.size === 1 ? ` of ${[...providers][0]}` : "";
  const first = items[0]!;
  const words = whyBad(first.look, first.lastBad) ?? "";
  const title = `[${name}] ${items.length} jobs${at}: ${manyTitle(news, first, words)}`;
  const named = items.slice(0, MOST_NAMED).map(({ look, spell }) => {
    const since = news === "bad" || news === "again"
      ? lastOf(look.lastSuccessAt, now)
      : agoOf(spell?.since, now);
    return since === "" ? look.job : `${look.job} (${since})`;
  });
  const rest = items.length > MOST_NAMED ? ` and ${items.length - MOST_NAMED} more` : "";
  const lines = [`${named.join(", ")}${rest}.`];
  if (news === "bad" || news === "again") {
    if (words !== "") {
      lines.push(`${quoted(words)}, since ${timeText(first.spell?.since ?? now, now, zone)}.`);
    }
    lines.push(`${adviceOn(words)}; each tries again by itself. See \`schelly status\`.`);
  } else if (news === "flapping") {
    const bad = items.filter(({ look }) => !look.well).length;
    const said = words === "" ? "" : `, and they failed last with ${quoted(words)}`;
    const well = bad === 0
      ? "All are"
      : bad === items.length
      ? "None is"
      : `${items.length - bad} of them are`;
    lines.push(`${well} well just now${said}.`);
    lines.push(
      `${words === "" ? "" : `${adviceOn(words)}. `}See \`schelly status\`. ${toldThen("they have")}`,
    );
  } else {
    lines.push(...missedOfMany(items, missed, setting));
    lines.push("Nothing to do.");
  }
  return { title, text: lines.join("\n"), link: setting.publicUrl };
}

/** What they have no backup of in all, in one sentence. */
function missedOfMany(
  items: readonly NewsItem[],
  missed: ReadonlyMap<string, MissedSlots>,
  { now, zone }: Setting,
): string[] {
  const all = items.flatMap(({ look }) => missed.get(look.job) ?? []);
  if (all.length === 0) return [];
  const count = all.some((one) => one.count === null) ? null : all.reduce((sum, one) => sum + one.count!, 0);
  const first = Math.min(...all.map((one) => one.first));
  const last = Math.max(...all.map((one) => one.last));
  return [`${missedText({ count, first, last }, now, zone)}.`];
}

function manyTitle(news: Draft["news"], { look, spell }: NewsItem, words: string): string {
  switch (news) {
    case "bad":
    case "again": {
      const what = WITHOUT_BACKUP.includes(look.state)
        ? "no backup"
        : STATE_TITLES[look.state].replace(/^its /, "");
      const cause = words === "" ? "" : ` (${shortCause(words)}${wasText(formerWords(look, spell))})`;
      return `${news === "again" ? "still " : ""}${what}${cause}`;
    }
    case "good":
      return "well again";
    case "passed":
      return "were not well in quiet hours, and are again";
    case "flapping":
      return `fail and heal${words === "" ? "" : ` (${shortCause(words)})`}`;
    case "steady":
      return "well and steady again";
  }
}

function lastOf(lastSuccessAt: number | null, now: number): string {
  return lastSuccessAt === null ? "never" : spanText(now - lastSuccessAt);
}

function agoOf(since: number | undefined, now: number): string {
  return since === undefined ? "" : spanText(now - since);
}

function linkTo({ publicUrl }: Setting, job: string): string | null {
  return publicUrl === null ? null : `${publicUrl}/ui/jobs/${encodeURIComponent(job)}`;
}

function quoted(words: string): string {
  const line = words.replace(/\s+/g, " ").trim();
  return `"${line.length > 300 ? `${line.slice(0, 299)}…` : line}"`;
}

/** With a great letter and a full stop. */
function sentence(text: string): string {
  if (text === "") return "";
  return `${text[0]!.toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? "" : "."}`;
}
