// Work on the state file: it is done, and the audit trail says who asked for it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { stateWork } from "../../src/app/state_work.ts";
import { rig } from "../support/engine_rig.ts";

const BOSS = { name: "boss", role: "admin" } as const;

test("a copy and what was given back stand in the audit trail under who asked", async () => {
  await using r = await rig();
  const { store, clock, folder } = r;
  const sink = { emit: () => assert.fail("the state takes them") };
  const work = stateWork({
    store,
    clock,
    sink,
    config: () => ({ url: "", token: null, snapshotFolder: folder }),
  });
  assert.equal(work.snapshotFolder(), folder);
  await work.takeSnapshot(`${folder}/copy.db`, BOSS);
  const before = (await work.room())!;
  assert.ok(before.bytes > 0);
  const left = await work.giveBack(before, BOSS);
  assert.ok(left.bytes > 0 && left.bytes <= before.bytes);
  const events = await store.events({ limit: 10 });
  const told = events.filter(({ type }) => type.startsWith("state."));
  assert.deepEqual(
    told.map(({ type, data }) => [type, data?.by]).sort(),
    [["state.compact", "boss"], ["state.snapshot", "boss"]],
  );
});
