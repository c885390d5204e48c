// Notifications of one running scheduler: who watches, what waits, who carries it; part of the composition root.

import { zoneOf } from "../../domain/calendar/zone.ts";
import { foldText } from "../../domain/notify/fold.ts";
import type { Setting } from "../../domain/notify/texts.ts";
import { Courier } from "../../observe/notify/courier.ts";
import { createDeliver } from "../../observe/notify/deliver.ts";
import type { EngineEvent, EventSink } from "../../ports/events.ts";
import type { Clock, Host } from "../../ports/host.ts";
import type { NotifyConfig } from "../../ports/notifier.ts";
import type { Backlog, Notice, Outbox } from "../../ports/outbox.ts";
import type { JobFactsParts } from "../operations/job_facts.ts";
import { Watcher } from "./watcher.ts";

interface NotificationsParts {
  host: Pick<Host, "ids" | "random" | "http" | "httpWith" | "processes" | "mail" | "machine">;
  /** Rows are dated by it. */
  clock: Clock;
  facts: JobFactsParts;
  outbox: Outbox;
  /** In force. */
  notify(): NotifyConfig;
  publicUrl(): string | undefined;
}

/** So many jobs of a message are told to programs. */
const MOST_JOBS = 100;

/** Watches and delivers until it is disposed. */
export class Notifications implements EventSink, AsyncDisposable {
  readonly #watcher: Watcher;
  readonly #courier: Courier;

  constructor(private readonly parts: NotificationsParts) {
    const { host, clock, facts, outbox, notify } = parts;
    const deliver = createDeliver({ ...host, clock, source: () => this.#source() });
    this.#courier = new Courier({
      clock,
      random: host.random,
      ids: host.ids,
      outbox,
      deliver,
      channels: () => notify().channels,
      fold: (notices) => this.#fold(notices),
    });
    this.#watcher = new Watcher({
      facts,
      outbox,
      ids: host.ids,
      notify,
      setting: () => this.#setting(),
      queued: (channel) => this.#courier.wake(channel),
    });
  }

  start(): void {
    this.refresh();
    this.#watcher.start();
  }

  emit(event: EngineEvent): void {
    this.#watcher.emit(event);
  }

  /** Takes over what the configuration says now. */
  refresh(): void {
    const { clock, outbox, notify } = this.parts;
    const names = notify().channels.map(({ name }) => name);
    // What cannot be forgotten now is at the next start.
    outbox.keepOnly(names, (backlog) => goneEvent(backlog, clock.now())).catch(() => {});
    this.#courier.refresh();
    this.#watcher.refresh();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watcher[Symbol.asyncDispose]();
    await this.#courier[Symbol.asyncDispose]();
  }

  #setting(): Setting {
    const { host, clock, notify, publicUrl } = this.parts;
    const { name, timezone } = notify();
    return {
      name: name ?? host.machine().name,
      zone: zoneOf(timezone),
      now: clock.now(),
      publicUrl: publicUrl() ?? null,
    };
  }

  #source(): string {
    const { name, publicUrl } = this.#setting();
    return publicUrl ?? `urn:schelly:${encodeURIComponent(name)}`;
  }

  #fold(notices: readonly Notice[]): Notice {
    const { name, publicUrl } = this.#setting();
    const titles = notices.map(({ title }) => title);
    return {
      news: "several",
      ...foldText(name, titles),
      link: publicUrl,
      jobs: notices.flatMap(({ jobs }) => jobs).slice(0, MOST_JOBS),
    };
  }
}

function goneEvent({ channel, count, error }: Backlog, at: number): EngineEvent {
  return {
    type: "notify.dropped",
    level: "warning",
    at,
    message: `Gave up telling '${channel}', which is not in the configuration any more: ` +
      `${count} waited${error === null ? "" : ` (${error})`}`,
    data: { channel, count },
  };
}
