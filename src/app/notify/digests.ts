// Writes digests when they are due; part of the composition root.

import { zoneOf } from "../../domain/calendar/zone.ts";
import { isFrozen } from "../../domain/freeze.ts";
import { healthRank } from "../../domain/health.ts";
import { iso } from "../../domain/instant.ts";
import { digestAfter, digestBefore, type DigestJob, digestText } from "../../domain/notify/digest.ts";
import { isQuiet } from "../../domain/notify/quiet.ts";
import { type NotifyRule, ruleFor } from "../../domain/notify/rule.ts";
import type { Notice } from "../../ports/outbox.ts";
import { slicesOfJobs } from "../operations/job_lists.ts";
import { jobsOf, type WriterParts } from "./watcher.ts";

interface DigestsParts extends WriterParts {
  /** How many backups of a job will be deleted up to then (UTC ms); null where that cannot be foreseen. */
  deletionsUntil(job: string, until: number): Promise<number | null>;
}

const LOOK_MS = 60_000;
/** So many jobs are asked what will go of them: each takes its time. */
const MOST_ASKED = 50;

type Pace = Exclude<NotifyRule["digest"], "never">;

/** Works until it is disposed. */
export class Digests implements AsyncDisposable {
  readonly #stop = new AbortController();
  #done: Promise<void> = Promise.resolve();

  constructor(private readonly parts: DigestsParts) {}

  start(): void {
    this.#done = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      // What cannot be read or written now is in a minute.
      await this.#look().catch(() => {});
      await this.parts.facts.clock.sleep(LOOK_MS, signal).catch(() => {});
    }
  }

  async #look(): Promise<void> {
    const { notify, outbox, facts: { clock } } = this.parts;
    const { channels, rules, timezone } = notify();
    const zone = zoneOf(timezone);
    for (const { name } of channels) {
      const rule = rules.find(({ to, digest }) => to.includes(name) && digest !== "never");
      if (rule === undefined || this.#stop.signal.aborted) continue;
      const pace = rule.digest as Pace;
      const now = clock.now();
      const last = await outbox.digestUntil(name);
      const due = digestBefore(pace, zone, now);
      if (last !== null && (last >= due || isQuiet(rule.quiet, zone, now))) continue;
      // The first one tells of what comes from now on.
      const messages = last === null ? [] : [await this.#messageOf(name, rules, pace, last)];
      await outbox.queue({ channel: name, tracks: [], gone: [], messages, digestUntil: now });
      if (messages.length > 0) this.parts.queued(name);
    }
  }

  async #messageOf(channel: string, rules: readonly NotifyRule[], pace: Pace, since: number) {
    const { facts, outbox, ids, setting } = this.parts;
    const told = setting();
    const jobs = await this.#jobs(channel, rules);
    const until = digestAfter(pace, told.zone, digestBefore(pace, told.zone, told.now));
    const known = await facts.store.freeze();
    const freeze = isFrozen(known, facts.watch.read().ends) ? known : null;
    const asked = freeze !== null ? [] : jobs.slice(0, MOST_ASKED);
    const planned = [];
    for (const { job } of asked) {
      if (this.#stop.signal.aborted) break;
      planned.push({ job, count: await this.parts.deletionsUntil(job, until) });
    }
    const unasked = freeze !== null ? 0 : jobs.length - asked.length;
    const happened = await outbox.happened(since);
    const text = digestText({ pace, jobs, ...happened, planned, unasked, freeze, until }, told);
    const needs = jobs.filter(({ well }) => !well);
    const notice: Notice = {
      news: "digest",
      ...text,
      link: told.publicUrl,
      ...jobsOf(
        needs.map(({ job, state, well, since, cause }) => (
          { job, state, well, since: iso(since), cause, remedy: null }
        )),
      ),
    };
    return { id: ids.uuidv7(), createdAt: told.now, notice, nextAt: told.now };
  }

  /** Those of the configuration that the channel is told of, the worst first. */
  async #jobs(channel: string, rules: readonly NotifyRule[]): Promise<DigestJob[]> {
    const jobs: DigestJob[] = [];
    for await (const { views } of slicesOfJobs(this.parts.facts)) {
      for (const { job, managed, health: { state, well, since, cause, brief } } of views) {
        if (!managed || ruleFor(rules, channel, job) === undefined) continue;
        jobs.push({ job, state, well, since: since === null ? null : Date.parse(since), cause, brief });
      }
    }
    return jobs.sort((one, other) =>
      Number(one.well) - Number(other.well) || healthRank(one.state) - healthRank(other.state) ||
      (one.job < other.job ? -1 : 1)
    );
  }
}
