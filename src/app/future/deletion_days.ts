// Keeps what each job will delete within five weeks, by day; part of the composition root.
//
// Only while somebody asks: each job is foreseen in the background, half of the time at most, and again once something
// happened to it or an hour went by.

import { civil, type Zone, zoneOf } from "../../domain/calendar/zone.ts";
import { formatDate } from "../../domain/calendar/calendar.ts";
import { DAY } from "../../domain/duration.ts";
import { iso } from "../../domain/instant.ts";
import { isSameJob, type Job } from "../../domain/job.ts";
import type { EngineEvent, EventSink } from "../../ports/events.ts";
import type { RunStore } from "../../ports/store.ts";
import type { DeletionsView } from "../../ports/views/departures.ts";
import { CHANGES } from "./departure_book.ts";
import { departuresOf, type DeparturesParts } from "./departures_of.ts";

/** So far ahead is looked. */
const AHEAD_MS = 35 * DAY;

const STALE_MS = 3_600_000;
/** What a job does often is not followed more closely than this; an edit is, at once. */
const REST_MS = 60_000;
/** So long a question waits for jobs that are not foreseen yet. */
const PATIENCE_MS = 300;
/** So many rows are read at once. */
const ROWS = 500;

/** What goes on one day of a job. */
interface Day {
  day: string;
  backups: number;
  sizeMb: number;
  unsized: number;
}

interface Entry {
  /** What it was foreseen for. */
  declared: Job;
  /** Null: it cannot be foreseen. */
  days: readonly Day[] | null;
  /** How far it was foreseen (UTC ms); null: as far as anybody asks. */
  until: number | null;
  /** By the monotonic clock. */
  at: number;
  changed: boolean;
}

interface DaysParts extends DeparturesParts {
  store: DeparturesParts["store"] & Pick<RunStore, "runsById">;
}

/** Foresees when it is asked, until it is disposed. */
export class DeletionDays implements EventSink, AsyncDisposable {
  readonly #entries = new Map<string, Entry>();
  readonly #stop = new AbortController();
  #work: Promise<void> | null = null;

  constructor(private readonly parts: DaysParts) {}

  emit({ type, job }: EngineEvent): void {
    const entry = job === undefined || !CHANGES.test(type) ? undefined : this.#entries.get(job);
    if (entry !== undefined) entry.changed = true;
  }

  /** What is known by now; what is not is looked at, and a short while waited for. */
  async view(): Promise<DeletionsView> {
    const { clock, engine, watch } = this.parts;
    this.#work ??= this.#foreseeAll().catch(() => {}).finally(() => void (this.#work = null));
    await Promise.race([this.#work, clock.sleep(PATIENCE_MS, this.#stop.signal).catch(() => {})]);
    const { now } = watch.read();
    const days = new Map<string, DeletionsView["days"]>();
    const unseen: string[] = [];
    const partly: DeletionsView["partly"] = [];
    let pending = 0;
    for (const job of engine.jobNames()) {
      const entry = this.#entries.get(job);
      if (entry === undefined) pending++;
      else if (entry.days === null) unseen.push(job);
      else {
        if (entry.until !== null) partly.push({ job, until: iso(entry.until) });
        for (const { day, backups, sizeMb, unsized } of entry.days) {
          const row = { day, job, backups, size_mb: sizeMb, unsized };
          const rows = days.get(day);
          if (rows === undefined) days.set(day, [row]);
          else rows.push(row);
        }
      }
    }
    // Days are few, rows may be very many.
    const rising = [...days].sort(([a], [b]) => a < b ? -1 : 1).flatMap(([, rows]) => rows);
    return { from: iso(now), until: iso(now + AHEAD_MS), days: rising, pending, unseen, partly };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("Schelly is stopping"));
    await this.#work;
  }

  async #foreseeAll(): Promise<void> {
    const { clock, engine } = this.parts;
    for (const name of this.#entries.keys()) {
      if (engine.job(name) === undefined) this.#entries.delete(name);
    }
    for (const name of engine.jobNames().filter((one) => this.#isDue(one))) {
      const began = clock.monotonic();
      await this.#foresee(name);
      // What is quick is not rested from: a thousand jobs would take a thousand rests.
      const took = clock.monotonic() - began;
      if (took >= 1) await clock.sleep(took, this.#stop.signal);
    }
  }

  async #foresee(name: string): Promise<void> {
    const { clock, engine, store } = this.parts;
    const declared = engine.job(name)?.job;
    if (declared === undefined) return;
    // First: what changes meanwhile is seen the next time.
    const entry: Entry = { declared, days: null, until: null, at: clock.monotonic(), changed: false };
    const { availableCount = 0 } = await store.job(name) ?? {};
    const found = availableCount === 0 ? undefined : await departuresOf(this.parts, name, AHEAD_MS, true);
    if (availableCount === 0) entry.days = [];
    else if (found) {
      entry.days = await this.#byDay(found.going, zoneOf(declared.timezone));
      entry.until = found.isWhole ? null : found.reached;
    }
    this.#entries.set(name, entry);
  }

  async #byDay(going: readonly { runId: string; at: number }[], zone: Zone): Promise<Day[]> {
    const days = new Map<string, Day>();
    for (let from = 0; from < going.length; from += ROWS) {
      const some = going.slice(from, from + ROWS);
      const rows = await this.parts.store.runsById(some.map(({ runId }) => runId));
      const sizes = new Map(rows.map(({ runId, sizeMb }) => [runId, sizeMb]));
      for (const { runId, at } of some) {
        const name = formatDate(civil(zone, at));
        const day = days.get(name) ?? { day: name, backups: 0, sizeMb: 0, unsized: 0 };
        days.set(name, day);
        const size = sizes.get(runId) ?? null;
        day.backups++;
        if (size === null) day.unsized++;
        else day.sizeMb += size;
      }
    }
    return [...days.values()];
  }

  #isDue(name: string): boolean {
    const { clock, engine } = this.parts;
    const entry = this.#entries.get(name);
    const declared = engine.job(name)?.job;
    if (entry === undefined || declared === undefined) return true;
    if (declared !== entry.declared && !isSameJob(declared, entry.declared)) return true;
    return clock.monotonic() >= entry.at + (entry.changed ? REST_MS : STALE_MS);
  }
}
