// An edit of the policy that is saved while a pass is under way.
// Also tests former_policies.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Change } from "../../../src/ports/store.ts";
import { policy, type Rig, rig } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const guard = { maxPercent: 100, policyChangeHoldMs: 60 * MINUTE };

for (const [size, followFrom] of [["few", 1_000], ["many", 1]] as const) {
  test(`a pass over ${size} backups that read before the edit was saved keeps what the policy before it kept`, async () => {
    const [read, saved] = [signal(), signal()];
    let editing = false;
    await using r: Rig = await rig({
      jobs: [{ retention: policy("minutely=5"), guard }],
      followFrom,
      wrap: (store) => ({
        ...store,
        async policyVersions(...args) {
          const versions = await store.policyVersions(...args);
          if (editing) {
            read.give();
            await saved.given;
          }
          return versions;
        },
        async commit(change: Change) {
          const edits = change.writes.some((write) =>
            write.write === "job" && write.set.policy !== undefined
          );
          if (!editing || !edits) return await store.commit(change);
          const pass = r.engine.retention("db")!.pass();
          await Promise.race([read.given, pass]);
          const result = await store.commit(change);
          saved.give();
          await pass;
          return result;
        },
      }),
    });
    await r.clock.advance(8 * MINUTE + 1_000);
    const before = r.provider.living().map(({ id }) => id);
    assert.equal(before.length, 5);
    editing = true;
    await r.engine.reload(r.declare([{ retention: policy("minutely=2"), guard }]));
    await r.clock.settle();
    assert.deepEqual(r.provider.living().map(({ id }) => id), before);
  });
}

function signal(): { given: Promise<void>; give(): void } {
  let give = () => {};
  const given = new Promise<void>((resolve) => give = resolve);
  return { given, give: () => give() };
}
