// The life of an instance with a standby: it waits behind open doors, takes over when the state is free, and goes on as the
// active one; part of the composition root.

import { StoreError } from "../../domain/errors.ts";
import type { Watched } from "../../engine/lease/lease_rules.ts";
import type { Opening } from "../../engine/lease/wait_for_lease.ts";
import type { App, AppOptions } from "../composition/app_options.ts";
import { type Ending, exitOf } from "../composition/ending.ts";
import { Doors } from "../doors.ts";
import { createFollowers } from "../followers.ts";
import { instanceOf } from "./instance.ts";
import { answerUnreadable } from "./answer_unreadable.ts";
import type { Candidacy } from "./candidacy.ts";
import { startWaiting, type WaitingApp } from "./waiting_app.ts";
import { waitingText } from "./waiting_text.ts";

/** Until a state that cannot be shown yet is looked at again. */
const SHOW_AGAIN_MS = 5_000;
/** Until a lease that could not be taken is looked at again. */
const TAKE_AGAIN_MS = 1_000;

/** Answers once it waits behind open doors, or is active. Rejects as `startActive` does. */
export async function startStandby(options: AppOptions, candidate: Candidacy): Promise<App> {
  const life = new Standby(options, candidate);
  await life.start();
  return life;
}

class Standby implements App {
  readonly #doors: Doors;
  readonly #stopping = new AbortController();
  readonly #ended = Promise.withResolvers<Ending>();
  /** Behind the doors while it waits. */
  #waiting: WaitingApp | undefined;
  #active: App | undefined;
  #life: Promise<void> = Promise.resolve();
  #isToShowAt = -Infinity;
  #stopped: Promise<void> | undefined;

  constructor(private readonly options: AppOptions, private readonly candidate: Candidacy) {
    this.#doors = new Doors(options.host);
    options.stopping?.addEventListener("abort", () => this.#stopping.abort(options.stopping!.reason), {
      once: true,
    });
    this.#say = createFollowers(options.config.log, options.host).say;
  }

  readonly #say: ReturnType<typeof createFollowers>["say"];

  get addresses(): string[] {
    return this.#active?.addresses ?? this.#doors.addresses;
  }
  get nextSlots(): App["nextSlots"] {
    return this.#active?.nextSlots ?? [];
  }
  get operations(): App["operations"] {
    return {
      reload: (by) =>
        (this.#active?.operations ?? this.#waiting?.operations)?.reload(by) ??
          Promise.resolve({ ok: false, messages: ["this instance has only just begun: try again"] }),
    };
  }
  get done(): Promise<Ending> {
    return this.#ended.promise;
  }

  async start(): Promise<void> {
    const begun = Promise.withResolvers<void>();
    this.#life = this.#live(begun.resolve).then(begun.resolve, (error) => {
      begun.reject(error);
      if (!this.#stopping.signal.aborted) this.#ended.resolve(exitOf(error));
    });
    try {
      await begun.promise;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** `begun` is called as soon as somebody who asks is answered. */
  async #live(begun: () => void): Promise<void> {
    const { clock } = this.options.host;
    const broken = new AbortController();
    const signal = AbortSignal.any([this.#stopping.signal, broken.signal]);
    let shown: Promise<void> | undefined;
    while (this.#active === undefined) {
      const opening = await this.candidate.wait({
        isStandby: true,
        signal,
        waiting: (lease) => {
          shown ??= this.#show(lease).then(begun, (error) => broken.abort(error))
            .finally(() => shown = undefined);
        },
        failed: (error) => this.#say("store.error", "warning", error.message),
      });
      await shown;
      if (!await this.#takeOver(opening)) await clock.sleep(TAKE_AGAIN_MS, signal);
    }
  }

  /** Shows the state while it cannot be taken. */
  async #show(lease: Watched): Promise<void> {
    if (this.#waiting !== undefined) return this.#waiting.saw(lease.seen);
    const { host } = this.options;
    if (host.clock.monotonic() < this.#isToShowAt) return;
    const ownOf = (config: AppOptions["config"]) => instanceOf(config, host, this.candidate.place.id);
    try {
      const fatal = (error: unknown) => this.#ended.resolve(exitOf(error));
      this.#waiting = await startWaiting(this.options, this.#doors, lease.seen, ownOf, fatal);
      this.#say("lease.renewal", "info", waitingText(lease.seen, true));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#say("store.error", "warning", error.message);
      await this.#doors.open(this.options.config.server, answerUnreadable(() => lease.seen, error.message));
      this.#isToShowAt = host.clock.monotonic() + SHOW_AGAIN_MS;
    }
  }

  /** False: somebody else was quicker, or it is to be looked at again. */
  async #takeOver(opening: Opening): Promise<boolean> {
    const config = this.#waiting?.config() ?? this.options.config;
    try {
      this.#active = await this.candidate.take(opening, { ...this.options, config }, this.#doors);
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind !== "failed") throw error;
      this.#say("store.error", "warning", error.message);
    }
    if (this.#active === undefined) return false;
    // Those who came before are answered by what they came to.
    await this.#waiting?.[Symbol.asyncDispose]();
    this.#waiting = undefined;
    void this.#active.done.then((ending) => this.#ended.resolve(ending));
    return true;
  }

  stop(): Promise<void> {
    this.#stopped ??= (async () => {
      this.#stopping.abort(new Error("Schelly is stopping"));
      await this.#life;
      await this.#active?.stop();
      await this.#doors[Symbol.asyncDispose]();
      await this.#waiting?.[Symbol.asyncDispose]();
    })();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
