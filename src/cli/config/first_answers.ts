// What people answer to the questions of `schelly init`, or say by its flags, read and judged.

import { formatLevelRule, LEVELS, parsePolicy } from "../../domain/policy.ts";

type Read<T> = { value: T } | { error: string };

/** What is kept where nobody says so. */
export const USUAL_POLICY = "daily=7,weekly=4,monthly=6";
/** When a backup is made where nobody says so. */
export const USUAL_TIME = "02:00";

/**
 * `02:30`, `3am` and `every day at 3:30 pm` are that time of each day; all else is a cron pattern, which is judged where the
 * zone is known.
 */
export function readTime(text: string): Read<string> {
  const said = text.trim();
  if (said === "") return { error: "nothing was said: expected a time such as 02:30" };
  const bare = said.toLowerCase().replace(/^(?:(?:every ?day|each day|daily)(?:\s+at|,)?|at)\s+/, "");
  const time = /^(\d{1,2})(?:[:.](\d{2}))?(?:\s*([ap])\.?m\.?)?$/.exec(bare);
  if (time === null || time[2] === undefined && time[3] === undefined) return { value: said };
  const [hour, minute, half] = [Number(time[1]), Number(time[2] ?? 0), time[3]];
  if (minute > 59 || (half === undefined ? hour > 23 : hour < 1 || hour > 12)) {
    const range = half === undefined ? "00:00 to 23:59" : "1:00am to 12:59pm";
    return { error: `'${said}' is no time of a day: expected ${range}` };
  }
  const past = half === undefined ? hour : hour % 12 + (half === "p" ? 12 : 0);
  return { value: `${minute} ${past} * * *` };
}

/** `daily=7,weekly=4`; spaces, colons and the order of words (`7 daily, 4 weekly`) are taken as they are meant. */
export function readPolicy(text: string): Read<string> {
  const words = text.trim().toLowerCase().replace(/\s*[:=]\s*/g, "=");
  const said = words.replace(/(^|[\s,])(\d+)\s+([a-z]+)(?!=)/g, "$1$3=$2").replace(/[\s,]+/g, ",");
  const parsed = parsePolicy(said);
  return "errors" in parsed ? { error: parsed.errors.join("; ") } : { value: said };
}

/** The levels that a policy names, in the order of the file, as the file has them. */
export function levelsIn(policy: string): [level: string, rule: string][] {
  const parsed = parsePolicy(policy);
  if ("errors" in parsed) return [];
  const { levels } = parsed.policy;
  return LEVELS.filter((level) => levels[level].count > 0).map((level) => {
    const rule = formatLevelRule(level, levels[level]).replace(/@L$/, "");
    return [level, rule];
  });
}

/** A name for the job of these paths or this address: its last word, in the letters that a name may have. */
export function nameFor(source: string): string {
  const host = /^https?:\/\/(?:[^/@]*@)?([^/:]+)/.exec(source)?.[1];
  const last = host ?? source.replace(/\/+$/, "").split("/").at(-1) ?? "";
  const name = last.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(
    /[^a-z0-9_.-]+/g,
    "-",
  )
    .replace(/^[^a-z0-9]+|-+$/g, "").slice(0, 63);
  return name === "" ? "backup" : name;
}
