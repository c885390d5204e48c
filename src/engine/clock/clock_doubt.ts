// Puts a doubt about the clock, and its end, on record for each job, with the words that tell of it.

import PQueue from "p-queue";
import { iso } from "../../domain/instant.ts";
import type { Slots } from "../../domain/schedule/dispatch.ts";
import type { SteadyClockWatch } from "./clock_watch.ts";
import { type EngineContext, jobEvent } from "../context/context.ts";
import type { JobScheduler } from "../job_scheduler.ts";

const REMEMBER_EVERY_MS = 3_600_000;

/** What it asks of the engine. */
interface DoubtHooks {
  jobs(): Iterable<JobScheduler>;
  /** A doubt is over: what waited for that is to be looked at again. */
  over(): void;
}

/** One for the life of the engine. The watch decides; this only follows it. */
export class ClockDoubt {
  /** The doubt of which it is known how long an even time has to go. */
  #weighed: number | null = null;
  #rememberedAt: number;
  /** One at a time, so that nothing is told twice. */
  #turns = new PQueue({ concurrency: 1 });

  constructor(
    private readonly context: EngineContext,
    private readonly watch: SteadyClockWatch,
    private readonly hooks: DoubtHooks,
  ) {
    this.#rememberedAt = context.clock.monotonic();
  }

  /** Brings what is stored up to what the watch now says. */
  async look(): Promise<void> {
    await this.#turns.add(async () => {
      await this.#remember();
      const until = this.#until();
      if (until !== null) await this.#tell(until);
      else await this.#tellEnd(null);
    });
  }

  /** An operator says that the clock is right: once this is answered, that survives a restart. */
  async trust(by: string): Promise<void> {
    await this.#turns.add(async () => {
      this.watch.trust(by);
      // A batch of its own, for what the watch knows is saved with each.
      await this.context.store.commit({ job: "", writes: [] });
      await this.#tellEnd(by);
    });
  }

  /** What the watch knows is saved with each batch: where jobs are rare, with one of its own, for the next boot. */
  async #remember(): Promise<void> {
    const now = this.context.clock.monotonic();
    if (now - this.#rememberedAt < REMEMBER_EVERY_MS) return;
    this.#rememberedAt = now;
    await this.context.store.commit({ job: "", writes: [] });
  }

  /** Until when the doubt there is lasts at the latest; null for none. */
  #until(): number | null {
    const { inDoubtUntil, memory: { doubt } } = this.watch.read();
    if (doubt === null || doubt.wall === this.#weighed) return inDoubtUntil;
    this.#weighed = doubt.wall;
    // Many jobs share a schedule.
    const schedules = new Set<Slots>(Array.from(this.hooks.jobs(), ({ slots }) => slots));
    let longest = 0;
    for (const slots of schedules) longest = Math.max(longest, slots.interval(doubt.wall) ?? 0);
    this.watch.settleAfter(longest);
    return this.watch.read().inDoubtUntil;
  }

  async #tell(until: number): Promise<void> {
    const end = iso(until);
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
    const doubted = [...this.hooks.jobs()].filter(({ state }) => state.clockUntrustedUntil !== null);
    if (doubted.length === 0) return;
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
