// Whatever a job has on record: it can be forgotten exactly when a plain look at its rows finds nothing that may be left.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isUnfinished, type Run, type Status, STATUSES } from "../../../src/domain/backup.ts";
import { countRemains } from "../../../src/domain/remains.ts";
import { openStore } from "../../../src/store/run_store.ts";
import { at, tempFolder } from "../../support/node_files.ts";
import { backup, insert, jobState, NOW, storeOptions } from "../fixture.ts";

/** As the promise says it, row by row. */
function mayBeLeft({ status, id }: Run): boolean {
  const nothing: Status[] = ["skipped", "expired", "deleted"];
  if (isUnfinished(status)) return true;
  if (nothing.includes(status)) return false;
  return ["failed", "cancelled", "lost"].includes(status) ? id !== null : true;
}

const row = fc.record({
  status: fc.constantFrom(...STATUSES, "deleted", "deleted", "skipped") as fc.Arbitrary<Status>,
  hasId: fc.boolean(),
  isHeld: fc.boolean(),
});

test("a job is forgettable exactly when none of its rows may have left something", () =>
  at(tempFolder(), async ({ path }) => {
    await using store = await openStore(storeOptions(`file:${path}/s.db`));
    let jobs = 0;
    let forgotten = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 5 }), fc.boolean(), async (rows, isAway) => {
        const job = `job-${jobs++}`;
        const state = jobState(job, { unmanagedSince: isAway ? NOW : null });
        await store.commit({ job, writes: [{ write: "addJob", state }] });
        let isUnderWay = false;
        const runs = rows.flatMap(({ status, hasId, isHeld }): Run[] => {
          // A job has one at most.
          if (isUnfinished(status) && isUnderWay) return [];
          isUnderWay ||= isUnfinished(status);
          const { id } = backup();
          return [backup({ job, status, id: hasId ? id : null, holdAt: isHeld ? NOW : null })];
        });
        await insert(store, ...runs);
        const before = await store.runs({ job, limit: 10 });
        const { result } = await store.commit({
          job,
          conditions: [{ condition: "forgettable", job }],
          writes: [{ write: "job", job, set: { forgottenAt: NOW } }],
        });
        const left = runs.filter(mayBeLeft).length;
        assert.equal(result, isAway && left === 0 ? "done" : "conflict");
        assert.deepEqual((await store.remains([job])).map(countRemains), isAway ? [left] : []);
        assert.equal((await store.job(job))!.forgottenAt, result === "done" ? NOW : null);
        assert.deepEqual(await store.runs({ job, limit: 10 }), before, "no row went or changed");
        if (result === "done") forgotten++;
      }),
      { numRuns: 200 },
    );
    assert.ok(forgotten > 10 && forgotten < jobs - 10, `${forgotten} of ${jobs}: both happen`);
  }));
