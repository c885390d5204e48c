// What a timeline says, before it is drawn or worded: dots by lane, what goes when, holes and clock changes.

import { instantReader } from "./instants.ts";
import { zoneOf } from "../../domain/calendar/zone.ts";
import type { Policy } from "../../domain/policy.ts";
import {
  crowdLanes,
  type Lane,
  type LaneKey,
  laneOf,
  lanesOf,
  lastKeeperOf,
  policyOf,
} from "./timeline_lanes.ts";
import type { FailedRun, TimelineBackup, TimelineInput } from "./timeline_input.ts";
import type { Badge, CrowdDot, Dot } from "./timeline_marks.ts";
import type { Calendar } from "./words.ts";

/** A backup and when it goes (UTC ms). */
export interface Going {
  at: number;
  dot: Dot;
}

/** A period without its backup, at the slot whose backup would stand for it (UTC ms). */
export interface Hole {
  at: number;
  period: string;
  cause: string;
}

/** A failed run at its slot, or where there is none when it was made (UTC ms). */
interface Failure {
  at: number;
  run: FailedRun;
}

/** One lane with all that stands in it, each list rising in time. */
export interface FilledLane extends Lane {
  dots: Dot[];
  /** Older ones, all before the first dot of any lane. */
  crowds: CrowdDot[];
  going: Going[];
  holes: Hole[];
  /** What a forecast brings until the date of the set. */
  coming: { at: number; reasons: readonly string[] }[];
}

/** Everything of a timeline in numbers. */
export interface TimelineModel {
  input: TimelineInput;
  calendar: Calendar;
  policy: Policy | null;
  lanes: FilledLane[];
  /** All dots, rising in time. */
  dots: Dot[];
  /** All that go, the next first. */
  going: Going[];
  failures: Failure[];
  /** Null where nothing could be foreseen. */
  foreseenUntil: number | null;
  /** The date of the set; null: as it is now. */
  setAt: number | null;
  /** Backups without a known time, which no picture of times can show. */
  undated: TimelineBackup[];
}

/** Works out everything but places; the cost is that of sorting the backups. */
export function timelineModel(input: TimelineInput): TimelineModel {
  const { backups, now, job } = input;
  const policy = policyOf(job.policy);
  const { dots, undated } = dotsOf(backups, input);
  const foreseen = typeof input.foreseen === "string" ? null : input.foreseen;
  const setAt = input.set === null ? null : Date.parse(input.set.at);
  const going = goingOf(dots, input);
  badge(dots, going, setAt, input);
  const keys = new Set(lanesOf(policy, true).map(({ key }) => key));
  const placed = new Map<LaneKey, Dot[]>();
  for (const dot of dots) {
    const key = laneOf(dot.backup, keys);
    const lane = placed.get(key);
    if (lane === undefined) placed.set(key, [dot]);
    else lane.push(dot);
  }
  const coming = comingOf(input, keys);
  const crowds = crowdLanes(input.crowds ?? [], backups, policy);
  const hasOther = placed.has("other") || coming.has("other") || crowds.has("other");
  const lanes = lanesOf(policy, hasOther).map((lane): FilledLane => ({
    ...lane,
    dots: placed.get(lane.key) ?? [],
    crowds: crowds.get(lane.key) ?? [],
    going: going.filter(({ at, dot }) =>
      (lastKeeperOf(dot.backup, at - dot.at, policy) ?? "other") === lane.key
    ),
    holes: holesOf(input, lane.key),
    coming: coming.get(lane.key) ?? [],
  }));
  return {
    input,
    calendar: { zone: zoneOf(job.timezone), now },
    policy,
    lanes,
    dots,
    going,
    failures: failuresOf(input),
    foreseenUntil: foreseen === null ? null : Date.parse(foreseen.until),
    setAt,
    undated,
  };
}

function dotsOf(
  backups: readonly TimelineBackup[],
  { trial }: TimelineInput,
): { dots: Dot[]; undated: TimelineBackup[] } {
  const dots: Dot[] = [];
  const undated: TimelineBackup[] = [];
  const instant = instantReader();
  for (const backup of backups) {
    const time = backup.period_time ?? backup.start_time;
    const at = time === null ? NaN : instant(time);
    if (Number.isNaN(at)) undated.push(backup);
    else dots.push({ at, backup, badges: ownBadges(backup, trial?.goes) });
  }
  return { dots: rising(dots), undated };
}

