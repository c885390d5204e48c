// Slots that two jobs both decided, before the two become one: each keeps one decision.

import type { Status } from "../backup.ts";

/** What one row says of slots, as the store knows it. */
interface Decided {
  runId: string;
  status: Status;
  reason: string | null;
  slot: number;
  slotUntil: number | null;
}

/** What becomes of the records. Instants are UTC ms. */
type JoinedSlots =
  /** Both jobs ran for this slot: no rule says which of the two decided it. */
  | { both: { slot: number; runIds: [string, string] } }
  | {
    /** Rows that decide less from now on, or no slot any more (null). */
    cuts: { runId: string; left: { slot: number; slotUntil: number } | null }[];
    /** The later parts of ranges that are cut in two. */
    rests: { of: string; reason: string | null; slot: number; slotUntil: number }[];
  };

const SECOND = 1_000;

/**
 * What was skipped or expired yields to a run of the other job; of two that skipped, the former job's yields. A range
 * keeps its slots before the first and after the last that it yields: between them the other job was in charge.
 */
export function joinSlots(pairs: readonly { of: Decided; other: Decided }[]): JoinedSlots {
  const yielding = new Map<string, { row: Decided; from: number; until: number }>();
  for (const { of, other } of pairs) {
    if (!isSkip(of) && !isSkip(other)) return { both: { slot: of.slot, runIds: [of.runId, other.runId] } };
    const [row, stays] = isSkip(of) ? [of, other] : [other, of];
    const known = yielding.get(row.runId);
    yielding.set(row.runId, {
      row,
      from: Math.min(known?.from ?? Infinity, stays.slot),
      until: Math.max(known?.until ?? -Infinity, stays.slotUntil ?? stays.slot),
    });
  }
  const joined: JoinedSlots = { cuts: [], rests: [] };
  for (const { row, from, until } of yielding.values()) {
    const end = row.slotUntil ?? row.slot;
    const head = from > row.slot ? { slot: row.slot, slotUntil: from - SECOND } : null;
    const rest = until < end ? { slot: until + SECOND, slotUntil: end } : null;
    joined.cuts.push({ runId: row.runId, left: head ?? rest });
    if (head !== null && rest !== null) joined.rests.push({ of: row.runId, reason: row.reason, ...rest });
  }
  return joined;
}

function isSkip({ status }: Decided): boolean {
  return status === "skipped" || status === "expired";
}
