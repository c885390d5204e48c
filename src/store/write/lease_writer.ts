// Writes batches under the lease of this boot: each demands that the lease is still ours and that the state did not go
// back in time, carries what is known of the clock, chains its events onto the trail, and is noted in the mark before
// anybody hears of it.

import { StoreError } from "../../domain/errors.ts";
import { EMPTY_HEAD, HeadKeeper, isHeadMoved, type StoredHead } from "../audit/head_keeper.ts";
import type { ClockWatch, Reading } from "../../ports/clock_watch.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { Clock } from "../../ports/host.ts";
import type { Database, SqlRow, Statement } from "../database/database.ts";
import { ConstraintFailed } from "../database/database_errors.ts";
import { COUNT_BATCH } from "../schema/change_seq.ts";
import { FENCE } from "./change_sql.ts";
import { ClockMemoryKeeper } from "./clock_memory.ts";
import { takenOver } from "./taken_over.ts";

/** The lease that every batch must still hold. */
export interface Lease {
  name: string;
  epoch: number;
  holder: string;
  /** How many batches the state had seen when it was taken. */
  changeSeq: number;
  /** Where the audit trail ended then; absent: nothing was chained. */
  head?: StoredHead;
}

/** A batch that was committed or failed. One that was refused for a conflict changed nothing and is not told of. */
interface BatchReport {
  durationMs: number;
  changes: number;
  ok: boolean;
}

interface LeaseWriterOptions {
  database: Database;
  lease: Lease;
  clock: Pick<Clock, "monotonic">;
  watch: ClockWatch;
  /** Is told of each batch that was tried. */
  report(batch: BatchReport): void;
  /** Notes outside the state how many batches it has seen; where it throws, a commit counts as of unknown fate. */
  note(changeSeq: number): void;
}

/**
 * Commits what `make` answers, or none of it; `make` is called as the batch is handed over, with a reading of that
 * moment and with what makes the statements of its events, to be called once. Answers the rows of all statements of the
 * batch, its last ones those of `make`. Rejects with `ConstraintFailed`, when a condition of the batch's own did not hold,
 * or with `StoreError`.
 */
export type LeaseWriter = (
  make: (reading: Reading, saveEvents: (events: readonly EngineEvent[]) => Statement[]) => Statement[],
  changes: number,
) => Promise<SqlRow[][]>;

/** What was of unknown fate may have been saved, or be saved late: the head is read again then, so often. */
const MOST_LOOKS = 3;

/** The writer of one boot. */
export function createLeaseWriter(options: LeaseWriterOptions): LeaseWriter {
  const { database, lease, clock, watch, report, note } = options;
  const fence: Statement = { sql: FENCE, args: [lease.name, BigInt(lease.epoch), lease.holder] };
  const keeper = new ClockMemoryKeeper();
  const trail = new HeadKeeper(lease.head ?? EMPTY_HEAD);
  // How many batches the state has seen: those of unknown fate make the two differ.
  let [least, most] = [lease.changeSeq, lease.changeSeq];

  const attempt: LeaseWriter = async (make, changes) => {
    if (!trail.isKnown) await trail.read(database);
    const start = clock.monotonic();
    const tell = (ok: boolean) => report({ durationMs: clock.monotonic() - start, changes, ok });
    try {
      let reading: Reading | undefined;
      const results = await database.write(() => {
        reading = watch.read();
        const count = { sql: COUNT_BATCH, args: [lease.name, BigInt(least), BigInt(most)] };
        trail.begins();
        const made = make(reading, (events) => trail.statements(events));
        return [fence, count, ...keeper.statements(reading), ...made];
      });
      trail.committed();
      least = most = Number(results[1]![0]![0]);
      keeper.committed(reading!);
      noteOrDoubt(note, least);
      tell(true);
      return results;
    } catch (error) {
      const lost = error instanceof ConstraintFailed ? await lostLease(error, database, lease) : undefined;
      if (error instanceof ConstraintFailed && lost === undefined) throw error;
      if (lost === undefined) most++;
      tell(false);
      throw lost ?? error;
    }
  };

  return async (make, changes) => {
    for (let looks = 1;; looks++) {
      try {
        return await attempt(make, changes);
      } catch (error) {
        if (!(error instanceof ConstraintFailed) || !isHeadMoved(error) || looks > MOST_LOOKS) throw error;
        trail.doubted();
      }
    }
  };
}

/** Nobody may rely on a change that a restored state could lose unseen. */
function noteOrDoubt(note: (changeSeq: number) => void, changeSeq: number): void {
  try {
    note(changeSeq);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError(
      "unknown",
      `A change was saved, but not the mark that tells when it is lost by a restored state: ${reason}: ` +
        "look at the disk of the mark",
      error,
    );
  }
}

/** What a batch met whose lease or state is not the one it was; undefined for every other broken constraint. */
async function lostLease(
  error: ConstraintFailed,
  database: Database,
  lease: Lease,
): Promise<StoreError | undefined> {
  if (error.message.includes("guard.fence")) return await takenOver(database, lease, error);
  if (!error.message.includes("lease.change_seq")) return undefined;
  return new StoreError(
    "replaced",
    "Cannot save to the state: it is not the one that was saved to last, but went back in time under this program, as " +
      "after a restore or a rollback: start Schelly again; it deletes nothing then before you have looked",
    error,
  );
}
