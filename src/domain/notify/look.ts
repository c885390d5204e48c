// One look at all jobs for one channel: what changed since the last one, and which messages are due.

import { healthRank } from "../health.ts";
import type { Zone } from "../calendar/zone.ts";
import { isQuiet } from "./quiet.ts";
import { type NotifyRule, ruleFor } from "./rule.ts";
import {
  type BadSpell,
  follow,
  goodGroup,
  GROUP_MS,
  isUndecided,
  type JobLook,
  type News,
  toldOf,
  type Track,
} from "./track.ts";

/** What others of a group have to add within an hour of its last message is one more message. */
const FOLLOWERS_MS = 3_600_000;

/** A job in a message. `spell`: the bad time that it tells of, as it was before; null for none. */
export interface NewsItem {
  look: JobLook;
  spell: BadSpell | null;
  /** How often its health changed within a day. */
  changes: number;
  /** How it was bad last; absent where that is not known. */
  lastBad?: Track["lastBad"];
}

/** A message to be: one piece of news, of one job or of several for one cause, the worst first. */
export interface Draft {
  news: News;
  items: NewsItem[];
}

interface LookResult {
  /** Tracks that are not as they were, those of told news as told. */
  changed: Track[];
  /** Jobs that need no track any more. */
  gone: string[];
  drafts: Draft[];
  /** When the first of the news that wait for others of their group are due (UTC ms); null for none. */
  dueAt: number | null;
}

/** While others that it told of are still bad, the end of an outage waits for them so long. */
const ENDS_MS = 300_000;

/** So many jobs are followed between two yields. */
const STRETCH = 500;

/** Follows every job. `tracks` has the channel's, by job. Yields now and then. */
export function* lookAt(
  channel: string,
  rules: readonly NotifyRule[],
  tracks: ReadonlyMap<string, Track>,
  looks: readonly JobLook[],
  now: number,
  zone: Zone,
): Generator<void, LookResult> {
  const after = new Map<string, Track>();
  const groups = new Map<string, { news: News; since: number; waiting: { track: Track; look: JobLook }[] }>();
  const stillBad = new Set<string>();
  const names = new Set(looks.map(({ job }) => job));
  let seen = 0;
  for (const look of looks) {
    if (++seen % STRETCH === 0) yield;
    const rule = ruleFor(rules, channel, look.job);
    const known = tracks.get(look.job) ?? formerTrack(look, tracks, names);
    const track = rule === undefined ? undefined : follow(known, look, rule, now);
    if (track === undefined) continue;
    after.set(look.job, track);
    if (track.spell !== null && track.spell.told > 0 && track.spell.healedAt === null) {
      stillBad.add(goodGroup(look));
    }
    if (track.news === null || (track.spell !== null && isUndecided(track.spell, look))) continue;
    if (isQuiet(rule!.quiet, zone, now)) {
      if (!track.held && now - track.newsSince >= GROUP_MS) after.set(look.job, { ...track, held: true });
      continue;
    }
    const key = `${track.news}\n${track.group}`;
    const group = groups.get(key) ?? { news: track.news, since: Infinity, waiting: [] };
    groups.set(key, group);
    group.since = Math.min(group.since, track.newsSince);
    group.waiting.push({ track, look });
  }
  const drafts: Draft[] = [];
  const lastTold = toldGroups(after.values());
  let dueAt: number | null = null;
  for (const [key, { news, since, waiting }] of groups) {
    const last = lastTold.get(key) ?? -Infinity;
    // What began after that is no part of it.
    const isPart = waiting.every(({ track }) => beganAt(track) <= last);
    const others = news === "good" && waiting.some(({ track }) => stillBad.has(track.group));
    const due = Math.max(since + (others ? ENDS_MS : GROUP_MS), isPart ? last + FOLLOWERS_MS : -Infinity);
    if (now < due) {
      dueAt = Math.min(dueAt ?? due, due);
      continue;
    }
    drafts.push({ news, items: waiting.map(itemOf).sort(worstFirst) });
    for (const { track, look } of waiting) after.set(track.job, toldOf(track, look, now));
  }
  return {
    changed: [...after.values()].filter((track) => tracks.get(track.job) !== track),
    gone: [...tracks.keys()].filter((job) => !after.has(job)),
    drafts,
    dueAt,
  };
}

/** What was told of it under an earlier name, where no job has that name any more. */
function formerTrack(
  { job, renamedFrom }: JobLook,
  tracks: ReadonlyMap<string, Track>,
  names: ReadonlySet<string>,
): Track | undefined {
  if (renamedFrom === undefined || names.has(renamedFrom)) return undefined;
  const track = tracks.get(renamedFrom);
  return track === undefined ? undefined : { ...track, job };
}

/** When the trouble whose end a job has to tell was told; before that, when the end of the one before was. */
function beganAt({ news, spell, good }: Track): number {
  return (news === "good" ? spell?.toldAt : good?.at) ?? -Infinity;
}

/** When each group was last told of a job that has no news now. */
function toldGroups(tracks: Iterable<Track>): Map<string, number> {
  const last = new Map<string, number>();
  const tell = (key: string, at: number) => last.set(key, Math.max(last.get(key) ?? -Infinity, at));
  for (const { news, spell, group, good } of tracks) {
    if (news !== null) continue;
    if (spell !== null && spell.toldAt !== null) {
      tell(`bad\n${group}`, spell.toldAt);
      if (spell.told > 1) tell(`again\n${group}`, spell.toldAt);
    }
    if (good !== null) tell(`good\n${good.group}`, good.at);
  }
  return last;
}

function itemOf({ track: { spell, changes, lastBad }, look }: { track: Track; look: JobLook }): NewsItem {
  return { look, spell, changes: changes.length, ...(lastBad === undefined ? {} : { lastBad }) };
}

/** Then what has been so for longest, then by name. */
function worstFirst(one: NewsItem, other: NewsItem): number {
  return healthRank(one.look.state) - healthRank(other.look.state) ||
    (one.spell?.since ?? 0) - (other.spell?.since ?? 0) ||
    (one.look.job < other.look.job ? -1 : 1);
}
