// Lets old events go, a bounded number a call. Of those of the trail a checkpoint a month stays, and the trail itself
// tells what went; what does not fit into it stays, since it is evidence.

import { StoreError } from "../../domain/errors.ts";
import { iso } from "../../domain/instant.ts";
import type { EventsKept, TrailHead } from "../../ports/audit_trail.ts";
import { AUDIT_TYPES, type EngineEvent } from "../../ports/events.ts";
import type { Database, Statement } from "../database/database.ts";
import { ChainCheck, toldBy } from "../audit/chain_check.ts";
import { findDoubledPack, readLastPruned } from "../audit/packed_trail.ts";
import {
  type Checkpoint,
  readFrame,
  readTrail,
  TRAIL_START,
  type TrailFrame,
  type TrailRow,
} from "../audit/trail_reads.ts";
import { readRows } from "../database/json_rows.ts";
import { readPack } from "../history/packed_events.ts";
import type { GroupCommit } from "./group_commit.ts";
import { packStatement } from "./pack_events.ts";

/** Plain rows, and rows of the trail, in one step: a few tens of milliseconds of work each. */
const MOST_PLAIN = 2_000;
const MOST_CHAINED = 500;
/** Packs of events outside the trail in one step. */
const MOST_PACKS = 20;

/** What one call did. */
interface Pruned {
  /** There is more to do: call again soon. */
  more: boolean;
  /** Why nothing of the trail may go; null where nothing forbids it. */
  trouble: string | null;
}

export const PRUNED_NOTHING: Pruned = { more: false, trouble: null };

/** Steps in one call: as many events as even a busy program makes in half a minute. */
const MOST_STEPS = 20;

/** Does some bounded pieces of work, between the batches of everybody else. Rejects with `StoreError`. */
export async function pruneInSteps(
  database: Database,
  group: GroupCommit,
  now: number,
  kept: EventsKept,
): Promise<Pruned> {
  let pruned: Pruned = { more: true, trouble: null };
  for (let step = 0; pruned.more && step < MOST_STEPS; step++) {
    pruned = await pruneStep(database, group, now, kept);
  }
  return pruned;
}

function pruneStep(
  database: Database,
  group: GroupCommit,
  now: number,
  { plainMs, auditMs }: EventsKept,
): Promise<Pruned> {
  return group.alone(async (write) => {
    const frame = await readFrame(database);
    const plain = await plainOf(database, now, now - plainMs);
    const chained = await chainedOf(database, frame, now, now - auditMs);
    const early = earlyOf(frame, now - auditMs);
    const packs = await packsOf(database, now, now - plainMs);
    const statements = [...plain.statements, ...packs, ...early, ...chained.statements];
    if (statements.length > 0) await write(statements, chained.events);
    return { more: plain.more || chained.more, trouble: chained.trouble };
  });
}

/** What is told at the end: the head, to be kept elsewhere, or what is wrong with the trail. */
export function headEvent(at: number, { link, digest }: TrailHead, trouble: string | null): EngineEvent {
  return trouble === null
    ? {
      type: "audit.head",
      level: "info",
      at,
      message: `The audit trail stands at ${link}:${digest}`,
      data: { link, digest },
    }
    : {
      type: "audit.head",
      level: "error",
      at,
      message:
        `The audit trail does not fit together: ${trouble}; nothing of it is removed by its age: see ` +
        "'schelly audit verify'",
      data: { link, digest },
    };
}

/**
 * Events outside the trail, by their sequence, from where the last call ended up to the first that is too young. One that
 * is dated ahead of now is as old as those that came after it. The newest of all stays, so that no number is given twice.
 */
