// The lease beside its epoch: what others see of it, and how its holder renews it and gives it back. Dates in it are the
// database's own, to be shown; nobody decides by them.

import type { Expected, HeldLease, LeaseSeen } from "../../ports/lease.ts";
import type { Database, SqlRow, Statement } from "../database/database.ts";
import type { Lease } from "./lease_writer.ts";
import { takenOver } from "./taken_over.ts";

/** One lease for the whole state. */
export const LEASE_NAME = "engine";

/** UTC ms by the clock of the database. */
export const DATABASE_NOW = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

const SEEN =
  "epoch, holder, renewals, released, node, address, place, config_hash, taken_at, ttl, expires_at";

/** What stands there; null: nobody ever held it. The schema may be an older one, or none. Rejects with `StoreError`. */
export async function readLease(database: Database, schema: number): Promise<LeaseSeen | null> {
  if (schema === 0) return null;
  const cells = schema < NAMED_SINCE
    ? "epoch, holder, NULL, 0, NULL, NULL, NULL, NULL, taken_at, NULL, NULL"
    : SEEN;
  const [row] = await database.read({
    sql: `SELECT ${cells}, ${DATABASE_NOW} FROM lease WHERE name = ?1`,
    args: [LEASE_NAME],
  });
  return row === undefined ? null : seenFrom(row);
}

/** The version of the schema that names the holder. */
const NAMED_SINCE = 31;

function seenFrom(row: SqlRow): LeaseSeen {
  const text = (cell: unknown) => cell === null ? null : String(cell);
  const number = (cell: unknown) => cell === null ? null : Number(cell);
  const [epoch, holder, renewals, released, node, address, place, fingerprint, takenAt, ...times] = Array
    .from(
      row,
    );
  const [ttlMs, expiresAt, seenAt] = times;
  return {
    epoch: Number(epoch),
    holder: String(holder),
    renewals: number(renewals),
    isReleased: Number(released) !== 0,
    node: text(node),
    address: text(address),
    place: text(place),
    fingerprint: text(fingerprint),
    takenAt: Number(takenAt),
    ttlMs: number(ttlMs),
    expiresAt: number(expiresAt),
    seenAt: Number(seenAt),
  };
}

/** Breaks the batch by the constraint of a fence where the lease is not as it was seen. */
export function requireAsSeen(expected: Expected): Statement {
  const breaking = "INSERT INTO guard (id, ok, fence) SELECT 1, 1, NULL WHERE ";
  if (expected === null) {
    return { sql: `${breaking} EXISTS (SELECT 1 FROM lease WHERE name = ?1)`, args: [LEASE_NAME] };
  }
  const { epoch, holder, renewals } = expected;
  return {
    sql: `${breaking} NOT EXISTS ` +
      "(SELECT 1 FROM lease WHERE name = ?1 AND epoch = ?2 AND holder = ?3 AND renewals IS ?4)",
    args: [LEASE_NAME, BigInt(epoch), holder, renewals === null ? null : BigInt(renewals)],
  };
}

/** The lease of this boot, in the hands of who renews it. */
export function heldLease(
  database: Database,
  { name, epoch, holder }: Pick<Lease, "name" | "epoch" | "holder">,
  { ttlMs, former }: { ttlMs: number; former: LeaseSeen | null },
): HeldLease {
  const mine = "WHERE name = ?1 AND epoch = ?2 AND holder = ?3";
  const args = [name, BigInt(epoch), holder];
  return {
    epoch,
    holder,
    former,
    async renew() {
      const [rows] = await database.write([{
        sql:
          `UPDATE lease SET renewals = coalesce(renewals, 0) + 1, expires_at = ${DATABASE_NOW} + ?4 ${mine} ` +
          "RETURNING renewals",
        args: [...args, BigInt(ttlMs)],
      }]);
      return rows!.length === 1 ? "renewed" : "lost";
    },
    whyLost: () => takenOver(database, { name, epoch }),
    async release() {
      await database.write([{
        sql: `UPDATE lease SET released = 1, expires_at = ${DATABASE_NOW} ${mine}`,
        args,
      }]);
    },
  };
}
