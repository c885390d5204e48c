// Looks through a whole trail in pieces, of a state that others may go on writing to.

import type { AuditTrail, KeptHead, TrailReport } from "../../ports/audit_trail.ts";
import type { Clock } from "../../ports/host.ts";
import type { Database } from "../database/database.ts";
import { ChainCheck } from "./chain_check.ts";
import {
  findUnchained,
  readChained,
  readFrame,
  readHead,
  readTrail,
  type TrailFrame,
} from "./trail_reads.ts";

/** Rows in one piece: some milliseconds of work. */
const PIECE = 250;
/** The same where rows are only counted through. */
const LOOK = 10_000;
/** So often it begins anew where old events went meanwhile. */
const MOST_TRIES = 5;

/** The trail in `database`. */
export function auditTrail(database: Database, clock: Pick<Clock, "yield">): AuditTrail {
  return {
    head: () => readHead(database),
    events: (query) => readChained(database, query),
    verify: (kept) => verifyTrail(database, clock, kept),
  };
}

/** Rejects with `StoreError` where it cannot be read. */
async function verifyTrail(
  database: Database,
  clock: Pick<Clock, "yield">,
  kept: KeptHead | null,
): Promise<TrailReport> {
  for (let tries = 1;; tries++) {
    const frame = await readFrame(database);
    const report = await lookThrough(database, clock, kept, frame);
    if (report.trouble === null || tries === MOST_TRIES) return report;
    const { checkpoints } = await readFrame(database);
    // Old events went while they were looked for.
    if (checkpoints.at(-1)?.last === frame.checkpoints.at(-1)?.last) return report;
  }
}

async function lookThrough(
  database: Database,
  clock: Pick<Clock, "yield">,
  kept: KeptHead | null,
  frame: TrailFrame,
): Promise<TrailReport> {
  const check = new ChainCheck(frame, kept);
  let after = { link: Number.MIN_SAFE_INTEGER, seq: 0 };
  while (check.trouble === null) {
    const rows = await readTrail(database, after, PIECE);
    if (!rows.every((row) => check.take(row))) break;
    after = rows.at(-1) ?? after;
    if (rows.length < PIECE) {
      const stored = await readHead(database);
      // More may have been committed since those rows were read.
      if (stored.link <= check.head.link || (await readTrail(database, after, 1)).length === 0) {
        check.end((await readFrame(database)).head === null ? null : stored);
        break;
      }
    }
    await clock.yield();
  }
  for (let from: number | null = frame.beganAfter; check.trouble === null && from !== null;) {
    const { found, until } = await findUnchained(database, from, LOOK);
    if (found !== null) {
      const message =
        `event ${found.seq} does not belong there: a '${found.type}' stands beside the chain: ` +
        "it was put in, or its place in the chain was taken out";
      check.trouble = { link: null, seq: found.seq, message };
    }
    from = until;
    await clock.yield();
  }
  return {
    head: check.head,
    events: check.events,
    pruned: check.pruned,
    unchained: frame.before,
    trouble: check.trouble,
    proof: check.proof(),
  };
}