async function plainOf(
  database: Database,
  now: number,
  before: number,
): Promise<{ statements: Statement[]; more: boolean }> {
  const [row] = await database.read({
    sql: `WITH looked AS (
        SELECT seq, at FROM events WHERE seq > (${CURSOR}) AND seq < (SELECT max(seq) FROM events)
        ORDER BY seq LIMIT ?3
      ), young AS (SELECT min(seq) AS seq FROM looked WHERE at BETWEEN ?2 AND ?1)
      SELECT (SELECT max(seq) FROM looked WHERE at < ?2 AND seq < coalesce((SELECT seq FROM young), seq + 1)),
        (SELECT CASE WHEN count(*) = ?3 THEN max(seq) END FROM looked), (SELECT seq FROM young)`,
    args: [BigInt(now), BigInt(before), BigInt(MOST_PLAIN)],
  });
  const [old, all, young] = Array.from(row!) as (bigint | null)[];
  const more = all !== null && young === null;
  const until = more ? all : old;
  if (until === null || until === undefined) return { statements: [], more: false };
  const statements: Statement[] = [];
  if (old !== null && old !== undefined) {
    statements.push({
      sql: `DELETE FROM events WHERE seq > (${CURSOR}) AND seq <= ?1 AND link IS NULL ` +
        "AND type NOT IN (SELECT value FROM json_each(?2))",
      args: [old, JSON.stringify(AUDIT_TYPES)],
    });
  }
  statements.push({
    sql: "INSERT INTO meta VALUES ('events_pruned', ?1) ON CONFLICT DO UPDATE SET value = excluded.value",
    args: [String(until)],
  });
  return { statements, more };
}

const CURSOR = "SELECT coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'events_pruned'), -1)";

/** Packs outside the trail, up to the first that something is too young in: of that one what comes before it. */
async function packsOf(database: Database, now: number, before: number): Promise<Statement[]> {
  const found = await readRows<[first: number, newestAt: number]>(
    database,
    "SELECT json_array(first, newest_at) AS row FROM event_packs WHERE link IS NULL ORDER BY first LIMIT ?1",
    [BigInt(MOST_PACKS)],
  );
  const statements: Statement[] = [];
  for (const [first, newestAt] of found) {
    const drop = { sql: "DELETE FROM event_packs WHERE first = ?1", args: [BigInt(first)] };
    if (newestAt < before) {
      statements.push(drop);
      continue;
    }
    // What nobody can read is for whoever verifies the trail to tell of.
    const events = (await readPack(database, first).catch(nothingIfDamaged))?.events ?? [];
    const young = events.findIndex(({ at }) => at >= before && at <= now);
    const rest = young > 0 ? await packStatement(events.slice(young), null, now) : null;
    if (rest !== null) statements.push(drop, rest);
    break;
  }
  return statements;
}

/** Events of before the chain that would be of the trail now stay as long as those that are. */
function earlyOf({ before, beganAfter }: TrailFrame, until: number): Statement[] {
  if (before === 0) return [];
  return [{
    sql: "DELETE FROM events WHERE seq IN (SELECT seq FROM events WHERE seq <= ?1 AND at < ?2 " +
      "AND seq < (SELECT max(seq) FROM events) ORDER BY seq LIMIT ?3)",
    args: [BigInt(beganAfter), BigInt(until), BigInt(MOST_PLAIN)],
  }];
}

interface ChainedPruning extends Pruned {
  statements: Statement[];
  events: EngineEvent[];
}

