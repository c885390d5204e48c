// What retention would do as JSON: pages say together what all of it says.

import assert from "node:assert/strict";
import { test } from "node:test";
import { retentionOperations } from "../../../src/app/operations/retention.ts";
import { InvalidCursor } from "../../../src/domain/errors.ts";
import { LongWork } from "../../../src/engine/context/long_work.ts";
import type { RetentionQuery } from "../../../src/ports/operations.ts";
import type { RetentionRowView } from "../../../src/ports/views/retention.ts";
import { policy, type Rig, rig } from "../../support/engine_rig.ts";

const MINUTE = 60_000;

const operationsOf = ({ engine, store, clock, watch }: Rig) =>
  retentionOperations({ engine, store, clock, watch, work: new LongWork(clock) });

/** Ten backups, of which three are wanted and none may go; followed by passes from `followFrom` on. */
async function stopped(followFrom: number): Promise<Rig> {
  const r = await rig({ followFrom });
  await r.clock.advance(10 * MINUTE + 1_000);
  const guard = { maxPercent: 1, policyChangeHoldMs: 0 };
  await r.engine.reload(r.declare([{ retention: policy("minutely=3"), guard }]));
  await r.engine.retention("db")!.pass();
  return r;
}

async function allPages(r: Rig, query: RetentionQuery) {
  const operations = operationsOf(r);
  const rows: Record<"keep" | "remove", RetentionRowView[]> = { keep: [], remove: [] };
  for (let cursor: string | undefined, pages = 0;; pages++) {
    assert.ok(pages < 20);
    const page = (await operations.retentionPage("db", { ...query, cursor }))!;
    rows.keep.push(...page.view.keep);
    rows.remove.push(...page.view.remove);
    assert.deepEqual([page.view.keep_count, page.view.remove_count], [3, 7]);
    cursor = page.cursor;
    if (cursor === undefined) return { ...page.view, ...rows };
    assert.equal(page.view.keep.length + page.view.remove.length, query.limit);
  }
}

for (const followFrom of [1, 250]) {
  test(`pages of a decision are together the whole of it, where ${followFrom} backups are many`, async () => {
    await using r = await stopped(followFrom);
    const whole = (await operationsOf(r).retention("db"))!;
    assert.deepEqual([whole.keep.length, whole.remove.length], [3, 7]);
    assert.ok([...whole.keep, ...whole.remove].every((row) => row.id?.startsWith("p-")));
    for (const limit of [1, 2, 3, 4, 9, 10, 100]) assert.deepEqual(await allPages(r, { limit }), whole);
    const { keep, remove, ...rest } = whole;
    assert.deepEqual(await allPages(r, { limit: 2, decision: "keep" }), { ...rest, keep, remove: [] });
    assert.deepEqual(await allPages(r, { limit: 2, decision: "remove" }), { ...rest, keep: [], remove });
  });
}

test("a backup that comes between two pages moves nothing on to the next one twice", async () => {
  await using r = await stopped(1);
  const operations = operationsOf(r);
  const first = (await operations.retentionPage("db", { limit: 2, decision: "remove" }))!;
  await r.clock.advance(2 * MINUTE);
  const next =
    (await operations.retentionPage("db", { limit: 100, decision: "remove", cursor: first.cursor }))!;
  const ids = [...first.view.remove, ...next.view.remove].map(({ id }) => id);
  assert.deepEqual(ids, ["p-1", "p-2", "p-3", "p-4", "p-5", "p-6", "p-7", "p-8", "p-9"]);
  assert.notEqual(next.view.digest, first.view.digest);
});

for (const followFrom of [1, 250]) {
  test(`an edit that comes between names no decision by the policy after it, where ${followFrom} backups are many`, async () => {
    await using r = await stopped(followFrom);
    const { engine, store, clock, watch } = r;
    const edit = async () => {
      await engine.reload(r.declare([{ retention: policy("minutely=5") }]));
    };
    const operations = retentionOperations({
      engine,
      clock,
      watch,
      work: new LongWork(clock),
      store: { ...store, runsInStatus: async (...args) => (await edit(), await store.runsInStatus(...args)) },
    });
    for (const read of ["pages", "all"] as const) {
      await engine.reload(
        r.declare([{ retention: policy("minutely=3"), guard: { maxPercent: 1, policyChangeHoldMs: 0 } }]),
      );
      const view = read === "all"
        ? (await operations.retention("db"))!
        : (await operations.retentionPage("db", { limit: 100 }))!.view;
      assert.deepEqual([view.policy.split("@")[0], view.keep_count, view.remove_count], ["minutely=3", 3, 7]);
      assert.equal(r.engine.job("db")!.job.retention.levels.minutely.count, 5);
    }
  });
}

test("a cursor of something else, or of the other kind, is refused", async () => {
  await using r = await stopped(1);
  const operations = operationsOf(r);
  const { cursor } = (await operations.retentionPage("db", { limit: 1 }))!;
  for (
    const query of [{ cursor: "x" }, { cursor: btoa('[1,"a b"]') }, { cursor, decision: "remove" as const }]
  ) {
    await assert.rejects(operations.retentionPage("db", { limit: 1, ...query }), InvalidCursor);
  }
});
