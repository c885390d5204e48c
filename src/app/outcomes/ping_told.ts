// Tells how pings went: one clear event when they do not get through, one when they do again, in between only to who
// listens closely.

import type { PingSignal } from "../../domain/ping.ts";
import type { EngineEvent, EventSink } from "../../ports/events.ts";
import type { Clock } from "../../ports/host.ts";
import type { PingEnd } from "./ping_call.ts";

interface PingToldParts {
  clock: Pick<Clock, "now">;
  /** Saves an event, or at least tells it. Never rejects. */
  record(event: EngineEvent): Promise<void>;
  sink: EventSink;
}

/** By job; the heartbeat belongs to none. */
export class PingTold {
  /** Why those that failed last did. */
  readonly #troubles = new Map<string | undefined, string>();

  constructor(private readonly parts: PingToldParts) {}

  async failed(
    job: string | undefined,
    signal: PingSignal | "heartbeat",
    { why, tries }: Extract<PingEnd, { told: false }>,
    runId?: string,
  ): Promise<void> {
    const isNews = this.#troubles.get(job) !== why;
    this.#troubles.set(job, why);
    const times = tries > 1 ? ` (${tries} tries)` : "";
    const what = job === undefined ? "The heartbeat" : `The ping '${signal}' of job '${job}'`;
    const data = { signal, why, tries };
    const event = this.#event(isNews ? "warning" : "debug", "ping.failed", job, runId, {
      message: `${what} ${tries === 0 ? "is held back" : "was not taken"}: ${why}${times}`,
      data,
    });
    if (isNews) await this.parts.record(event);
    else this.parts.sink.emit(event);
  }

  /** `dropped`: so many before it were not sent, since those before them took too long. */
  async sent(
    job: string | undefined,
    signal: PingSignal | "heartbeat",
    runId: string | undefined,
    dropped = 0,
  ): Promise<void> {
    const wasInTrouble = this.#troubles.delete(job);
    const what = job === undefined ? "The heartbeat" : `The ping '${signal}' of job '${job}'`;
    if (dropped > 0) {
      await this.parts.record(
        this.#event("warning", "ping.failed", job, runId, {
          message: `${dropped} pings of job '${job}' were not sent: its receiver is slower than its runs`,
          data: { signal, dropped },
        }),
      );
    }
    const event = this.#event(wasInTrouble ? "info" : "debug", "ping.sent", job, runId, {
      message: wasInTrouble ? `${what} was taken again` : `${what} was taken`,
      data: { signal },
    });
    if (wasInTrouble) await this.parts.record(event);
    else this.parts.sink.emit(event);
  }

  /** The program stops before so many could be sent. */
  async unsent(job: string, count: number): Promise<void> {
    const what = count === 1 ? "A ping" : `${count} pings`;
    await this.parts.record(
      this.#event("warning", "ping.failed", job, undefined, {
        message: `${what} of job '${job}' could not be sent before Schelly stopped`,
        data: { why: "stopping", pings: count },
      }),
    );
  }

  #event(
    level: EngineEvent["level"],
    type: EngineEvent["type"],
    job: string | undefined,
    runId: string | undefined,
    { message, data }: Pick<EngineEvent, "message" | "data">,
  ): EngineEvent {
    return {
      type,
      level,
      at: this.parts.clock.now(),
      ...(job === undefined ? {} : { job }),
      ...(runId === undefined ? {} : { runId }),
      message,
      ...(data === undefined ? {} : { data }),
    };
  }
}
