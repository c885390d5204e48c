// A large state for measurements, as a year of a thousand jobs leaves it: one job of very many hourly backups, and others
// whose backups lie as their policy keeps them, with the events of the newest and the days of the last month.

import type { EngineEvent } from "../src/ports/events.ts";
import type { RunStore } from "../src/ports/store.ts";
import { newRun, type Run } from "../src/domain/backup.ts";
import { jobState } from "../tests/store/fixture.ts";
import { PROVIDER, real } from "./program.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ROWS_A_COMMIT = 1_000;
/** What the other jobs keep, and have. */
export const KEPT = { hourly: 168, daily: 730, monthly: 100 };
/** So many of the newest backups of a job have their events on record; of the large job more. */
const WITH_EVENTS = 30;

/** How large it is. */
export interface BigState {
  jobs: number;
  /** Backups of the first job. */
  ofFirst: number;
  /** Backups of all jobs together, about. */
  inAll: number;
}

/** The names of its jobs; the first is the large one. */
export function namesOf({ jobs }: BigState): string[] {
  return Array.from({ length: jobs }, (_, at) => `job-${at}`);
}

/** The jobs of it as YAML, due in about three quarters of an hour, so that nothing else is at work meanwhile. */
export function jobsOf(state: BigState): string[] {
  const later = (at: number) => (new Date().getMinutes() + 40 + at % 10) % 60;
  return namesOf(state).map((name, at) =>
    `{ name: ${name}, schedule: "${later(at)} * * * *"${
      at === 0 ? `, retention: { hourly: ${state.ofFirst}, daily: 0, monthly: 0 }` : ""
    } }`
  );
}

/** Fills a new store; answers how many backups it has. */
export async function fillBig(store: RunStore, state: BigState): Promise<number> {
  const now = Math.floor(Date.now() / HOUR) * HOUR;
  const ages = [...keptAges(now)].slice(0, Math.ceil((state.inAll - state.ofFirst) / (state.jobs - 1)));
  let count = 0;
  for (const [at, job] of namesOf(state).entries()) {
    const mine = at === 0 ? Array.from({ length: state.ofFirst }, (_, hours) => hours * HOUR) : ages;
    await fillJob(store, job, mine.map((age) => now - age));
    count += mine.length;
  }
  return count;
}

/** Ages (ms) of what the policy of the others keeps, rising. */
function* keptAges(now: number): Iterable<number> {
  for (let hours = 0; hours < KEPT.hourly; hours++) yield hours * HOUR;
  const midnight = now - now % DAY - HOUR;
  for (let days = KEPT.hourly / 24; days < KEPT.daily; days++) yield now - (midnight - days * DAY);
  for (let months = KEPT.daily / 31; months < KEPT.monthly + KEPT.daily / 31; months++) {
    yield now - (midnight - Math.round(months * 30.44) * DAY);
  }
}

async function fillJob(store: RunStore, job: string, slots: readonly number[]): Promise<void> {
  const cursor = Date.now();
  await store.commit({
    job,
    writes: [{ write: "addJob", state: { ...jobState(job), providerKey: PROVIDER, knownSince: 0, cursor } }],
  });
  for (let from = 0; from < slots.length; from += ROWS_A_COMMIT) {
    const runs = slots.slice(from, from + ROWS_A_COMMIT).map((slot, at) => runOf(job, slot, from + at));
    await store.commit({
      job,
      writes: runs.map((run) => ({ write: "insert", run })),
      ...(from === 0 ? { events: runs.slice(0, WITH_EVENTS).reverse().flatMap(eventsOf) } : {}),
    });
  }
}

function runOf(job: string, slot: number, at: number): Run {
  const runId = real.ids.uuidv7();
  // Grows over time, by days.
  const sizeMb = 1_000 + 200 * Math.sin(at / 50) + (slot / DAY) % 1_000;
  return newRun({
    ...{ runId, job, trigger: "schedule", status: "available", providerKey: PROVIDER, slot, sizeMb },
    ...{ createdAt: slot, startTime: slot + 400, endTime: slot + 60_000 + at % 7 * 9_000 },
    ...{ id: runId, dataId: runId },
  });
}

function eventsOf({ job, runId, slot, endTime }: Run): EngineEvent[] {
  const event = (type: EngineEvent["type"], at: number, message: string): EngineEvent => ({
    ...{ type, level: "info", at, job, runId, message },
  });
  return [
    event("run.due", slot!, "The slot is due"),
    event("run.started", slot! + 400, "The provider has begun"),
    event("run.available", endTime!, "The backup is available"),
  ];
}
