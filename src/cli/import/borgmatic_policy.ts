// When, and how long: borgmatic's keep_* and checks as a retention policy and a schedule of verifications.

import { DEFAULT_POLICY, EMPTY_LEVELS, LEVELS, type Policy } from "../../domain/policy.ts";
import { deriveSchedule, parseSchedule } from "../../domain/schedule/schedule.ts";
import type { Borgmatic } from "./borgmatic_schema.ts";
import type { Notes } from "./imported.ts";
import { type Counts, countsOfBorg } from "./kept_counts.ts";

const DAY_MS = 86_400_000;
const YEAR_DAYS = 366;
/** Read by any; more would be no policy. */
const MOST = 1_000_000;

type Retention = "keep_all" | Record<string, unknown>;

/** `schedule`: undefined where it is to be derived from the policy. */
export function retentionOf(
  config: Borgmatic,
  { schedule, now, notes }: { schedule?: string; now: number; notes: Notes },
): Retention {
  const counts: Counts = {};
  for (const level of LEVELS) {
    const count = config[`keep_${level}`];
    if (count === undefined || count === 0) continue;
    if (count < 0 || count > MOST) {
      notes.changed(`keep_${level}`, `${count} keeps all: it is ${MOST} here`);
    }
    counts[level] = count < 0 || count > MOST ? MOST : count;
  }
  if (config.skip_actions?.includes("prune")) {
    notes.changed("skip_actions", "prune is skipped: retention is keep_all");
    return "keep_all";
  }
  const within = withinOf(config.keep_within, notes);
  if (Object.keys(counts).length === 0 && within !== undefined) {
    notes.changed("keep_within", `nothing else is kept: retention is keep_within: ${within.text}`);
    return { keep_within: within.text };
  }
  if (Object.keys(counts).length === 0) {
    notes.changed("keep_daily", "no keep_… is set: retention is keep_all, and nothing is deleted");
    return "keep_all";
  }
  const ours = countsOfBorg(counts, intervalOf(schedule ?? derived(counts), now), within?.ms);
  const raised = LEVELS.filter((level) => ours[level] !== counts[level]);
  if (raised.length > 0) {
    notes.changed(
      raised.map((level) => `keep_${level}: ${counts[level]}`).join(", "),
      `${
        raised.map((level) => `${level}: ${ours[level]}`).join(", ")
      } here, since borg counts only beyond what the finer ` +
        "levels keep, and Schelly counts all: nothing goes that borg would have kept",
    );
  }
  return {
    ...ours,
    ...(ours.weekly === undefined ? {} : { week_starts: "monday" }),
    ...(within === undefined ? {} : { keep_within: within.text }),
    keep_oldest: true,
  };
}

const WITHIN_HOURS: Record<string, number> = { H: 1, d: 24, w: 168, m: 31 * 24, y: 366 * 24 };

/** borg keeps all that is younger: so does `keep_within`. */
function withinOf(text: string | undefined, notes: Notes): { text: string; ms: number } | undefined {
  if (text === undefined) return undefined;
  const [, count = "", unit = ""] = /^(\d+)([A-Za-z])$/.exec(text) ?? [];
  const hours = Number(count) * (WITHIN_HOURS[unit] ?? 0);
  if (hours === 0) {
    notes.lost("keep_within", `'${text}' is not known: write keep_within into retention, such as 3h or 2d`);
    return undefined;
  }
  return { text: hours % 24 === 0 ? `${hours / 24}d` : `${hours}h`, ms: hours * 3_600_000 };
}

function derived(counts: Counts): string {
  const levels: Policy["levels"] = { ...EMPTY_LEVELS };
  for (const level of LEVELS) levels[level] = { count: counts[level] ?? 0, reference: "L" };
  const pattern = deriveSchedule({ ...DEFAULT_POLICY, levels });
  return typeof pattern === "string" ? pattern : "0 0 * * *";
}

/** The longest time between two slots; a day where the pattern says nothing. */
function intervalOf(pattern: string, now: number): number {
  const parsed = parseSchedule(pattern, "UTC", now);
  return ("schedule" in parsed ? parsed.schedule.largestGap(now, YEAR_DAYS) : null) ?? DAY_MS;
}

const UNIT_DAYS: Record<string, number> = {
  second: 1 / 86_400,
  minute: 1 / 1_440,
  hour: 1 / 24,
  day: 1,
  week: 7,
  month: 30,
  year: 365,
};

/** Days of `2 weeks`; 0 for what is done each time. */
function frequencyDays(text: string | undefined): number {
  const [, count = "", unit = ""] = /^\s*(\d+)\s*([a-z]+?)s?\s*$/.exec(text ?? "") ?? [];
  return Number(count) * (UNIT_DAYS[unit] ?? 0);
}

/** Undefined: nothing is verified. */
export function verifyOf(config: Borgmatic, notes: Notes): Record<string, unknown> | undefined {
  const checks = config.checks ??
    [{ name: "repository", frequency: "1 month" }, { name: "archives", frequency: "1 month" }];
  const asked = checks.filter(({ name }) => name !== "disabled");
  if (asked.length === 0 || config.skip_actions?.includes("check")) {
    notes.changed(
      "checks",
      'they were switched off, so nothing is verified: add verify: { schedule: "0 5 * * SUN" }',
    );
    return undefined;
  }
  const days = Math.min(
    ...asked.map(({ frequency }) => frequencyDays(frequency)).map((one) => one === 0 ? 7 : one),
  );
  notes.changed(
    "checks",
    `${
      asked.map(({ name }) => name).join(", ")
    }: verify reads every chunk of one archive each time, which finds what the ` +
      "checks archives, data and extract find in it; `borg check --repository-only` stays yours to run",
  );
  if (days <= 1) return { schedule: "0 5 * * *" };
  if (days <= 7) return { schedule: "0 5 * * SUN" };
  if (days <= 15) return { schedule: "0 5 1,15 * *" };
  if (days <= 31) return { schedule: "0 5 1 * *", every: "35d" };
  return { schedule: "0 5 1 1,4,7,10 *", every: "95d" };
}
