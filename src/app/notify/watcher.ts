// Looks at the health of all jobs, now and then and soon after something happened, and writes down what is to be told;
// part of the composition root.

import { zoneOf } from "../../domain/calendar/zone.ts";
import { iso } from "../../domain/instant.ts";
import { type Draft, lookAt } from "../../domain/notify/look.ts";
import { isProofDamage } from "../../domain/verification/verification.ts";
import type { JobLook, Track } from "../../domain/notify/track.ts";
import { textOf } from "../../domain/notify/texts.ts";
import type { Setting } from "../../domain/notify/phrases.ts";
import type { Gap } from "../../domain/notify/words.ts";
import { drainInSlices } from "../../engine/context/slices.ts";
import type { EngineEvent, EventSink } from "../../ports/events.ts";
import type { Ids } from "../../ports/host.ts";
import type { NotifyConfig } from "../../ports/notifier.ts";
import type { Notice, NoticeJob, Outbox, Queued } from "../../ports/outbox.ts";
import type { JobView } from "../../ports/views/job.ts";
import type { JobFacts, JobFactsParts } from "../operations/job_facts.ts";
import { slicesOfJobs } from "../operations/job_lists.ts";
import { readDetails, readGap } from "./job_details.ts";

/** What writes messages works with. */
export interface WriterParts {
  facts: JobFactsParts;
  outbox: Outbox;
  ids: Ids;
  notify(): NotifyConfig;
  setting(): Setting;
  /** Messages were written for a channel. */
  queued(channel: string): void;
}

/** How often everything is looked at, and how soon after something happened. */
const LOOK_MS = 30_000;
const SOON_MS = 3_000;
/** Looks take this share of the time at most; in trouble they take more, lest an outage is told late. */
const SHARE = 200;
const TROUBLE_SHARE = 20;
/** After trouble the next look is not put off for longer than this, unless it would take more than its share even so. */
const TROUBLE_MS = 5_000;
/** So many jobs of a message are told to programs. */
const MOST_JOBS = 100;

/** What may change the health of a job. */
const NEWS =
  /^(run\.(available|failed|lost|suspect|accepted|rejected|missing|found|retry|tries_ended|cancelled)|retention\.(guarded|guard_cleared|approved)|job\.|delete\.(error|done)|provider\.upkeep|verification\.|clock\.|config\.)/;

/** Of these, what may have made a job worse. */
const TROUBLE =
  /^(run\.(failed|lost|suspect|missing|retry)|retention\.guarded|delete\.error|provider\.upkeep|verification\.(failed|inconclusive))/;

/** Watches until it is disposed. */
export class Watcher implements EventSink, AsyncDisposable {
  readonly #stop = new AbortController();
  #wake: () => void = () => {};
  #isNews = false;
  #isTrouble = false;
  #done: Promise<void> = Promise.resolve();
  /** By channel, as the state has them; a channel is read when it is met first. */
  readonly #tracks = new Map<string, Map<string, Track>>();

  constructor(private readonly parts: WriterParts) {}

  start(): void {
    this.#done = this.#run();
  }

