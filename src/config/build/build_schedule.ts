// When a job runs: its zone, its schedule, and the days between which it does.

import { isZone } from "../../domain/calendar/zone.ts";
import { formatDuration } from "../../domain/duration.ts";
import type { Policy } from "../../domain/policy.ts";
import { quartzWeekdays } from "../../domain/schedule/foreign_schedule.ts";
import type { BlackoutSettings } from "../../domain/job.ts";
import { blackoutOf } from "../../domain/schedule/blackout.ts";
import { isWholeWeek, joinSpans, parseWindow } from "../../domain/schedule/blackout_windows.ts";
import { deriveSchedule, type Schedule } from "../../domain/schedule/schedule.ts";
import { slotsToRun } from "../../domain/schedule/slots_to_run.ts";
import type { Finding } from "../document/report.ts";
import type { JobSettings } from "../schema/schema_job.ts";
import { instantOf } from "../values/dates.ts";
import { milliseconds } from "../values/durations.ts";
import { didYouMean } from "../values/nearest.ts";
import type { Complain, JobBuild } from "./job_build.ts";

/** Slots looked at to find the smallest interval. */
const INTERVALS_JUDGED = 64;

/** The zone to reckon in: the job's own, else that of the environment; UTC when there is none of that name. */
export function buildZone(settings: JobSettings, complain: Complain, build: JobBuild): string {
  const timezone = settings.timezone ?? build.timezone.name;
  if (isZone(timezone)) return timezone;
  const hint = didYouMean(timezone, Intl.supportedValuesOf("timeZone")) ?? "names are like Area/City";
  const message = `'${
    timezone.slice(0, 80)
  }' is not a time zone: expected an IANA name such as Europe/Berlin or UTC`;
  if (settings.timezone !== undefined) complain(["timezone"], { message, hint });
  else build.report.addVariable("TZ", { message, hint });
  return "UTC";
}

/** The schedule that is written, else the one that the policy asks for. */
export function buildSchedule(
  settings: JobSettings,
  policy: Policy | undefined,
  zone: string,
  complain: Complain,
  { schedules, now }: JobBuild,
): Schedule | undefined {
  let pattern = settings.schedule;
  if (pattern === undefined) {
    if (policy === undefined) return undefined;
    const derived = deriveSchedule(policy);
    if (typeof derived !== "string") {
      complain(["schedule"], { message: derived.error, atKey: true });
      return undefined;
    }
    pattern = derived;
  }
  const parsed = schedules.parse(pattern, zone, now);
  if ("schedule" in parsed) {
    const doubt = quartzWeekdays(pattern);
    if (doubt !== undefined) complain(["schedule"], { message: doubt, severity: "warning" });
    return parsed.schedule;
  }
  complain(["schedule"], { message: parsed.error });
  return undefined;
}

/** When the job may not start by itself; undefined where it may at any time, or what is written is wrong. */
export function buildBlackout(
  { blackout: written, start_deadline: deadline }: Pick<JobSettings, "blackout" | "start_deadline">,
  schedule: Schedule | undefined,
  zone: string,
  complain: (keys: (string | number)[], finding: Finding) => void,
  now: number,
): BlackoutSettings | undefined {
  if (written === undefined || written === "off") return undefined;
  const texts = typeof written === "string" ? [written] : written;
  const { windows, then: act = "wait" } = Array.isArray(texts) ? { windows: texts } : texts;
  if (windows.length === 0) return undefined;
  const keyOf = (at: number) =>
    typeof written === "string"
      ? ["blackout"]
      : Array.isArray(written)
      ? ["blackout", at]
      : ["blackout", "windows", at];
  const spans = windows.flatMap((text, at) => {
    const read = parseWindow(text);
    if (!("error" in read)) return read;
    complain(keyOf(at), { message: read.error });
    return [];
  });
  if (spans.length < windows.length) return undefined;
  if (isWholeWeek(joinSpans(spans))) {
    const message = "these windows leave no time of the week: the job would never start";
    complain(["blackout"], { message, hint: "to stop a job write 'enabled: false'" });
    return undefined;
  }
  const blackout: BlackoutSettings = { windows: windows.map((text) => text.trim()), act };
  const startDeadlineMs = deadline === undefined ? null : milliseconds(deadline);
  const runs = schedule && slotsToRun(schedule, { blackout, timezone: zone, startDeadlineMs });
  if (runs?.next(now) === null) {
    const slot = schedule!.next(now)!;
    const ends = blackoutOf({ blackout, timezone: zone })!.windowAt(slot)?.end;
    const message = act === "skip"
      ? `every slot of '${schedule!.pattern}' lies in the blackout: the job would never start`
      : `every slot of '${
        schedule!.pattern
      }' lies in the blackout, and none of them may wait for its end, as ` +
        `start_deadline is ${deadline}: the job would never start`;
    const hint = act === "skip"
      ? "write '{ windows: [...], then: wait }', so that a start waits for the end, or another schedule"
      : `raise start_deadline${
        ends === undefined ? "" : ` over ${formatDuration(ends - slot)}`
      }, or change the schedule`;
    complain(["blackout"], { message, hint });
  }
  return blackout;
}

type IntervalBuild = Pick<JobBuild, "now" | "intervals">;

/** Tells of a jitter of half of an interval or more. */
export function tellJitter(
  schedule: Schedule,
  complain: Complain,
  build: IntervalBuild,
): void {
  const smallest = smallestInterval(schedule, build);
  complain(["jitter"], {
    message:
      `the jitter is not under half of the smallest interval of '${schedule.pattern}', ${
        smallest / 1000
      }s: ` +
      `expected less than ${smallest / 2000}s`,
  });
}

/** True where a start that late may never meet the next one. */
export function fitsJitter(jitterMs: number, schedule: Schedule, build: IntervalBuild): boolean {
  return jitterMs === 0 || jitterMs * 2 < smallestInterval(schedule, build);
}

function smallestInterval(schedule: Schedule, { now, intervals }: IntervalBuild): number {
  const known = intervals.get(schedule);
  if (known !== undefined) return known;
  let smallest = Infinity;
  let slot = schedule.next(now);
  for (let judged = 0; judged < INTERVALS_JUDGED && slot !== null; judged++) {
    const following = schedule.next(slot);
    if (following === null) break;
    smallest = Math.min(smallest, following - slot);
    slot = following;
  }
  intervals.set(schedule, smallest);
  return smallest;
}

/** The first instant (UTC ms) of a job's days and the one after the last; null without an end on that side. */
export function buildDates(
  settings: JobSettings,
  zone: string,
  complain: Complain,
): { from: number | null; to: number | null } {
  const { from: first, to: last } = settings;
  const from = first === undefined ? null : instantOf(first, zone, "start");
  const to = last === undefined ? null : instantOf(last, zone, "end");
  if (from === undefined) complain(["from"], { message: `'${first}' is no day of the calendar` });
  if (to === undefined) complain(["to"], { message: `'${last}' is no day of the calendar` });
  if (typeof from === "number" && typeof to === "number" && from >= to) {
    complain(["to"], { message: `'${last}' is not after from '${first}': expected a later day` });
  }
  return { from: from ?? null, to: to ?? null };
}
