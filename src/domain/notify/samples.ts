// Messages of each kind about a job that there is not, to try a channel out with.

import type { Draft } from "./look.ts";
import { type JobDetails, type Setting, textOf } from "./texts.ts";
import type { JobLook, News } from "./track.ts";

const HOUR = 3_600_000;
const JOB = "example";
const WORDS = "connect 10.0.0.5:5432: connection refused";

/** What they tell of, as it would be now. */
export function sampleDrafts(now: number): Draft[] {
  const lastGoodAt = now - 50 * HOUR;
  const bad: JobLook = {
    job: JOB,
    provider: "example",
    state: "failing",
    well: false,
    since: now - HOUR,
    cause: WORDS,
    remedy: "see 'schelly status'",
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
  const draft = (news: News, look: JobLook, changes = 1): Draft => ({
    news,
    items: [{ look, spell, changes }],
  });
  return [draft("bad", bad), draft("again", bad), draft("good", good), draft("flapping", bad, 5)];
}

/** The text of one, which says that it is a trial. */
export function sampleText(draft: Draft, setting: Setting): ReturnType<typeof textOf> {
  const details: JobDetails = {
    sizeMb: 1200,
    pastSizes: [1180, 1190, 1210],
    failures: draft.news === "good" ? [] : [{ at: setting.now - HOUR, words: WORDS }],
    more: false,
    nextSlot: setting.now + 20 * HOUR,
    expectedMs: 25 * HOUR,
  };
  const { title, text, link } = textOf(draft, details, setting);
  return { title: `TEST ${title}`, text: `This is a trial: nothing happened.\n${text}`, link };
}
