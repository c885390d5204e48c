// The clocks of one simulated machine, on the one time of its world: it may be suspended, its programs may be stopped, and
// its date may be wrong.

import type { Clock } from "../../../src/ports/host.ts";
import type { Dice } from "../scenario.ts";
import { type Life, never, type SimClock } from "../sim_clock.ts";

/** One machine; its lives come and go. */
export class MachineClock {
  #dateOff = 0;
  /** For how long it was suspended, which its monotonic clock does not count. */
  #asleep = 0;
  #asleepSince: number | null = null;
  #stopped: (() => void)[] | null = null;

  constructor(
    private readonly world: SimClock,
    private readonly dice: Dice,
    /** Machines are started at different times. */
    private readonly startedBefore: number,
  ) {}

  /** Nothing runs on it. */
  get isStopped(): boolean {
    return this.#stopped !== null;
  }

  get dateOff(): number {
    return this.#dateOff;
  }

  step(ms: number): void {
    this.#dateOff += ms;
  }

  setRight(): void {
    this.#dateOff = 0;
  }

  /** SIGSTOP, or with `asleep` the whole machine. */
  stop(asleep: boolean): void {
    this.#stopped ??= [];
    if (asleep) this.#asleepSince ??= this.world.monotonic();
  }

  /** Whoever waits goes on, in an order of the seed's choice. */
  goOn(): void {
    if (this.#asleepSince !== null) this.#asleep += this.world.monotonic() - this.#asleepSince;
    this.#asleepSince = null;
    const waiting = this.#stopped ?? [];
    this.#stopped = null;
    while (waiting.length > 0) waiting.splice(Math.floor(this.dice.next() * waiting.length), 1)[0]!();
  }

  /** Resolves once programs run here, at once where they do. */
  async awake(life: Life): Promise<void> {
    while (this.#stopped !== null) await new Promise<void>((resolve) => this.#stopped!.push(resolve));
    if (life.dead) await never();
  }

  monotonic(): number {
    const now = this.#asleepSince ?? this.world.monotonic();
    return this.startedBefore + now - this.#asleep;
  }

  /** As one life on this machine sees it. */
  view(life: Life): Clock {
    const base = this.world.view(life);
    const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
      const until = this.monotonic() + Math.max(0, ms);
      do {
        await base.sleep(until - this.monotonic(), signal);
        await this.awake(life);
        signal?.throwIfAborted();
      } while (this.monotonic() < until);
    };
    return {
      now: () => Math.floor(this.world.now() + this.#dateOff),
      monotonic: () => this.monotonic(),
      uptime: () => Math.floor((this.startedBefore + this.world.monotonic()) / 1000) * 1000,
      sleep,
      async yield() {
        await base.yield();
      },
      timeout: (ms) => {
        const expired = new AbortController();
        const disposed = new AbortController();
        sleep(ms, disposed.signal).then(
          () => expired.abort(new DOMException("The operation timed out", "TimeoutError")),
          () => {},
        );
        return { signal: expired.signal, dispose: () => disposed.abort() };
      },
    };
  }
}
