// Renews the lease of a running instance, and knows for how long this one may act.

import { StoreError } from "../../domain/errors.ts";
import type { EventSink } from "../../ports/events.ts";
import type { Clock } from "../../ports/host.ts";
import type { HeldLease } from "../../ports/lease.ts";
import { isFatal } from "../context/commit.ts";
import { type LeaseTimes, mayAct, type Renewed } from "./lease_rules.ts";

interface LeaseKeeperOptions {
  lease: Pick<HeldLease, "renew" | "whyLost">;
  clock: Clock;
  /** The clocks as the lease was asked for at the start. */
  takenAt: Renewed;
  times: LeaseTimes;
  sink: EventSink;
  /** The lease is another's, or it cannot be known any more. */
  lost(error: unknown): void;
}

/** Keeps one lease; disposing ends that, and gives nothing back. */
export class LeaseKeeper implements AsyncDisposable {
  #renewed: Renewed;
  #stop = new AbortController();
  #work: Promise<void> = Promise.resolve();
  #isLost = false;
  /** Others were told that it could not be renewed in time. */
  #isLate = false;

  constructor(private readonly options: LeaseKeeperOptions) {
    this.#renewed = options.takenAt;
  }

  start(): void {
    this.#work = this.#run().catch((error) => {
      if (!this.#stop.signal.aborted) this.options.lost(error);
    });
  }

  /** Whether anything may be begun at a provider now. */
  mayAct(): boolean {
    return !this.#isLost && mayAct(this.#renewed, clocksOf(this.options.clock), this.options.times);
  }

  /** Why nothing may be begun; null where it may. */
  trouble(): string | null {
    if (this.mayAct()) return null;
    return `the lease on the state was not renewed for ${
      this.options.times.actMs / 1_000
    } s: another instance may be the ` +
      "active one by now";
  }

  async #run(): Promise<void> {
    const { clock, times } = this.options;
    const { signal } = this.#stop;
    for (;;) {
      const isRenewed = await this.#renew();
      if (signal.aborted) return;
      await clock.sleep(isRenewed ? times.renewEveryMs : times.retryMs, signal);
    }
  }

  /** Once. */
  async #renew(): Promise<boolean> {
    const { lease, clock } = this.options;
    const sentAt = clocksOf(clock);
    try {
      if (await lease.renew() === "lost") {
        this.#isLost = true;
        throw await lease.whyLost();
      }
    } catch (error) {
      if (!(error instanceof StoreError) || isFatal(error)) throw error;
      this.#failed(error);
      return false;
    }
    this.#renewed = sentAt;
    if (this.#isLate) {
      this.#say("info", "The lease on the state is renewed again: backups and deletions go on");
    }
    this.#isLate = false;
    return true;
  }

  #failed(error: StoreError): void {
    const { clock, times } = this.options;
    if (this.#isLate || mayAct(this.#renewed, clocksOf(clock), times)) return;
    this.#isLate = true;
    this.#say(
      "error",
      `The lease on the state was not renewed for ${
        times.actMs / 1_000
      } s, so nothing is started nor deleted until it is: ` +
        error.message,
    );
  }

  #say(level: "info" | "error", message: string): void {
    const { sink, clock } = this.options;
    sink.emit({ type: "lease.renewal", level, at: clock.now(), message });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("Schelly is stopping"));
    await this.#work;
  }
}

/** What they show now. */
export function clocksOf(clock: Pick<Clock, "monotonic" | "uptime">): Renewed {
  return { monotonic: clock.monotonic(), uptime: clock.uptime() };
}
