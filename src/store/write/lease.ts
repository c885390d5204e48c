// Takes the lease at boot: an epoch greater than every earlier one, which fences out whoever held the store before.

import { HEAD_CELLS, headFrom } from "../audit/head_keeper.ts";
import type { Database, Statement } from "../database/database.ts";
import { ConstraintFailed } from "../database/database_errors.ts";
import { StoreError } from "../../domain/errors.ts";
import type { Expected, Instance } from "../../ports/lease.ts";
import { DATABASE_NOW, LEASE_NAME, requireAsSeen } from "./held_lease.ts";
import type { Lease } from "./lease_writer.ts";

/** Whose the lease becomes, and where only it is taken. */
export interface LeaseClaim {
  instance: Instance;
  ttlMs: number;
  /** Absent: it is taken whoever has it. */
  expected?: Expected;
}

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
    args: [LEASE_NAME],
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
 * Rejects as `in_use` where the lease is not as it was expected.
 */
export async function takeLease(
  database: Database,
  past: PastBoots,
  boot: {
    holder: string;
    newStoreId: string;
    now: number;
    bootsKnown: number;
    changesKnown: number;
    restored: string | null;
    claim?: LeaseClaim;
  },
  also: readonly Statement[] = [],
): Promise<Boot> {
  const { holder, newStoreId, now, restored, claim } = boot;
  const bootsKnown = BigInt(boot.bootsKnown);
  const changesKnown = BigInt(boot.changesKnown);
  const results = await database.write([
    ...(claim?.expected === undefined ? [] : [requireAsSeen(claim.expected)]),
    { sql: "INSERT INTO meta VALUES ('store_id', ?1) ON CONFLICT DO NOTHING", args: [newStoreId] },
    { sql: "INSERT INTO meta VALUES ('created_at', ?1) ON CONFLICT DO NOTHING", args: [String(now)] },
    { sql: NOTE_NEWEST, args: [past.newestRunId] },
    // From here on it is a state of its own; that it was a copy is latched in the same batch.
    { sql: "DELETE FROM meta WHERE key = 'snapshot_at'", args: [] },
    {
      sql: "INSERT INTO meta VALUES ('boot_seq', CAST(?1 + 1 AS TEXT)) " +
        "ON CONFLICT DO UPDATE SET value = max(CAST(value AS INTEGER), ?1) + 1",
      args: [bootsKnown],
    },
    takingLease({ holder, now, claim }, bootsKnown, changesKnown),
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
      args: [LEASE_NAME],
    },
  ]).catch((error) => {
    throw isNotAsSeen(error) ? takenMeanwhile(error) : error;
  });
  const [epoch, bootSeq, storeId, changeSeq, ...head] = Array.from(results.at(-1)![0]!);
  return {
    lease: {
      name: LEASE_NAME,
      epoch: Number(epoch),
      holder,
      changeSeq: Number(changeSeq),
      head: headFrom(head),
    },
    bootSeq: Number(bootSeq),
    storeId: String(storeId),
  };
}

/** The epoch goes one up, and whatever stood there of another holder goes. */
function takingLease(
  { holder, now, claim }: { holder: string; now: number; claim?: LeaseClaim | undefined },
  bootsKnown: bigint,
  changesKnown: bigint,
): Statement {
  const { node, address, place, fingerprint } = claim?.instance ?? NOBODY;
  return {
    sql:
      "INSERT INTO lease (name, epoch, holder, taken_at, change_seq, renewals, node, address, place, config_hash, " +
      `expires_at) VALUES (?1, ?4 + 1, ?2, ?3, ?5 + 1, ?6, ?7, ?8, ?9, ?10, ${DATABASE_NOW} + ?11) ` +
      "ON CONFLICT DO UPDATE SET epoch = max(epoch, ?4) + 1, holder = excluded.holder, " +
      "taken_at = excluded.taken_at, change_seq = max(change_seq, ?5) + 1, renewals = excluded.renewals, " +
      "released = 0, node = excluded.node, address = excluded.address, place = excluded.place, " +
      "config_hash = excluded.config_hash, ttl = excluded.ttl, expires_at = excluded.expires_at",
    args: [
      LEASE_NAME,
      holder,
      BigInt(now),
      bootsKnown,
      changesKnown,
      claim === undefined ? null : 0n,
      node,
      address,
      place,
      fingerprint,
      claim === undefined ? null : BigInt(claim.ttlMs),
    ],
  };
}

/** Who shows nothing of itself never renews. */
const NOBODY = { node: null, address: null, place: null, fingerprint: null };

function isNotAsSeen(error: unknown): boolean {
  return error instanceof ConstraintFailed && error.message.includes("guard.fence");
}

function takenMeanwhile(cause: unknown): StoreError {
  return new StoreError(
    "in_use",
    "Cannot take over the state: another Schelly took or renewed its lease just now: only one may use it at a time",
    cause,
  );
}

/** Parameter: a run id. The noted one never becomes smaller. */
export const NOTE_NEWEST: string = "INSERT INTO meta VALUES ('newest_run_id', ?1) " +
  "ON CONFLICT DO UPDATE SET value = max(value, excluded.value)";
