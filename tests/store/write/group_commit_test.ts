// Changes that wait together go by the clock as it is when they are handed over.
// Also tests lease_writer.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { partsOf } from "../../../src/store/write/change_parts.ts";
import type { Database, Statement } from "../../../src/store/database/database.ts";
import { createGroupCommit } from "../../../src/store/write/group_commit.ts";
import { createLeaseWriter } from "../../../src/store/write/lease_writer.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { HandWatch, readingAt } from "../../support/hand_watch.ts";
import { NOW } from "../fixture.ts";

const HOUR = 3_600_000;

test("a batch that has to wait for its turn goes by the clock as it is when it is handed over", async () => {
  let handOver = () => {};
  let written: Statement[] = [];
  const database = {
    async write(statements: () => Statement[]) {
      await new Promise<void>((resolve) => handOver = resolve);
      written = statements();
      return [[], [[1]]];
    },
  } as Partial<Database> as Database;
  const clock = new FakeClock(NOW);
  const watch = new HandWatch(readingAt(NOW));
  const lease = { name: "n", epoch: 1, holder: "h", changeSeq: 0 };
  const group = createGroupCommit(
    clock,
    createLeaseWriter({ database, lease, clock, watch, report: () => {}, note: () => {} }),
  );
  const done = group.commit({
    job: "db",
    parts: partsOf({
      job: "db",
      conditions: [{ condition: "unheld", runId: "r" }, { condition: "trustedClock" }],
      writes: [],
    }),
    events: [],
  });
  await clock.settle();
  watch.reading = { ...readingAt(NOW + 36 * HOUR), ends: NOW, inDoubtUntil: NOW + 40 * HOUR };
  handOver();
  assert.deepEqual(await done, { result: "done" });
  const times = written.flatMap(({ args }) => args.slice(1)).filter((arg) => String(arg).startsWith("{"));
  assert.equal(times.length, 2);
  for (const text of times) {
    assert.deepEqual(JSON.parse(String(text)), {
      now: NOW + 36 * HOUR,
      ends: NOW,
      due: NOW + 36 * HOUR,
      trusted: 0,
    });
  }
  await group.close();
});

test("changes that wait together share a batch, as many as its time allows, and never fewer than thirty", async () => {
  for (const [tookMs, expected] of [[0, [30, 135, 135]], [40, Array(10).fill(30)]] as const) {
    let now = 0;
    const sizes: number[] = [];
    const clock = { yield: () => Promise.resolve(), monotonic: () => now };
    const group = createGroupCommit(clock, (_, changes) => {
      sizes.push(changes);
      now += tookMs;
      return Promise.resolve([]);
    });
    const jobs = Array.from({ length: 300 }, (_, at) => `job${at}`);
    await Promise.all(
      jobs.map((job) => group.commit({ job, parts: partsOf({ job, writes: [] }), events: [] })),
    );
    assert.deepEqual(sizes, expected);
  }
});

test("many are answered in several turns of the event loop, each after the whole batch is durable, in their order", async () => {
  let turns = 0;
  const clock = { yield: () => Promise.resolve(void turns++), monotonic: () => 0 };
  let durable = 0;
  const group = createGroupCommit(clock, async (_, changes) => {
    await Promise.resolve();
    durable += changes;
    return [];
  });
  const answered: [job: number, durable: number, turn: number][] = [];
  await Promise.all(Array.from({ length: 100 }, async (_, at) => {
    await group.commit({ job: `job${at}`, parts: partsOf({ job: `job${at}`, writes: [] }), events: [] });
    answered.push([at, durable, turns]);
  }));
  assert.deepEqual(answered.map(([at]) => at), Array.from({ length: 100 }, (_, at) => at));
  for (const [at, saved] of answered) assert.ok(saved > at, `change ${at} of ${saved} that are durable`);
  const first = answered.filter(([, saved]) => saved === 30);
  assert.ok(
    new Set(first.map(([, , turn]) => turn)).size > 1,
    "the first batch is answered in two turns at least",
  );
  await group.close();
});