/** Events of the trail, from its beginning up to the first that is too young, as far as they fit. */
async function chainedOf(
  database: Database,
  frame: TrailFrame,
  now: number,
  before: number,
): Promise<ChainedPruning> {
  const check = new ChainCheck(frame, null);
  const piece = await readTrail(database, TRAIL_START, MOST_CHAINED).catch(nothingIfDamaged);
  if (piece === undefined) return { statements: [], events: [], more: false, trouble: DAMAGED };
  const { rows, isPack } = piece;
  const young = rows.findIndex(({ at }) => at >= before && at <= now);
  const isOld = ({ at }: TrailRow) => at < before;
  const old = isPack && young < 0 && rows.some(isOld)
    ? rows.length - 1
    : rows.slice(0, young < 0 ? rows.length : young).findLastIndex(isOld);
  const checked: (TrailRow & TrailHead)[] = [];
  for (const row of rows) {
    if (check.trouble !== null || !check.take(row)) break;
    checked.push({ ...row, digest: check.head.digest });
  }
  // The last one stays, whatever its age, so that no number is given twice.
  const going = checked.slice(0, old + 1).filter(({ link }) => link !== frame.head?.link);
  const trouble = check.trouble?.message ?? await frontTrouble(database, frame) ??
    (await findDoubledPack(database) === null ? null : "two of its packs hold the same events");
  if (trouble !== null || going.length === 0) {
    return { statements: [], events: [], more: false, trouble };
  }
  const rest = isPack && going.length < checked.length
    ? await restOf(checked.slice(going.length), going.at(-1)!.digest, now)
    : [];
  if (rest === null) return { statements: [], events: [], more: false, trouble };
  return {
    statements: [
      ...checkpointsOf(going, frame.checkpoints.at(-1)).map(checkpointStatement),
      ...["events", "event_packs"].map((table) => ({
        sql: `DELETE FROM ${table} WHERE link BETWEEN ?1 AND ?2`,
        args: [BigInt(going[0]!.link), BigInt(going.at(-1)!.link)],
      })),
      ...rest,
    ],
    events: [prunedEvent(going, now)],
    more: young < 0 && (isPack || rows.length === MOST_CHAINED),
    trouble,
  };
}

const DAMAGED = "its oldest pack is damaged";

function nothingIfDamaged(error: unknown): undefined {
  if (!(error instanceof StoreError) || error.kind !== "corrupt") throw error;
}

/** What stores again what is left of a pack; null where it cannot be. */
async function restOf(rest: readonly (TrailRow & TrailHead)[], before: string, now: number) {
  const { link } = rest[0]!;
  const pack = await packStatement(rest, { link, before, digest: rest.at(-1)!.digest }, now);
  return pack === null ? null : [pack];
}

/** What went before must be what the trail itself says went. */
async function frontTrouble(database: Database, { checkpoints }: TrailFrame): Promise<string | null> {
  const newest = checkpoints.at(-1);
  if (newest === undefined) return null;
  const last = await readLastPruned(database);
  const told = last === null ? undefined : toldBy({ data: last });
  return told?.link === newest.last && told.digest === newest.digest
    ? null
    : `the events up to number ${newest.last} are gone, and the trail does not tell of that: its front was cut off`;
}

/** One a month; a clock that went back begins none. */
function checkpointsOf(
  rows: readonly (TrailRow & TrailHead)[],
  newest: Checkpoint | undefined,
): Checkpoint[] {
  const made = new Map<string, Checkpoint>();
  let month = newest?.month ?? "";
  for (const { link, at, digest } of rows) {
    const own = iso(at).slice(0, 7);
    if (own > month) month = own;
    const known = made.get(month);
    made.set(month, {
      month,
      first: known?.first ?? link,
      last: link,
      count: (known?.count ?? 0) + 1,
      firstAt: known?.firstAt ?? at,
      lastAt: at,
      digest,
    });
  }
  return [...made.values()];
}

function checkpointStatement(checkpoint: Checkpoint): Statement {
  const { month, first, last, count, firstAt, lastAt, digest } = checkpoint;
  return {
    sql:
      "INSERT INTO audit_checkpoints VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (month) DO UPDATE SET " +
      "last = excluded.last, count = count + excluded.count, last_at = excluded.last_at, digest = excluded.digest",
    args: [month, BigInt(first), BigInt(last), BigInt(count), BigInt(firstAt), BigInt(lastAt), digest],
  };
}

function prunedEvent(rows: readonly (TrailRow & TrailHead)[], now: number): EngineEvent {
  const [first, last] = [rows[0]!, rows.at(-1)!];
  return {
    type: "audit.pruned",
    level: "info",
    at: now,
    message: `${rows.length} events of the audit trail, number ${first.link} to ${last.link}, of ${
      iso(first.at)
    } to ${iso(last.at)}, went by their age`,
    data: { first: first.link, last: last.link, count: rows.length, digest: last.digest },
  };
}
