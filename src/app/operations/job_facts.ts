// What many views of jobs are made of, read once and found by name; part of the composition root.

import type { Run } from "../../domain/backup.ts";
import { type Freeze, isFrozen } from "../../domain/freeze.ts";
import { isForgotten, type Remains } from "../../domain/remains.ts";
import { PATIENCE_MS } from "../../domain/stuck.ts";
import type { Contact, ContactTrouble } from "../../domain/contact.ts";
import type { Job } from "../../domain/job.ts";
import type { Engine } from "../../engine/engine.ts";
import type { JobVerifier } from "../../engine/verification/job_verifier.ts";
import type { ClockWatch, Reading } from "../../ports/clock_watch.ts";
import type { Clock } from "../../ports/host.ts";
import type { JobSuspects, OpenDeletions, StoredFacts } from "../../ports/job_facts.ts";
import type { StorageKnown } from "../upkeep_book.ts";
import type { JobState, RunStore } from "../../ports/store.ts";

/** A job that left the configuration. */
export interface LeftJob {
  state: JobState;
  remains: Remains | undefined;
  /** Its unfinished run. */
  run: Run | undefined;
  /** That run is followed to its end. */
  isFollowed: boolean;
}

/** What the store knows of jobs, by their names. */
export interface JobFacts {
  reading: Reading;
  stored: ReadonlyMap<string, StoredFacts>;
  suspects: ReadonlyMap<string, JobSuspects>;
  held: ReadonlyMap<string, { count: number }>;
  openDeletions: ReadonlyMap<string, OpenDeletions>;
  /** Of jobs that left the configuration, what the store knows of them and what may be left. */
  left: ReadonlyMap<string, LeftJob>;
  freeze: Freeze | null;
  /** Why the provider of a key cannot be used; null when it can. Absent: none has such trouble. */
  troubleOf?(providerKey: string): string | null;
  /** How long a job may rightly go without a success, grace included (ms); null where that has no end. */
  expectedOf?(job: Job): number | null;
  /** How long ago the provider of a key last began a backup (ms); null where that is not known. */
  startedAgoOf?(providerKey: string): number | null;
  /** Why the upkeep of the storage behind a key failed; null when it did not. */
  upkeepTroubleOf?(providerKey: string): string | null;
  /** What is known of the storage behind a key; null when nothing is. */
  storageOf?(providerKey: string): StorageKnown | null;
  /** What the calls of the provider of a key told; null where it was not called. Absent: none is over HTTP. */
  contactOf?(providerKey: string): Contact | null;
  /** The verifications of a job; absent, or undefined: it has none. */
  verifierOf?(job: string): JobVerifier | undefined;
  /** The program has only just begun: what was missed may still be caught up with. */
  catchingUp: boolean;
  /** Why the last change could not be saved; null when it could. */
  storeTrouble: string | null;
}

/** What they are read through. */
export interface JobFactsParts {
  engine: Engine;
  store: RunStore;
  clock: Clock;
  watch: ClockWatch;
  /** Why the provider of a key cannot be used; null when it can. Absent: none has such trouble. */
  providerTroubleOf?(providerKey: string): string | null;
  /** As of the facts. Absent: it is known of none. */
  startedAgoOf?(providerKey: string): number | null;
  /** As of the facts. Absent: a job may go without a success for ever. */
  expectedOf?(job: Job): number | null;
  /** As of the facts. Absent: none has such trouble. */
  upkeepTroubleOf?(providerKey: string): string | null;
  /** As of the facts. Absent: nothing is known of any. */
  storageOf?(providerKey: string): StorageKnown | null;
  /** As of the facts. Absent: none is over HTTP. */
  contactOf?(providerKey: string): Contact | null;
  /** The providers of the configuration that did not answer the last call. Absent: none. */
  contactTroubles?(): { provider: string; trouble: ContactTrouble }[];
  /** When the program began, by the uptime (ms). Absent: long ago. */
  begunAt?: number;
  /** Why the last change could not be saved; null when it could. */
  storeTrouble(): string | null;
}

/** Reads the facts of these jobs alone. */
export function readFactsOf(parts: JobFactsParts, names: readonly string[]): Promise<JobFacts> {
  return readFacts(parts, names, names);
}

/** Reads those of every job: of the ones in the configuration, and of `left`, which left it. */
export function readFactsOfAll(parts: JobFactsParts, left: readonly string[]): Promise<JobFacts> {
  return readFacts(parts, undefined, left);
}

/** Jobs that are stored and not forgotten and that the configuration does not have, by name. */
export async function jobsThatLeft({ engine, store }: JobFactsParts): Promise<string[]> {
  return (await store.jobNames()).filter((name) => engine.job(name) === undefined).sort();
}

/** True while nothing is deleted, by these facts. */
export function areDeletionsFrozen({ freeze, reading }: JobFacts): boolean {
  return isFrozen(freeze, reading.ends);
}

/** Within it every missed slot is decided, and what is to be caught up with is under way. */
const CATCH_UP_MS = 120_000;
/** So many that left are read in one statement. */
const AT_ONCE = 500;

async function readFacts(
  parts: JobFactsParts,
  names: readonly string[] | undefined,
  perhapsLeft: readonly string[],
): Promise<JobFacts> {
  const { engine, store, clock, watch, providerTroubleOf, expectedOf, begunAt, storeTrouble } = parts;
  const reading = watch.read();
  const [stored, suspects, held, openDeletions, freeze, left] = await Promise.all([
    store.storedFacts(names),
    store.suspects(names),
    store.held(names),
    store.openDeletions(reading.now - PATIENCE_MS, names),
    store.freeze(),
    readLeft(parts, perhapsLeft.filter((name) => engine.job(name) === undefined)),
  ]);
  return {
    reading,
    stored,
    suspects: byJob(suspects),
    held: byJob(held),
    openDeletions: byJob(openDeletions),
    left,
    freeze,
    troubleOf: providerTroubleOf,
    expectedOf,
    startedAgoOf: parts.startedAgoOf,
    upkeepTroubleOf: parts.upkeepTroubleOf,
    storageOf: parts.storageOf,
    contactOf: parts.contactOf,
    verifierOf: (job) => engine.verifications.of(job),
    catchingUp: begunAt !== undefined && clock.monotonic() - begunAt < CATCH_UP_MS,
    storeTrouble: storeTrouble(),
  };
}

async function readLeft(
  { engine, store }: JobFactsParts,
  names: readonly string[],
): Promise<JobFacts["left"]> {
  const left = new Map<string, LeftJob>();
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const some = names.slice(at, at + AT_ONCE);
    const remains = byJob(await store.remains(some));
    const strays = byJob(await store.strays(some));
    for (const state of await store.jobs(some)) {
      if (isForgotten(state)) continue;
      const run = strays.get(state.job);
      const isFollowed = run !== undefined && engine.followsLeft(run);
      left.set(state.job, { state, remains: remains.get(state.job), run, isFollowed });
    }
  }
  return left;
}

function byJob<T extends { job: string }>(rows: readonly T[]): Map<string, T> {
  return new Map(rows.map((row) => [row.job, row]));
}
