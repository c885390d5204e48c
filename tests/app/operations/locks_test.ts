// Locks on a job's storage: asked of its provider, and removed on record.

import assert from "node:assert/strict";
import { test } from "node:test";
import { lockOperations } from "../../../src/app/operations/locks.ts";
import { rig } from "../../support/engine_rig.ts";

test("locks are asked of the provider, and their removal is on record with who asked for it", async () => {
  await using r = await rig();
  const operations = lockOperations(r);
  const by = { name: "ann", role: "admin" } as const;
  assert.deepEqual(await operations.locks("db"), { supported: false, locks: [], unread: 0 });
  assert.deepEqual(await operations.unlock("db", ["l1"], by), { supported: false, answers: [] });
  assert.equal(await operations.locks("none"), undefined);
  const lock = {
    id: "l1",
    state: "foreign",
    user: "root",
    host: "old",
    pid: 4,
    exclusive: false,
    why: "w",
    command: "c",
  };
  const asked: string[][] = [];
  Object.assign(r.provider, {
    locks: () => Promise.resolve({ locks: [{ ...lock, renewedAt: r.clock.now() }], unread: 0 }),
    unlock: (ids: string[]) => {
      asked.push(ids);
      return Promise.resolve(ids.map((id) => ({ id, outcome: "removed", message: "" })));
    },
  });
  const { locks } = (await operations.locks("db"))!;
  assert.deepEqual(locks, [{ ...lock, renewed_at: new Date(r.clock.now()).toISOString() }]);
  assert.equal((await operations.unlock("db", ["l1"], by))!.answers[0]!.outcome, "removed");
  assert.deepEqual(asked, [["l1"]]);
  const told = r.told("provider.unlock").map(({ message }) => message);
  assert.deepEqual(told, ["ann has locks of provider 'p' removed: l1", "Locks of provider 'p': l1 removed"]);
});
