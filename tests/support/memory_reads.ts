// The reads of the store over plain arrays, for tests of what only reads.

import type { LockedRow } from "../../src/domain/lock.ts";
import { isUnfinished, newRun, type Run, type Status, wireStatus } from "../../src/domain/backup.ts";
import type { Missing } from "../../src/domain/missing.ts";
import type { Remains } from "../../src/domain/remains.ts";
import { isSuspect, type PastSize } from "../../src/domain/suspicion.ts";
import { InvalidCursor } from "../../src/domain/errors.ts";
import type { BackupQuery, EventQuery, Page, RunQuery, StoredEvent } from "../../src/ports/queries.ts";
import type { JobStats, JobSuspects, OpenDeletions } from "../../src/ports/job_facts.ts";
import type {
  Approval,
  ElectionSnapshot,
  JobState,
  LatchedGuard,
  ProviderBackups,
  Reads,
} from "../../src/ports/store.ts";

/** A run with sensible values for all that a test does not care about. */
export function testRun(fields: Partial<Run> & { runId: string }): Run {
  const startTime = fields.startTime ?? Date.UTC(2026, 2, 1);
  return newRun({
    job: "db",
    trigger: "schedule",
    slot: startTime,
    status: "available",
    providerKey: "restic-a",
    createdAt: startTime,
    startTime,
    endTime: startTime + 60_000,
    ...fields,
  });
}

/** Rows and events given by the test; `failure` makes every read reject with it. */
export class MemoryReads implements Reads {
  runRows: Run[] = [];
  eventRows: StoredEvent[] = [];
  statRows: JobStats[] = [];
  failure: Error | null = null;
  #listeners = new Set<() => void>();

