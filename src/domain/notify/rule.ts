// What a channel is told of which jobs, and when: rules as the configuration gives them.

import { DAY } from "../duration.ts";
import { UNWELL_STATES } from "../health.ts";

/**
 * Words of health that a channel may be told of, the worst first; `verification_failed`: a backup cannot be restored, which
 * health calls guarded or suspect; `recovered`: the end of what was told; `deletion_planned`: deletions that are to come.
 */
export const TOLD_WORDS = [...UNWELL_STATES, "verification_failed", "recovered", "deletion_planned"] as const;
type ToldWord = (typeof TOLD_WORDS)[number];

/** What is told where a rule says nothing: `waiting` heals by itself or becomes `late`, and most deletions are routine. */
export const USUAL_WORDS: readonly ToldWord[] = TOLD_WORDS.filter((word) =>
  word !== "waiting" && word !== "deletion_planned"
);

/** Minutes of the day; `from` after `to` spans midnight. */
interface QuietHours {
  from: number;
  to: number;
}

/** How often a channel gets a digest. */
export type DigestPace = "daily" | "weekly" | "never";

export interface NotifyRule {
  /** Names of channels. */
  to: readonly string[];
  on: readonly ToldWord[];
  /** Patterns of names: `*` stands for any text, `?` for one character. */
  jobs: readonly string[];
  /** After how long what is still wrong is told again; null: never. */
  repeatMs: number | null;
  quiet: QuietHours | null;
  digest: DigestPace;
}

export const REPEAT_DEFAULT_MS = DAY;

/** The rule of a channel that no rule names. */
export function usualRule(channel: string, digest: DigestPace): NotifyRule {
  return {
    to: [channel],
    on: USUAL_WORDS,
    jobs: ["*"],
    repeatMs: REPEAT_DEFAULT_MS,
    quiet: null,
    digest,
  };
}

/** The rule that counts for a job: the first one for this channel that names it; undefined: it is not told of. */
export function ruleFor(
  rules: readonly NotifyRule[],
  channel: string,
  job: string,
): NotifyRule | undefined {
  return rules.find(({ to, jobs }) => to.includes(channel) && jobs.some((glob) => matches(glob, job)));
}

/** True when the whole name fits the pattern. */
export function matches(glob: string, name: string): boolean {
  // Each star is tried at its shortest first; only the last one is ever made longer.
  let [at, inName, star, resume] = [0, 0, -1, 0];
  while (inName < name.length) {
    if (at < glob.length && (glob[at] === "?" || glob[at] === name[inName]) && glob[at] !== "*") {
      at++;
      inName++;
    } else if (glob[at] === "*") {
      star = at++;
      resume = inName;
    } else if (star >= 0) {
      at = star + 1;
      inName = ++resume;
    } else return false;
  }
  while (glob[at] === "*") at++;
  return at === glob.length;
}

/** `22:00-07:00`. */
export function formatQuiet({ from, to }: QuietHours): string {
  const text = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  return `${text(from)}-${text(to)}`;
}

/** Reads `22:00-07:00`; a message that continues the sentence where it is none. */
export function parseQuiet(text: string): QuietHours | { error: string } {
  const match = /^(\d{2}):(\d{2})-(\d{2}):(\d{2})$/.exec(text);
  const [, fromHour, fromMinute, toHour, toMinute] = (match ?? []).map(Number);
  if (
    match === null || fromHour! > 23 || toHour! * 60 + toMinute! > 1440 || fromMinute! > 59 || toMinute! > 59
  ) {
    return { error: "is no time of quiet: expected two times of the day, such as 22:00-07:00" };
  }
  const quiet = { from: fromHour! * 60 + fromMinute!, to: (toHour! * 60 + toMinute!) % 1440 };
  if (quiet.from === quiet.to) {
    return { error: "is the whole day or none of it: expected two different times, such as 22:00-07:00" };
  }
  return quiet;
}
