// Tells a dead man's switch that Schelly itself lives: only while its scheduler's loop comes round and its state takes
// what is saved. Whatever else goes wrong, the silence is the alarm.

import type { HeartbeatSpec } from "../../domain/ping.ts";
import { isSame } from "../../domain/same.ts";
import type { EngineEvent, EventSink } from "../../ports/events.ts";
import type { Clock, Http } from "../../ports/host.ts";
import { within } from "../../provider/time_limit.ts";
import { sendPing } from "./ping_call.ts";
import { PingTold } from "./ping_told.ts";

interface HeartbeatParts {
  clock: Clock;
  http: Http;
  /** Saves something; rejects where the state cannot. */
  save(): Promise<unknown>;
  /** Saves an event, or at least tells it. */
  record(event: EngineEvent): Promise<void>;
  sink: EventSink;
}

/** The scheduler's loop naps 30 s at most; what is decided in one turn takes its time. */
const LONGEST_SILENCE_MS = 120_000;
const SAVE_MS = 10_000;

/** Sent from `take` on, until disposed. */
export class Heartbeat implements Disposable {
  #spec: HeartbeatSpec | undefined;
  #stop = new AbortController();
  #beatAt: number;
  readonly #told: PingTold;

  constructor(private readonly parts: HeartbeatParts) {
    this.#beatAt = parts.clock.monotonic();
    this.#told = new PingTold(parts);
  }

  /** The scheduler's loop came round. */
  beat(): void {
    this.#beatAt = this.parts.clock.monotonic();
  }

  /** Goes by these settings from now on; undefined: none is sent. */
  take(spec: HeartbeatSpec | undefined): void {
    if (isSame(this.#spec, spec)) return;
    this.#spec = spec;
    this.#stop.abort();
    this.#stop = new AbortController();
    if (spec !== undefined) void this.#run(spec, this.#stop.signal).catch(() => {});
  }

  [Symbol.dispose](): void {
    this.take(undefined);
  }

  async #run(spec: HeartbeatSpec, stop: AbortSignal): Promise<void> {
    const { clock } = this.parts;
    while (!stop.aborted) {
      const begun = clock.monotonic();
      await this.#once(spec, stop);
      await clock.sleep(Math.max(1_000, spec.everyMs - (clock.monotonic() - begun)), stop);
    }
  }

  async #once({ url }: HeartbeatSpec, stop: AbortSignal): Promise<void> {
    const why = await this.#troubleOf();
    if (stop.aborted) return;
    if (why !== undefined) {
      return await this.#told.failed(undefined, "heartbeat", { told: false, why, tries: 0 });
    }
    const end = await sendPing(this.parts, { url, signal: "success", body: "" }, { stop });
    if (stop.aborted) return;
    if (end.told) await this.#told.sent(undefined, "heartbeat", undefined);
    else await this.#told.failed(undefined, "heartbeat", end);
  }

  /** Why it is held back; undefined: all is well. */
  async #troubleOf(): Promise<string | undefined> {
    const { clock, save } = this.parts;
    const silence = clock.monotonic() - this.#beatAt;
    if (silence > LONGEST_SILENCE_MS) {
      return `the scheduler's loop has not come round for ${LONGEST_SILENCE_MS / 60_000} minutes`;
    }
    try {
      await within(clock, SAVE_MS, save(), "the state took too long");
      return undefined;
    } catch (error) {
      return `nothing can be saved: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}
