// Where a schedule and a retention policy contradict each other.

import { endOf, SIZES } from "../coverage/asked_periods.ts";
import { readCronPattern } from "../schedule/cron_pattern.ts";
import type { Job } from "../job.ts";
import { type Draft, lengthText, localText } from "./lint_finding.ts";
import { distance, periodKey } from "../calendar/period.ts";
import { finestLevel, formatLevelRule, type Level, type LevelRule, LEVELS } from "../policy.ts";
import { deriveSchedule, type Schedule, type ScheduleCache } from "../schedule/schedule.ts";
import { zoneOf } from "../calendar/zone.ts";
import { DAY, formatDuration } from "../duration.ts";
import { iso } from "../instant.ts";

const YEAR = 365 * DAY;
/** Slots looked at to know a schedule's rhythm. */
const SAMPLE = 30;
/** Days with slots looked at for one that a reference names: a year and a bit. */
const MOST_DAYS = 400;
const MOST_STEPS = 5_000;
/** A level that takes longer to fill was hardly meant. */
const LONG_MS = 30 * YEAR;
const FAR = Date.UTC(2200, 0, 1);

const UNITS: Readonly<Record<Level, string>> = {
  secondly: "second",
  minutely: "minute",
  hourly: "hour",
  daily: "day",
  weekly: "week",
  monthly: "month",
  yearly: "year",
};

type FitJob = Pick<
  Job,
  "schedule" | "timezone" | "retention" | "from" | "to" | "retentionSchedule" | "maxDeletesPerPass"
>;

/** Judges one job's schedule against its policy, from `now` (UTC ms) on. */
export function levelFitDrafts(
  job: FitJob,
  schedule: Schedule,
  schedules: ScheduleCache,
  now: number,
): Draft[] {
  const slots = sampleOf(schedule, now);
  if (slots.length < 2) return [];
  const finer = finerLevels(job, slots);
  return [
    ...finer.map((level) => finerDraft(level, job, slots)),
    ...coarserDraft(job, schedule, slots),
    ...newestDraft(job, slots),
    ...missedReferences(job, schedule, finer, now),
    ...shortMonths(job, schedule, now),
    ...endings(job, schedule, finer, now),
    ...slowRetention(job, schedule, schedules, now),
  ];
}

/** The next slots, at most `SAMPLE`. */
export function sampleOf(schedule: Schedule, now: number): number[] {
  const slots: number[] = [];
  for (let slot = schedule.next(now); slot !== null && slots.length < SAMPLE; slot = schedule.next(slot)) {
    slots.push(slot);
  }
  return slots;
}

/** The shortest time between two of the slots. */
export function shortestInterval(slots: readonly number[]): number {
  return slots.slice(1).reduce((least, slot, at) => Math.min(least, slot - slots[at]!), Infinity);
}

function usedLevels({ retention }: FitJob): [Level, LevelRule][] {
  return LEVELS.flatMap((level): [Level, LevelRule][] =>
    retention.levels[level].count > 0 ? [[level, retention.levels[level]]] : []
  );
}

function keyOf({ timezone, retention }: FitJob, level: Level) {
  return periodKey(level, zoneOf(timezone), retention.weekStarts);
}

/** True where no two neighbouring slots fall into the same or neighbouring periods. */
function isSparse(job: FitJob, level: Level, slots: readonly number[]): boolean {
  const key = keyOf(job, level);
  return slots.slice(1).every((slot, at) => key(slot) - key(slots[at]!) > 1);
}

function finerLevels(job: FitJob, slots: readonly number[]): Level[] {
  return usedLevels(job).flatMap(([level]) => isSparse(job, level, slots) ? [level] : []);
}

function finerDraft(level: Level, job: FitJob, slots: readonly number[]): Draft {
  const { count } = job.retention.levels[level];
  const apart = lengthText(shortestInterval(slots));
  const fitting = LEVELS.find((other) => !isSparse(job, other, slots));
  const derived = deriveSchedule(job.retention);
  const fires = typeof derived === "string" ? `, or fire more often, as '${derived}' does` : "";
  return {
    rule: "finer_level",
    severity: "warning",
    level,
    message: `'${level}: ${count}' keeps ${count} backups that lie ${apart} or more apart, not ${count} ` +
      `${UNITS[level]}s: the schedule '${job.schedule}' never fires in neighbouring ${UNITS[level]}s`,
    remedy: (fitting === undefined ? "drop the level" : `write '${fitting}: ${count}' for what it does`) +
      fires,
    at: [],
    proposal: typeof derived === "string" ? derived : null,
  };
}

