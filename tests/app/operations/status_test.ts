// Everything in one answer: what a freeze is, what is wrong, and how many jobs do how.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReadinessParts } from "../../../src/app/operations/readiness.ts";
import { statusOperations } from "../../../src/app/operations/status.ts";
import type { NotifyView } from "../../../src/ports/views/notify.ts";
import { type Rig, rig } from "../../support/engine_rig.ts";

const MINUTE = 60_000;

type Parts = Parameters<typeof statusOperations>[0];

function statusOf(
  { engine, store, clock, watch }: Rig,
  changes: Partial<Parts> = {},
  channels: Partial<NotifyView["channels"][number]>[] = [],
) {
  const parts: Partial<Parts> = {
    notifications: {
      view: () => Promise.resolve({ channels } as NotifyView),
      test: () => Promise.resolve(undefined),
    },
    engine,
    store,
    clock,
    watch,
    config: () => ({ server: { auth: { kind: "default" } } }) as ReturnType<ReadinessParts["config"]>,
    storeTrouble: () => null,
    lastReload: () => null,
    providerTroubles: () => [],
    upkeepTroubles: () => [],
    ...changes,
  };
  return statusOperations(parts as Parts).status();
}

test("status: a program that makes its backups is well, also while deletions are frozen on purpose", async () => {
  await using r = await rig();
  await r.clock.advance(MINUTE + 30_000);
  const { well, jobs, by_state, unwell, notes } = await statusOf(r);
  assert.deepEqual({ well, jobs, by_state, unwell, notes }, {
    well: true,
    jobs: 1,
    by_state: { ok: 1 },
    unwell: [],
    notes: [],
  });
  await r.engine.safekeeping.freeze({ reason: "moving", owner: "ops", until: null }, "ops");
  const frozen = await statusOf(r);
  assert.equal(frozen.well, true);
  assert.deepEqual(frozen.notes.map(({ name, wrong }) => [name, wrong]), [["freeze", false]]);
});

test("status: a job that fails is wrong and named with cause and remedy, and so is a configuration that was refused", async () => {
  await using r = await rig({ jobs: [{ name: "db" }, { name: "off", enabled: false }] });
  r.provider.script("create", "refused");
  await r.clock.advance(MINUTE + 1_000);
  const { well, unwell_count, unwell, by_state } = await statusOf(r);
  assert.deepEqual([well, unwell_count, by_state], [false, 1, { failing: 1, disabled: 1 }]);
  assert.deepEqual(unwell.map(({ job, state }) => [job, state]), [["db", "failing"]]);
  assert.ok(unwell[0]!.cause !== null && unwell[0]!.remedy !== null);

  await using sound = await rig();
  const refused = await statusOf(sound, { lastReload: () => ({ ok: false, messages: ["bad"] }) });
  assert.deepEqual([refused.well, refused.notes], [false, [{ name: "config", wrong: true, message: "bad" }]]);
});

test("status: a channel that takes no messages is wrong, with why and how many wait", async () => {
  await using r = await rig();
  await r.clock.advance(MINUTE + 30_000);
  const { well, notes } = await statusOf(r, {}, [
    { name: "ops", waiting: 0, error: null },
    { name: "mail", waiting: 3, error: "the password is wrong" },
  ]);
  const message = "it is not told, 3 messages wait: the password is wrong";
  assert.deepEqual([well, notes], [false, [{ name: "channel mail", wrong: true, message }]]);
});
