// Which slots a schedule has in a stretch of time, by the plain oracle for short stretches.

import { createScheduleCache, type Schedule } from "../../src/domain/schedule/schedule.ts";
import { slotsByWalking, wallClock } from "../support/schedule_oracle.ts";

const DAY = 86_400_000;
/** Longer stretches are asked of the product's own schedule, which the oracle has checked on shorter ones. */
const WALKED_DAYS = 3;
/** Of a stretch with more slots than this, both ends are looked at. */
const MOST = 400;

const schedules = createScheduleCache();

/** The product's schedule. */
export function scheduleOf(pattern: string, timezone: string): Schedule {
  const parsed = schedules.parse(pattern, timezone);
  if ("error" in parsed) throw new Error(parsed.error);
  return parsed.schedule;
}

/** Slots in (from, to]; of very many only the first and the last ones. */
export function slotsBetween(pattern: string, timezone: string, from: number, to: number): number[] {
  if (to <= from) return [];
  if (to - from <= WALKED_DAYS * DAY) return walked(pattern, timezone, from, to);
  const schedule = scheduleOf(pattern, timezone);
  const slots: number[] = [];
  for (let at = schedule.next(from); at !== null && at <= to && slots.length < MOST; at = schedule.next(at)) {
    slots.push(at);
  }
  if (slots.length < MOST) return slots;
  return [...slots.slice(0, MOST / 2), ...walked(pattern, timezone, to - PIECE, to).slice(-MOST / 2)];
}

function walked(pattern: string, timezone: string, from: number, to: number): number[] {
  const slots: number[] = [];
  for (let piece = Math.floor(from / PIECE) * PIECE; piece <= to; piece += PIECE) {
    for (const slot of slotsOfPiece(pattern, timezone, piece)) {
      if (slot > from && slot <= to) slots.push(slot);
    }
  }
  return slots;
}

/** How much the oracle walks at once, and how much before it: it must know which minutes were shown already. */
const PIECE = 2 * 3_600_000;
const BEFORE = 3 * 3_600_000;
const pieces = new Map<string, number[]>();
const clocks = new Map<string, ReturnType<typeof wallClock>>();

function slotsOfPiece(pattern: string, timezone: string, piece: number): number[] {
  return kept(pieces, `${pattern} ${timezone} ${piece}`, () => {
    const clock = kept(
      clocks,
      `${timezone} ${piece}`,
      () => wallClock(timezone, piece - BEFORE, piece + PIECE),
    );
    return slotsByWalking(pattern, clock).filter((slot) => slot >= piece && slot < piece + PIECE);
  });
}

function kept<T>(memory: Map<string, T>, key: string, make: () => T): T {
  let value = memory.get(key);
  if (value === undefined) {
    value = make();
    if (memory.size > 5_000) memory.clear();
    memory.set(key, value);
  }
  return value;
}
