// A provider whose list has backups of runs that the state does not know: the state went back in time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { guardUnknownRuns, madeForUs } from "../../../src/engine/inventory/unknown_runs.ts";
import { DAY } from "../../../src/domain/duration.ts";
import { policy, type Rig, rig } from "../../support/engine_rig.ts";
import { FakeIds } from "../../support/fake_ids.ts";
import { FakeProvider } from "../../support/fake_provider.ts";

const MINUTE = 60_000;

/** A job that was backed up for a while and is compared each quarter of an hour. */
async function lived(): Promise<Rig> {
  const r = await rig({
    jobs: [{ reconcileMs: 15 * MINUTE, retention: policy("minutely=1000"), renamedFrom: "old" }],
    providers: (clock) => [new FakeProvider({ clock, key: "p", capabilities: { list: true } })],
  });
  await r.clock.advance(5 * MINUTE);
  return r;
}

/** Has the provider list one more backup, made for the run. */
function alsoLists(
  r: Rig,
  runId: string,
  fields: { job?: string; host?: string; id?: string; state?: "failed" } = {},
) {
  const list = r.provider.list.bind(r.provider);
  const { state = "available", ...rest } = fields;
  r.provider.list =
    async () => [...await list(), { id: "lost-1", job: "db", ...rest, runId, state, status: state }];
}

const guards = async (r: Rig) => (await r.store.latched("db")).map(({ guard }) => guard);

test("a listed backup of a run that the state does not know latches restored_store, once", async () => {
  await using r = await lived();
  alsoLists(r, new FakeIds(r.clock, 9).uuidv7());
  await r.clock.advance(15 * MINUTE);
  assert.deepEqual(await guards(r), ["restored_store"]);
  const { message } = (await r.store.latched("db"))[0]!;
  assert.match(message, /has 'lost-1' of job 'db', whose runs .* not know: .*backups import --job db/);
  const { digest } = await r.engine.retention("db")!.look();
  await r.engine.retention("db")!.approve(digest, "boss");
  await r.clock.advance(15 * MINUTE);
  assert.deepEqual(await guards(r), [], "an operator has seen it");
  alsoLists(r, new FakeIds(r.clock, 8).uuidv7(), { id: "lost-2" });
  await r.clock.advance(15 * MINUTE);
  assert.deepEqual(await guards(r), ["restored_store"], "and this one not");
});

test("nothing follows from what others made, from what is imported, forgotten or no backup", async () => {
  await using r = await lived();
  const ids = new FakeIds(r.clock, 9);
  alsoLists(r, ids.uuidv7(), { job: "files" });
  alsoLists(r, ids.uuidv7(), { job: undefined });
  alsoLists(r, ids.uuidv7(), { host: "elsewhere" });
  alsoLists(r, ids.uuidv7(), { state: "failed" });
  alsoLists(r, "nightly-7");
  alsoLists(r, (await r.runs("available"))[0]!.runId, { id: "copy" });
  // Bound by an import, which made a run of its own.
  alsoLists(r, ids.uuidv7(), { id: (await r.runs("available"))[0]!.id! });
  const aYearAgo = new FakeIds({ ...r.clock, now: () => r.clock.now() - 365 * DAY } as typeof r.clock);
  alsoLists(r, aYearAgo.uuidv7());
  await r.clock.advance(30 * MINUTE);
  assert.deepEqual(await guards(r), []);
});

test("a former name of the job is its own", async () => {
  await using r = await lived();
  alsoLists(r, new FakeIds(r.clock, 9).uuidv7(), { job: "old" });
  await r.clock.advance(15 * MINUTE);
  assert.deepEqual(await guards(r), ["restored_store"]);
});

test("guardUnknownRuns() that could not latch remembers nothing", async () => {
  await using r = await lived();
  const runId = new FakeIds(r.clock, 9).uuidv7();
  const made = madeForUs([{ id: "x", runId, job: "db", state: "available", status: "available" }], undefined);
  const told = new Set<string>();
  const { job } = r.declare([{}])[0]!;
  const store = {
    ...r.store,
    unknownRuns: r.store.unknownRuns,
    commit: () => Promise.reject(new Error("full")),
  };
  await assert.rejects(
    () => guardUnknownRuns({ store, clock: r.clock, job } as never, made, told),
    /full/,
  );
  assert.equal(told.size, 0);
});
