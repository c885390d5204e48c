// What one channel has been told of a job, and what it is to be told next. A channel without a track of a job takes it to
// be well.

import { DAY } from "../duration.ts";
import { healthRank, type HealthState } from "../health.ts";
import type { NotifyRule } from "./rule.ts";

/** How a job does now, as far as messages tell of it. Instants are UTC ms. */
export interface JobLook {
  job: string;
  provider: string;
  state: HealthState;
  well: boolean;
  since: number | null;
  cause: string | null;
  remedy: string | null;
  /** The cause in a few words; null where nothing says why. */
  brief: string | null;
  /** What its provider said last, where that is the cause; null else. */
  words: string | null;
  /** End of its newest sound backup. */
  lastSuccessAt: number | null;
  /** The program has only just begun: nothing is called late for now. */
  catchingUp: boolean;
  /** That a backup cannot be restored is why; absent: it is not. */
  proofFailed?: true;
  /** That backups are missing is why; absent: it is not. */
  isMissing?: true;
  /** It is trouble of the whole program; absent: it is not. */
  ofAll?: true;
  /** How many of its backups wait for somebody's word; absent: none. */
  suspects?: number;
  /** An earlier name of it, under which something may have been told; absent: it has none. */
  renamedFrom?: string;
}

/**
 * What waits to be told: that it turned bad or worse, still is, is good again, does not run any more, was bad while nothing
 * was sent, …
 */
export type News = "bad" | "again" | "good" | "left" | "passed" | "flapping" | "steady";

/** A time in which a job was bad. */
export interface BadSpell {
  /** The worst that was told of it. */
  state: HealthState;
  /** When it turned bad, as far as anybody knows. */
  since: number;
  /** End of the newest sound backup as it began. */
  lastGoodAt: number | null;
  /** How often it was told, and when last. */
  told: number;
  toldAt: number | null;
  /** When it was found to be good again; null while it is bad. */
  healedAt: number | null;
  /** The causes that were told of it, as `causeKey` has them; absent in what an earlier version wrote. */
  causes?: readonly string[];
  /** What the provider said, as it was told last. */
  words?: string | null;
}

/** How a job was bad last, for who is told of it while it is well. */
type LastBad = Pick<JobLook, "state" | "cause" | "words"> & Partial<Pick<JobLook, "brief">>;

export interface Track {
  job: string;
  spell: BadSpell | null;
  news: News | null;
  /** Since when that waits. */
  newsSince: number;
  /** They would have been told, were it not for quiet hours. */
  held: boolean;
  /** Who it is told together with. */
  group: string;
  /** When its health changed within the last day. */
  changes: readonly number[];
  /**
   * How often it was told that it fails and heals, and when last; null while it does not. `settled`: it was told since
   * how that came to rest, although there are still as many changes within the day.
   */
  flapping: { told: number; toldAt: number | null; settled?: true } | null;
  /** Absent where it was never bad as far as is known. */
  lastBad?: LastBad;
  /** When its last good news was told, and in which group. */
  good: { at: number; group: string } | null;
}

/** News wait so long for others of their group: what is due then is told within a minute. */
export const GROUP_MS = 50_000;
/** What failed before it was looked at has waited already, for so long at most. */
const MOST_WAITED_MS = 30_000;
/** What is still wrong is told again so often at most. */
const MOST_REPEATS = 2;
/** More changes than these within a day are told as one. */
const MOST_CHANGES = 4;
/** A job whose last change is older than this does not flap any more, although that is not sure yet. */
const STILL_FLAPPING_MS = 21_600_000;
/** A job that flapped and has been bad, or well, for so long is so, whatever its day was like. */
const STAYS_MS = 7_200_000;
/** So many causes of one bad time are known as told. */
const MOST_CAUSES = 8;

/** What does not run on purpose is no trouble any more, and not fixed either. */
const AT_REST: readonly HealthState[] = ["paused", "outside", "disabled", "unmanaged"];
/** Of these nothing more comes, which ends what was told of them. */
const LEFT: readonly HealthState[] = ["outside", "disabled", "unmanaged"];
/** A backup under way hides these without mending them, and so does a program that has only just begun. */
const HIDDEN: readonly HealthState[] = ["late", "never", "waiting"];

/** The track after a look; undefined for none. The same object where nothing changed. */
export function follow(
  before: Track | undefined,
  look: JobLook,
  rule: NotifyRule,
  now: number,
): Track | undefined {
  const track = before === undefined ? undefined : settled(before, look, rule, now);
  const isBad = !look.well && ((rule.on as readonly string[]).includes(look.state) ||
    look.proofFailed === true && rule.on.includes("verification_failed"));
  if (isBad) return turnedBad(track, look, rule, now);
  if (track === undefined || track.spell === null || track.spell.healedAt !== null) return track;
  return isUndecided(track.spell, look) ? track : turnedGood(track, track.spell, look, rule, now);
}

