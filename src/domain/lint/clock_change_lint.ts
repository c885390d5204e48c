// Which slots a change of the clock skips or doubles, and what becomes of them.

import { readCronPattern } from "../schedule/cron_pattern.ts";
import { type Draft, lengthText, localText, someOf } from "./lint_finding.ts";
import type { Schedule, ScheduleCache } from "../schedule/schedule.ts";
import { shiftedSchedule } from "../schedule/shifted_schedule.ts";
import { clockSteps } from "../schedule/wall_clock.ts";
import type { Zone } from "../calendar/zone.ts";
import { DAY } from "../duration.ts";

const SECOND = 1000;
const MOST_SHOWN = 4;
const MOST_COUNTED = 1000;

/** One change of the clock that a schedule feels. */
interface ClockEffect {
  /** When the clock changes, UTC ms. */
  at: number;
  /** What becomes of the slots, for people. */
  text: string;
}

/**
 * The changes of the zone's clock in (from, until] that skip or double slots. A pattern that follows the clock and
 * keeps its rhythm all the same, as an hourly one does, feels none.
 */
export function clockEffects(
  schedule: Schedule,
  zone: Zone,
  schedules: ScheduleCache,
  from: number,
  until: number,
): ClockEffect[] {
  const read = readCronPattern(schedule.pattern);
  // On the clock of UTC a pattern fires at the local times it names, as if they were UTC.
  const named = schedules.parse(schedule.pattern, "UTC");
  if ("error" in read || "error" in named) return [];
  const effectOf = read.fixedTime ? fixedEffect : followingEffect;
  return clockSteps(zone, from, until).flatMap((at) => {
    const before = zone.spanAt(at - SECOND).offset;
    const after = zone.spanAt(at).offset;
    const low = at + Math.min(before, after);
    const high = at + Math.max(before, after);
    const slots = named.schedule.count(low - SECOND, high - SECOND, MOST_COUNTED);
    if (slots === 0) return [];
    const step: Step = { at, low, high, forward: after > before, slots, after };
    const text = effectOf(step, schedule, named.schedule);
    return text === null ? [] : [{ at, text }];
  });
}

interface Step {
  at: number;
  /** Local times (ms, as if they were UTC) from `low` until before `high` are left out or shown twice. */
  low: number;
  high: number;
  forward: boolean;
  /** Slots named in there; null for very many. */
  slots: number | null;
  /** Local time minus UTC from then on. */
  after: number;
}

function fixedEffect(step: Step, _schedule: Schedule, named: Schedule): string {
  const first = named.next(step.low - SECOND)!;
  const last = named.latest(step.low - SECOND, step.high - SECOND)!;
  const times = first === last ? localText(first) : `${localText(first)} to ${localText(last).slice(11)}`;
  const several = step.slots === 1 ? "" : ` (${step.slots ?? `over ${MOST_COUNTED}`} slots)`;
  const [exist, come] = step.slots === 1 ? ["does not exist", "comes"] : ["do not exist", "come"];
  if (!step.forward) return `${times}${several} ${come} twice: due once, the first time`;
  const due = localText(step.at + step.after);
  const joined = named.next(step.high - SECOND) === step.high ? ", together with the slot there" : "";
  return `${times}${several} ${exist}: due${step.slots === 1 ? "" : " once,"} at ${due}${joined}`;
}

function followingEffect(step: Step, schedule: Schedule, named: Schedule): string | null {
  const first = named.next(step.low - SECOND)!;
  // The slot that stands for the first of them on the clock as it is from then on, and the one before it.
  const found = schedule.next(step.at + (step.forward ? 0 : first - step.low) - SECOND);
  const previous = found === null ? null : schedule.latest(step.at - 2 * DAY, found - SECOND);
  if (found === null || previous === null) return null;
  const apart = found - previous;
  // What lies between the two on paper: the same local times on a day without a change.
  const usual = step.forward
    ? first - named.latest(first - 2 * DAY, first - SECOND)!
    : named.interval(first)!;
  if (step.forward) {
    if (apart <= usual) return null;
    return `${localText(first)} does not exist and is left out: ${lengthText(apart)} between slots ` +
      `instead of ${lengthText(usual)}`;
  }
  if (apart >= usual) return null;
  return `${localText(first)} comes twice: due both times, ${lengthText(apart)} apart`;
}

/** The finding about a schedule; null where no change of the clock disturbs it within (from, until]. */
export function clockChangeDraft(
  schedule: Schedule,
  zone: Zone,
  schedules: ScheduleCache,
  from: number,
  until: number,
): Draft | null {
  const effects = clockEffects(schedule, zone, schedules, from, until);
  if (effects.length === 0) return null;
  const read = readCronPattern(schedule.pattern);
  const fixed = !("error" in read) && read.fixedTime;
  const proposal = fixed ? undisturbed(schedule, zone, schedules, from, until) : null;
  return {
    rule: "clock_change",
    severity: "notice",
    message: `'${schedule.pattern}' when the clock of ${zone.name} changes: ${
      someOf(effects.map((one) => one.text), MOST_SHOWN, "; ")
    }`,
    remedy: proposal !== null
      ? `nothing is lost; for the same time on every day use '${proposal}'`
      : fixed
      ? "nothing is lost; for the same time on every day choose one at which the clock is never changed"
      : "nothing is lost; for an even rhythm set the job's timezone to UTC",
    at: effects.map((one) => one.at),
    proposal,
  };
}

/** The schedule a few whole hours later, where no change of the clock disturbs it any more. */
function undisturbed(
  schedule: Schedule,
  zone: Zone,
  schedules: ScheduleCache,
  from: number,
  until: number,
): string | null {
  for (const hours of [1, 2, 3]) {
    const text = shiftedSchedule(schedule.pattern, hours * 60);
    const shifted = text === null ? null : schedules.parse(text, zone.name);
    if (text === null || shifted === null || "error" in shifted) continue;
    if (clockEffects(shifted.schedule, zone, schedules, from, until).length === 0) return text;
  }
  return null;
}