/** More slots in a period than the finest level keeps of it. */
function coarserDraft(job: FitJob, schedule: Schedule, slots: readonly number[]): Draft[] {
  const { retention } = job;
  const finest = usedLevels(job)[0]?.[0];
  const keepsMore = retention.minKeep > 1 || retention.minAgeMs > 0 ||
    retention.keepWithinMs > shortestInterval(slots);
  if (finest === undefined || keepsMore) return [];
  const key = keyOf(job, finest);
  const last = slots.at(-1)!;
  const end = endOf(key, last, SIZES[finest]);
  const next = endOf(key, end, SIZES[finest]);
  const most = 100_000;
  const count = schedule.count(end - 1, next - 1, most) ?? most;
  if (count < 2) return [];
  const derived = deriveSchedule(retention);
  return [{
    rule: "coarser_levels",
    severity: "notice",
    level: finest,
    message:
      `the schedule '${job.schedule}' fires ${count === most ? "very many" : count} times a ${
        UNITS[finest]
      }, ` +
      `but '${finest}', the finest level, keeps one of them: each of the others goes when the next one is there`,
    remedy: "add a finer level, 'keep_last' or 'keep_within', or fire less often" +
      (typeof derived === "string" ? `, as '${derived}' does` : ""),
    at: [],
    proposal: null,
  }];
}

/** A window too short to hold two backups, or a policy that keeps no second one otherwise. */
function newestDraft({ retention, schedule }: FitJob, slots: readonly number[]): Draft[] {
  const { keepAll, keepWithinMs, minKeep, minAgeMs } = retention;
  const apart = shortestInterval(slots);
  if (keepAll || keepWithinMs > apart) return [];
  const isBare = finestLevel(retention) === null;
  if (keepWithinMs === 0 && !(isBare && minKeep === 1)) return [];
  const keepsOne = isBare && minKeep === 1;
  const within =
    `'keep_within: ${formatDuration(keepWithinMs)}' holds the newest backup only, for the schedule ` +
    `'${schedule}' fires ${lengthText(apart)} apart or more`;
  const one =
    "the policy keeps one backup: each new one lets the one before go, and nothing is left where it is bad" +
    (minAgeMs > 0 ? ", but for 'min_age'" : "");
  return [{
    rule: "only_newest",
    severity: "warning",
    message: keepWithinMs === 0 ? one : keepsOne ? `${within}; ${one}` : within,
    remedy: keepWithinMs === 0
      ? "raise 'keep_last', or add 'keep_within' or a level"
      : `write a time over ${lengthText(apart)}` +
        (keepsOne ? ", or add 'keep_last' or a level" : ", or leave it out"),
    at: [],
    proposal: null,
  }];
}

function missedReferences(job: FitJob, schedule: Schedule, finer: readonly Level[], now: number): Draft[] {
  return usedLevels(job).flatMap(([level, rule]): Draft[] => {
    if (rule.reference === "L" || finer.includes(level) || isHit(level, job, schedule, now)) return [];
    const [count, reference] = formatLevelRule(level, rule).split("@");
    return [{
      rule: "missed_reference",
      severity: "warning",
      level,
      message:
        `'${level}: ${count}@${reference}' asks for the backup of ${
          FIELDS[level]
        } ${reference}, at which the ` +
        `schedule '${job.schedule}' never fires: the nearest one is kept instead`,
      remedy:
        `write '${level}: ${count}' for the last one, name one at which it fires, or change the schedule`,
      at: [],
      proposal: null,
    }];
  });
}

const FIELDS: Readonly<Record<Level, string>> = {
  secondly: "second",
  minutely: "second",
  hourly: "minute",
  daily: "hour",
  weekly: "weekday",
  monthly: "day",
  yearly: "month",
};

/** True when some slot falls on the reference itself. */
function isHit(level: Level, job: FitJob, schedule: Schedule, now: number): boolean {
  const rule = job.retention.levels[level];
  const reference = rule.reference as number;
  const read = readCronPattern(job.schedule);
  if ("error" in read || level === "secondly") return true;
  if (level === "minutely") return read.seconds.includes(reference);
  if (level === "hourly") return read.minutes.includes(reference);
  if (level === "daily") return read.hours.includes(reference);
  if (read.everyDay) return true;
  const away = distance(level, rule, zoneOf(job.timezone), job.retention.weekStarts)!;
  const day = keyOf(job, "daily");
  let slot = schedule.next(now);
  for (let looked = 0; slot !== null && looked < MOST_DAYS; looked++) {
    if (away(slot) === 0) return true;
    slot = schedule.next(endOf(day, slot, DAY) - 1);
  }
  return slot === null;
}

