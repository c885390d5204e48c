// Notifications of one running scheduler: who watches, what waits, who carries it; part of the composition root.

import { zoneOf } from "../../domain/calendar/zone.ts";
import { foldText } from "../../domain/notify/fold.ts";
import { isQuiet } from "../../domain/notify/quiet.ts";
import type { Setting } from "../../domain/notify/phrases.ts";
import { samplesOf } from "../../domain/notify/samples.ts";
import { Courier, type Deliver } from "../../observe/notify/courier.ts";
import { createDeliver } from "../../observe/notify/deliver.ts";
import type { BacklogRow } from "../../observe/notify_gauges.ts";
import type { EngineEvent, EventSink } from "../../ports/events.ts";
import type { Clock, Host } from "../../ports/host.ts";
import type { NotifyConfig } from "../../ports/notifier.ts";
import type { Backlog, Notice, Outbox } from "../../ports/outbox.ts";
import type { JobFactsParts } from "../operations/job_facts.ts";
import type { NotifyTestView, NotifyView } from "../../ports/views/notify.ts";
import { Digests } from "./digests.ts";
import { notifyView } from "./notify_view.ts";
import { PlannedDeletions, type PlannedDeletionsParts } from "./planned_deletions.ts";
import { jobsOf, noticeJob, Watcher } from "./watcher.ts";

interface NotificationsParts {
  host: Pick<Host, "ids" | "random" | "http" | "httpWith" | "processes" | "mail" | "machine" | "env">;
  /** Rows are dated by it. */
  clock: Clock;
  facts: JobFactsParts;
  outbox: Outbox;
  /** In force. */
  notify(): NotifyConfig;
  publicUrl(): string | undefined;
  /** How many backups of a job will be deleted up to then (UTC ms); null where that cannot be foreseen. */
  deletionsUntil(job: string, until: number): Promise<number | null>;
  departuresWithin: PlannedDeletionsParts["departuresWithin"];
}

/** Watches and delivers until it is disposed. */
export class Notifications implements EventSink, AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #watcher: Watcher;
  readonly #digests: Digests;
  readonly #planned: PlannedDeletions;
  readonly #courier: Courier;
  readonly #deliver: Deliver;

  constructor(private readonly parts: NotificationsParts) {
    const { host, clock, facts, outbox, notify } = parts;
    this.#deliver = createDeliver({ ...host, clock, source: () => this.#source() });
    this.#courier = new Courier({
      clock,
      random: host.random,
      ids: host.ids,
      outbox,
      deliver: this.#deliver,
      channels: () => notify().channels,
      isQuiet: (channel) => this.#isQuiet(channel),
      fold: (notices) => this.#fold(notices),
    });
    const writer = {
      facts,
      outbox,
      ids: host.ids,
      notify,
      setting: () => this.#setting(),
      queued: (channel: string) => this.#courier.wake(channel),
    };
    this.#watcher = new Watcher(writer);
    this.#digests = new Digests({ ...writer, deletionsUntil: parts.deletionsUntil });
    this.#planned = new PlannedDeletions({ ...writer, departuresWithin: parts.departuresWithin });
  }

  start(): void {
    this.refresh();
    this.#watcher.start();
    this.#digests.start();
    this.#planned.start();
  }

  emit(event: EngineEvent): void {
    this.#watcher.emit(event);
    this.#planned.emit(event);
  }

  /** Takes over what the configuration says now. */
  refresh(): void {
    const { clock, outbox, notify } = this.parts;
    const names = notify().channels.map(({ name }) => name);
    // What cannot be forgotten now is at the next start.
    outbox.keepOnly(names, (backlog) => goneEvent(backlog, clock.now())).catch(() => {});
    this.#courier.refresh();
    this.#watcher.refresh();
    this.#planned.refresh();
  }

  async view(): Promise<NotifyView> {
    const { outbox, notify } = this.parts;
    return notifyView(this.#setting().name, notify(), await outbox.backlog(), await outbox.held());
  }

  /** What waits for each channel, also where that is nothing. */
  async backlog(): Promise<BacklogRow[]> {
    const { outbox, notify } = this.parts;
    const waiting = new Map((await outbox.backlog()).map((one) => [one.channel, one]));
    return notify().channels.map(({ name }) => {
      const { count = 0, oldestAt = null, error = null } = waiting.get(name) ?? {};
      return { channel: name, count, refusedSince: error === null ? null : oldestAt };
    });
  }

  /** Sends a channel one message of each kind, at once and one after the other; undefined where there is none. */
  async test(channel: string): Promise<NotifyTestView | undefined> {
    const { host, notify } = this.parts;
    const spec = notify().channels.find(({ name }) => name === channel);
    if (spec === undefined) return undefined;
    const setting = this.#setting();
    const sent: NotifyTestView["sent"] = [];
    for (const { jobs, ...sample } of samplesOf(setting)) {
      const notice: Notice = { ...sample, ...jobsOf(jobs.map(noticeJob)) };
      const message = { id: host.ids.uuidv7(), createdAt: setting.now, notice };
      const why = await this.#deliver(spec, message, this.#stop.signal)
        .then(() => null, (error) => (error as Error).message);
      sent.push({ news: notice.news, title: notice.title, ok: why === null, message: why });
    }
    if (sent.every(({ ok }) => ok)) this.#courier.tryNow(channel);
    return { channel, sent };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#planned[Symbol.asyncDispose]();
    await this.#digests[Symbol.asyncDispose]();
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

  /** Also what could not be sent before does not come in the night. */
  #isQuiet(channel: string): boolean {
    const { notify, clock } = this.parts;
    const { rules, timezone } = notify();
    const own = rules.filter(({ to }) => to.includes(channel));
    return own.length > 0 && own.every(({ quiet }) => isQuiet(quiet, zoneOf(timezone), clock.now()));
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
      ...jobsOf(
        notices.flatMap(({ jobs }) => jobs),
        notices.reduce((sum, { jobs, job_count }) => sum + (job_count ?? jobs.length), 0),
      ),
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
