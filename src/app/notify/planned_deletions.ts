// Writes messages of deletions to come, for the channels whose rules ask for it; part of the composition root.

import { isFrozen } from "../../domain/freeze.ts";
import {
  isDueNow,
  PLANNED_AHEAD_MS,
  type PlannedBackup,
  type PlannedJob,
  plannedText,
  toldOfPlan,
  untold,
} from "../../domain/notify/planned.ts";
import { isQuiet } from "../../domain/notify/quiet.ts";
import { ruleFor } from "../../domain/notify/rule.ts";
import type { EngineEvent, EventSink } from "../../ports/events.ts";
import type { Notice, NoticeJob } from "../../ports/outbox.ts";
import { slicesOfJobs } from "../operations/job_lists.ts";
import { jobsOf, type WriterParts } from "./watcher.ts";

export interface PlannedDeletionsParts extends WriterParts {
  /** The backups of a job that go within so many ms, first ones first; null where that cannot be foreseen. */
  departuresWithin(job: string, ms: number): Promise<readonly PlannedBackup[] | null>;
}

const NAP_MS = 30_000;
const LOOK_MS = 3_600_000;
/** After something changed; an edit is looked at with the next nap. */
const SOON_MS = 300_000;
/** So much rest for each millisecond of foreseeing. */
const REST_FACTOR = 19;
const MOST_IDS = 3;
const MOST_SIZES = 1_000;

const CHANGES = /^(run\.(available|accepted|rejected|missing|released)|retention\.|freeze\.|job\.)/;
const EDITS = /^config\./;

/** Works until it is disposed. */
export class PlannedDeletions implements EventSink, AsyncDisposable {
  readonly #stop = new AbortController();
  #done: Promise<void> = Promise.resolve();
  #waitMs = 0;

  constructor(private readonly parts: PlannedDeletionsParts) {}

  start(): void {
    this.#done = this.#run(this.#stop.signal).catch(() => {});
  }

  emit({ type }: EngineEvent): void {
    if (EDITS.test(type)) this.#waitMs = 0;
    else if (CHANGES.test(type)) this.#waitMs = Math.min(this.#waitMs, SOON_MS);
  }

  /** The rules may be others now. */
  refresh(): void {
    this.#waitMs = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock } = this.parts.facts;
    let last = -Infinity;
    for (;;) {
      await clock.sleep(NAP_MS, signal);
      if (clock.monotonic() - last < this.#waitMs) continue;
      this.#waitMs = LOOK_MS;
      last = clock.monotonic();
      // What cannot be read or written now is soon.
      await this.#look().catch(() => void (this.#waitMs = SOON_MS));
    }
  }

  async #look(): Promise<void> {
    const { notify, facts: { store, watch } } = this.parts;
    const asking = notify().channels.filter(({ name }) =>
      notify().rules.some(({ to, on }) => to.includes(name) && on.includes("deletion_planned"))
    );
    if (asking.length === 0) return;
    const { ends, inDoubtUntil } = watch.read();
    if (inDoubtUntil !== null || isFrozen(await store.freeze(), ends)) return;
    const plans = new Map<string, readonly PlannedBackup[]>();
    for (const { name } of asking) await this.#tell(name, plans);
  }

  /** `plans`: what was foreseen in this look. */
  async #tell(channel: string, plans: Map<string, readonly PlannedBackup[]>): Promise<void> {
    const { notify, outbox, ids, setting, queued } = this.parts;
    const told = new Map((await outbox.planned(channel)).map((one) => [one.job, one]));
    const due: { job: NoticeJob; going: readonly PlannedBackup[]; news: PlannedBackup[] }[] = [];
    let isDue = false;
    for (const job of await this.#jobs(channel)) {
      if (this.#stop.signal.aborted) return;
      const going = plans.get(job.job) ?? await this.#foresee(job.job);
      plans.set(job.job, going);
      const { now, zone } = setting();
      if (isQuiet(ruleFor(notify().rules, channel, job.job)!.quiet, zone, now)) continue;
      const before = told.get(job.job);
      const news = untold(before, going, now);
      isDue ||= isDueNow(before, news, now);
      if (news.length > 0) due.push({ job, going, news });
    }
    // What the others have to say goes along: fewer messages.
    if (!isDue) return;
    const said = setting();
    const jobs: PlannedJob[] = [];
    for (const { job, news } of due) jobs.push({ job: job.job, news, ...await this.#sizesOf(news) });
    const notice: Notice = {
      news: "planned",
      ...plannedText(jobs, said),
      link: said.publicUrl,
      ...jobsOf(due.map(({ job }) => job)),
    };
    await outbox.queue({
      channel,
      tracks: [],
      gone: [],
      messages: [{ id: ids.uuidv7(), createdAt: said.now, notice, nextAt: said.now }],
      planned: due.map(({ job, going }) => toldOfPlan(job.job, going, said.now)),
    });
    queued(channel);
  }

  /** At a twentieth of the time, so that no slot waits for it. */
  async #foresee(job: string): Promise<readonly PlannedBackup[]> {
    const { departuresWithin, facts: { clock } } = this.parts;
    const began = clock.monotonic();
    const going = await departuresWithin(job, PLANNED_AHEAD_MS);
    await clock.sleep((clock.monotonic() - began) * REST_FACTOR, this.#stop.signal).catch(() => {});
    return going ?? [];
  }

  async #jobs(channel: string): Promise<NoticeJob[]> {
    const { rules } = this.parts.notify();
    const jobs: NoticeJob[] = [];
    for await (const { views } of slicesOfJobs(this.parts.facts)) {
      for (const { job, managed, health: { state, well, since, cause, remedy } } of views) {
        if (!managed || !ruleFor(rules, channel, job)?.on.includes("deletion_planned")) continue;
        jobs.push({ job, state, well, since, cause, remedy });
      }
    }
    return jobs;
  }

  async #sizesOf(news: readonly PlannedBackup[]): Promise<Pick<PlannedJob, "sizeMb" | "ids">> {
    if (news.length > MOST_SIZES) return { sizeMb: null, ids: [] };
    const runs = await this.parts.facts.store.runsById(news.map(({ runId }) => runId));
    const isWhole = runs.length === news.length && runs.every(({ sizeMb }) => sizeMb !== null);
    return {
      sizeMb: isWhole ? runs.reduce((sum, { sizeMb }) => sum + sizeMb!, 0) : null,
      ids: news.length > MOST_IDS ? [] : runs.flatMap(({ id }) => id === null ? [] : [id]),
    };
  }
}
