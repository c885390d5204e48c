// Two jobs become one: each slot keeps one decision, and none is lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import { joinSlots } from "../../../src/domain/schedule/joined_slots.ts";

type Pair = Parameters<typeof joinSlots>[0][number];
type Row = Pair["of"];

const S = 1_000;
const run = (runId: string, slot: number): Row => ({
  runId,
  status: "available",
  reason: null,
  slot: slot * S,
  slotUntil: null,
});
const skip = (runId: string, slot: number, until: number | null = null): Row => ({
  runId,
  status: "skipped",
  reason: "unmanaged",
  slot: slot * S,
  slotUntil: until === null ? null : until * S,
});
const left = (runId: string, slot: number, until: number) => ({
  runId,
  left: { slot: slot * S, slotUntil: until * S },
});

const CASES: [name: string, pairs: Pair[], expected: ReturnType<typeof joinSlots>][] = [
  ["nothing is shared", [], { cuts: [], rests: [] }],
  ["both ran", [{ of: run("a", 5), other: run("b", 5) }], { both: { slot: 5 * S, runIds: ["a", "b"] } }],
  ["the former skipped", [{ of: skip("a", 5), other: run("b", 5) }], {
    cuts: [{ runId: "a", left: null }],
    rests: [],
  }],
  ["the later skipped", [{ of: run("a", 5), other: skip("b", 5) }], {
    cuts: [{ runId: "b", left: null }],
    rests: [],
  }],
  ["both skipped: the former yields", [{ of: skip("a", 5), other: skip("b", 5) }], {
    cuts: [{ runId: "a", left: null }],
    rests: [],
  }],
  ["a range that ends with what the other ran", [{ of: skip("a", 1, 9), other: run("b", 8) }, {
    of: skip("a", 1, 9),
    other: run("b", 9),
  }], { cuts: [left("a", 1, 7)], rests: [] }],
  ["a range that begins with it", [{ of: skip("a", 1, 9), other: run("b", 1) }], {
    cuts: [left("a", 2, 9)],
    rests: [],
  }],
  ["a range that goes on after it", [{ of: skip("a", 1, 9), other: run("b", 6) }, {
    of: skip("a", 1, 9),
    other: run("b", 4),
  }], {
    cuts: [left("a", 1, 3)],
    rests: [{ of: "a", reason: "unmanaged", slot: 7 * S, slotUntil: 9 * S }],
  }],
  ["a range inside the other's", [{ of: skip("a", 4, 6), other: skip("b", 1, 9) }], {
    cuts: [{ runId: "a", left: null }],
    rests: [],
  }],
  ["one run among skips decides that they stay apart", [
    { of: skip("a", 1), other: run("b", 1) },
    { of: run("c", 2), other: run("d", 2) },
  ], { both: { slot: 2 * S, runIds: ["c", "d"] } }],
];

for (const [name, pairs, expected] of CASES) {
  test(name, () => assert.deepEqual(joinSlots(pairs), expected));
}
