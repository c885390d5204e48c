// Messages of each kind about a job that there is not, to try a channel out with.

import { DAY } from "../duration.ts";
import { digestText } from "./digest.ts";
import { foldText } from "./fold.ts";
import type { Draft, NewsItem } from "./look.ts";
import { plannedText } from "./planned.ts";
import type { JobDetails, Setting } from "./phrases.ts";
import { textOf } from "./texts.ts";
import type { JobLook, News } from "./track.ts";

const HOUR = 3_600_000;
const JOB = "example";
const WORDS = "connect 10.0.0.5:5432: connection refused";

/** One of them. */
interface Sample {
  news: News | "planned" | "digest" | "several";
  title: string;
  text: string;
  link: string | null;
  jobs: JobLook[];
}

/** One of each kind, as it would be now; each says that it is a trial. */
export function samplesOf(setting: Setting): Sample[] {
  const drafts = sampleDrafts(setting.now);
  const single = drafts.map((draft): Sample => ({
    news: draft.news,
    ...textOf(draft, detailsOf(draft, setting.now), setting),
    jobs: draft.items.map(({ look }) => look),
  }));
  const [bad, , good] = single;
  const several = { news: "several" as const, ...foldText(setting.name, [bad!.title, good!.title]) };
  const digest = { news: "digest" as const, ...sampleDigest(bad!.jobs[0]!, setting) };
  return [
    ...single,
    { ...several, link: setting.publicUrl, jobs: [...bad!.jobs, ...good!.jobs] },
    { news: "planned" as const, ...samplePlanned(setting), link: setting.publicUrl, jobs: good!.jobs },
    { ...digest, link: setting.publicUrl, jobs: bad!.jobs },
  ].map((sample) => ({
    ...sample,
    title: `TEST ${sample.title}`,
    text: `This is a trial: nothing happened.\n${sample.text}`,
  }));
}

function sampleDrafts(now: number): Draft[] {
  const lastGoodAt = now - 50 * HOUR;
  const bad: JobLook = {
    job: JOB,
    provider: "example",
    state: "failing",
    well: false,
    since: now - HOUR,
    cause: WORDS,
    remedy: "see 'schelly status'",
    brief: "connection refused",
    words: WORDS,
    lastSuccessAt: lastGoodAt,
    catchingUp: false,
  };
  const good: JobLook = {
    ...bad,
    state: "ok",
    well: true,
    since: null,
    cause: null,
    brief: null,
    words: null,
    lastSuccessAt: now - HOUR,
  };
  const spell = {
    state: bad.state,
    since: now - HOUR,
    lastGoodAt,
    told: 1,
    toldAt: now - HOUR,
    healedAt: null,
  };
  const draft = (news: News, look: JobLook, more: Partial<NewsItem> = {}): Draft => ({
    news,
    items: [{ look, spell, changes: 1, ...more }],
  });
  return [
    draft("bad", bad),
    draft("again", bad),
    draft("good", good),
    draft("left", { ...good, state: "unmanaged", lastSuccessAt: lastGoodAt }, { lastBad: bad }),
    draft("passed", good, { spell: { ...spell, healedAt: now - HOUR / 2 }, lastBad: bad }),
    draft("flapping", bad, { changes: 5, lastBad: bad }),
    draft("steady", good, { changes: 5, lastBad: bad }),
  ];
}

function detailsOf({ items: [item] }: Draft, now: number): JobDetails {
  return {
    sizeMb: 1200,
    pastSizes: [1180, 1190, 1210],
    failures: item!.look.well ? [] : [{ at: now - HOUR, words: WORDS }],
    more: false,
    nextSlot: now + 20 * HOUR,
    expectedMs: 25 * HOUR,
  };
}

function samplePlanned(setting: Setting) {
  const at = setting.now + 20 * HOUR;
  const news = [{ runId: "1", periodTime: setting.now - 30 * DAY, at }];
  return plannedText([{ job: JOB, news, sizeMb: 1200, ids: ["example-1"] }], setting);
}

function sampleDigest({ job, state, well, since, cause, brief }: JobLook, setting: Setting) {
  return digestText({
    pace: "daily",
    jobs: [{ job, state, well, since, cause, brief }],
    made: 0,
    failed: 1,
    deleted: 0,
    planned: [{ job, count: 1 }],
    unasked: 0,
    freeze: null,
    until: setting.now + DAY,
  }, setting);
}
