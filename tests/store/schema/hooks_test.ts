// What is kept of the hooks of jobs over restarts: whole, or nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { filePlace } from "../fixture.ts";

test("the ledger of hooks is there after a restart as it was saved last, and goes when nobody asks for hooks", async () => {
  await using place = filePlace();
  const first = await place.open();
  assert.equal(await first.hooks(), undefined);
  const save = (ledger: Parameters<typeof first.commit>[0]["writes"][number] & { write: "hooks" }) =>
    first.commit({ job: "", writes: [ledger] });
  await save({ write: "hooks", ledger: { seen: 3, running: [], ended: [] } });
  await save({ write: "hooks", ledger: { seen: 7, running: [9], ended: [8, 12] } });
  await first[Symbol.asyncDispose]();
  const second = await place.open();
  assert.deepEqual(await second.hooks(), { seen: 7, running: [9], ended: [8, 12] });
  await second.commit({ job: "", writes: [{ write: "hooks", ledger: null }] });
  assert.equal(await second.hooks(), undefined);
});
