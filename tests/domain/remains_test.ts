// What stands in the way of forgetting a job, in one sentence that says what to do.

import assert from "node:assert/strict";
import { test } from "node:test";
import { countRemains, type Remains, remainsText } from "../../src/domain/remains.ts";

const NONE: Remains = { job: "db", underWay: 0, available: 0, missing: 0, deleting: 0, leftovers: 0 };

test("everything that may be left is counted and named", () => {
  const all = { job: "db", underWay: 1, available: 2, missing: 3, deleting: 4, leftovers: 5 };
  assert.deepEqual([countRemains(NONE), countRemains(all)], [0, 15]);
  assert.equal(
    remainsText(all, 2),
    "it still has 2 backups available, 3 missing, 4 with a deletion that is not done, 5 failed, cancelled or lost that " +
      "may have left data, 1 under way (2 of them held: see 'schelly backups release'). Wait for what is under way, or give it up: " +
      "see 'schelly runs list --job db', then 'schelly runs cancel ID'. " +
      "Delete them with 'schelly backups delete --job db --all --leftovers', or give them to another job with " +
      "'renamed_from: db'",
  );
});

test("the command is that which deletes what there is", () => {
  assert.match(remainsText({ ...NONE, missing: 1 }, 0), /'schelly backups delete --job db --all', or/);
  assert.match(remainsText({ ...NONE, leftovers: 1 }, 0), /--job db --all --leftovers', or/);
});
