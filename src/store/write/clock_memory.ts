// What the store remembers of the clock: when it was last right, and a doubt that a restart must not forget.

import { isSame } from "../../domain/same.ts";
import type { ClockMemory, PastClock, Reading } from "../../ports/clock_watch.ts";
import type { Database, Statement } from "../database/database.ts";

/** A memory that is older than this, by the uptime, is written again with the next batch. */
const RENEW_MS = 60_000;

const SAVE = "INSERT INTO meta VALUES ('clock', ?1) ON CONFLICT DO UPDATE SET value = excluded.value";

/** As the store is opened. A memory that cannot be read is none. */
export async function readPastClock(database: Database): Promise<PastClock> {
  const [row] = await database.read({
    sql: "SELECT (SELECT value FROM meta WHERE key = 'clock'), (SELECT max(created_at) FROM runs), " +
      "(SELECT max(clock_untrusted_until) FROM jobs)",
    args: [],
  });
  const [memory, newest, untrustedUntil] = Array.from(row!);
  const number = (cell: unknown) => cell === null ? null : Number(cell);
  return { memory: parse(memory), newest: number(newest), untrustedUntil: number(untrustedUntil) };
}

function parse(text: unknown): ClockMemory | null {
  try {
    const memory = JSON.parse(String(text)) as ClockMemory | null;
    const numbers = [memory?.wall, memory?.uptime, memory?.slack];
    const { doubt, at, open, latest, pace } = memory ?? {};
    if (doubt) numbers.push(doubt.wall, doubt.uptime, doubt.settleMs);
    if (at) numbers.push(at.wall, at.uptime);
    const ranges = open ? [open, ...open.later ?? []] : [];
    for (const { anchor, offset } of ranges) numbers.push(anchor, offset);
    if (open) numbers.push(open.from);
    for (const time of [latest, open?.latest]) if (time !== undefined) numbers.push(time);
    if (pace) numbers.push(pace.since);
    for (const part of [pace?.part, pace?.before]) if (part) numbers.push(part.low, part.high);
    return numbers.every(Number.isFinite) ? memory : null;
  } catch {
    return null;
  }
}

/** What saves the memory, whatever is saved. */
export function saveClock(memory: ClockMemory): Statement {
  return { sql: SAVE, args: [JSON.stringify(memory)] };
}

/** Decides with which batches the memory is saved. */
export class ClockMemoryKeeper {
  #saved: ClockMemory | null = null;

  /** What a batch with this reading adds; nothing where little has changed. */
  statements({ memory }: Reading): Statement[] {
    const saved = this.#saved;
    const isFresh = saved !== null && upOf(memory) - upOf(saved) < RENEW_MS &&
      isSame(memory.doubt, saved.doubt) && isSame(memory.open, saved.open);
    return isFresh ? [] : [saveClock(memory)];
  }

  /** The batch with this reading was committed; `statements` of it among the rest. */
  committed(reading: Reading): void {
    if (this.statements(reading).length > 0) this.#saved = reading.memory;
  }
}

function upOf({ at, uptime }: ClockMemory): number {
  return at?.uptime ?? uptime;
}
