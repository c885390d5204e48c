// What is told of jobs that were bad and are not to run any more: who waits for their end is told that no more comes.

import type { HealthState } from "../health.ts";
import type { NewsItem } from "./look.ts";
import { inBrackets, linkTo, type MessageText, type Setting, wasBad } from "./phrases.ts";
import { timeText } from "./words.ts";

const HOW: Partial<Record<HealthState, string>> = {
  unmanaged: "taken out of the configuration",
  disabled: "disabled",
  outside: "not to run by its dates",
};

const MOST_NAMED = 20;

/** All of them are at rest in the same way. */
export function leftText(items: readonly NewsItem[], setting: Setting): MessageText {
  const { name, now, zone, publicUrl } = setting;
  const [first] = items;
  const how = HOW[first!.look.state] ?? first!.look.state;
  const stay = "No more is told of that. Backups that it has stay as they are.";
  if (items.length === 1) {
    const { look, spell, lastBad } = first!;
    const since = timeText(spell?.since ?? now, now, zone);
    const good = look.lastSuccessAt === null
      ? "There is no good backup."
      : `Last good ${timeText(look.lastSuccessAt, now, zone)}.`;
    const was = `${wasBad(spell?.state ?? "failing")}${inBrackets(lastBad?.brief ?? null)}`;
    return {
      title: `[${name}] ${look.job}: ${how}, and ${was}`,
      text: `It ${was} since ${since}. ${good} ${stay}`,
      link: linkTo(setting, look.job),
    };
  }
  const named = items.slice(0, MOST_NAMED).map(({ look, spell }) =>
    `${look.job} (${wasBad(spell?.state ?? "failing")})`
  );
  const more = items.length > MOST_NAMED ? ` and ${items.length - MOST_NAMED} more` : "";
  return {
    title: `[${name}] ${items.length} jobs: ${how.replace("its dates", "their dates")}, and were not well`,
    text: `${named.join(", ")}${more}.\n${stay.replace("it has", "they have")}`,
    link: publicUrl,
  };
}
