// Takes the lease at boot: an epoch greater than every earlier one, which fences out whoever held the store before.

import { HEAD_CELLS, headFrom } from "../audit/head_keeper.ts";
import type { Database, Statement } from "../database/database.ts";
import type { Lease } from "./lease_writer.ts";

const NAME = "engine";

export interface Boot {
  lease: Lease;
  /** How often the store was opened, this time included. */
  bootSeq: number;
  /** Made once with the store; tells it from every other. */
  storeId: string;
}

/** What the store knows of its boots before this one. */
export interface PastBoots {
  storeId: string | null;
  bootSeq: number;
  /** The greatest run id ever stored, also of rows that are gone. */
  newestRunId: string;
  /** How many batches it has seen. */
  changeSeq: number;
  /** When it was copied from a running state (UTC ms); null for one that is no copy. */
  snapshotAt: number | null;
}

/** Reads it before this boot changes it; all is empty in a new store. */
export async function readPastBoots(database: Database): Promise<PastBoots> {
  const [row] = await database.read({
    sql:
      "SELECT (SELECT value FROM meta WHERE key = 'store_id'), (SELECT value FROM meta WHERE key = 'boot_seq'), " +
      "(SELECT value FROM meta WHERE key = 'newest_run_id'), (SELECT max(run_id) FROM runs), " +
      "(SELECT value FROM meta WHERE key = 'snapshot_at'), (SELECT change_seq FROM lease WHERE name = ?1)",
    args: [NAME],
  });
  const [storeId, bootSeq, noted, newest, snapshotAt, changeSeq] = Array.from(
    row!,
    (cell) => cell === null ? null : String(cell),
  );
  const newestRunId = [noted ?? "", newest ?? ""].reduce((left, right) => left > right ? left : right);
  return {
    storeId: storeId ?? null,
    bootSeq: Number(bootSeq ?? 0),
    newestRunId,
    changeSeq: Number(changeSeq ?? 0),
    snapshotAt: snapshotAt === null || snapshotAt === undefined ? null : Number(snapshotAt),
  };
}

/**
 * Commits the boot: epoch, boot_seq and change_seq one up, also from `bootsKnown` and `changesKnown`, those of whatever
 * ran here last: providers refuse a fence lower than one they have seen, whichever store it came from. When `restored`
 * says why the store is not what it was, the same batch latches a guard on every stored job. `also` is committed with it.
 */
export async function takeLease(
  database: Database,
  past: PastBoots,
  boot: {
    holder: string;
    /** Its name, for whoever is fenced out. Absent: unknown. */
    machine?: string;
    newStoreId: string;
    now: number;
    bootsKnown: number;
    changesKnown: number;
    restored: string | null;
  },
  also: readonly Statement[] = [],
): Promise<Boot> {
  const { holder, newStoreId, now, restored } = boot;
  const bootsKnown = BigInt(boot.bootsKnown);
  const changesKnown = BigInt(boot.changesKnown);
  const results = await database.write([
    { sql: "INSERT INTO meta VALUES ('store_id', ?1) ON CONFLICT DO NOTHING", args: [newStoreId] },
    { sql: "INSERT INTO meta VALUES ('created_at', ?1) ON CONFLICT DO NOTHING", args: [String(now)] },
    { sql: NOTE_NEWEST, args: [past.newestRunId] },
    { sql: NOTE_TAKER, args: [boot.machine ?? ""] },
    // From here on it is a state of its own; that it was a copy is latched in the same batch.
    { sql: "DELETE FROM meta WHERE key = 'snapshot_at'", args: [] },
    {
      sql: "INSERT INTO meta VALUES ('boot_seq', CAST(?1 + 1 AS TEXT)) " +
        "ON CONFLICT DO UPDATE SET value = max(CAST(value AS INTEGER), ?1) + 1",
      args: [bootsKnown],
    },
    {
      sql:
        "INSERT INTO lease (name, epoch, holder, taken_at, change_seq) VALUES (?1, ?4 + 1, ?2, ?3, ?5 + 1) " +
        "ON CONFLICT DO UPDATE SET epoch = max(epoch, ?4) + 1, holder = excluded.holder, " +
        "taken_at = excluded.taken_at, change_seq = max(change_seq, ?5) + 1",
      args: [NAME, holder, BigInt(now), bootsKnown, changesKnown],
    },
    {
      sql: "INSERT INTO latches SELECT job, 'restored_store', ?1, ?2 FROM jobs WHERE ?2 IS NOT NULL " +
        "ON CONFLICT DO UPDATE SET message = excluded.message, latched_at = max(latched_at, excluded.latched_at)",
      args: [
        BigInt(now),
        restored === null ? null : `the state store looks restored or emptied, ${restored}: look with ` +
          "'schelly retention show', then 'schelly retention approve'",
      ],
    },
    ...also,
    {
      sql: `SELECT lease.epoch, boot.value, store.value, lease.change_seq, ${HEAD_CELLS} ` +
        "FROM lease, meta AS boot, meta AS store " +
        "WHERE lease.name = ?1 AND boot.key = 'boot_seq' AND store.key = 'store_id'",
      args: [NAME],
    },
  ]);
  const [epoch, bootSeq, storeId, changeSeq, ...head] = Array.from(results.at(-1)![0]!);
  return {
    lease: {
      name: NAME,
      epoch: Number(epoch),
      holder,
      changeSeq: Number(changeSeq),
      head: headFrom(head),
    },
    bootSeq: Number(bootSeq),
    storeId: String(storeId),
  };
}

const NOTE_TAKER =
  "INSERT INTO meta VALUES ('taken_by', ?1) ON CONFLICT DO UPDATE SET value = excluded.value";

/** Parameter: a run id. The noted one never becomes smaller. */
export const NOTE_NEWEST: string = "INSERT INTO meta VALUES ('newest_run_id', ?1) " +
  "ON CONFLICT DO UPDATE SET value = max(value, excluded.value)";
