// The small values of the document: how each is written and what is said when it is not.
// A message here continues the sentence that the value begins: `'5 min' is not a duration: …`.

import { z } from "zod";
import { DAY, parseDuration } from "../../domain/duration.ts";
import { foldName } from "../../domain/folded_name.ts";
import type { LEVELS } from "../../domain/policy.ts";
import { parseSizeMb, SIZE_PATTERN } from "../values/sizes.ts";

/** Names of jobs, providers and tokens. */
export const NAME_PATTERN = /^[a-z0-9][a-z0-9_.-]{0,62}$/;

/** Units from great to small, each at most once. */
const DURATION_PATTERN = /^(?=\d)(\d{1,12}d)?(\d{1,12}h)?(\d{1,12}m)?(\d{1,12}s)?(\d{1,12}ms)?$/;
const LONGEST_DURATION_MS = 36_525 * DAY;

/** What a description of a key says in an editor. */
export function described<T extends z.ZodType>(schema: T, description: string, defaultValue?: unknown): T {
  return schema.meta(
    defaultValue === undefined ? { description } : { description, default: defaultValue },
  ) as T;
}

const NOT_A_DURATION = "is not a duration: expected a number with a unit, such as 90s, 5m, 1h30m or 7d";

const DAYS_OF = { y: 365, m: 30, w: 7 };

/** Calendar units have no fixed length, and are none of a duration: what they come to in days is named. */
function notADuration(input: unknown): string {
  const match =
    /^\s*(?:(\d+)\s*y)?\s*(?:(\d+)\s*(?:m|mo|mon))?\s*(?:(\d+)\s*w)?\s*(?:(\d+)\s*d)?\s*(?:(\d+)\s*h)?\s*$/i
      .exec(String(input));
  const [y, m, w, d, h] = (match ?? []).slice(1).map((count) => Number(count ?? 0));
  const words = inWords(String(input));
  if (words !== undefined) return `is not a duration: write ${words}`;
  const days = match === null ? 0 : y! * DAYS_OF.y + m! * DAYS_OF.m + w! * DAYS_OF.w + d!;
  if (days === 0 || days > LONGEST_DURATION_MS / DAY) return NOT_A_DURATION;
  return `is not a duration: years, months and weeks are written in days: expected for example ${days}d${
    h === 0 ? "" : `${h}h`
  }`;
}

/** `2 hours`, `5 min`, `1 day`: a number and a word for what is a unit here. */
function inWords(text: string): string | undefined {
  const [, count, unit] =
    /^\s*(\d+)\s*(s|m|h|d)(?:ec(?:ond)?s?|in(?:ute)?s?|(?:ou)?rs?|ays?)?\s*$/i.exec(text) ?? [];
  return count === undefined ? undefined : `${Number(count)}${unit!.toLowerCase()}`;
}

const UNITS: readonly [unit: string, ms: number][] = [
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", DAY],
];

/** The example is one that would be taken: with a unit that makes it long enough. */
function durationError(input: unknown, least: number): string {
  if (typeof input !== "number") return NOT_A_DURATION;
  const units = UNITS.filter(([, ms]) => input * ms >= least && input * ms <= LONGEST_DURATION_MS);
  if (!Number.isSafeInteger(input) || input <= 0 || units.length === 0) return NOT_A_DURATION;
  const shown = (units[0]![0] === "s" ? units.slice(0, 1) : units.slice(0, 2))
    .map(([unit]) => `${input}${unit}`);
  return `has no unit: expected a duration such as ${shown.join(" or ")}`;
}

/** A duration of at least `least` milliseconds. */
export function duration(least: number, leastText: string) {
  return z.string({ error: (issue) => durationError(issue.input, least) })
    .regex(DURATION_PATTERN, { error: (issue) => notADuration(issue.input), abort: true })
    .refine((text) => (parseDuration(text) ?? Infinity) <= LONGEST_DURATION_MS, {
      error: "is too long: expected at most 36525d",
      abort: true,
    })
    .refine((text) => parseDuration(text)! >= least, {
      error: `is too short: expected at least ${leastText}`,
    });
}

/** A duration from 0 that restic users may know: there `6m` are months, so that minutes alone are not taken here. */
export const span = duration(0, "0s").refine(
  (text) => !/^\s*\d+m\s*$/.test(text) || parseDuration(text) === 0,
  {
    error: (issue) => {
      const count = Number.parseInt(String(issue.input), 10);
      return `has two meanings, minutes here and months in restic: expected ${count * 60}s or ${count * 30}d`;
    },
  },
);

const NOT_A_SIZE = "is not a size: expected a number with a unit, such as 10MiB or 1.5GB";

export const size = z.string({
  error: (issue) =>
    typeof issue.input === "number" ? `has no unit: expected a size such as ${issue.input}MiB` : NOT_A_SIZE,
}).regex(SIZE_PATTERN, { error: NOT_A_SIZE, abort: true })
  .refine((text) => Number.isFinite(parseSizeMb(text)), { error: NOT_A_SIZE });

export const name = z.string().regex(NAME_PATTERN, {
  error: ({ input }) =>
    "is not a name: expected lower case letters, digits, _ . -, at most 63, beginning with a letter or digit, " +
    `such as ${foldName(String(input))}`,
});

export const text = z.string().min(1, { error: "is empty: expected text" });

/** A path or secret: one line, no control characters. */
// deno-lint-ignore no-control-regex
export const line = text.regex(/^[^\u0000-\u001f\u007f]*$/, {
  error: "has control characters: expected one line",
});

export const flag = z.boolean();

/** A whole number, both limits included. */
export function whole(least: number, most: number) {
  return z.int().min(least).max(most);
}

/** `program` and its arguments, started as they are: no shell, no expansion. */
export const argv = z.array(
  // deno-lint-ignore no-control-regex
  z.string().regex(/^[^\u0000]*$/, { error: "has a NUL character: expected text" }),
).min(1, { error: "is empty: expected a program and its arguments" })
  .refine((words) => words.length === 0 || words[0] !== "", {
    error: "names no program: expected its name first",
  });

/** A level: `count` or `count@reference`; what a level allows is judged later. */
export const levelRule = z.union([z.int(), text]);

export const LEVEL_EXAMPLES: Record<(typeof LEVELS)[number], string> = {
  secondly: "keep the newest of each of the last N seconds",
  minutely: "keep one backup of each of the last N minutes that have one; reference: the second, 0-59",
  hourly: "one of each of the last N hours; reference: the minute, 0-59",
  daily: "one of each of the last N days; reference: the hour, 0-23",
  weekly: "one of each of the last N weeks; reference: the weekday, SUN-SAT or 0-6",
  monthly: "one of each of the last N months; reference: the day, 1-31",
  yearly: "one of each of the last N years; reference: the month, 1-12",
};

/** A calendar day, or an instant with its offset. */
export const date = z.string().regex(
  /^\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2})?([Zz]|[+-]\d{2}:\d{2}))?$/,
  { error: "is not a date: expected 2026-12-31, or 2026-12-31T18:00:00Z with Z or an offset" },
);

/** Any JSON value. */
export const body = z.any();
