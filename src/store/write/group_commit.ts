// Lets changes that wait together share one durable batch, and answers each caller after it.

import { StoreError } from "../../domain/errors.ts";
import { SliceSize } from "../../domain/slice_size.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { Clock } from "../../ports/host.ts";
import type { CommitResult } from "../../ports/store.ts";
import type { SqlRow, Statement } from "../database/database.ts";
import { ConstraintFailed } from "../database/database_errors.ts";
import { type PreparedChange, statementsOf } from "./batch.ts";
import type { LeaseWriter } from "./lease_writer.ts";

/** How long a batch may keep the program from other work (ms): so many changes share one as take about that, */
const BATCH_MS = 20;
/** and no fewer, nor more. */
const FEWEST_CHANGES = 30;
const MOST_CHANGES = 240;

/** Batches of a lone caller between which no turn of the event loop is taken. */
const MAX_IN_A_ROW = 8;
/** Promise turns in which a caller that was just answered brings its next change. */
const ANSWER_TURNS = 10;

export interface GroupCommit {
  /** Resolves once durable, or with the conflict; rejects with `StoreError`. Changes of one job keep their order. */
  commit(change: PreparedChange): Promise<CommitResult>;
  /** Runs alone, between batches; its writes are to go through the `write` it is given, which adds the fence. */
  alone<T>(task: (write: WriteAlone) => Promise<T>): Promise<T>;
  /** Takes no more, and resolves when everything taken is answered. */
  close(): Promise<void>;
}

/** Commits the statements, and after them the events; answers the rows of each. */
type WriteAlone = (statements: Statement[], events?: readonly EngineEvent[]) => Promise<SqlRow[][]>;

interface Waiting {
  change: PreparedChange;
  resolve: (result: CommitResult) => void;
  reject: (error: unknown) => void;
}

type Make = Parameters<LeaseWriter>[0];
type BatchClock = Pick<Clock, "yield" | "monotonic">;

/** Collects changes and hands them to `write`. */
export function createGroupCommit(clock: BatchClock, write: LeaseWriter): GroupCommit {
  let waiting: Waiting[] = [];
  let tasks: (() => Promise<void>)[] = [];
  let working: Promise<void> | undefined;
  let closed = false;
  const [size, answers] = [sizeByTime(clock), answersInSlices(clock)];

  async function carryOut(batch: readonly Waiting[]): Promise<void> {
    try {
      const make: Make = (...parts) => statementsOf(batch.map(({ change }) => change), ...parts);
      await size.time(batch.length, () => write(make, batch.length));
    } catch (error) {
      await settleFailed(batch, error);
      return;
    }
    await answers(batch);
  }

  async function settleFailed(batch: readonly Waiting[], error: unknown): Promise<void> {
    if (error instanceof ConstraintFailed) {
      if (batch.length > 1) {
        // Nothing was changed. Halving finds the ones that fail in few batches and keeps the order.
        const middle = batch.length >> 1;
        await carryOut(batch.slice(0, middle));
        await carryOut(batch.slice(middle));
        return;
      }
      const why = conflictOf(error);
      if (why !== undefined) return batch[0]!.resolve({ result: "conflict", why });
    }
    const failure = failureOf(error);
    for (const { reject } of batch) reject(failure);
  }

  async function work(): Promise<void> {
    // A first change goes at once, with those made in the same breath; while a batch is under way the next gathers.
    await Promise.resolve();
    for (let inARow = 1; waiting.length > 0 || tasks.length > 0; inARow++) {
      const task = tasks.shift();
      if (task !== undefined) await task();
      const batch = waiting.splice(0, size.most());
      if (batch.length > 0) await carryOut(batch);
      // One flow that commits step by step is not made to wait; many get a turn of the loop to gather in.
      if (batch.length === 1 && inARow < MAX_IN_A_ROW) {
        for (let turn = 0; turn < ANSWER_TURNS && waiting.length === 0; turn++) await Promise.resolve();
        if (waiting.length === 1) continue;
      }
      inARow = 0;
      await clock.yield();
    }
    working = undefined;
  }

  const wake = () => void (working ??= work());

  function takenFrom(): void {
    if (closed) throw new StoreError("failed", "Cannot save a change: the state store is closed");
  }

  return {
    commit(change) {
      return new Promise((resolve, reject) => {
        takenFrom();
        waiting.push({ change, resolve, reject });
        wake();
      });
    },
    alone(task) {
      return new Promise((resolve, reject) => {
        takenFrom();
        const fenced: WriteAlone = (statements, events = []) =>
          write((_, saveEvents) => [...statements, ...saveEvents(events)], 0).catch((error) => {
            throw failureOf(error);
          });
        tasks.push(() => task(fenced).then(resolve, reject));
        wake();
      });
    },
    async close() {
      closed = true;
      await working;
      waiting = [];
      tasks = [];
    },
  };
}

/** Each answer is the beginning of more work: of many, only so many are given in one turn of the event loop. */
function answersInSlices(clock: BatchClock) {
  const slice = new SliceSize();
  const answer = ({ resolve }: Waiting) => resolve({ result: "done" });
  return (batch: readonly Waiting[]): Promise<void> | void => {
    if (batch.length <= slice.size) return batch.forEach(answer);
    return (async () => {
      await clock.yield();
      for (let at = 0; at < batch.length;) {
        const start = clock.monotonic();
        const some = batch.slice(at, at + slice.size);
        some.forEach(answer);
        at += some.length;
        await clock.yield();
        slice.took(some.length, clock.monotonic() - start);
      }
    })();
  };
}

/** How many changes a batch takes, by how long those before it took. */
function sizeByTime(clock: BatchClock) {
  let most = FEWEST_CHANGES;
  return {
    most: () => most,
    async time(changes: number, work: () => Promise<unknown>): Promise<void> {
      // Few tell nothing of how long many take.
      if (changes < FEWEST_CHANGES) return void await work();
      const start = clock.monotonic();
      await work();
      const tookMs = Math.max(clock.monotonic() - start, 0.1);
      const wanted = Math.min(MOST_CHANGES, changes * BATCH_MS / tookMs);
      // Half of the way, as that varies.
      most = Math.max(FEWEST_CHANGES, Math.round((most + wanted) / 2));
    },
  };
}

/** What the broken constraint means to the caller; undefined when it is none that a caller may meet. */
function conflictOf(
  { message }: ConstraintFailed,
): (CommitResult & { result: "conflict" })["why"] | undefined {
  if (message.includes("guard.ok")) return "condition";
  if (message.includes("runs.id, runs.provider_key") || message.includes("bound.fresh")) {
    return "duplicate_id";
  }
  if (message.includes("runs.job, runs.slot")) return "duplicate_slot";
  // A second start under one caller's key is a race with the first; asking again finds the first.
  if (message.includes("runs.job, runs.caller_key")) return "busy";
  if (message.includes("UNIQUE constraint failed: runs.job")) return "busy";
  if (message.includes("UNIQUE constraint failed: verifications.job")) return "busy";
  return undefined;
}

function failureOf(error: unknown): unknown {
  if (!(error instanceof ConstraintFailed)) return error;
  return new StoreError("failed", `Cannot save a change: ${error.message}: nothing was saved`, error);
}