  emit({ type, level }: EngineEvent): void {
    // Tries of a start whose cause is known are none, nor is a start that waits for its turn.
    if (this.#isTrouble || level === "debug" || (type === "run.retry" && level === "info")) return;
    const isTrouble = TROUBLE.test(type);
    if (!isTrouble && (this.#isNews || !NEWS.test(type))) return;
    this.#isTrouble = isTrouble;
    this.#isNews = true;
    this.#wake();
  }

  /** Forgets what it read of channels that are gone. */
  refresh(): void {
    const names = new Set(this.parts.notify().channels.map(({ name }) => name));
    for (const name of this.#tracks.keys()) if (!names.has(name)) this.#tracks.delete(name);
    this.#isNews = true;
    this.#isTrouble = true;
    this.#wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { clock } = this.parts.facts;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#isNews = false;
      this.#isTrouble = false;
      const began = clock.monotonic();
      // Where the state cannot be read or written, the next look tells the same.
      const dueMs = await this.#look().catch(() => null);
      await this.#pause(clock.monotonic() - began, dueMs ?? Infinity);
    }
  }

  /** Until the next look: `spent` is what the last one took, and in `dueMs` the first of the news that wait is due (ms). */
  async #pause(spent: number, dueMs: number): Promise<void> {
    const { clock } = this.parts.facts;
    const from = clock.monotonic();
    const calm = Math.max(SOON_MS, spent * SHARE);
    const soon = Math.min(calm, Math.max(TROUBLE_MS, spent * TROUBLE_SHARE));
    while (!this.#stop.signal.aborted) {
      const longest = this.#isTrouble ? soon : this.#isNews ? calm : Math.max(calm, LOOK_MS);
      const left = Math.max(soon, Math.min(longest, dueMs)) - (clock.monotonic() - from);
      if (left <= 0) return;
      await this.#nap(left);
    }
  }

  async #nap(ms: number): Promise<void> {
    const awake = new AbortController();
    const wake = () => awake.abort();
    this.#stop.signal.addEventListener("abort", wake);
    this.#wake = wake;
    await this.parts.facts.clock.sleep(ms, awake.signal).catch(() => {});
    this.#wake = () => {};
    this.#stop.signal.removeEventListener("abort", wake);
  }

  /** Answers in how many ms the first of the news that wait is due; null for none. */
  async #look(): Promise<number | null> {
    const { notify, outbox, queued, setting, facts: { clock } } = this.parts;
    const { channels, rules, timezone } = notify();
    if (channels.length === 0) return null;
    for (const { name } of channels) {
      if (this.#tracks.has(name)) continue;
      this.#tracks.set(name, new Map((await outbox.tracks(name)).map((track) => [track.job, track])));
    }
    const looks = await this.#looks();
    const now = clock.now();
    let dueMs: number | null = null;
    for (const { name } of channels) {
      const tracks = this.#tracks.get(name);
      if (this.#stop.signal.aborted || tracks === undefined) return null;
      const work = lookAt(name, rules, tracks, looks, now, zoneOf(timezone));
      const { changed, gone, drafts, dueAt } = await drainInSlices(work, clock);
      if (dueAt !== null) dueMs = Math.min(dueMs ?? Infinity, dueAt - now);
      if (changed.length + gone.length === 0) continue;
      const messages: Queued["messages"][number][] = [];
      for (const draft of drafts) messages.push(await this.#messageOf(draft, { ...setting(), now }));
      await outbox.queue({ channel: name, tracks: changed, gone, messages }).catch((error) => {
        // Perhaps it was saved all the same: only the state knows.
        this.#tracks.delete(name);
        throw error;
      });
      for (const track of changed) tracks.set(track.job, track);
      for (const job of gone) tracks.delete(job);
      if (messages.length > 0) queued(name);
    }
    return dueMs;
  }

  /** Those that are not well, and those of which something was told. */
  async #looks(): Promise<JobLook[]> {
    const { engine } = this.parts.facts;
    const looks: JobLook[] = [];
    const tracked = [...this.#tracks.values()];
    for await (const { views, facts } of slicesOfJobs(this.parts.facts)) {
      for (const view of views) {
        const renamedFrom = engine.job(view.job)?.job.renamedFrom ?? undefined;
        const names = renamedFrom === undefined ? [view.job] : [view.job, renamedFrom];
        if (!view.health.well || tracked.some((tracks) => names.some((name) => tracks.has(name)))) {
          looks.push({ ...lookOf(view, facts), ...renamedFrom === undefined ? {} : { renamedFrom } });
        }
      }
    }
    return looks;
  }

  /** Of the first jobs of a message that tells of their end. */
  async #gapsOf({ news, items }: Draft): Promise<Map<string, Gap>> {
    const { facts } = this.parts;
    const gaps = new Map<string, Gap>();
    if ((news !== "good" && news !== "passed") || items.length > MOST_JOBS) return gaps;
    for (const { look: { job, lastSuccessAt }, spell } of items) {
      const before = spell?.lastGoodAt ?? null;
      if (lastSuccessAt === null || (before !== null && lastSuccessAt <= before)) continue;
      const gap = await readGap(facts, job, before);
      if (gap !== undefined) gaps.set(job, gap);
      await facts.clock.yield();
    }
    return gaps;
  }

  async #messageOf(draft: Draft, setting: Setting): Promise<Queued["messages"][number]> {
    const { facts, ids } = this.parts;
    const details = draft.items.length === 1 ? await readDetails(facts, draft.items[0]!.look.job) : null;
    const notice: Notice = {
      news: draft.news,
      ...textOf(draft, details, setting, await this.#gapsOf(draft)),
      ...jobsOf(draft.items.map(({ look }) => noticeJob(look))),
    };
    return { id: ids.uuidv7(), createdAt: setting.now, notice, nextAt: setting.now };
  }
}

function lookOf(
  { job, provider, health, last_success, guards, missing, suspects }: JobView,
  { catchingUp }: JobFacts,
): JobLook {
  const { since, of_all, ...told } = health;
  const isStopped = health.state === "guarded" || health.state === "suspect";
  const isMissing = health.state === "suspect" && missing > 0 &&
    !guards.some(({ guard }) => guard === "newest_suspect");
  return {
    job,
    provider,
    ...told,
    since: since === null ? null : Date.parse(since),
    lastSuccessAt: last_success === null ? null : Date.parse(last_success),
    catchingUp,
    ...(suspects > 0 ? { suspects } : {}),
    ...(of_all ? { ofAll: true } : {}),
    ...(isMissing ? { isMissing } : {}),
    ...(isStopped && guards.some(({ message }) => isProofDamage(message)) ? { proofFailed: true } : {}),
  };
}

/** The jobs of a message as programs are told of them: the first ones, and how many there are. */
export function jobsOf(
  jobs: readonly NoticeJob[],
  count = jobs.length,
): Pick<Notice, "jobs" | "job_count" | "jobs_cut"> {
  const shown = jobs.slice(0, MOST_JOBS);
  return { job_count: count, jobs_cut: shown.length < count, jobs: shown };
}

/** A job as programs are told of it. */
export function noticeJob({ job, state, well, since, cause, remedy }: JobLook): NoticeJob {
  return { job, state, well, since: iso(since), cause, remedy };
}
