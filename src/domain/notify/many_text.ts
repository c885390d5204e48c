// One text of several jobs: a provider that is down is one message, however many jobs it has.

import { adviceOn } from "../known_cause.ts";
import type { Draft, NewsItem } from "./look.ts";
import {
  briefBad,
  inBrackets,
  type MessageText,
  quoted,
  type Setting,
  stateTitle,
  toldThen,
  wasText,
  whyBad,
  WITHOUT_BACKUP,
} from "./phrases.ts";
import { formerWords } from "./track.ts";
import { type Gap, gapText, type MissedSlots, spanText, timeText } from "./words.ts";

/** So many jobs of a message are named. */
const MOST_NAMED = 20;

/** Of several jobs in one message, or of one of which nothing more is known. */
export function manyText(
  { news, items }: Draft,
  setting: Setting,
  gaps: ReadonlyMap<string, Gap>,
): MessageText {
  const { now, name } = setting;
  const providers = new Set(items.map(({ look }) => look.provider));
  const at = providers.size === 1 ? ` of ${[...providers][0]}` : "";
  const first = items[0]!;
  const who = items.length === 1 ? first.look.job : `${items.length} jobs${at}`;
  const named = items.slice(0, MOST_NAMED).map(({ look, spell }) => {
    const since = news === "bad" || news === "again"
      ? lastOf(look.lastSuccessAt, now)
      : agoOf(spell?.since, now);
    return since === "" ? look.job : `${look.job} (${since})`;
  });
  const rest = items.length > MOST_NAMED ? ` and ${items.length - MOST_NAMED} more` : "";
  const lines = [`${named.join(", ")}${rest}.`, ...linesOf(news, items, setting, gaps)];
  return {
    title: `[${name}] ${who}: ${titleOf(news, first)}`,
    text: lines.join("\n"),
    link: setting.publicUrl,
  };
}

/** What is so, and what to do. */
function linesOf(
  news: Draft["news"],
  items: readonly NewsItem[],
  setting: Setting,
  gaps: ReadonlyMap<string, Gap>,
): string[] {
  const { now, zone } = setting;
  const { look, lastBad, spell } = items[0]!;
  const words = whyBad(look, lastBad) ?? "";
  if (news === "bad" || news === "again") {
    const since = timeText(spell?.since ?? now, now, zone);
    return [
      ...words === "" ? [] : [`${quoted(words)}, since ${since}.`],
      `${adviceOn(words)}; each tries again by itself. See \`schelly status\`.`,
    ];
  }
  const bad = items.filter(({ look }) => !look.well).length;
  if (news === "flapping") {
    const said = words === "" ? "" : `, and they failed last with ${quoted(words)}`;
    const well = bad === 0
      ? "All are"
      : bad === items.length
      ? "None is"
      : `${items.length - bad} of them are`;
    return [
      `${well} well just now${said}.`,
      `${words === "" ? "" : `${adviceOn(words)}. `}See \`schelly status\`. ${toldThen("they have")}`,
    ];
  }
  const suspects = items.reduce((sum, { look }) => sum + (look.suspects ?? 0), 0);
  const rest = [
    ...bad === 0
      ? []
      : [`${bad} of them ${bad === 1 ? "is" : "are"} not well in another way: see \`schelly status\`.`],
    ...suspects === 0 ? [] : [
      `${suspects} suspect ${suspects === 1 ? "backup waits" : "backups wait"} for you to accept ` +
      "or reject: `schelly backups list --status suspect`.",
    ],
  ];
  return [...gapsOf(items, gaps, setting), ...rest.length === 0 ? ["Nothing to do."] : rest];
}

/** What they lack in all. */
function gapsOf(
  items: readonly NewsItem[],
  gaps: ReadonlyMap<string, Gap>,
  { now, zone }: Setting,
): string[] {
  const all = items.flatMap(({ look }) => gaps.get(look.job) ?? []);
  const gap = {
    missed: sumOf(all.flatMap(({ missed }) => missed ?? [])),
    unsound: sumOf(all.flatMap(({ unsound }) => unsound ?? [])),
  };
  return gap.missed === null && gap.unsound === null ? [] : [gapText(gap, now, zone)];
}

function sumOf(all: readonly MissedSlots[]): MissedSlots | null {
  if (all.length === 0) return null;
  return {
    count: all.some((one) => one.count === null) ? null : all.reduce((sum, one) => sum + one.count!, 0),
    first: Math.min(...all.map((one) => one.first)),
    last: Math.max(...all.map((one) => one.last)),
  };
}

function titleOf(news: Draft["news"], { look, spell, lastBad }: NewsItem): string {
  const brief = briefBad(look, lastBad);
  switch (news) {
    case "bad":
    case "again": {
      const what = WITHOUT_BACKUP.includes(look.state) ? "no backup" : stateTitle(look).replace(/^its /, "");
      const cause = brief === null ? "" : ` (${brief}${wasText(formerWords(look, spell))})`;
      return `${news === "again" ? "still " : ""}${what}${cause}`;
    }
    case "good":
      return "well again";
    case "passed":
      return `were not well in quiet hours, and are again${inBrackets(brief)}`;
    case "flapping":
      return `fail and heal${inBrackets(brief)}`;
    case "steady":
      return "well and steady again";
    case "left":
      return "not to run any more";
  }
}

function lastOf(lastSuccessAt: number | null, now: number): string {
  return lastSuccessAt === null ? "never" : spanText(now - lastSuccessAt);
}

function agoOf(since: number | undefined, now: number): string {
  return since === undefined ? "" : spanText(now - since);
}
