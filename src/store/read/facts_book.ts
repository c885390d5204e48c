// What the store knows of every job, kept in memory for whoever shows all of them at once: a change marks the jobs that it
// changes, and only those are read anew. Nothing is shown that was not so while it was asked for.

import type { StoredFacts } from "../../ports/job_facts.ts";

/** The facts of a job, and what tells whether time alone changes them. */
export interface DatedFacts {
  facts: StoredFacts;
  /** The latest time (UTC ms) that what is shown of it is dated by. */
  dated: number;
  /** It has runs that are dated later than may be now: they are shown once their time has come. */
  isAhead: boolean;
}

interface FactsBookPorts {
  /** Every stored job. */
  names(): Promise<string[]>;
  /** Those of the jobs that are stored, by name. */
  read(jobs: readonly string[]): Promise<Map<string, DatedFacts>>;
  /** What is dated later (UTC ms) is from the future. */
  latest(): number;
  /** False once somebody else may change the state, who tells nobody here. */
  isOurs(): Promise<boolean>;
}

/** Keeps them. */
export interface FactsBook {
  /** Marks jobs as changed; to be called for a change before anybody hears that it was made. */
  touch(jobs: Iterable<string>): void;
  /** Marks all of them. */
  touchAll(): void;
  /** Marks what a change of unknown fate may change, now or later: it may still come, until another was saved. */
  doubt(jobs: Iterable<string>): void;
  /** A change was saved: none of those in doubt comes after it. */
  settle(): void;
  /** The facts of every job, each as of a moment since this was asked for; the map goes on to be kept up to date. */
  all(): Promise<ReadonlyMap<string, StoredFacts>>;
}

/** So many jobs are read at once: some milliseconds of work. */
const CHUNK = 200;

/** An empty book: what is asked for first is read whole. */
export function createFactsBook({ names, read, latest, isOurs }: FactsBookPorts): FactsBook {
  const facts = new Map<string, StoredFacts>();
  const dates = new Map<string, number>();
  const ahead = new Set<string>();
  const touched = new Set<string>();
  const doubted = new Set<string>();
  let isUnknown = true;
  let newest = 0;
  let turn: Promise<unknown> = Promise.resolve();

  function take(job: string, found: DatedFacts | undefined): void {
    ahead.delete(job);
    if (found === undefined) {
      facts.delete(job);
      dates.delete(job);
      return;
    }
    facts.set(job, found.facts);
    dates.set(job, found.dated);
    newest = Math.max(newest, found.dated);
    if (found.isAhead) ahead.add(job);
  }

  async function readAnew(jobs: readonly string[]): Promise<void> {
    // Taken off first: what changes while it is read is marked again.
    for (const job of jobs) touched.delete(job);
    try {
      const found = await read(jobs);
      for (const job of jobs) take(job, found.get(job));
    } catch (error) {
      for (const job of jobs) touched.add(job);
      throw error;
    }
  }

  /** Marks what may have changed with nobody telling: its time came, the clock was set back, a change came late. */
  function touchByTime(): void {
    addAll(touched, ahead);
    addAll(touched, doubted);
    const now = latest();
    if (now >= newest) return;
    for (const [job, dated] of dates) if (dated > now) touched.add(job);
  }

  async function refresh(): Promise<void> {
    if (isUnknown || !await isOurs()) {
      isUnknown = true;
      const stored = await names();
      isUnknown = false;
      addAll(touched, facts.keys());
      addAll(touched, stored);
    }
    touchByTime();
    const jobs = [...touched];
    for (let at = 0; at < jobs.length; at += CHUNK) await readAnew(jobs.slice(at, at + CHUNK));
  }

  return {
    touch: (jobs) => addAll(touched, jobs),
    touchAll() {
      isUnknown = true;
    },
    doubt: (jobs) => addAll(doubted, jobs),
    settle() {
      addAll(touched, doubted);
      doubted.clear();
    },
    async all() {
      // One after the other: what one is reading is not marked any more, and not read yet.
      const mine = turn.then(refresh);
      turn = mine.catch(() => {});
      await mine;
      return facts;
    },
  };
}

function addAll(set: Set<string>, jobs: Iterable<string>): void {
  for (const job of jobs) set.add(job);
}
