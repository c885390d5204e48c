// Jobs to draw pictures of, each decided by the real domain: two years with three holes, a hold, a suspect and a clock
// change; one of very many backups; one that is new.

import { coverage } from "../../src/domain/coverage/coverage.ts";
import { departures } from "../../src/domain/future/departures.ts";
import { forecast } from "../../src/domain/future/forecast.ts";
import { type Candidate, elect } from "../../src/domain/retention/election.ts";
import { formatPolicy, parsePolicy, type Policy } from "../../src/domain/policy.ts";
import { iso } from "../../src/domain/instant.ts";
import { play } from "../../src/domain/future/play.ts";
import { reasonFields } from "../../src/domain/retention/reason_data.ts";
import { drain } from "../../src/domain/slices.ts";
import { createScheduleCache } from "../../src/domain/schedule/schedule.ts";
import { slotHistory } from "../../src/domain/schedule/slot_history.ts";
import { zoneOf } from "../../src/domain/calendar/zone.ts";
import type {
  FailedRun,
  SetAt,
  TimelineBackup,
  TimelineInput,
} from "../../src/web/pictures/timeline_input.ts";

const DAY = 86_400_000;
const ZONE = "Europe/Berlin";
/** Saturday, twelve o'clock in Berlin. */
export const NOW = Date.UTC(2026, 10, 28, 11, 0);
const SUSPECT_SIZE = 0.3;

/** The policy of a text such as `daily=7`. */
export function policyFrom(text: string): Policy {
  const parsed = parsePolicy(text);
  if ("errors" in parsed) throw new Error(parsed.errors.join("; "));
  return parsed.policy;
}

function slotsOf(pattern: string, zone: string) {
  const parsed = createScheduleCache().parse(pattern, zone, 0);
  if ("error" in parsed) throw new Error(parsed.error);
  return parsed.schedule;
}

/** A story of a job: what did not happen, and what people did. */
interface Story {
  job: string;
  pattern: string;
  policy: string;
  since: number;
  now?: number;
  /** Why no backup came of a slot; null where one did. */
  lacks?: (slot: number) => { message: string; silent?: boolean } | null;
  /** Backups beside those of the schedule. */
  extra?: readonly Candidate[];
  held?: readonly number[];
  locked?: readonly number[];
  proved?: readonly number[];
}

/** What the job looks like at its `now`, with what retention has left of its past. */
export function worldOf(story: Story): TimelineInput {
  const { job, pattern, since, now = NOW, lacks = () => null, held = [], proved = [], locked = [] } = story;
  const zone = zoneOf(ZONE);
  const policy = policyFrom(story.policy);
  const schedule = slotsOf(pattern, ZONE);
  const made = { next: (from: number) => nextMade(schedule, from, lacks) };
  const candidates = pastOf({ policy, since, now, made, held, extra: story.extra ?? [] });
  const { keep } = drain(elect(candidates, policy, zone, now));
  const kept = new Map(keep.map((one) => [one.runId, one]));
  const backups = candidates.map((one) => backupOf(one, kept.get(one.runId), { proved, locked, now }));
  const course = { existing: candidates, slots: schedule, policy, zone, from: now, maxDeletesPerPass: 10 };
  const until = now + 400 * DAY;
  const seen = drain(departures({ ...course, until }));
  const points = candidates.filter(({ suspect }) => !suspect).map(({ periodTime }) => periodTime);
  const slots = slotHistory([{ since, slots: schedule }], now, null);
  const found = drain(coverage({ slots, points: Float64Array.from(points), policy, zone, since, now }));
  const failed: FailedRun[] = [];
  for (let slot = schedule.next(since); slot !== null && slot <= now; slot = schedule.next(slot)) {
    const lack = lacks(slot);
    if (lack === null || lack.silent) continue;
    failed.push({
      run_id: `failed-${iso(slot)}`,
      slot: iso(slot),
      created_at: iso(slot),
      state: "failed",
      reason: null,
      custom_data: lack.message,
    });
  }
  return {
    job: { job, timezone: ZONE, policy: formatPolicy(policy) },
    now,
    backups,
    failed,
    holes: {
      holes: found.holes.map((hole) => ({
        level: hole.level,
        period: hole.period,
        from: iso(hole.from),
        until: iso(hole.until),
        slot: iso(hole.slot),
        why: [{
          cause: lacks(hole.slot)?.silent ? "missed" : "failed",
          runs: 1,
          run_id: `failed-${iso(hole.slot)}`,
          detail: lacks(hole.slot)?.message ?? null,
          asked_by: null,
        }],
      })),
      hole_count: found.holes.length,
      promises: [],
    },
    foreseen: {
      going: seen.going.map(({ runId, at }) => ({ run_id: runId, at: iso(at) })),
      until: iso(seen.reached),
      stopped: null,
    },
    set: null,
    trial: null,
    href: (runId) => `/backups/${encodeURIComponent(runId)}`,
  };
}

