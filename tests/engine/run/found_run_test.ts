// A run that is saved although its scheduler did not hear of it: it is made by its own provider, or not at all.

import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreError } from "../../../src/domain/errors.ts";
import type { OpenStore } from "../../../src/store/run_store.ts";
import { rig } from "../../support/engine_rig.ts";
import { FakeProvider } from "../../support/fake_provider.ts";

const HOUR = 3_600_000;
const at = (key: string) => ({ schedule: "0 0 * * * *", providerKey: key, providerKeys: [key] });

/** A job at `p` with a run that was saved, and nobody heard so. */
async function unheard() {
  let isLost = false;
  const r = await rig({
    jobs: [at("p")],
    providers: (clock) => ["p", "q"].map((key) => new FakeProvider({ clock, key })),
    wrap: (store: OpenStore) => ({
      ...store,
      async commit(change) {
        const result = await store.commit(change);
        if (isLost || !change.writes.some(({ write }) => write === "insert")) return result;
        isLost = true;
        throw new StoreError("unknown", "the answer was lost");
      },
    }),
  });
  await assert.rejects(r.engine.job("db")!.trigger("ops", null), /the answer was lost/);
  return r;
}

test("a run that was saved unheard goes on at its provider", async () => {
  await using r = await unheard();
  await r.clock.advance(HOUR);
  const [found] = await r.runs();
  assert.deepEqual([found!.trigger, found!.providerKey, found!.id], ["manual", "p", "p-1"]);
  assert.equal(r.providers.get("p")!.effects[0]!.runId, found!.runId);
});

test("one whose job has another provider by then is made by neither, and says so", async () => {
  await using r = await unheard();
  await r.engine.reload(r.declare([at("q")]));
  await r.clock.advance(HOUR + 2_000);
  const [found, next] = await r.runs();
  assert.deepEqual([found!.status, found!.reason, found!.providerKey], ["expired", "provider_changed", "p"]);
  assert.deepEqual([next!.status, next!.providerKey], ["available", "q"]);
  assert.deepEqual(r.providers.get("p")!.effects, []);
  assert.deepEqual(r.providers.get("q")!.effects.map(({ runId }) => runId), [next!.runId]);
});
