// Carries messages from the outbox to their channels: each channel at its own pace, none waiting for another.

import {
  type Allowance,
  allowanceAt,
  BURST,
  GIVE_UP_MS,
  untilMore,
  waitAfter,
} from "../../domain/notify/pace.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { Clock, Ids, Random } from "../../ports/host.ts";
import type { ChannelSpec } from "../../ports/notifier.ts";
import type { Notice, Outbox, Waiting } from "../../ports/outbox.ts";

/** Hands one message to a channel; rejects with an error whose message tells people why, and shows no secret. */
export type Deliver = (
  channel: ChannelSpec,
  message: Pick<Waiting, "id" | "createdAt" | "notice">,
  stop: AbortSignal,
) => Promise<void>;

interface CourierParts {
  clock: Pick<Clock, "now" | "monotonic" | "sleep">;
  random: Random;
  ids: Ids;
  outbox: Outbox;
  deliver: Deliver;
  /** Those of the configuration in force. */
  channels(): readonly ChannelSpec[];
  /** Nothing is sent to the channel for now. */
  isQuiet(channel: string): boolean;
  /** One message of several that may not be sent one by one. */
  fold(notices: readonly Notice[]): Notice;
}

/** A channel on its way. */
interface Route {
  stop: AbortController;
  /** Ends the nap; a wake while it works is for the next nap. */
  wake: () => void;
  woken: boolean;
  done: Promise<void>;
  allowance: Allowance;
  /** Failures in a row. */
  failures: number;
  /** An event told that it takes nothing, perhaps before a restart; undefined until its messages were looked at. */
  isTold: boolean | undefined;
  /** Left alone until then (UTC ms). */
  restUntil: number;
  /** Everything may be tried now, whatever was to wait. */
  anew: boolean;
  /** Ids of what waited as the channel took messages again: what was to wait for that need not. */
  again: ReadonlySet<string>;
}

/** So many failures in a row are trouble of the channel. */
const OUTAGE = 2;
/** So many messages of a channel are looked at together. */
const AT_ONCE = 200;
/** After the state could not be read or written. */
const STORE_WAIT_MS = 30_000;
/** How soon it is asked again whether a channel is quiet. */
const QUIET_NAP_MS = 60_000;
/** Naps end by then, whatever the clock does. */
const LONGEST_NAP_MS = 600_000;

/** Delivers until it is disposed. */
export class Courier implements AsyncDisposable {
  readonly #routes = new Map<string, Route>();

  constructor(private readonly parts: CourierParts) {}

  /** Takes up the channels of the configuration in force, and lets go of others. */
  refresh(): void {
    const names = new Set(this.parts.channels().map(({ name }) => name));
    for (const [name, route] of this.#routes) {
      if (names.has(name)) {
        // Edited, it may work now.
        route.restUntil = 0;
        route.anew = true;
        route.wake();
      } else {
        this.#routes.delete(name);
        route.stop.abort();
      }
    }
    for (const name of names) if (!this.#routes.has(name)) this.#begin(name);
  }

  /** The channel was seen to take something: what waits for it is tried now. */
  tryNow(channel: string): void {
    const route = this.#routes.get(channel);
    if (route === undefined) return;
    route.restUntil = 0;
    route.anew = true;
    route.wake();
  }

  /** There may be something new for this channel. */
  wake(channel: string): void {
    this.#routes.get(channel)?.wake();
  }

  /** What is under way is cut off, and sent again after the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    const routes = [...this.#routes.values()];
    this.#routes.clear();
    for (const { stop } of routes) stop.abort();
    await Promise.all(routes.map(({ done }) => done));
  }

  #begin(name: string): void {
    const route: Route = {
      stop: new AbortController(),
      wake: () => void (route.woken = true),
      woken: false,
      done: Promise.resolve(),
      allowance: { left: BURST, at: this.parts.clock.monotonic() },
      failures: 0,
      isTold: undefined,
      restUntil: 0,
      anew: false,
      again: new Set(),
    };
    this.#routes.set(name, route);
    route.done = this.#run(name, route);
  }

  async #run(name: string, route: Route): Promise<void> {
    const { signal } = route.stop;
    while (!signal.aborted) {
      route.woken = false;
      // Where the state cannot be used, that is told by whoever makes backups.
      const nap = await this.#step(name, route).catch(() => STORE_WAIT_MS);
      if (signal.aborted || route.woken || nap <= 0) continue;
      const awake = new AbortController();
      const wake = () => awake.abort();
      signal.addEventListener("abort", wake);
      route.wake = () => {
        route.woken = true;
        wake();
      };
      await this.parts.clock.sleep(Math.min(nap, LONGEST_NAP_MS), awake.signal).catch(() => {});
      signal.removeEventListener("abort", wake);
      route.wake = () => void (route.woken = true);
    }
  }

  /** Sends one message, when one may be sent; answers how long to wait before the next step (ms). */
  async #step(name: string, route: Route): Promise<number> {
    const { clock, outbox } = this.parts;
    const now = clock.now();
    const all = await outbox.waiting(name, AT_ONCE);
    const old = all.filter(({ createdAt }) => now - createdAt >= GIVE_UP_MS);
    if (old.length > 0) {
      await outbox.ended(old.map(({ id }) => id), droppedEvent(name, old, now));
      return 0;
    }
    route.isTold ??= all.some(({ error }) => error !== null);
    if (all.length === 0) return Infinity;
    if (this.parts.isQuiet(name)) return QUIET_NAP_MS;
    if (now < route.restUntil) return route.restUntil - now;
    const ready = all.filter(({ id, nextAt }) => route.anew || route.again.has(id) || nextAt <= now);
    if (ready.length === 0) return Math.min(...all.map(({ nextAt }) => nextAt)) - now;
    route.allowance = allowanceAt(route.allowance, clock.monotonic());
    if (route.allowance.left === 0) return untilMore(route.allowance, clock.monotonic());
    const fresh = ready.filter(({ attempts }) => attempts === 0);
    if (route.allowance.left === 1 && fresh.length > 1 && fresh[0] === ready[0]) {
      await this.#fold(name, fresh, now);
      return 0;
    }
    route.anew = false;
    route.allowance = { ...route.allowance, left: route.allowance.left - 1 };
    await this.#send(ready[0]!, route, all);
    return 0;
  }

