// Standard error that nobody reads, reads slowly, or has left.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createErrorOutput, QUEUE_BYTES, type RawOutput } from "../../src/runtime/error_output.ts";

/** A pipe with a reader that takes a piece each time it is told to. */
function pipe() {
  let text = "";
  let taking: (() => void) | undefined;
  let failure: Error | undefined;
  const output: RawOutput = {
    writeSync(bytes) {
      text += new TextDecoder().decode(bytes);
      return bytes.length;
    },
    write(bytes) {
      return new Promise((resolve, reject) => {
        taking = () => {
          taking = undefined;
          if (failure !== undefined) return reject(failure);
          text += new TextDecoder().decode(bytes);
          resolve(bytes.length);
        };
      });
    },
  };
  return {
    output,
    text: () => text,
    fail: (error?: Error) => void (failure = error),
    /** Lets what is being written go out, and what follows begin. */
    async take() {
      taking?.();
      for (let i = 0; i < 5; i++) await Promise.resolve();
    },
    isWaiting: () => taking !== undefined,
  };
}

const never = () => new Promise<void>(() => {});

test("createErrorOutput() writes at once, until it is told never to wait", async () => {
  const { output, text, take } = pipe();
  const error = createErrorOutput(output, never);
  error.write("first\n");
  assert.equal(text(), "first\n");
  await error.flush(1);
  error.neverWait(String);
  error.write("second\n");
  error.write("third\n");
  assert.equal(text(), "first\n");
  await take();
  await take();
  assert.equal(text(), "first\nsecond\nthird\n");
  await error.flush(1);
  assert.equal(error.dropped(), 0);
});

test("createErrorOutput() keeps so much of what nobody reads, counts the rest, and says so once it is read", async () => {
  const { output, text, take, isWaiting } = pipe();
  const error = createErrorOutput(output, never);
  error.neverWait((dropped) => `${dropped} dropped\n`);
  const line = (i: number) => `${String(i).padStart(99)}\n`;
  const fits = Math.floor(QUEUE_BYTES / 100);
  for (let i = 0; i < fits + 500; i++) error.write(line(i));
  assert.equal(error.dropped(), 500);
  // A reader that reads a little does not get one line of new ones, one about a gap, and so on.
  await take();
  error.write("not in the middle of the gap\n");
  assert.equal(error.dropped(), 501);
  while (isWaiting()) await take();
  error.write("after it\n");
  while (isWaiting()) await take();
  const lines = text().split("\n");
  assert.deepEqual(lines.slice(fits), ["501 dropped", "after it", ""]);
  assert.equal(
    lines.slice(0, fits).join("\n") + "\n",
    Array.from({ length: fits }, (_, i) => line(i)).join(""),
  );
  assert.equal(error.dropped(), 501);
});

test("createErrorOutput() flushes for so long and no longer", async () => {
  const { output, take } = pipe();
  const waits: number[] = [];
  const error = createErrorOutput(output, (ms) => Promise.resolve(void waits.push(ms)));
  error.neverWait(String);
  error.write("unread\n");
  await error.flush(1000);
  assert.deepEqual(waits, [1000]);
  await take();
});

test("createErrorOutput() goes on after a full disk, says what is missing, and stops where the reader has gone", async () => {
  const { output, text, take, fail, isWaiting } = pipe();
  const error = createErrorOutput(output, never);
  error.neverWait((dropped) => `${dropped} dropped\n`);
  fail(new Error("no space left on device"));
  error.write("lost\n");
  await take();
  fail();
  error.write("kept\n");
  await take();
  assert.equal(text(), "1 dropped\nkept\n");
  fail(new Deno.errors.BrokenPipe("gone"));
  error.write("to nobody\n");
  await take();
  error.write("to nobody either\n");
  assert.equal(isWaiting(), false);
  assert.equal(error.dropped(), 3);
});
