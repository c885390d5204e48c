// Changes of one job in one batch: those that do not see each other share statements, the others keep their order.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run, Status } from "../../../src/domain/backup.ts";
import type { Change } from "../../../src/ports/store.ts";
import { partsOf } from "../../../src/store/write/change_parts.ts";
import { type PreparedChange, statementsOf } from "../../../src/store/write/batch.ts";
import { readingAt } from "../../support/hand_watch.ts";
import { addJobs, backup, conflict, DONE, filePlace, insert, NOW } from "../fixture.ts";

/** Marks an intent as sent, on the word of another backup. */
function mark(run: Run, witness: Run): Change {
  return {
    job: run.job,
    conditions: [
      { condition: "status", runId: run.runId, in: ["deleting"] },
      { condition: "status", runId: witness.runId, in: ["available"] },
    ],
    writes: [{ write: "run", runId: run.runId, set: { status: "deleting", deleteSentAt: NOW } }],
  };
}

function move(run: Run, from: Status, to: Status): Change {
  return {
    job: run.job,
    conditions: [{ condition: "status", runId: run.runId, in: [from] }],
    writes: [{ write: "run", runId: run.runId, set: { status: to } }],
  };
}

const victim = () => backup({ status: "deleting", deleteIntentAt: NOW });

test("marks on the word of one backup share their statements, however many they are", () => {
  const newest = backup();
  const prepared = (count: number): PreparedChange[] =>
    Array.from({ length: count }, () => {
      const change = mark(victim(), newest);
      return { job: change.job, parts: partsOf(change), events: [] };
    });
  const statements = (count: number) => statementsOf(prepared(count), readingAt(NOW), () => []).length;
  assert.equal(statements(50), statements(1));
});

test("a mark sees what a change before it in the same batch made of the backup on whose word it goes", async () => {
  await using place = filePlace();
  const store = await place.open();
  await addJobs(store, "db");
  const [one, two, three, newest] = [victim(), victim(), victim(), backup()];
  await insert(store, one!, two!, three!, newest!);
  const [first, lost, second] = await Promise.all([
    store.commit(mark(one!, newest!)),
    store.commit(move(newest!, "available", "missing")),
    store.commit(mark(two!, newest!)),
  ]);
  assert.deepEqual([first, lost, second], [DONE, DONE, conflict("condition")]);
  assert.equal((await store.run(two!.runId))!.deleteSentAt, null);
  assert.deepEqual(await store.commit(mark(three!, newest!)), conflict("condition"));
});
