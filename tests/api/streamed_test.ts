// Long answers in pieces: whole where all goes well, an error where nothing was sent yet, and broken off after that.

import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonArray, streamed } from "../../src/api/streamed.ts";

async function* failing(after: number): AsyncGenerator<string> {
  for (let piece = 0; piece < after; piece++) yield "x".repeat(70_000);
  throw new Error("the state is gone");
}

async function* lists(...lists: unknown[][]): AsyncGenerator<unknown[]> {
  yield* lists;
}

test("streamed() sends every piece, in order, and no more than is read", async () => {
  let made = 0;
  async function* pieces() {
    for (; made < 100; made++) yield `${made} `.padEnd(20_000);
  }
  const answer = await streamed<string, "text">(pieces(), "text/plain");
  const reader = answer.body!.getReader();
  await reader.read();
  assert.ok(made < 20, `${made} pieces were made ahead`);
  await reader.cancel();
  made = 0;
  const text = await (await streamed<string, "text">(pieces(), "text/plain")).text();
  assert.deepEqual(text.trim().split(/\s+/).map(Number), Array.from({ length: 100 }, (_, at) => at));
});

test("streamed() fails as long as it can, and then breaks off rather than to seem whole", async () => {
  await assert.rejects(streamed(failing(0), "text/plain"), /the state is gone/);
  const answer = await streamed(failing(3), "text/plain");
  await assert.rejects(answer.text(), /the state is gone/);
});

test("jsonArray() writes lists as one, whatever is empty", async () => {
  const text = async (...all: unknown[][]) => await (await streamed(jsonArray(lists(...all)), "x/y")).text();
  assert.equal(await text(), "[]");
  assert.equal(await text([], []), "[]");
  assert.equal(await text([], [1, { a: [] }], [], ["]"], []), '[1,{"a":[]},"]"]');
});