  async #fold(channel: string, fresh: readonly Waiting[], now: number): Promise<void> {
    const { ids, outbox, fold } = this.parts;
    await outbox.fold(fresh.map(({ id }) => id), {
      id: ids.uuidv7(),
      channel,
      createdAt: fresh[0]!.createdAt,
      notice: fold(fresh.map(({ notice }) => notice)),
      attempts: 0,
      nextAt: now,
      error: null,
    });
  }

  async #send(message: Waiting, route: Route, all: readonly Waiting[]): Promise<void> {
    const { clock, random, outbox, deliver, channels } = this.parts;
    const { id, channel } = message;
    const spec = channels().find(({ name }) => name === channel);
    if (spec === undefined) return;
    const attempts = message.attempts + 1;
    route.again = new Set([...route.again].filter((one) => one !== id));
    // Saved first: after a crash it is known that this very message may have arrived.
    await outbox.tried({ id, attempts, nextAt: message.nextAt, error: null });
    try {
      await deliver(spec, message, route.stop.signal);
    } catch (error) {
      if (route.stop.signal.aborted) return;
      route.failures++;
      const now = clock.now();
      route.restUntil = now + waitAfter(route.failures, random.next());
      const why = (error as Error).message;
      const isNews = !route.isTold && message.error === null;
      route.isTold = true;
      await outbox.tried(
        // Others go before it, in case it is the message that is not taken.
        { id, attempts, nextAt: route.restUntil + 1000, error: why },
        isNews ? failedEvent(message, why, now) : undefined,
      );
      return;
    }
    route.isTold = false;
    // One failure may be of a message that is never taken; more were of the channel.
    if (route.failures >= OUTAGE) route.again = new Set(all.map(({ id }) => id));
    route.failures = 0;
    route.restUntil = 0;
    await outbox.ended([id], sentEvent(message, attempts, clock.now()));
  }
}

function sentEvent({ id, channel, notice }: Waiting, attempts: number, at: number): EngineEvent {
  return {
    type: "notify.sent",
    level: "info",
    at,
    message: `Told '${channel}': ${notice.title}`,
    data: { channel, id, news: notice.news, attempts },
  };
}

function failedEvent({ id, channel, notice }: Waiting, why: string, at: number): EngineEvent {
  return {
    type: "notify.failed",
    level: "warning",
    at,
    message: `Cannot tell '${channel}': ${why}: it is tried again for two days (${notice.title})`,
    data: { channel, id, news: notice.news },
  };
}

function droppedEvent(channel: string, dropped: readonly Waiting[], at: number): EngineEvent {
  const [first] = dropped;
  const more = dropped.length === 1 ? "" : ` and ${dropped.length - 1} more`;
  const why = first!.error === null ? "there was no time to send it" : first!.error;
  return {
    type: "notify.dropped",
    level: "error",
    at,
    message: `Gave up telling '${channel}' after two days: ${why} (${first!.notice.title}${more})`,
    data: { channel, ids: dropped.map(({ id }) => id) },
  };
}
