// Who may have a connection, and who makes way.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createConnectionBook, type Held } from "../../src/runtime/connection_book.ts";

const SHARE = { all: 6, each: 2, here: 4 };

function rigWith(share = SHARE) {
  const book = createConnectionBook(() => share);
  const cut: string[] = [];
  let turn = 0;
  /** As one that comes from there; undefined when there is no room. */
  const come = (remote: string, more: Partial<Held> = {}): Held | undefined => {
    const held: Held = {
      remote,
      isKnown: false,
      hasAsked: false,
      idleSince: turn++,
      untakenSince: () => undefined,
      cut: () => void cut.push(remote),
      ...more,
    };
    return book.admit(held) ? held : undefined;
  };
  return { book, cut, come };
}

test("an address that has its share gets a new connection in the place of its own eldest idle one", () => {
  const { cut, come } = rigWith();
  for (const port of [1, 2, 3, 4]) assert.ok(come(`192.0.2.1:${port}`));
  assert.deepEqual(cut, ["192.0.2.1:1", "192.0.2.1:2"]);
  assert.ok(come("192.0.2.2:1"), "nobody else pays for it");
  assert.deepEqual(cut.length, 2);
});

test("an address whose connections all wait for answers gets no more, others do", () => {
  const { book, cut, come } = rigWith();
  const first = come("192.0.2.1:1")!;
  for (const held of [first, come("192.0.2.1:2")!]) book.busy(held);
  assert.equal(come("192.0.2.1:3"), undefined);
  assert.ok(come("192.0.2.2:1"));
  book.rest(first);
  assert.ok(come("192.0.2.1:4"));
  assert.deepEqual(cut, ["192.0.2.1:1"]);
});

test("this machine's share is larger, and half an IPv6 address is one address", () => {
  const { cut, come } = rigWith();
  for (const port of [1, 2, 3, 4]) come(`127.0.0.1:${port}`);
  assert.deepEqual(cut, []);
  come("127.0.0.1:5");
  assert.deepEqual(cut, ["127.0.0.1:1"]);
  for (const host of [1, 2, 3]) come(`[2001:db8::${host}]:1`);
  assert.equal(cut[1], "[2001:db8::1]:1");
});

test("when there is no room for anybody the eldest idle stranger makes way, who is known last", () => {
  const { book, cut, come } = rigWith();
  come("192.0.2.1:1", { isKnown: true });
  const busy = come("192.0.2.2:1")!;
  book.busy(busy);
  for (const host of [3, 4, 5, 6]) come(`192.0.2.${host}:1`);
  for (const host of [7, 8, 9, 10, 11]) assert.ok(come(`192.0.2.${host}:1`));
  assert.deepEqual(cut, [3, 4, 5, 6, 7].map((host) => `192.0.2.${host}:1`));
  // Busy by now is whoever is left but the known one.
  const { book: other, cut: gone, come: arrive } = rigWith();
  for (const host of [1, 2, 3, 4, 5]) other.busy(arrive(`192.0.2.${host}:1`)!);
  arrive("192.0.2.6:1", { isKnown: true });
  const last = arrive("192.0.2.7:1")!;
  assert.deepEqual(gone, ["192.0.2.6:1"]);
  other.busy(last);
  assert.equal(arrive("192.0.2.8:1"), undefined);
});

test("a connection that ended leaves its room, once", () => {
  const { book, cut, come } = rigWith();
  const held = come("192.0.2.1:1")!;
  come("192.0.2.1:2");
  book.leave(held);
  book.leave(held);
  book.rest(held);
  come("192.0.2.1:3");
  assert.deepEqual(cut, []);
  come("192.0.2.1:4");
  assert.deepEqual(cut, ["192.0.2.1:2"]);
});

test("sweep() cuts who never asks in 30 s, says nothing for 120 s, or takes no answer for 120 s", () => {
  const { book, cut, come } = rigWith();
  come("192.0.2.1:1", { idleSince: 0 });
  come("192.0.2.2:1", { idleSince: 0, hasAsked: true });
  book.busy(come("192.0.2.3:1", { idleSince: 0, hasAsked: true, untakenSince: () => 50_000 })!);
  book.busy(come("192.0.2.4:1", { idleSince: 0, hasAsked: true })!);
  book.sweep(30_000);
  assert.deepEqual(cut, []);
  book.sweep(30_001);
  assert.deepEqual(cut, ["192.0.2.1:1"]);
  book.sweep(120_001);
  book.sweep(170_000);
  assert.deepEqual(cut.slice(1), ["192.0.2.2:1"]);
  book.sweep(1e9);
  assert.deepEqual(cut.slice(2), ["192.0.2.3:1"]);
});

test("shrink() lets a quarter of the idle ones go", () => {
  const { book, cut, come } = rigWith({ all: 100, each: 100, here: 100 });
  book.busy(come("192.0.2.1:1")!);
  for (let port = 2; port <= 9; port++) come(`192.0.2.1:${port}`);
  book.shrink();
  assert.deepEqual(cut, ["192.0.2.1:2", "192.0.2.1:3"]);
});

test("a trusted proxy has as many connections as this machine: it stands for many", () => {
  const { cut, come } = rigWith();
  for (const port of [1, 2, 3, 4]) assert.ok(come(`192.0.2.1:${port}`, { isProxy: true }));
  assert.deepEqual(cut, []);
  assert.ok(come("192.0.2.1:5", { isProxy: true }));
  assert.deepEqual(cut, ["192.0.2.1:1"]);
});