function nextMade(
  schedule: { next(from: number): number | null },
  from: number,
  lacks: (slot: number) => unknown,
): number | null {
  let slot = schedule.next(from);
  while (slot !== null && lacks(slot) !== null) slot = schedule.next(slot);
  return slot;
}

interface Past {
  policy: Policy;
  since: number;
  now: number;
  made: { next(from: number): number | null };
  held: readonly number[];
  extra: readonly Candidate[];
}

/** What passes left of all that was made. */
function pastOf({ policy, since, now, made, held, extra }: Past): Candidate[] {
  // Held from the beginning: no pass ever took them.
  const existing = held.map((at): Candidate => ({
    runId: `slot ${at}`,
    periodTime: at,
    endTime: at,
    held: true,
    suspect: false,
  }));
  const slots = { next: (from: number) => nextMade(made, from, (slot) => held.includes(slot) ? true : null) };
  let left: Candidate[] = [];
  const moments = play({
    existing,
    slots,
    policy,
    zone: zoneOf(ZONE),
    from: since,
    until: now,
    dates: [now],
    maxDeletesPerPass: Infinity,
  });
  for (let step = moments.next(); !step.done; step = moments.next()) {
    if (step.value?.date) left = [...step.value.candidates];
  }
  return [...left, ...extra].sort((a, b) => a.periodTime - b.periodTime);
}

function backupOf(
  one: Candidate,
  kept: { tags: TimelineBackup["tags"]; reasons: Parameters<typeof reasonFields>[0] } | undefined,
  { proved, locked, now }: { proved: readonly number[]; locked: readonly number[]; now: number },
): TimelineBackup {
  const isProved = proved.includes(one.periodTime);
  const time = iso(one.periodTime);
  return {
    run_id: one.runId,
    id: `pg-${time.slice(0, 16).replace(/[-:T]/g, "")}`,
    period_time: time,
    start_time: time,
    tags: kept?.tags ?? [],
    ...reasonFields(kept?.reasons ?? []),
    size_mb: one.suspect ? SUSPECT_SIZE : 1_200 + (one.periodTime / DAY) % 40,
    suspect: one.suspect,
    suspect_reason: one.suspect ? "0.3 MB is under 20 % of the usual 1,210 MB" : null,
    rejected: false,
    verification: isProved ? "passed" : "none",
    verified_at: isProved ? iso(Math.min(one.periodTime + 6 * 3_600_000, now)) : null,
    hold: one.held ? { reason: "audit 2025", owner: "anna", since: time, until: null } : null,
    lock: locked.includes(one.periodTime) ? { heard_at: time, until: iso(now + 30 * DAY) } : null,
  };
}

/** 02:00 in Berlin on a date of the calendar. */
export function nightOf(year: number, month: number, day: number): number {
  const guess = Date.UTC(year, month - 1, day, 2);
  return guess - zoneOf(ZONE).spanAt(guess).offset;
}

