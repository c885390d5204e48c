// Retention policy: levels with their counts and references, and the texts they are read from and written as.

import { formatDuration, parseDuration } from "./duration.ts";

/** The levels, fine to coarse. */
export const LEVELS = ["secondly", "minutely", "hourly", "daily", "weekly", "monthly", "yearly"] as const;
export type Level = (typeof LEVELS)[number];

/** What the backup nearest to stands for its period: a field value, or `L` for the last one. */
export type Reference = number | "L";

/** How many periods of a level to keep, and which backup stands for one. `count: 0` drops the level. */
export interface LevelRule {
  count: number;
  reference: Reference;
}

export type WeekStart = "sunday" | "monday";

/**
 * What a proof is worth to retention. `prefer`: the proved one of a period is kept beside the one that stands for it.
 * `require`: it is kept in place of that one, once the period is over.
 */
export const VERIFIED_RULES = ["prefer", "require"] as const;
type VerifiedRule = (typeof VERIFIED_RULES)[number];

/** A whole retention policy; every level present. */
export interface Policy {
  levels: Record<Level, LevelRule>;
  weekStarts: WeekStart;
  /** As many newest backups as this are always kept; at least 1. `min_keep` and `keep_last` both name it. */
  minKeep: number;
  /** Less than this older than the newest that counts, by period time: kept. Milliseconds; 0: nothing is kept for that. */
  keepWithinMs: number;
  /** Younger than this since the end of the backup: kept. Milliseconds. */
  minAgeMs: number;
  /** While a level has room, also keep the oldest backup (restic 0.16 and later do). */
  keepOldest: boolean;
  /** Said in words by the user: nothing is ever a victim. All counts are 0 then. */
  keepAll: boolean;
  /** Absent: of what is proved only the newest is kept for that. */
  verified?: VerifiedRule;
}

const NOTHING: LevelRule = Object.freeze({ count: 0, reference: "L" });

/** No level kept; every reference is the last one. Frozen: spread it to build other levels. */
export const EMPTY_LEVELS: Readonly<Record<Level, LevelRule>> = Object.freeze({
  secondly: NOTHING,
  minutely: NOTHING,
  hourly: NOTHING,
  daily: NOTHING,
  weekly: NOTHING,
  monthly: NOTHING,
  yearly: NOTHING,
});

/** What is kept where no level is set anywhere. Frozen. */
export const DEFAULT_POLICY: Policy = Object.freeze({
  levels: Object.freeze({
    ...EMPTY_LEVELS,
    daily: Object.freeze<LevelRule>({ count: 4, reference: "L" }),
    weekly: Object.freeze<LevelRule>({ count: 4, reference: "L" }),
    monthly: Object.freeze<LevelRule>({ count: 3, reference: "L" }),
    yearly: Object.freeze<LevelRule>({ count: 2, reference: "L" }),
  }),
  weekStarts: "sunday",
  minKeep: 1,
  keepWithinMs: 0,
  minAgeMs: 0,
  keepOldest: false,
  keepAll: false,
});

/** The finest level that keeps anything; null when none does. */
export function finestLevel(policy: Pick<Policy, "levels">): Level | null {
  return LEVELS.find((level) => policy.levels[level].count > 0) ?? null;
}

const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

const REFERENCES: Record<Level, { field: string; least: number; greatest: number; period: string }> = {
  // All backups of a second share their second, so a reference changes nothing there; it is read for the
  // original's sake.
  secondly: { field: "a second", least: 0, greatest: 59, period: "second" },
  minutely: { field: "a second", least: 0, greatest: 59, period: "minute" },
  hourly: { field: "a minute", least: 0, greatest: 59, period: "hour" },
  daily: { field: "an hour", least: 0, greatest: 23, period: "day" },
  weekly: { field: "a weekday", least: 0, greatest: 6, period: "week" },
  monthly: { field: "a day", least: 1, greatest: 31, period: "month" },
  yearly: { field: "a month", least: 1, greatest: 12, period: "year" },
};

/**
 * Reads `count@reference`, `count` (reference L) or the original's `count/reference`. Weekdays are 0-6 with
 * 0 = Sunday, or names (`SAT`, `saturday`, any case).
 */
