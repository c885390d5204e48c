// The places at one provider: who is next, who leaves, and that no kind of call waits for ever.
// Also tests calls.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type CallKind, type Leaving, Places } from "../../../src/engine/context/places.ts";

/** Calls that end when they are told to, and in which order they began. */
function counter(most: number) {
  const places = new Places(most);
  const began: string[] = [];
  const ends: (() => void)[] = [];
  const call = (kind: CallKind, name: string = kind, left?: Leaving) =>
    places.in(kind, () => {
      began.push(name);
      return new Promise<void>((resolve) => ends.push(resolve));
    }, left);
  const endOne = async () => {
    ends.shift()!();
    await turns();
  };
  return { places, began, call, endOne };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

test("in() lets no more than so many in, the most urgent first, each kind in its order", async () => {
  const { began, call, endOne } = counter(2);
  for (const name of ["get1", "get2"]) void call("get", name);
  for (const kind of ["delete", "get", "create", "cancel"] as const) void call(kind);
  void call("create", "create2");
  await turns();
  assert.deepEqual(began, ["get1", "get2"]);
  for (let count = 0; count < 5; count++) await endOne();
  assert.deepEqual(began.slice(2), ["cancel", "create", "create2", "get", "delete"]);
});

test("in() gives the place back when the work fails", async () => {
  const { places, began, call } = counter(1);
  await assert.rejects(places.in("create", () => Promise.reject(new Error("down"))), /down/);
  void call("get");
  await turns();
  assert.deepEqual(began, ["get"]);
});

test("in() lets whoever waits leave, and never takes away what has begun", async () => {
  const { began, call, endOne } = counter(1);
  const leaving = new Map<string, (why: unknown) => void>();
  const leaves = (name: string): Leaving => (leave) => {
    leaving.set(name, leave);
    return () => leaving.delete(name);
  };
  const done = call("create", "first", leaves("first"));
  const waits = call("create", "second", leaves("second"));
  const third = call("create", "third", leaves("third"));
  await turns();
  // Nobody asks to be told who waits for nothing.
  assert.deepEqual([...leaving.keys()], ["second", "third"]);
  leaving.get("second")!(new Error("left"));
  await assert.rejects(waits, /left/);
  assert.deepEqual([...leaving.keys()], ["third"]);
  await endOne();
  await done;
  assert.deepEqual(began, ["first", "third"]);
  assert.equal(leaving.has("third"), false, "what has begun listens no more");
  await endOne();
  await third;
});

test("a crowd of starts lets a look through now and then, and looks let a deletion through", async () => {
  const { began, call, endOne } = counter(1);
  for (let at = 0; at < 200; at++) void call("create", "start");
  for (let at = 0; at < 5; at++) {
    void call("get", "look");
    void call("delete", "deletion");
  }
  await turns();
  for (let count = 0; count < 100; count++) await endOne();
  const through = (name: string) => began.filter((one) => one === name).length;
  assert.ok(through("look") >= 4 && through("deletion") >= 4, began.join(" "));
  assert.ok(through("start") >= 85, `${through("start")} starts`);
});

test("a stream of looks and deletions never keeps a start waiting", async () => {
  const { began, call, endOne } = counter(1);
  for (let at = 0; at < 50; at++) {
    void call("get", "look");
    void call("delete", "deletion");
  }
  await turns();
  for (let count = 0; count < 20; count++) {
    void call("create", "start");
    await endOne();
    await endOne();
  }
  assert.ok(began.filter((one) => one === "start").length >= 19, began.join(" "));
});

test("more places are given out at once, and fewer as they come free", async () => {
  const { places, began, call, endOne } = counter(1);
  for (let at = 0; at < 6; at++) void call("get");
  await turns();
  places.most = 3;
  await turns();
  assert.equal(began.length, 3);
  places.most = 1;
  await endOne();
  await endOne();
  assert.equal(began.length, 3);
  await endOne();
  assert.equal(began.length, 4);
});
