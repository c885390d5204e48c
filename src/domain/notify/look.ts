// One look at all jobs for one channel: what changed since the last one, and which messages are due.

import { healthRank } from "../health.ts";
import type { Zone } from "../calendar/zone.ts";
import { isQuiet } from "./quiet.ts";
import { type NotifyRule, ruleFor } from "./rule.ts";
import {
  type BadSpell,
  follow,
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
}

/** So many jobs are followed between two yields. */
const STRETCH = 500;

/** Follows every job. `tracks` has the channel's, by job. Yields now and then. */
export function* lookAt(
  channel: string,
  rules: readonly NotifyRule[],
  tracks: ReadonlyMap<string, Track>,
  looks: Iterable<JobLook>,
  now: number,
  zone: Zone,
): Generator<void, LookResult> {
  const after = new Map<string, Track>();
  const groups = new Map<string, { news: News; since: number; waiting: { track: Track; look: JobLook }[] }>();
  let seen = 0;
  for (const look of looks) {
    if (++seen % STRETCH === 0) yield;
    const rule = ruleFor(rules, channel, look.job);
    const track = rule === undefined ? undefined : follow(tracks.get(look.job), look, rule, now);
    if (track === undefined) continue;
    after.set(look.job, track);
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
  for (const [key, { news, since, waiting }] of groups) {
    if (now - since < GROUP_MS || now - (lastTold.get(key) ?? -Infinity) < FOLLOWERS_MS) continue;
    drafts.push({ news, items: waiting.map(itemOf).sort(worstFirst) });
    for (const { track } of waiting) after.set(track.job, toldOf(track, now));
  }
  return {
    changed: [...after.values()].filter((track) => tracks.get(track.job) !== track),
    gone: [...tracks.keys()].filter((job) => !after.has(job)),
    drafts,
  };
}

/** When each group was last told of a job that has no news now. */
function toldGroups(tracks: Iterable<Track>): Map<string, number> {
  const last = new Map<string, number>();
  const tell = (key: string, at: number) => last.set(key, Math.max(last.get(key) ?? -Infinity, at));
  for (const { news, spell, group, good } of tracks) {
    if (news !== null) continue;
    if (spell !== null && spell.toldAt !== null) tell(`bad\n${group}`, spell.toldAt);
    if (good !== null) tell(`good\n${good.group}`, good.at);
  }
  return last;
}

function itemOf({ track: { spell, changes }, look }: { track: Track; look: JobLook }): NewsItem {
  return { look, spell, changes: changes.length };
}

/** Then what has been so for longest, then by name. */
function worstFirst(one: NewsItem, other: NewsItem): number {
  return healthRank(one.look.state) - healthRank(other.look.state) ||
    (one.spell?.since ?? 0) - (other.spell?.since ?? 0) ||
    (one.look.job < other.look.job ? -1 : 1);
}