export function parseLevelRule(level: Level, text: string | number): LevelRule | { error: string } {
  const fail = (problem: string) => ({
    error: `Cannot read '${text}' as ${article(level)} rule: ${problem}`,
  });
  const match = /^\s*(-?\d+)\s*(?:[@/]\s*(\S+)\s*)?$/.exec(String(text));
  if (match === null) {
    const example = level === "weekly" ? "4@SAT" : "7@3";
    return fail(`it is not a count with a reference: expected for example 7, ${example} or 7@L`);
  }
  const count = Number(match[1]);
  if (match[1]!.startsWith("-")) {
    return fail(`the count is negative: expected 0 or more, where 0 drops the level`);
  }
  if (!Number.isSafeInteger(count)) return fail(`the count is too great: expected at most 9007199254740991`);
  const reference = parseReference(level, match[2] ?? "L");
  return typeof reference === "object" ? fail(reference.error) : { count, reference };
}

function parseReference(level: Level, text: string): Reference | { error: string } {
  if (/^l$/i.test(text)) return "L";
  const { field, least, greatest, period } = REFERENCES[level];
  if (level === "weekly") {
    const weekday = WEEKDAYS.findIndex((name) => [name, name.slice(0, 3)].includes(text.toLowerCase()));
    if (weekday >= 0) return weekday;
    if (/^0*7$/.test(text)) {
      return {
        error: "weekday 7 could mean two things: expected L for the last day of the week, or SUN for Sunday",
      };
    }
  }
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= greatest) return value;
  const names = level === "weekly" ? " (0 is Sunday), a name such as SAT" : "";
  return {
    error: `'${text}' is not ${field} from ${least} to ${greatest}: ` +
      `expected ${least}-${greatest}${names}, or L for the last backup of the ${period}`,
  };
}

/** Writes a rule as `count@reference`, weekdays by name; `parseLevelRule` reads it back. */
export function formatLevelRule(level: Level, rule: LevelRule): string {
  return `${rule.count}@${formatReference(level, rule.reference)}`;
}

/** Writes a reference: `L`, a number, or the name of a weekday such as `SAT`. */
export function formatReference(level: Level, reference: Reference): string {
  if (level !== "weekly" || reference === "L") return String(reference);
  return WEEKDAYS[reference]!.slice(0, 3).toUpperCase();
}

/** The answer of `parsePolicy`: a policy, or every problem found, each in one sentence. */
type ParsedPolicy = { policy: Policy } | { errors: string[] };

/**
 * Reads a policy in one line: `daily=7,weekly=4@L`, `keep_last=5`, or `keep_all`. Beside levels it takes `week_starts`,
 * `min_keep` or `keep_last`, `keep_within`, `min_age`, `keep_oldest` and `verified`, as `formatPolicy` writes them; those
 * win over `options`. `keep_last` or `keep_within` make a policy without levels; where neither they nor a level is named the
 * default levels hold, otherwise the unnamed levels keep nothing.
 */
export function parsePolicy(text: string, options: { weekStarts?: WeekStart } = {}): ParsedPolicy {
  const errors: string[] = [];
  const seen = new Map<string, string>();
  const policy: Policy = {
    ...DEFAULT_POLICY,
    levels: { ...EMPTY_LEVELS },
    weekStarts: options.weekStarts ?? DEFAULT_POLICY.weekStarts,
  };
  for (const entry of text.split(",").map((part) => part.trim())) {
    const equals = entry.indexOf("=");
    const key = equals < 0 ? entry : entry.slice(0, equals).trim();
    const value = equals < 0 ? (key === "keep_all" ? "true" : "") : entry.slice(equals + 1).trim();
    const error = seen.has(key)
      ? `Cannot read '${entry}' in a policy: '${key}' is given twice: expected once`
      : readEntry(policy, key, value);
    if (error !== null) errors.push(error);
    seen.set(key, value);
  }
  const levelsNamed = LEVELS.some((level) => seen.has(level));
  const keeps = finestLevel(policy) !== null;
  if (errors.length > 0) return { errors };
  const twoNames = twoNamesError(seen.get("min_keep"), seen.get("keep_last"));
  if (twoNames !== null) return { errors: [`Cannot read the policy: ${twoNames}`] };
  if (policy.keepAll && keeps) {
    return { errors: ["Cannot read the policy: 'keep_all' stands beside counts: expected one or the other"] };
  }
  if (!policy.keepAll && !keeps && !seen.has("keep_last") && policy.keepWithinMs === 0) {
    if (levelsNamed) {
      return {
        errors: [
          "Cannot read the policy: every level is 0: expected a count, 'keep_last', 'keep_within', or 'keep_all' in words",
        ],
      };
    }
    policy.levels = { ...DEFAULT_POLICY.levels };
  }
  return { policy };
}

