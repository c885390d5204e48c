// What is written down of hooks: enough that none is run twice or forgotten, and never much.

import assert from "node:assert/strict";
import { test } from "node:test";
import { HookBook } from "../../src/domain/hook_ledger.ts";

test("nothing beyond the first that has not ended is seen, and what ended beyond it is remembered", () => {
  const book = new HookBook(10);
  assert.deepEqual(book.ledger(), { seen: 10, running: [], ended: [] });
  for (const seq of [12, 15, 17]) book.add(seq);
  book.reached(20);
  assert.deepEqual(book.ledger(), { seen: 11, running: [], ended: [] });
  book.begin(12);
  book.begin(15);
  book.end(15);
  assert.deepEqual(book.ledger(), { seen: 11, running: [12], ended: [15] });
  book.end(12);
  assert.deepEqual(book.ledger(), { seen: 16, running: [], ended: [] });
  assert.equal(book.isIdle, false);
  book.end(17);
  assert.deepEqual(book.ledger(), { seen: 20, running: [], ended: [] });
  assert.equal(book.isIdle, true);
});

test("what a former process ended is remembered until it is seen", () => {
  const book = new HookBook(10, [14]);
  book.add(12);
  book.reached(13);
  assert.deepEqual(book.ledger(), { seen: 11, running: [], ended: [14] });
  book.end(12);
  book.reached(20);
  assert.deepEqual(book.ledger(), { seen: 20, running: [], ended: [] });
});
