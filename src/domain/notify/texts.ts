// What a message says: job, what, since when, the provider's words, what to do, a link.

import { plainText } from "../plain_text.ts";
import { adviceOn } from "../known_cause.ts";
import { causeFirst, shortCause } from "../short_cause.ts";
import { goodText } from "./good_text.ts";
import { leftText } from "./left_text.ts";
import type { Draft, NewsItem } from "./look.ts";
import { manyText } from "./many_text.ts";
import {
  briefBad,
  inBrackets,
  type JobDetails,
  lastGoodText,
  linkTo,
  type MessageText,
  quoted,
  sentence,
  type Setting,
  stateTitle,
  toldThen,
  wasBad,
  wasText,
  whyBad,
  WITHOUT_BACKUP,
} from "./phrases.ts";
import { formerWords } from "./track.ts";
import { dayTimeText, type Gap, gapText, spanText, timeText, withTimes } from "./words.ts";

/**
 * The text of a message. `details` are those of the job where there is one alone; `gaps`: which slots have no good backup,
 * of jobs that are good again.
 */
export function textOf(
  { news, items }: Draft,
  details: JobDetails | null,
  setting: Setting,
  gaps: ReadonlyMap<string, Gap> = new Map(),
): MessageText {
  const draft = { news, items: items.map((item) => withTimesOf(item, setting)) };
  const [item] = draft.items;
  if (news === "left") return leftText(draft.items, setting);
  if (draft.items.length > 1 || details === null) return manyText(draft, setting, gaps);
  const link = linkTo(setting, item!.look.job);
  const [title, text] = ONE[news](item!, details, setting, gaps.get(item!.look.job));
  return { title: `[${setting.name}] ${item!.look.job}: ${title}`, text, link };
}

/** The item with causes that people can read. */
function withTimesOf(item: NewsItem, { now, zone }: Setting): NewsItem {
  const { cause, remedy, words, brief } = item.look;
  // Programs may write what steers a terminal, which is where some messages end.
  const read = (text: string | null) => text === null ? null : withTimes(plainText(text), now, zone);
  const { spell, lastBad } = item;
  return {
    ...item,
    look: { ...item.look, cause: read(cause), remedy: read(remedy), words: read(words), brief: read(brief) },
    spell: spell === null ? null : { ...spell, words: read(spell.words ?? null) },
    ...(lastBad === undefined ? {} : {
      lastBad: {
        ...lastBad,
        cause: read(lastBad.cause),
        words: read(lastBad.words),
        brief: read(lastBad.brief ?? null),
      },
    }),
  };
}

type OneText = (
  item: NewsItem,
  details: JobDetails,
  setting: Setting,
  gap: Gap | undefined,
) => [title: string, text: string];

const ONE: Record<Exclude<Draft["news"], "left">, OneText> = {
  bad: badText,
  again: (item, details, setting) => {
    const [title, text] = badText(item, details, setting);
    return [stillTitle(title), text];
  },
  good: goodText,
  passed({ look, spell, lastBad }, details, setting, gap) {
    const { now, zone } = setting;
    const { since, healedAt, state } = spell!;
    const span = `from ${timeText(since, now, zone)} to ${timeText(healedAt!, now, zone)}`;
    const why = whyBad(look, lastBad);
    const said = why === null ? "" : `It was ${quoted(why)}. `;
    const lacks = gap === undefined ? "" : `${gapText(gap, now, zone)} `;
    return [
      `${wasBad(state)} ${span} and is well again${inBrackets(briefBad(look, lastBad))}`,
      `${said}${lastGoodText(look, details, setting)} ${lacks}Nothing to do.`,
    ];
  },
  flapping({ look, lastBad, changes }, details, setting) {
    const why = whyBad(look, lastBad);
    const said = why === null ? "" : `: ${quoted(why)}`;
    const cause = look.well
      ? `It is well just now, and was ${lastBad?.state ?? "bad"} before${said}.`
      : `Just now it is ${look.state}${said}.`;
    const advice = why === null ? "" : `${adviceOn(why, look.job)}. `;
    return [
      `fails and heals${inBrackets(briefBad(look, lastBad))}, ${changes} changes in a day`,
      `${cause} ${
        lastGoodText(look, details, setting)
      }\n${advice}See 'schelly runs list --job ${look.job}'. ${toldThen("it has")}`,
    ];
  },
  steady({ look, lastBad, changes }, details, setting) {
    const why = whyBad(look, lastBad);
    const said = why === null ? "" : `, last with ${quoted(why)}`;
    return [
      "well and steady again",
      `It failed and healed, ${changes} changes in a day${said}, and has been well since. ` +
      `${lastGoodText(look, details, setting)} Nothing to do.`,
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

function badText(item: NewsItem, details: JobDetails, setting: Setting): [title: string, text: string] {
  const { look, spell } = item;
  const { now, zone } = setting;
  const next = details.nextSlot === null
    ? "No slot is to come."
    : `By itself: ${dayTimeText(details.nextSlot, now, zone)}.`;
  if (!WITHOUT_BACKUP.includes(look.state)) {
    const since = `Since ${timeText(spell?.since ?? now, now, zone)}.`;
    return [
      `${stateTitle(look)}${inBrackets(briefBad(look, undefined))}`,
      `${sentence(look.cause ?? "")} ${since}\n${sentence(look.remedy ?? "see 'schelly status'")}`,
    ];
  }
  const words = look.words ?? details.failures[0]?.words ?? null;
  const brief = look.brief ?? (words === null ? look.state : shortCause(words));
  const cause = `${brief}${wasText(formerWords(look, spell))}`;
  const good = look.lastSuccessAt;
  const isRecent = good !== null && details.expectedMs !== null && now - good < details.expectedMs;
  const title = good === null
    ? `no backup at all (${cause})`
    : isRecent
    ? `its backup failed (${cause})`
    : `no backup for ${spanText(now - good)} (${cause})`;
  const advice = words === null
    ? `${sentence(look.remedy ?? "see 'schelly status'")} ${next}`
    : `${adviceOn(words, look.job)}, then \`schelly jobs trigger ${look.job}\`. ${next}`;
  return [title, `${lastGoodText(look, details, setting)} ${saidText(look, details, setting)}\n${advice}`];
}

/** How it failed, and what is said now where that is another thing. */
function saidText({ state, words, cause }: NewsItem["look"], details: JobDetails, setting: Setting): string {
  const failed = failureText(details, setting);
  if (words !== null) {
    if (failed === null) return `It said: ${quoted(causeFirst(words))}.`;
    return details.failures[0]!.words === words ? failed : `${failed} Now: ${quoted(causeFirst(words))}.`;
  }
  return failed !== null && (state === "failing" || details.failures[0]!.words !== null)
    ? failed
    : [...failed === null ? [] : [failed], sentence(cause ?? "")].join(" ");
}

function failureText({ failures, more }: JobDetails, { now, zone }: Setting): string | null {
  const [last] = failures;
  if (last === undefined) return null;
  const words = last.words === null ? "." : `: ${quoted(causeFirst(last.words))}.`;
  const when = timeText(last.at, now, zone);
  if (failures.length === 1 && !more) return `Failed ${when}${words}`;
  return `Failed ${failures.length}${more ? " times or more" : " times"}, last ${when}${words}`;
}
