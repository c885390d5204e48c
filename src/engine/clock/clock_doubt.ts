// Puts a doubt about the clock, and its end, on record for each job, with the words that tell of it.

import PQueue from "p-queue";
import { iso } from "../../domain/instant.ts";
import type { Job } from "../../domain/job.ts";
import type { Slots } from "../../domain/schedule/dispatch.ts";
import type { OpenDates } from "../../ports/clock_watch.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { JobChanges, JobState } from "../../ports/store.ts";
import type { SteadyClockWatch } from "./clock_watch.ts";
import { begunAt, datedTimes, lacksPeriod } from "./dating.ts";
import { type EngineContext, jobEvent } from "../context/context.ts";

const REMEMBER_EVERY_MS = 3_600_000;

/** What it asks of the scheduler of a job. */
interface DoubtedJob {
  readonly job: Pick<Job, "name">;
  readonly slots: Slots;
  readonly state: JobState;
  change(set: JobChanges, event: EngineEvent): Promise<void>;
  /** Dates what was written in a doubt that is over. */
  date(open: OpenDates): Promise<void>;
}

/** What it asks of the engine. */
interface DoubtHooks {
  jobs(): Iterable<DoubtedJob>;
  /** A doubt is over: what waited for that is to be looked at again. */
  over(): void;
}

/** One for the life of the engine. The watch decides; this only follows it. */
export class ClockDoubt {
  /** Since when the time has to go evenly in the doubt of which it is known for how long. */
  #weighed: number | null = null;
  #rememberedAt: number;
  /** Rows in doubt were looked for since the last doubt, or for an hour. */
  #sought = false;
  /** Some job may have been told of a doubt. */
  #isTold = true;
  /** One at a time, so that nothing is told twice. */
  #turns = new PQueue({ concurrency: 1 });

  constructor(
    private readonly context: EngineContext,
    private readonly watch: SteadyClockWatch,
    private readonly hooks: DoubtHooks,
  ) {
    this.#rememberedAt = context.clock.monotonic();
  }

  /** Jobs joined, which may have been told of a doubt before. */
  joined(): void {
    this.#isTold = true;
  }

  /** Brings what is stored up to what the watch now says. */
  async look(): Promise<void> {
    await this.#turns.add(async () => {
      await this.#remember();
      await this.#date();
      const until = this.#until();
      if (until !== null) await this.#tell(until);
      else await this.#tellEnd(null);
    });
  }

  /** An operator says that the clock is right: once this is answered, that survives a restart. */
  async trust(by: string): Promise<void> {
    // Before any turn is waited for: the word is about what the clock says now, not about a jump that comes meanwhile.
    this.watch.trust(by);
    await this.#turns.add(async () => {
      // A batch of its own, for what the watch knows is saved with each.
      await this.context.store.commit({ job: "", writes: [] });
      await this.#date();
      // A jump since then begins another doubt, of which nobody has said anything.
      if (this.watch.read().memory.doubt === null) await this.#tellEnd(by);
    });
  }

  /** What the watch knows is saved with each batch: where jobs are rare, with one of its own, for the next boot. */
  async #remember(): Promise<void> {
    const now = this.context.clock.monotonic();
    if (now - this.#rememberedAt < REMEMBER_EVERY_MS) return;
    this.#rememberedAt = now;
    this.#sought = false;
    await this.context.store.commit({ job: "", writes: [] });
  }

  /** What was written in a doubt that is over gets its times, before anything follows from it. */
  async #date(): Promise<void> {
    const { store, clock } = this.context;
    await this.#openLeft();
    const { open } = this.watch;
    if (open === null) return;
    const jobs = new Map(Array.from(this.hooks.jobs(), (scheduler) => [scheduler.job.name, scheduler]));
    await Promise.all(Array.from(jobs.values(), (scheduler) => scheduler.date(open)));
    const now = clock.now();
    if (this.watch.open !== open) return;
    // Jobs that left the configuration have no slots any more.
    for (const run of (await store.inDoubt()).filter(({ job }) => !jobs.has(job))) {
      const set = datedTimes(run, open, now);
      if (lacksPeriod(run)) set.periodTime = begunAt(run, set);
      const writes = [{ write: "run", runId: run.runId, set } as const];
      await store.commit({ job: run.job, conditions: [{ condition: "datedBy", open }], writes });
    }
    if ((await store.inDoubt()).length > 0) return;
    this.watch.dated(open);
    await store.commit({ job: "", writes: [] });
  }

  /** Rows whose change was under way while a doubt ended were not dated with it. */
  async #openLeft(): Promise<void> {
    if (this.#sought || this.watch.read().inDoubtUntil !== null) return;
    this.#sought = true;
    if ((await this.context.store.inDoubt()).length > 0) this.watch.reopen();
  }

  /** Until when the doubt there is lasts at the latest; null for none. */
  #until(): number | null {
    const { inDoubtUntil, memory: { doubt } } = this.watch.read();
    if (doubt === null || inDoubtUntil === null) return inDoubtUntil;
    const begun = inDoubtUntil - doubt.settleMs;
    if (begun === this.#weighed) return inDoubtUntil;
    this.#weighed = begun;
    // Many jobs share a schedule.
    const schedules = new Set<Slots>(Array.from(this.hooks.jobs(), ({ slots }) => slots));
    let longest = 0;
    for (const slots of schedules) longest = Math.max(longest, slots.interval(begun) ?? 0);
    this.watch.settleAfter(longest);
    return this.watch.read().inDoubtUntil;
  }

  async #tell(until: number): Promise<void> {
    const end = iso(until);
    this.#isTold = true;
    await Promise.all([...this.hooks.jobs()].map(async (scheduler) => {
      if (scheduler.state.clockUntrustedUntil === until) return;
      const { name } = scheduler.job;
      await scheduler.change(
        { clockUntrustedUntil: until },
        jobEvent(
          this.context,
          name,
          "clock.jump",
          "error",
          `The clock is not trusted, ${this.watch.why}: job '${name}' deletes nothing, and no hold ends, until ` +
            `${end}, or until it is set right, or someone says that it is right ('schelly clock trust')`,
          { until, why: this.watch.why },
        ),
      );
    }));
  }

  /** `by`: who has vouched for the clock. */
  async #tellEnd(by: string | null): Promise<void> {
    if (!this.#isTold) return;
    const doubted = [...this.hooks.jobs()].filter(({ state }) => state.clockUntrustedUntil !== null);
    this.#isTold = doubted.length > 0;
    if (!this.#isTold) return;
    await Promise.all(doubted.map(async (scheduler) => {
      const { name } = scheduler.job;
      const message = `The clock is trusted again for job '${name}': ${this.watch.why}`;
      const event = jobEvent(
        this.context,
        name,
        "clock.trusted",
        "warning",
        message,
        by === null ? {} : { by },
      );
      await scheduler.change({ clockUntrustedUntil: null }, event);
    }));
    this.hooks.over();
  }
}
