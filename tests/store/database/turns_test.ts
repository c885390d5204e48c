// Reads let other work run between.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database } from "../../../src/store/database/database.ts";
import { withTurns } from "../../../src/store/database/turns.ts";

test("withTurns() lets other work run after every few milliseconds of reads, and answers each in its order", async () => {
  let now = 0;
  let stretch = 0;
  let longest = 0;
  const order: number[] = [];
  const database = {
    read: ({ args }) => {
      now += 4;
      stretch += 4;
      longest = Math.max(longest, stretch);
      order.push(Number(args[0]));
      return Promise.resolve([]);
    },
  } as Partial<Database> as Database;
  const turning = withTurns(database, {
    now: () => now,
    monotonic: () => now,
    uptime: () => now,
    sleep: () => Promise.reject(new Error("nobody sleeps here")),
    timeout: () => {
      throw new Error("nobody waits here");
    },
    yield: async () => {
      await Promise.resolve();
      stretch = 0;
    },
  });
  const wanted = Array.from({ length: 100 }, (_, at) => at);
  await Promise.all(wanted.map((at) => turning.read({ sql: "SELECT ?1", args: [at] })));
  assert.deepEqual(order, wanted);
  assert.ok(longest <= 16, `${longest} ms of reads in a row`);
});