/** In order of time; lists mostly are, the newest first. */
function rising(dots: Dot[]): Dot[] {
  if (dots.every((dot, at) => at === 0 || dots[at - 1]!.at >= dot.at)) dots.reverse();
  if (dots.every((dot, at) => at === 0 || dots[at - 1]!.at <= dot.at)) return dots;
  return dots.sort((a, b) => a.at - b.at);
}

const NONE: readonly Badge[] = [];

function ownBadges(backup: TimelineBackup, tried: ReadonlySet<string> | undefined): readonly Badge[] {
  const { hold, suspect, rejected, verification, lock } = backup;
  const isProved = verification === "passed" && !suspect && !rejected;
  const isTried = tried?.has(backup.run_id) ?? false;
  // Most backups are nothing of this.
  if (hold === null && !suspect && !rejected && !isProved && lock === null && !isTried) return NONE;
  const badges: Badge[] = [];
  if (hold !== null) badges.push("held");
  if (suspect) badges.push("suspect");
  if (rejected) badges.push("rejected");
  if (isProved) badges.push("proved");
  if (lock !== null) badges.push("locked");
  if (isTried) badges.push("tried");
  return badges;
}

function goingOf(dots: readonly Dot[], { foreseen }: TimelineInput): Going[] {
  if (typeof foreseen === "string" || foreseen.going.length === 0) return [];
  const byRun = new Map(foreseen.going.map(({ run_id, at }) => [run_id, Date.parse(at)]));
  const going = dots.flatMap((dot): Going[] => {
    const at = byRun.get(dot.backup.run_id);
    return at === undefined ? [] : [{ at, dot }];
  });
  return going.sort((a, b) => a.at - b.at || a.dot.at - b.dot.at);
}

/** The newest that counts, the next to go, and what is gone by the date of the set. */
function badge(
  dots: readonly Dot[],
  going: readonly Going[],
  setAt: number | null,
  { now }: TimelineInput,
): void {
  const add = (dot: Dot | undefined, one: Badge) => {
    if (dot !== undefined) dot.badges = [...dot.badges, one];
  };
  add(newestOf(dots, now), "newest");
  add(going[0]?.dot, "next");
  if (setAt !== null) { for (const { at, dot } of going) if (at <= setAt) add(dot, "gone"); }
}

/** The newest backup that can be relied on: not suspect, rejected, failed in a proof, or from the future. */
export function newestOf(dots: readonly Dot[], now: number): Dot | undefined {
  return dots.findLast(({ at, backup: { suspect, rejected, verification } }) =>
    !suspect && !rejected && verification !== "failed" && at <= now
  );
}

function holesOf({ holes }: TimelineInput, key: LaneKey): Hole[] {
  return holes.holes.filter(({ level }) => level === key)
    .map(({ slot, period, why }) => ({
      at: Date.parse(slot),
      period,
      cause: why.length === 0 ? "no record tells why" : why.map(causeText).join("; "),
    }))
    .sort((a, b) => a.at - b.at);
}

function causeText({ cause, detail }: TimelineInput["holes"]["holes"][number]["why"][number]): string {
  const words = cause.replaceAll("_", " ");
  return detail === null || detail === "" ? words : `${words}: ${detail}`;
}

function failuresOf({ failed }: TimelineInput): Failure[] {
  return failed.map((run) => ({ at: Date.parse(run.slot ?? run.created_at), run }))
    .filter(({ at }) => !Number.isNaN(at))
    .sort((a, b) => a.at - b.at);
}

/** What the set at a date holds that is still to be made, by lane. */
function comingOf(
  { set, now }: TimelineInput,
  keys: ReadonlySet<LaneKey>,
): Map<LaneKey, { at: number; reasons: readonly string[] }[]> {
  const coming = new Map<LaneKey, { at: number; reasons: readonly string[] }[]>();
  for (const one of set?.backups ?? []) {
    const at = one.period_time === null ? NaN : Date.parse(one.period_time);
    if (!(at > now)) continue;
    const key = laneOf(one, keys);
    const lane = coming.get(key) ?? [];
    coming.set(key, lane);
    lane.push({ at, reasons: one.reasons });
  }
  for (const lane of coming.values()) lane.sort((a, b) => a.at - b.at);
  return coming;
}