/** What is wrong with a policy that names `min_keep` and `keep_last`; null when nothing is. */
export function twoNamesError(minKeep: unknown, keepLast: unknown): string | null {
  if (minKeep === undefined || keepLast === undefined || Number(minKeep) === Number(keepLast)) return null;
  return `'min_keep' is ${minKeep} and 'keep_last' is ${keepLast}: they are two names of one setting: expected one of them`;
}

/** Puts one `key=value` into the policy; answers what is wrong with it in a sentence, or null. */
function readEntry(policy: Policy, key: string, value: string): string | null {
  if ((LEVELS as readonly string[]).includes(key)) {
    const rule = parseLevelRule(key as Level, value);
    if ("error" in rule) return rule.error;
    policy.levels[key as Level] = rule;
    return null;
  }
  const fail = (expected: string) => `Cannot read '${value}' as ${key} of a policy: expected ${expected}`;
  switch (key) {
    case "keep_all":
    case "keep_oldest":
      if (value !== "true" && value !== "false") return fail("true or false");
      policy[key === "keep_all" ? "keepAll" : "keepOldest"] = value === "true";
      return null;
    case "week_starts":
      if (value !== "sunday" && value !== "monday") return fail("sunday or monday");
      policy.weekStarts = value;
      return null;
    case "min_keep":
    case "keep_last":
      policy.minKeep = /^\d{1,15}$/.test(value) ? Number(value) : 0;
      return policy.minKeep >= 1 ? null : fail("a whole number from 1");
    case "keep_within":
    case "min_age": {
      const age = parseDuration(value);
      policy[key === "min_age" ? "minAgeMs" : "keepWithinMs"] = age ?? 0;
      return age === null ? fail("a duration such as 2d or 1h30m") : null;
    }
    case "verified": {
      if (value === "off") return null;
      const rule = VERIFIED_RULES.find((one) => one === value);
      if (rule === undefined) return fail(`${VERIFIED_RULES.join(", ")} or off`);
      policy.verified = rule;
      return null;
    }
    default:
      return `Cannot read '${key}' in a policy: it is none of its parts: expected ${LEVELS.join(", ")}, ` +
        "keep_all, week_starts, keep_last (min_keep), keep_within, min_age, keep_oldest or verified";
  }
}

/**
 * The canonical text of a policy: equal for equal policies, different for different ones, and read back by
 * `parsePolicy`. Defaults are written out, so that a stored text keeps its meaning when a default changes. The number of
 * newest backups is `min_keep`, and `keep_last` where no level keeps anything, for there it says that none shall.
 */
export function formatPolicy(policy: Policy): string {
  const parts = policy.keepAll ? ["keep_all"] : [];
  for (const level of LEVELS) {
    const rule = policy.levels[level];
    if (rule.count > 0 || rule.reference !== "L") parts.push(`${level}=${formatLevelRule(level, rule)}`);
  }
  // What says much comes first, where there is room for little.
  const isBare = !policy.keepAll && finestLevel(policy) === null;
  if (isBare) parts.push(`keep_last=${policy.minKeep}`);
  // Absent it is not written: what was stored before there was this says the same.
  if (policy.keepWithinMs > 0) parts.push(`keep_within=${formatDuration(policy.keepWithinMs)}`);
  parts.push(
    `week_starts=${policy.weekStarts}`,
    ...isBare ? [] : [`min_keep=${policy.minKeep}`],
    `min_age=${formatDuration(policy.minAgeMs)}`,
    `keep_oldest=${policy.keepOldest}`,
  );
  if (policy.verified !== undefined) parts.push(`verified=${policy.verified}`);
  return parts.join(",");
}

function article(level: Level): string {
  return `${level === "hourly" ? "an" : "a"} ${level}`;
}