/** Two years of nights: June was missed, a week in November and one night failed, one is held, one is suspect. */
export function twoYears(): TimelineInput {
  const between = (slot: number, from: number, until: number) => from <= slot && slot < until;
  return worldOf({
    job: "postgres",
    pattern: "0 0 2 * * *",
    policy: "daily=7,weekly=5,monthly=12,yearly=3",
    since: nightOf(2024, 11, 20),
    lacks: (slot) => {
      if (between(slot, nightOf(2026, 6, 1), nightOf(2026, 7, 1))) {
        return { message: "the machine was off", silent: true };
      }
      if (between(slot, nightOf(2026, 11, 1), nightOf(2026, 11, 8))) return { message: "connection refused" };
      return slot === nightOf(2026, 11, 24) ? { message: "no space left on device" } : null;
    },
    extra: [{
      runId: "by hand",
      periodTime: Date.UTC(2026, 10, 26, 14, 30),
      endTime: Date.UTC(2026, 10, 26, 14, 31),
      held: false,
      suspect: true,
    }],
    held: [nightOf(2025, 10, 26)],
    proved: [nightOf(2026, 11, 22), nightOf(2026, 10, 31), nightOf(2026, 9, 30)],
  });
}

/** What a date to come will hold of a world. */
export function setOf(world: TimelineInput, at: number): SetAt {
  const zone = zoneOf(world.job.timezone);
  const seen = drain(forecast({
    existing: candidatesOf(world),
    slots: slotsOf("0 0 2 * * *", world.job.timezone),
    policy: policyFrom(world.job.policy),
    zone,
    from: world.now,
    until: at,
    maxDeletesPerPass: 10,
  }));
  return {
    at: iso(at),
    backups: seen.existing.map(({ periodTime, tags, reasons }) => ({
      period_time: iso(periodTime),
      tags,
      ...reasonFields(reasons),
    })),
  };
}

/** What the next pass would delete under a policy that is tried. */
export function triedOn(world: TimelineInput, policy: string): ReadonlySet<string> {
  return new Set(
    drain(elect(candidatesOf(world), policyFrom(policy), zoneOf(world.job.timezone), world.now)).victims,
  );
}

function candidatesOf(world: TimelineInput): Candidate[] {
  return world.backups.map((one): Candidate => ({
    runId: one.run_id,
    periodTime: Date.parse(one.period_time!),
    endTime: Date.parse(one.period_time!),
    held: one.hold !== null,
    suspect: one.suspect,
  }));
}

/** So many backups, one each ten minutes, all kept; a few of them held, proved or suspect. */
export function veryMany(count: number): TimelineInput {
  const step = 600_000;
  const kept_for = [{ kind: "keep_all" as const }];
  const backups = Array.from({ length: count }, (_, at): TimelineBackup => {
    const time = iso(NOW - (count - at) * step);
    return {
      run_id: `run-${at}`,
      id: `big-${at}`,
      period_time: time,
      start_time: time,
      tags: [],
      reasons: ["keep_all"],
      kept_for,
      size_mb: 40,
      suspect: at % 9_973 === 9_000,
      suspect_reason: null,
      rejected: false,
      verification: at % 5_000 === 0 ? "passed" : "none",
      verified_at: at % 5_000 === 0 ? iso(NOW) : null,
      hold: at % 33_333 === 5 ? { reason: null, owner: null, since: time, until: null } : null,
      lock: null,
    };
  });
  return {
    job: { job: "metrics", timezone: ZONE, policy: "keep_all" },
    now: NOW,
    backups,
    failed: [],
    holes: { holes: [], hole_count: 0, promises: [] },
    foreseen: { going: [], until: iso(NOW + 31 * DAY), stopped: null },
    set: null,
    trial: null,
    href: (runId) => `/backups/${runId}`,
  };
}