/** Months that a schedule for every month has no day in, as of the 31st. */
function shortMonths(job: FitJob, schedule: Schedule, now: number): Draft[] {
  const read = readCronPattern(job.schedule);
  if ("error" in read || read.everyDay) return [];
  const [days, months, , year = "*"] = read.days.split(" ");
  if (months !== "*" || year !== "*") return [];
  const key = keyOf(job, "monthly");
  const begin = endOf(key, now, SIZES.monthly);
  const without: string[] = [];
  for (let month = 0, from = begin; month < 24; month++) {
    const until = endOf(key, from, SIZES.monthly);
    const slot = schedule.next(from - 1);
    if (slot === null || slot >= until) {
      without.push(localText(from + zoneOf(job.timezone).spanAt(from).offset).slice(0, 7));
    }
    from = until;
  }
  if (without.length === 0 || without.length === 24) return [];
  const proposal = /^(29|30|31)$/.test(days!)
    ? job.schedule.replace(new RegExp(` ${days} \\* `), " L * ")
    : null;
  return [{
    rule: "short_months",
    severity: "warning",
    message:
      `the schedule '${job.schedule}' does not fire in every month: not in ${
        without.slice(0, 6).join(", ")
      }` +
      (without.length > 6 ? ` and ${without.length - 6} more within two years` : ""),
    remedy: proposal === null
      ? "name a day that every month has"
      : `for the last day of every month use '${proposal}'`,
    at: [],
    proposal,
  }];
}

/** Schedules that end, and levels that are not full by then or not within a lifetime. */
function endings(job: FitJob, schedule: Schedule, finer: readonly Level[], now: number): Draft[] {
  const drafts: Draft[] = [];
  const read = readCronPattern(job.schedule);
  const hasYear = !("error" in read) && (read.days.split(" ")[3] ?? "*") !== "*";
  const last = hasYear ? schedule.latest(now, FAR) : null;
  const day = (ms: number) => iso(ms).slice(0, 10);
  if (last !== null && last < now + 2 * YEAR && (job.to === null || last < job.to)) {
    drafts.push({
      rule: "ending",
      severity: "warning",
      message: `the schedule '${job.schedule}' fires for the last time on ${
        day(last)
      }: there are no backups after it`,
      remedy: "leave the year out, or say 'to' where the end is meant",
      at: [last],
      proposal: null,
    });
  }
  const end = Math.min(last ?? Infinity, job.to === null ? Infinity : job.to - 1);
  for (const [level, { count }] of usedLevels(job)) {
    if (finer.includes(level)) continue;
    if (end === Infinity) {
      const years = Math.round((count * SIZES[level]) / YEAR);
      if (count * SIZES[level] <= LONG_MS) continue;
      drafts.push(
        neverFull(
          level,
          `'${level}: ${count}' is full only after about ${years} years: until then it keeps all`,
          [],
          "notice",
        ),
      );
      continue;
    }
    const reached = periodsUntil(job, level, schedule, Math.max(now, job.from ?? now), end, count);
    if (reached >= count) continue;
    drafts.push(neverFull(
      level,
      `'${level}: ${count}' can never be full: only ${reached} such ${
        reached === 1 ? "period has" : "periods have"
      } ` +
        `slots until the job ends on ${day(end)}`,
      [end],
      "warning",
    ));
  }
  return drafts;
}

function neverFull(level: Level, message: string, at: number[], severity: Draft["severity"]): Draft {
  return { rule: "never_full", severity, level, message, remedy: "lower the count", at, proposal: null };
}

/** Periods with a slot in (from, end], at most `most`; those that would take too long to count are taken for enough. */
function periodsUntil(
  job: FitJob,
  level: Level,
  schedule: Schedule,
  from: number,
  end: number,
  most: number,
): number {
  const key = keyOf(job, level);
  let count = 0;
  let slot = schedule.next(from - 1);
  while (slot !== null && slot <= end && count < most) {
    if (++count > MOST_STEPS) return most;
    slot = schedule.next(endOf(key, slot, SIZES[level]) - 1);
  }
  return count;
}

/** More new backups between two passes than a pass may delete: they pile up without end. */
function slowRetention(job: FitJob, schedule: Schedule, schedules: ScheduleCache, now: number): Draft[] {
  if (job.retentionSchedule === null || job.retention.keepAll || !Number.isFinite(job.maxDeletesPerPass)) {
    return [];
  }
  const parsed = schedules.parse(job.retentionSchedule, job.timezone);
  const first = "error" in parsed ? null : parsed.schedule.next(now);
  const second = first === null || "error" in parsed ? null : parsed.schedule.next(first);
  if (first === null || second === null) return [];
  const most = job.maxDeletesPerPass;
  if (schedule.count(first, second, most) !== null) return [];
  return [{
    rule: "slow_retention",
    severity: "warning",
    message:
      `'retention.schedule' '${job.retentionSchedule}' comes by once for more than ${most} new backups, and ` +
      `'max_deletes_per_pass' lets a pass delete ${most}: backups pile up`,
    remedy:
      "raise 'max_deletes_per_pass', or leave 'retention.schedule' out, so that a pass follows each backup",
    at: [],
    proposal: null,
  }];
}