/** True while it cannot be said whether the job is bad: then nothing of it is told. */
export function isUndecided(spell: BadSpell, look: JobLook): boolean {
  const isTried = look.state === "waiting" && (look.well || spell.state !== "waiting");
  const isUnderWay = look.state === "running" || isTried;
  return (isUnderWay || look.catchingUp) && HIDDEN.includes(spell.state) &&
    (look.lastSuccessAt ?? 0) <= (spell.lastGoodAt ?? 0);
}

/** The track once its news are told. */
export function toldOf(track: Track, { words }: JobLook, now: number): Track {
  const { spell, news, group, flapping } = track;
  const told = { ...track, news: null, held: false };
  if (news === "flapping") return { ...told, flapping: { told: (flapping?.told ?? 0) + 1, toldAt: now } };
  if (news === "bad" || news === "again") {
    const causes = words === null ? spell!.causes ?? [] : [...spell!.causes ?? [], causeKey(words)];
    const next = { told: spell!.told + 1, toldAt: now, causes: causes.slice(-MOST_CAUSES) };
    return { ...told, spell: { ...spell!, ...next, words: words ?? spell!.words ?? null } };
  }
  const settled = flapping === null ? null : { ...flapping, settled: true as const };
  return { ...told, spell: null, flapping: settled, good: { at: now, group } };
}

/** What is told of a bad time again names another cause than it did before; undefined where that is not so. */
export function formerWords({ words }: JobLook, spell: BadSpell | null): string | undefined {
  if (words === null || typeof spell?.words !== "string") return undefined;
  return causeKey(words) === causeKey(spell.words) ? undefined : spell.words;
}

/** Forgets changes of more than a day ago, and ends what they made. */
function settled(track: Track, look: JobLook, rule: NotifyRule, now: number): Track | undefined {
  const changes = track.changes.filter((at) => at > now - DAY && at <= now);
  const { flapping, spell } = track;
  const lastChange = changes.at(-1) ?? 0;
  const isFew = changes.length <= MOST_CHANGES;
  // What came to rest in quiet hours is told as it is then: that it fails and heals is over.
  const isHeldBack = track.news === "flapping" && track.held;
  if (flapping !== null && (track.news === null || isHeldBack) && (isFew || now - lastChange >= STAYS_MS)) {
    return atRest({ ...track, changes }, flapping, isFew, look, rule, now);
  }
  const isUntold = spell === null || spell.told === 0;
  const isOn = isUntold && now - lastChange < STILL_FLAPPING_MS;
  if (flapping !== null && track.news === null && isOn && isDue(flapping, rule, now)) {
    return { ...track, changes, news: "flapping", newsSince: now };
  }
  const isOver = spell === null && track.news === null && flapping === null && changes.length === 0;
  if (isOver) return undefined;
  return changes.length === track.changes.length ? track : { ...track, changes };
}

/** A job that failed and healed has come to rest: it is told how, where that is not known. */
function atRest(
  track: Track,
  flapping: NonNullable<Track["flapping"]>,
  isFew: boolean,
  look: JobLook,
  rule: NotifyRule,
  now: number,
): Track {
  const { spell } = track;
  const rested: Track = { ...track, flapping: isFew ? null : { ...flapping, settled: true } };
  if (spell !== null) {
    // It is looked at in this very turn whether it has healed.
    if (look.well || spell.healedAt !== null || spell.told > 0) return isFew ? rested : track;
    return { ...rested, news: "bad", newsSince: now, group: groupOf(look) };
  }
  if (
    flapping.settled === undefined && flapping.told > 0 && LEFT.includes(look.state) &&
    rule.on.includes("recovered")
  ) {
    return { ...rested, news: "left", newsSince: now, group: `left\n${look.state}` };
  }
  const isNews = flapping.settled === undefined && look.well && !AT_REST.includes(look.state) &&
    rule.on.includes("recovered");
  if (isNews) return { ...rested, news: "steady", newsSince: now, group: goodGroup(look) };
  return isFew ? rested : track;
}