  /** How many subscriptions are open: what leaks show up in. */
  get subscribers(): number {
    return this.#listeners.size;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Adds an event as a commit would, and tells the listeners. */
  addEvent(event: Omit<StoredEvent, "seq" | "at" | "message" | "level"> & Partial<StoredEvent>): StoredEvent {
    const stored: StoredEvent = {
      seq: this.eventRows.length + 1,
      at: Date.UTC(2026, 2, 1),
      message: `Event ${this.eventRows.length + 1}`,
      level: "info",
      ...event,
    };
    this.eventRows.push(stored);
    for (const listener of this.#listeners) listener();
    return stored;
  }

  async run(runId: string): Promise<Run | undefined> {
    return (await this.#rows()).find((row) => row.runId === runId);
  }

  async find(id: string, job?: string): Promise<Run[]> {
    return (await this.#rows()).filter((row) =>
      (row.id === id || row.runId === id) && (job === undefined || row.job === job)
    );
  }

  async backups(query: BackupQuery): Promise<Page<Run>> {
    const rows = (await this.#rows()).filter((row) =>
      row.id !== null && fits(row, query) &&
      (query.status === undefined || wireStatus(row.status) === query.status) &&
      (query.tag === undefined || row.tags.includes(query.tag)) && (!query.suspect || isSuspect(row))
    );
    return page(rows, query);
  }

  async showBackups<Shown>(query: BackupQuery, show: (page: Page<Run>) => Shown): Promise<Shown> {
    return show(await this.backups(query));
  }

  async showRuns<Shown>(query: RunQuery, show: (page: Page<Run>) => Shown): Promise<Shown> {
    return show(await this.runs(query));
  }

  async runs(query: RunQuery): Promise<Page<Run>> {
    const rows = (await this.#rows()).filter((row) =>
      fits(row, query) && (query.status === undefined || query.status.includes(row.status)) &&
      (query.trigger === undefined || row.trigger === query.trigger)
    );
    return page(rows, query);
  }

  async events(query: EventQuery): Promise<StoredEvent[]> {
    await this.#rows();
    const found = this.eventRows.filter((event) =>
      (query.job === undefined || event.job === query.job) &&
      (query.runId === undefined || event.runId === query.runId) &&
      (query.type === undefined || query.type.includes(event.type)) &&
      (query.after === undefined || event.seq > query.after) &&
      (query.before === undefined || event.seq < query.before)
    );
    if (!query.ascending) found.reverse();
    return found.slice(0, query.limit);
  }

  async stats(): Promise<JobStats[]> {
    await this.#rows();
    return this.statRows;
  }

  async unfinished(job?: string): Promise<Run[]> {
    return (await this.#rows()).filter((row) =>
      isUnfinished(row.status) && (job === undefined || row.job === job)
    );
  }

  async runsInStatus(statuses: readonly Status[], job?: string, limit = Infinity): Promise<Run[]> {
    const rows = await this.#rows();
    return rows.filter((row) => statuses.includes(row.status) && (job === undefined || row.job === job))
      .reverse().slice(0, limit);
  }

  async byProviderId(providerKey: string, id: string): Promise<Run | undefined> {
    return (await this.#rows()).find((row) => row.providerKey === providerKey && row.id === id);
  }

  async byCallerKey(job: string, callerKey: string): Promise<Run | undefined> {
    return (await this.#rows()).find((row) => row.job === job && row.callerKey === callerKey);
  }

  job(_job: string): Promise<JobState | undefined> {
    return Promise.resolve(undefined);
  }
  jobs(): Promise<JobState[]> {
    return Promise.resolve([]);
  }
  latched(_job?: string): Promise<LatchedGuard[]> {
    return Promise.resolve([]);
  }
  approval(_job: string): Promise<Approval | undefined> {
    return Promise.resolve(undefined);
  }
  freeze(): Promise<null> {
    return Promise.resolve(null);
  }
  held(): Promise<{ job: string; count: number }[]> {
    return Promise.resolve([]);
  }
  lockedRows(): Promise<LockedRow[]> {
    return Promise.resolve([]);
  }
  locksToHear(): Promise<Run[]> {
    return Promise.resolve([]);
  }
  endedHolds(): Promise<Run[]> {
    return Promise.resolve([]);
  }
  inDoubt(): Promise<Run[]> {
    return Promise.resolve([]);
  }
  providerBackups(): Promise<ProviderBackups[]> {
    return Promise.resolve([]);
  }
  remains(): Promise<Remains[]> {
    return Promise.resolve([]);
  }
  strays(): Promise<Run[]> {
    return Promise.resolve([]);
  }
  pastSizes(): Promise<PastSize[]> {
    return Promise.resolve([]);
  }
  openDeletions(): Promise<OpenDeletions[]> {
    return Promise.resolve([]);
  }
  missing(): Promise<Missing[]> {
    return Promise.resolve([]);
  }
  suspects(): Promise<JobSuspects[]> {
    return Promise.resolve([]);
  }
  sharedData(): Promise<{ dataId: string; runId: string; id: string | null; job: string }[]> {
    return Promise.resolve([]);
  }
  election(): Promise<ElectionSnapshot> {
    return Promise.reject(new Error("the API never elects by itself"));
  }

  /** Newest first. */
  #rows(): Promise<Run[]> {
    if (this.failure !== null) return Promise.reject(this.failure);
    return Promise.resolve(
      [...this.runRows].sort((a, b) => (b.startTime ?? b.createdAt) - (a.startTime ?? a.createdAt)),
    );
  }
}

function fits(row: Run, query: { job?: string; since?: number; until?: number }): boolean {
  const at = row.startTime ?? row.createdAt;
  return (query.job === undefined || row.job === query.job) &&
    (query.since === undefined || at >= query.since) && (query.until === undefined || at < query.until);
}

function page(rows: Run[], query: { limit: number; cursor?: string }): Page<Run> {
  const start = query.cursor === undefined
    ? 0
    : rows.findIndex((row) => `after-${row.runId}` === query.cursor) + 1;
  if (query.cursor !== undefined && start === 0) throw new InvalidCursor(query.cursor);
  const items = rows.slice(start, start + query.limit);
  return start + query.limit < rows.length ? { items, cursor: `after-${items.at(-1)!.runId}` } : { items };
}
