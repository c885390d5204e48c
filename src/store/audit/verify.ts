// Looks through a whole trail in pieces, of a state that others may go on writing to.

import { StoreError } from "../../domain/errors.ts";
import type { AuditTrail, KeptHead, TrailReport, TrailTrouble } from "../../ports/audit_trail.ts";
import type { Clock } from "../../ports/host.ts";
import type { Database } from "../database/database.ts";
import { ChainCheck } from "./chain_check.ts";
import { GENESIS } from "./digest.ts";
import { findDoubledPack, findPackedBeside, readChained } from "./packed_trail.ts";
import {
  findUnchained,
  readFrame,
  readHead,
  readTrail,
  TRAIL_START,
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
    const report = await lookThrough(database, clock, kept, frame).catch((error) => damaged(error, frame));
    if (report.trouble === null || tries === MOST_TRIES) return report;
    const { checkpoints } = await readFrame(database);
    // Old events went while they were looked for.
    if (checkpoints.at(-1)?.last === frame.checkpoints.at(-1)?.last) return report;
  }
}

/** What a look has found that came upon what nobody can read. */
function damaged(error: unknown, { before }: TrailFrame): TrailReport {
  if (!(error instanceof StoreError) || error.kind !== "corrupt") throw error;
  return {
    head: { link: 0, digest: GENESIS },
    events: 0,
    pruned: 0,
    unchained: before,
    trouble: { link: null, seq: null, message: error.message },
    proof: null,
  };
}

async function lookThrough(
  database: Database,
  clock: Pick<Clock, "yield">,
  kept: KeptHead | null,
  frame: TrailFrame,
): Promise<TrailReport> {
  const check = new ChainCheck(frame, kept);
  for (let after = TRAIL_START; check.trouble === null;) {
    const { rows } = await readTrail(database, after, PIECE);
    if (!rows.every((row) => check.take(row))) break;
    after = rows.at(-1) ?? after;
    if (rows.length === 0) {
      const stored = await readHead(database);
      // More may have been committed since those rows were read.
      if (stored.link > check.head.link && (await readTrail(database, after, 1)).rows.length > 0) continue;
      check.end((await readFrame(database)).head === null ? null : stored);
      break;
    }
    await clock.yield();
  }
  check.trouble ??= await lookBeside(database, clock, frame);
  return {
    head: check.head,
    events: check.events,
    pruned: check.pruned,
    unchained: frame.before,
    trouble: check.trouble,
    proof: check.proof(),
  };
}

/** What stands beside the chain and should be in it; null for nothing. */
async function lookBeside(
  database: Database,
  clock: Pick<Clock, "yield">,
  { beganAfter }: TrailFrame,
): Promise<TrailTrouble | null> {
  const doubled = await findDoubledPack(database);
  if (doubled !== null) {
    const { link, seq } = doubled;
    return { link, seq, message: `event ${seq} does not belong there: there is a number ${link} already` };
  }
  for (let from: number | null = beganAfter; from !== null;) {
    const { found, until } = await findUnchained(database, from, LOOK);
    if (found !== null) return besideTrouble(found);
    from = until;
    await clock.yield();
  }
  for (let from = -1;;) {
    const pack = await findPackedBeside(database, from);
    if (pack === null) return null;
    if (pack.found !== null) return besideTrouble(pack.found);
    from = pack.first;
    await clock.yield();
  }
}

function besideTrouble({ seq, type }: { seq: number; type: string }): TrailTrouble {
  const message = `event ${seq} does not belong there: a '${type}' stands beside the chain: ` +
    "it was put in, or its place in the chain was taken out";
  return { link: null, seq, message };
}
