// Candidates as columns: a million of them in 40 MB, put into order of time when all are there.

import type { Candidate } from "../election.ts";
import { assert } from "../../errors.ts";
import { mergeSort } from "../order.ts";
import { inSlices, SLICE } from "../../slices.ts";
import type { KeepReason } from "../reasons.ts";
import { RunIdList } from "./run_id_list.ts";

const HELD = 1;
const SUSPECT = 2;
const PROVED = 4;
const SEEN = 8;
const REJECTED = 16;

/** A candidate, or, where an operator rejected it, a backup that takes no part and goes. */
export interface ColumnCandidate extends Candidate {
  rejected?: boolean;
}

/** A growing list of candidates, each with a number of its owner's beside it. */
export class CandidateColumns {
  /** Period times, UTC ms. */
  times: Float64Array;
  /** End times, UTC ms; -Infinity where unknown. */
  ends: Float64Array;
  /** The owner's numbers. */
  notes: Float64Array;
  ids: RunIdList;
  keepReasons: Map<number, KeepReason> = new Map<number, KeepReason>();
  length = 0;
  #marks: Uint8Array;
  #rising = true;

  /** `expected` is a guess. */
  constructor(expected: number) {
    const capacity = capacityFor(expected);
    this.times = new Float64Array(capacity);
    this.ends = new Float64Array(capacity);
    this.notes = new Float64Array(capacity);
    this.ids = new RunIdList(capacity);
    this.#marks = new Uint8Array(capacity);
  }

  isHeld(at: number): boolean {
    return (this.#marks[at]! & HELD) !== 0;
  }

  isSuspect(at: number): boolean {
    return (this.#marks[at]! & SUSPECT) !== 0;
  }

  isProved(at: number): boolean {
    return (this.#marks[at]! & PROVED) !== 0;
  }

  isRejected(at: number): boolean {
    return (this.#marks[at]! & REJECTED) !== 0;
  }

  /** How many are dated after an instant (UTC ms) that no operator has accepted or rejected; they are in order. */
  unseenAfter(time: number): number {
    let unseen = 0;
    for (let at = this.length - 1; at >= 0 && this.times[at]! > time; at--) {
      if ((this.#marks[at]! & (SEEN | REJECTED)) === 0) unseen++;
    }
    return unseen;
  }

  push(candidate: ColumnCandidate, note = NaN, seen = false): void {
    const { runId, periodTime, endTime } = candidate;
    if (!Number.isFinite(periodTime)) {
      assert(false, `the period time of run ${runId} is a number: ${periodTime}`);
    }
    if (this.length === this.times.length) this.resize(this.length * 2);
    const at = this.length++;
    this.times[at] = periodTime;
    this.ends[at] = endTime === null ? -Infinity : endTime;
    this.notes[at] = note;
    this.ids.set(at, runId);
    this.#marks[at] = (candidate.held ? HELD : 0) | (candidate.suspect ? SUSPECT : 0) |
      (candidate.proved === true ? PROVED : 0) | (seen ? SEEN : 0) |
      (candidate.rejected === true ? REJECTED : 0);
    if (candidate.keepReason !== undefined) this.keepReasons.set(at, candidate.keepReason);
    if (this.#rising && at > 0 && this.#compare(at - 1, at) > 0) this.#rising = false;
  }

  /** Puts all in order of time, equal times by run id; yields every few thousand items. */
  *order(): Generator<void, void> {
    if (this.#rising) return;
    const indices = new Int32Array(this.length);
    for (let at = 0; at < indices.length; at++) indices[at] = at;
    const sorted = yield* mergeSort(indices, (a, b) => this.#compare(a, b));
    const { times, ends, notes } = this;
    const marks = this.#marks;
    this.times = new Float64Array(times.length);
    this.ends = new Float64Array(times.length);
    this.notes = new Float64Array(times.length);
    this.#marks = new Uint8Array(times.length);
    const moved = new Map<number, KeepReason>();
    for (let from = 0; from < sorted.length; from += SLICE) {
      for (let to = from; to < Math.min(from + SLICE, sorted.length); to++) {
        const at = sorted[to]!;
        this.times[to] = times[at]!;
        this.ends[to] = ends[at]!;
        this.notes[to] = notes[at]!;
        this.#marks[to] = marks[at]!;
        const reason = this.keepReasons.get(at);
        if (reason !== undefined) moved.set(to, reason);
      }
      yield;
    }
    this.keepReasons = moved;
    this.ids = this.ids.pick(sorted, sorted.length, times.length);
    this.#rising = true;
  }

  /** Makes room for `capacity` candidates in all. */
  resize(capacity: number): void {
    const grown = <T extends Float64Array | Uint8Array>(to: T, from: T): T => {
      to.set(from.subarray(0, this.length));
      return to;
    };
    this.times = grown(new Float64Array(capacity), this.times);
    this.ends = grown(new Float64Array(capacity), this.ends);
    this.notes = grown(new Float64Array(capacity), this.notes);
    this.#marks = grown(new Uint8Array(capacity), this.#marks);
    this.ids = this.ids.resized(this.length, capacity);
  }

  #compare(a: number, b: number): number {
    const difference = this.times[a]! - this.times[b]!;
    if (difference !== 0) return difference;
    const left = this.ids.get(a);
    const right = this.ids.get(b);
    return left < right ? -1 : left > right ? 1 : 0;
  }
}

/** Room for a quarter more, and for a few hundred at least. */
export function capacityFor(count: number): number {
  return count + Math.max(256, count >> 2);
}

/** The candidates as columns, with room for `more`; yields every few thousand. */
export function* columnsOf(
  candidates: readonly ColumnCandidate[],
  more = 0,
): Generator<void, CandidateColumns> {
  const columns = new CandidateColumns(candidates.length + more);
  yield* inSlices(candidates.length, (at) => columns.push(candidates[at]!));
  return columns;
}
