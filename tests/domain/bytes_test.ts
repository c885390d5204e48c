// Byte arrays put together, and compared whole.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isSameBytes, joinBytes } from "../../src/domain/bytes.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

test("joinBytes() puts parts one after the other, empty ones too", () => {
  assert.deepEqual(joinBytes([bytes(1, 2, 3), bytes(), bytes(4)], 4), bytes(1, 2, 3, 4));
  assert.deepEqual(joinBytes([], 0), bytes());
});

test("isSameBytes() tells what differs anywhere, in length too", () => {
  assert.ok(isSameBytes(bytes(1, 2, 3), bytes(1, 2, 3)));
  assert.ok(isSameBytes(bytes(), bytes()));
  for (const other of [bytes(0, 2, 3), bytes(1, 2, 4), bytes(1, 2), bytes(1, 2, 3, 0), bytes()]) {
    assert.ok(!isSameBytes(bytes(1, 2, 3), other), String(other));
    assert.ok(!isSameBytes(other, bytes(1, 2, 3)), String(other));
  }
});
