// Decisions beyond a clock that was set back are taken back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addJobs, backup, change, decision, filePlace, HOUR, insert, NOW } from "../fixture.ts";

const range = (from: number, until: number) =>
  decision(NOW + from * HOUR, { slotUntil: NOW + until * HOUR, slots: until - from + 1 });

test("undecide ends ranges at the instant, frees what lies after it, and leaves runs and the past alone", async () => {
  await using place = filePlace();
  const store = await place.open();
  await addJobs(store, "db", "other");
  const past = range(1, 2);
  const across = range(4, 8);
  const later = range(10, 12);
  const single = decision(NOW + 14 * HOUR);
  const ran = backup({ slot: NOW + 16 * HOUR });
  const foreign = { ...range(4, 8), runId: `${across.runId}-other`, job: "other" };
  await insert(store, past, across, later, single, ran, foreign);

  await store.commit(change({ write: "undecide", job: "db", after: NOW + 5 * HOUR + 1 }));

  const slotsOf = async (runId: string) => {
    const run = (await store.run(runId))!;
    return [run.slot, run.slotUntil, run.slots].map((at) => at !== null && at > NOW ? (at - NOW) / HOUR : at);
  };
  assert.deepEqual(await slotsOf(past.runId), [1, 2, 2]);
  assert.deepEqual(await slotsOf(across.runId), [4, 5, null]);
  assert.deepEqual(await slotsOf(later.runId), [null, null, 0]);
  assert.deepEqual(await slotsOf(single.runId), [null, null, 0]);
  const periods = await Promise.all(
    [across, single].map(async ({ runId }) => (await store.run(runId))!.periodTime),
  );
  assert.deepEqual(periods, [NOW + 4 * HOUR, null], "no time of a slot that it does not decide");
  assert.deepEqual(await slotsOf(ran.runId), [16, null, 1]);
  assert.deepEqual(await slotsOf(foreign.runId), [4, 8, 5]);

  await insert(store, decision(NOW + 11 * HOUR, { status: "intent", reason: null }));
  assert.equal(
    (await store.unfinished("db"))[0]?.slot,
    NOW + 11 * HOUR,
    "a slot taken back can be decided again",
  );
});
