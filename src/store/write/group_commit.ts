// Lets changes that wait together share one durable batch, and answers each caller after it.

import { StoreError } from "../../domain/errors.ts";
import type { ClockWatch, Reading } from "../../ports/clock_watch.ts";
import type { Clock } from "../../ports/host.ts";
import type { CommitResult } from "../../ports/store.ts";
import { type PreparedChange, statementsOf } from "./batch.ts";
import { FENCE } from "./change_sql.ts";
import { ClockMemoryKeeper } from "./clock_memory.ts";
import type { Database, SqlRow, Statement } from "../database/database.ts";
import { ConstraintFailed } from "../database/database_errors.ts";

/** Most changes in one batch: bounds how long a batch keeps the program from other work. */
const MAX_CHANGES = 30;

/** Batches of a lone caller between which no turn of the event loop is taken. */
const MAX_IN_A_ROW = 8;
/** Promise turns in which a caller that was just answered brings its next change. */
const ANSWER_TURNS = 10;

/** The lease that every batch must still hold. */
export interface Lease {
  name: string;
  epoch: number;
  holder: string;
}

/** A batch that was committed or failed. One that was refused for a conflict changed nothing and is not told of. */
interface BatchReport {
  durationMs: number;
  changes: number;
  ok: boolean;
}

export interface GroupCommit {
  /** Resolves once durable, or with the conflict; rejects with `StoreError`. Changes of one job keep their order. */
  commit(change: PreparedChange): Promise<CommitResult>;
  /** Runs alone, between batches; its writes are to go through the `write` it is given, which adds the fence. */
  alone<T>(task: (write: (statements: Statement[]) => Promise<SqlRow[][]>) => Promise<T>): Promise<T>;
  /** Takes no more, and resolves when everything taken is answered. */
  close(): Promise<void>;
}

interface Waiting {
  change: PreparedChange;
  resolve: (result: CommitResult) => void;
  reject: (error: unknown) => void;
}

/** Collects the changes of one lease; each batch that was tried goes to `report`. */
export function createGroupCommit(
  database: Database,
  lease: Lease,
  clock: Clock,
  watch: ClockWatch,
  report: (batch: BatchReport) => void,
): GroupCommit {
  let waiting: Waiting[] = [];
  let tasks: (() => Promise<void>)[] = [];
  let working: Promise<void> | undefined;
  let closed = false;

  const fence: Statement = { sql: FENCE, args: [lease.name, BigInt(lease.epoch), lease.holder] };
  const keeper = new ClockMemoryKeeper();

  /** `make` is called when the batch is handed over, with a reading of that moment. */
  async function write(make: (reading: Reading) => Statement[], changes: number): Promise<SqlRow[][]> {
    const start = clock.monotonic();
    const tell = (ok: boolean) => report({ durationMs: clock.monotonic() - start, changes, ok });
    try {
      let reading: Reading | undefined;
      const results = await database.write(() => {
        reading = watch.read();
        return [fence, ...keeper.statements(reading), ...make(reading)];
      });
      keeper.committed(reading!);
      tell(true);
      return results;
    } catch (error) {
      if (!(error instanceof ConstraintFailed) || isFence(error)) tell(false);
      throw error;
    }
  }

  async function carryOut(batch: readonly Waiting[]): Promise<void> {
    try {
      const changes = batch.map(({ change }) => change);
      await write((reading) => statementsOf(changes, reading), batch.length);
    } catch (error) {
      await settleFailed(batch, error);
      return;
    }
    for (const { resolve } of batch) resolve({ result: "done" });
  }

  async function settleFailed(batch: readonly Waiting[], error: unknown): Promise<void> {
    if (error instanceof ConstraintFailed && !isFence(error)) {
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
    const failure = failureOf(error, lease);
    for (const { reject } of batch) reject(failure);
  }

  async function work(): Promise<void> {
    // A first change goes at once, with those made in the same breath; while a batch is under way the next gathers.
    await Promise.resolve();
    for (let inARow = 1; waiting.length > 0 || tasks.length > 0; inARow++) {
      const task = tasks.shift();
      if (task !== undefined) await task();
      const batch = waiting.splice(0, MAX_CHANGES);
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

  function wake(): void {
    working ??= work();
  }

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
        const fenced = (statements: Statement[]) =>
          write(() => statements, 0).catch((error) => {
            throw failureOf(error, lease);
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

function isFence(error: ConstraintFailed): boolean {
  return error.message.includes("guard.fence");
}

/** What the broken constraint means to the caller; undefined when it is none that a caller may meet. */
function conflictOf(
  { message }: ConstraintFailed,
): (CommitResult & { result: "conflict" })["why"] | undefined {
  if (message.includes("guard.ok")) return "condition";
  if (message.includes("runs.id, runs.provider_key")) return "duplicate_id";
  if (message.includes("runs.job, runs.slot")) return "duplicate_slot";
  // A second start under one caller's key is a race with the first; asking again finds the first.
  if (message.includes("runs.job, runs.caller_key")) return "busy";
  if (message.includes("UNIQUE constraint failed: runs.job")) return "busy";
  return undefined;
}

function failureOf(error: unknown, lease: Lease): unknown {
  if (!(error instanceof ConstraintFailed)) return error;
  if (isFence(error)) {
    return new StoreError(
      "fenced",
      `Cannot save to the state: another Schelly has taken it over since this one started (epoch ${lease.epoch}): ` +
        `let only one use it, and restart this one if it is the right one`,
      error,
    );
  }
  return new StoreError("failed", `Cannot save a change: ${error.message}: nothing was saved`, error);
}
