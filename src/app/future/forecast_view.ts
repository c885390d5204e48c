// The future of a job as JSON: on a server from what exists now, for a configuration alone from nothing.

import { deriveSchedule, type ScheduleCache } from "../../domain/schedule/schedule.ts";
import { OverBudget } from "../../domain/errors.ts";
import { dueSlots, type Pause } from "../../domain/schedule/due_slots.ts";
import { slotsToRun } from "../../domain/schedule/slots_to_run.ts";
import { forecast, type Outlook } from "../../domain/future/forecast.ts";
import type { Job } from "../../domain/job.ts";
import type { Course, Existing } from "../../domain/future/play.ts";
import { formatPolicy, parsePolicy, type Policy, type WeekStart } from "../../domain/policy.ts";
import { reachOf } from "../../domain/future/reach.ts";
import { reasonFields } from "../../domain/retention/reason_data.ts";
import { spreadDates } from "../../domain/future/spread_dates.ts";
import { zoneOf } from "../../domain/calendar/zone.ts";
import { DAY } from "../../domain/duration.ts";
import { iso } from "../../domain/instant.ts";
import type { ForecastRequest } from "../../ports/operations.ts";
import type { ForecastView, OutlookView } from "../../ports/views/forecast.ts";

/** What a future begins with. */
export interface Present {
  job: Job;
  existing: readonly Existing[];
  /** Null: the job is not paused. */
  pause: Pause | null;
  /** UTC ms. */
  now: number;
}

/** The newest so many are listed. */
const MOST_LISTED = 10_000;
/** The budget of one forecast: some seconds of work. Slots and passes, and backups that come to stand. */
export const MOST_STEPS = 200_000;
export const MOST_STANDING = 100_000;
const DEFAULT_MS = 31 * DAY;
const FARTHEST_MS = 20 * 366 * DAY;

/**
 * What will exist at dates to come. A derived schedule follows a policy that is tried out. Throws `RangeError` for a
 * schedule, policy or date that cannot be used, `OverBudget` for what would take too long. Yields often.
 */
export function* forecastView(
  present: Present,
  request: ForecastRequest,
  schedules: ScheduleCache,
): Generator<void, ForecastView> {
  const { job, now } = present;
  const wanted = request.until ?? now + DEFAULT_MS;
  checkRange({ ...request, until: wanted }, now);
  const tried = request.policy === undefined ? undefined : policyOf(request.policy, job.retention.weekStarts);
  const policy = tried ?? job.retention;
  const schedule = request.schedule ?? scheduleFor(job, tried);
  const course = courseOf(present, { until: wanted, policy, schedule }, schedules);
  const { slots: expected, end } = yield* reachOf(course, MOST_STEPS);
  if (end !== null && request.until !== null) throw tooManySteps(job, schedule, wanted, end);
  const until = end ?? wanted;
  const dates = request.dates ?? spreadDates(now, until);
  const seen = yield* forecast({ ...course, until, dates, expected, maxGrowth: MOST_STANDING });
  if (seen.reached < until && request.until !== null) throw tooManyBackups(job, wanted, seen.reached);
  return {
    job: job.name,
    schedule,
    timezone: job.timezone,
    policy: formatPolicy(policy),
    from: iso(now),
    until: iso(request.until ?? seen.reached),
    reached: iso(seen.reached),
    slots: seen.slots,
    dates: seen.outlooks.map(outlookView),
    backups: seen.existing.slice(0, MOST_LISTED).map((one) => ({
      period_time: iso(one.periodTime),
      tags: one.tags,
      ...reasonFields(one.reasons),
    })),
    left_out: Math.max(0, seen.existing.length - MOST_LISTED),
  };
}

function tooManySteps(job: Job, schedule: string, until: number, end: number): OverBudget {
  return new OverBudget(
    `Cannot forecast job '${job.name}' until ${iso(until)}: with '${schedule}' that is more than ` +
      `${number(MOST_STEPS)} slots and passes, the budget of one forecast: expected an end up to ${
        iso(end)
      }, ` +
      "or a coarser schedule to try out",
  );
}

function tooManyBackups(job: Job, until: number, reached: number): OverBudget {
  return new OverBudget(
    `Cannot forecast job '${job.name}' until ${iso(until)}: more than ${
      number(MOST_STANDING)
    } backups would come ` +
      `to stand, the budget of one forecast: expected an end up to ${
        iso(reached)
      }, or a policy that keeps fewer, or ` +
      "a coarser schedule, to try out",
  );
}

/** `200,000` */
function number(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** What is played for a job until an instant; throws `RangeError` for a schedule that cannot be used. */
export function courseOf(
  { job, existing, pause, now }: Present,
  { until, policy = job.retention, schedule = job.schedule }: {
    until: number;
    policy?: Policy;
    schedule?: string;
  },
  schedules: ScheduleCache,
): Course {
  const parse = (pattern: string) => {
    // One that fires no more is an error only where it is tried out.
    const parsed = schedules.parse(pattern, job.timezone, pattern === job.schedule ? 0 : now);
    if ("error" in parsed) throw new RangeError(parsed.error);
    return parsed.schedule;
  };
  const passes = job.retentionSchedule === null ? null : parse(job.retentionSchedule);
  return {
    existing,
    slots: dueSlots(slotsToRun(parse(schedule), job), job, pause),
    passes: passes === null ? undefined : dueSlots(passes, job, pause),
    policy,
    zone: zoneOf(job.timezone),
    from: now,
    until,
    maxDeletesPerPass: job.maxDeletesPerPass,
  };
}

/** Throws `RangeError` for what lies in the past, or too far ahead. */
export function checkRange(
  { until, dates = [] }: Pick<ForecastRequest, "dates"> & { until: number },
  now: number,
): void {
  for (const date of [until, ...dates]) {
    if (date > now && date <= now + FARTHEST_MS) continue;
    const when = date > now ? "too far ahead" : "in the past";
    throw new RangeError(
      `Cannot forecast ${iso(date)}: it is ${when}: expected a time to come, within the next 20 years`,
    );
  }
  const late = dates.find((date) => date > until);
  if (late === undefined) return;
  throw new RangeError(
    `Cannot forecast ${iso(late)}: it lies after the end, ${iso(until)}: expected a time up to it`,
  );
}

function policyOf(text: string, weekStarts: WeekStart): Policy {
  const parsed = parsePolicy(text, { weekStarts });
  if ("errors" in parsed) throw new RangeError(parsed.errors.join("; "));
  return parsed.policy;
}

function scheduleFor(job: Job, policy: Policy | undefined): string {
  const derived = policy !== undefined && job.scheduleDerived ? deriveSchedule(policy) : job.schedule;
  return typeof derived === "string" ? derived : job.schedule;
}

function outlookView({ at, backups, levels, oldest, largestGap }: Outlook): OutlookView {
  return {
    at: iso(at),
    backups,
    levels,
    oldest: oldest === null ? null : iso(oldest),
    largest_gap: largestGap === null ? null : {
      from: iso(largestGap.from),
      until: iso(largestGap.until),
      seconds: (largestGap.until - largestGap.from) / 1000,
    },
  };
}
