// Retention told the long way, to be compared with src/domain: periods are texts, every pair is compared.

import type { Candidate } from "../../src/domain/retention/election.ts";
import { type Level, LEVELS, type Policy } from "../../src/domain/policy.ts";

/** What the naive election says, as sets of run ids. */
export interface NaiveElection {
  keep: Set<string>;
  /** Oldest first. */
  victims: string[];
  tags: Map<string, Level[]>;
  newest: string | null;
}

const DAY = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();
const texts = new Map<string, string>();

/** The wall clock as `2026-11-20 14:05:09`, straight from Intl. */
export function wallText(zone: string, ms: number): string {
  const memo = `${zone} ${ms}`;
  const known = texts.get(memo);
  if (known !== undefined) return known;
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
    formats.set(zone, format);
  }
  const text = format.format(ms);
  if (texts.size > 300_000) texts.clear();
  texts.set(memo, text);
  return text;
}

/** The latest text the wall clock has shown by then; differs from `wallText` while an hour is repeated. */
function latestText(zone: string, ms: number): string {
  const asUtc = (text: string) => Date.parse(`${text.replace(" ", "T")}Z`);
  const now = wallText(zone, ms);
  const hoursAgo = 3 * 3_600_000;
  if (asUtc(now) - asUtc(wallText(zone, ms - hoursAgo)) >= hoursAgo - 999) return now;
  let latest = now;
  const minute = Math.floor(ms / 60_000) * 60_000;
  for (let back = 0; back <= 180; back++) {
    const text = wallText(zone, minute - back * 60_000 - 1000);
    if (text > latest) latest = text;
  }
  return latest;
}

function weekStartOf(date: string, policy: Policy): number {
  let day = Date.parse(`${date}T00:00:00Z`);
  while (new Date(day).getUTCDay() !== (policy.weekStarts === "monday" ? 1 : 0)) day -= DAY;
  return day;
}

/** The period of a level that an instant falls in, as a text. */
export function period(level: Level, ms: number, policy: Policy, zone: string): string {
  if (level === "secondly") return new Date(ms).toISOString().slice(0, 19);
  if (level === "minutely") return new Date(ms).toISOString().slice(0, 16);
  const text = latestText(zone, ms);
  if (level === "hourly") return text.slice(0, 13);
  if (level === "daily") return text.slice(0, 10);
  if (level === "weekly") return String(weekStartOf(text.slice(0, 10), policy));
  return level === "monthly" ? text.slice(0, 7) : text.slice(0, 4);
}

function distance(level: Level, ms: number, policy: Policy, zone: string): number {
  const { reference } = policy.levels[level];
  if (reference === "L" || level === "secondly") return 0;
  const text = latestText(zone, ms);
  const date = text.slice(0, 10);
  if (level === "minutely") return Math.abs(new Date(ms).getUTCSeconds() - reference);
  if (level === "hourly") return Math.abs(Number(wallText(zone, ms).slice(14, 16)) - reference);
  if (level === "daily") return Math.abs(Number(text.slice(11, 13)) - reference);
  if (level === "weekly") {
    const place = (Date.parse(`${date}T00:00:00Z`) - weekStartOf(date, policy)) / DAY;
    const wanted = policy.weekStarts === "monday" ? (reference === 0 ? 6 : reference - 1) : reference;
    return Math.abs(place - wanted);
  }
  if (level === "yearly") return Math.abs(Number(text.slice(5, 7)) - reference);
  const last = new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate();
  return Math.abs(Number(text.slice(8, 10)) - Math.min(reference, last));
}

function isLater(a: Candidate, b: Candidate): boolean {
  return a.periodTime === b.periodTime ? a.runId > b.runId : a.periodTime > b.periodTime;
}

/** Elects by the words of the design, without any of the tables or tricks of the product. */
export function naiveElection(
  candidates: readonly Candidate[],
  policy: Policy,
  zone: string,
  now: number,
): NaiveElection {
  const tooEarly = (one: Candidate) => one.periodTime > now + 120_000;
  const counting = candidates.filter((one) => !one.suspect && !tooEarly(one));
  const newestFirst = counting.toSorted((a, b) => isLater(a, b) ? -1 : 1);

  const below = new Map<Level, Level>([
    ["minutely", "secondly"],
    ["hourly", "minutely"],
    ["daily", "hourly"],
    ["weekly", "daily"],
    ["monthly", "daily"],
    ["yearly", "monthly"],
  ]);
  const chooseAmong = (all: Candidate[]) => {
    const chosen = new Map<Level, Candidate[]>();
    for (const level of LEVELS) {
      const lower = below.get(level);
      const contenders = lower === undefined ? all : chosen.get(lower)!;
      const seen = contenders.map((one) => ({
        one,
        period: period(level, one.periodTime, policy, zone),
        distance: distance(level, one.periodTime, policy, zone),
      }));
      const beaten = (a: typeof seen[number]) =>
        seen.some((b) =>
          b.period === a.period &&
          (b.distance < a.distance || (b.distance === a.distance && isLater(b.one, a.one)))
        );
      chosen.set(level, seen.filter((a) => !beaten(a)).map((a) => a.one));
    }
    return chosen;
  };
  const chosen = chooseAmong(newestFirst);
  const provedOnes = newestFirst.filter((one) => one.proved === true);
  const provedChosen = chooseAmong(policy.verified === undefined ? [] : provedOnes);

  const keep = new Set<string>();
  const keepAll = (some: readonly Candidate[]) => some.forEach((one) => keep.add(one.runId));
  keepAll(provedOnes.slice(0, 1));
  for (const level of LEVELS) {
    const { count } = policy.levels[level];
    const stands = chosen.get(level)!.map((one, at) => {
      const its = period(level, one.periodTime, policy, zone);
      const proved = at >= count
        ? undefined
        : provedChosen.get(level)!.find((other) => period(level, other.periodTime, policy, zone) === its);
      if (proved !== undefined) keep.add(proved.runId);
      const isOver = one.periodTime < now && its !== period(level, now, policy, zone);
      return proved !== undefined && policy.verified === "require" && isOver ? proved : one;
    });
    chosen.set(level, stands);
    keepAll(stands.slice(0, count));
    if (policy.keepOldest && count > chosen.get(level)!.length) keepAll(newestFirst.slice(-1));
  }
  keepAll(newestFirst.slice(0, Math.max(1, policy.minKeep)));
  const isWithin = (one: Candidate) => one.periodTime > newestFirst[0]!.periodTime - policy.keepWithinMs;
  if (policy.keepWithinMs > 0) keepAll(newestFirst.filter(isWithin));
  keepAll(
    candidates.filter((one) => one.suspect || tooEarly(one) || one.held || one.keepReason !== undefined),
  );
  const isYoung = (one: Candidate) => one.endTime !== null && now - one.endTime < policy.minAgeMs;
  if (policy.minAgeMs > 0) keepAll(candidates.filter(isYoung));
  if (policy.keepAll) keepAll(candidates);

  return {
    keep,
    victims: newestFirst.toReversed().map((one) => one.runId).filter((runId) => !keep.has(runId)),
    tags: new Map(candidates.map((one) => [
      one.runId,
      LEVELS.filter((level) => chosen.get(level)!.includes(one)),
    ])),
    newest: newestFirst[0]?.runId ?? null,
  };
}