function turnedBad(before: Track | undefined, look: JobLook, rule: NotifyRule, now: number): Track {
  const spell = before?.spell ?? null;
  const group = groupOf(look);
  if (before === undefined || spell === null || spell.healedAt !== null) {
    const isKnown = spell !== null && spell.told > 0;
    const track = withCause(changed(before, look, now), look);
    const next: BadSpell = spell !== null ? { ...spell, healedAt: null } : {
      state: look.state,
      since: look.since ?? now,
      lastGoodAt: look.lastSuccessAt,
      told: 0,
      toldAt: null,
      healedAt: null,
    };
    if (track.flapping !== null) {
      if (track.news === "flapping") return { ...track, spell: next, group };
      const { told, toldAt } = track.flapping;
      // That it is steady was not told yet, and is not so.
      const flapping = track.news === "steady" ? { told, toldAt } : track.flapping;
      return { ...track, spell: next, group, news: null, held: false, flapping };
    }
    // What was told as bad and not yet as good needs no word.
    return { ...track, spell: next, group, news: isKnown ? null : "bad", newsSince: badSince(look, now) };
  }
  if (before.flapping !== null && spell.told === 0) return before;
  const isWorse = healthRank(look.state) < healthRank(spell.state);
  if (spell.told === 0) {
    return group === before.group && look.state === spell.state
      ? before
      : withCause({ ...before, group, spell: { ...spell, state: look.state } }, look);
  }
  const mayRepeat = before.news === null && spell.told <= MOST_REPEATS;
  if (isWorse) {
    const worse = { ...before, spell: { ...spell, state: look.state }, group };
    return mayRepeat ? { ...worse, news: "bad", newsSince: now } : worse;
  }
  const isAgain = (mayRepeat && isDue(spell, rule, now)) || isOtherCause(before, spell, look, rule, now);
  return isAgain ? withCause({ ...before, group, news: "again", newsSince: now }, look) : before;
}

/**
 * A cause that was not told of this bad time is news: at once while little was said of it, then at most as often as what
 * is still wrong is told again.
 */
function isOtherCause(
  { news }: Track,
  { causes = [], told, toldAt }: BadSpell,
  { words }: JobLook,
  { repeatMs }: NotifyRule,
  now: number,
): boolean {
  if (news !== null || words === null || causes.length === 0 || causes.includes(causeKey(words))) {
    return false;
  }
  return told <= MOST_REPEATS || (repeatMs !== null && toldAt !== null && now - toldAt >= repeatMs);
}

/** Keeps how it is bad. */
function withCause(track: Track, { state, cause, words, brief }: JobLook): Track {
  return { ...track, lastBad: { state, cause, words, brief } };
}

/** Since when it is news that the job is bad. What is late may only now be made up for: that has its whole time. */
function badSince({ state, since }: JobLook, now: number): number {
  return since === null || state !== "failing" ? now : Math.min(now, Math.max(since, now - MOST_WAITED_MS));
}

function turnedGood(
  before: Track,
  spell: BadSpell,
  look: JobLook,
  rule: NotifyRule,
  now: number,
): Track {
  const track = changed(before, look, now, spell.told === 0);
  if (track.flapping !== null && spell.told === 0) {
    return { ...track, spell: null, news: track.news === "flapping" ? "flapping" : null };
  }
  const silent = { ...track, spell: null, news: null, held: false };
  if (LEFT.includes(look.state) && spell.told > 0 && rule.on.includes("recovered")) {
    const over = { ...spell, healedAt: now };
    return { ...track, spell: over, news: "left", newsSince: now, group: `left\n${look.state}` };
  }
  if (AT_REST.includes(look.state) || !rule.on.includes("recovered")) return silent;
  const healed = { ...track, spell: { ...spell, healedAt: now }, newsSince: now, group: goodGroup(look) };
  if (spell.told > 0) return { ...healed, news: "good" };
  // Quiet hours delay and never drop: what was bad in them is told, although it is over.
  return before.held ? { ...healed, news: "passed" } : silent;
}

/** Counts a change; more than enough of them are one piece of news, where it `mayFlap`: the end of what was told is told as such. */
function changed(before: Track | undefined, look: JobLook, now: number, mayFlap = true): Track {
  const track = before ?? {
    job: look.job,
    spell: null,
    news: null,
    newsSince: now,
    held: false,
    group: groupOf(look),
    changes: [],
    flapping: null,
    good: null,
  };
  const changes = [...track.changes, now];
  if (!mayFlap || track.flapping !== null || changes.length <= MOST_CHANGES) return { ...track, changes };
  return { ...track, changes, flapping: { told: 0, toldAt: null }, news: "flapping", newsSince: now };
}

function isDue(
  { told, toldAt }: { told: number; toldAt: number | null },
  { repeatMs }: NotifyRule,
  now: number,
): boolean {
  return repeatMs !== null && told > 0 && told <= MOST_REPEATS && toldAt !== null && now - toldAt >= repeatMs;
}

/** Jobs that are bad for one cause: of one provider, or of the whole program where no job's own time is known. */
function groupOf({ provider, state, since, cause, words, ofAll }: JobLook): string {
  if (ofAll) return state;
  // Of what is so since nobody knows when, no provider has said anything.
  const why = since === null ? cause : words;
  return `${state}\n${provider}\n${causeKey(why ?? "")}`;
}

/** Jobs of one provider that are good again. */
export function goodGroup({ provider }: JobLook): string {
  return `good\n${provider}`;
}

/** What is the same of one cause: ids, numbers and times differ from run to run. */
function causeKey(text: string): string {
  return text.toLowerCase().replace(/[0-9a-f]{8,}|\d+/g, "#").slice(0, 200);
}
