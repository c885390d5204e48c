// Runs of jobs that left the configuration: nothing of them is started, what is in doubt stays so until somebody knows, and
// what is under way goes back to its job when that comes back. Also tests leaving.ts and followed_run.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "../../../src/domain/job.ts";
import { type Rig, rig, type RigOptions } from "../../support/engine_rig.ts";
import { FakeProvider, type FakeProviderOptions } from "../../support/fake_provider.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const SCHEDULE = "0 1 * * * *";
const OTHER: Partial<Job> = { name: "other", schedule: "0 0 0 1 1 *" };

/** `db` is due at one minute past each hour; its provider is told what becomes of its first start. */
function options(fields: Partial<FakeProviderOptions> = {}): RigOptions {
  return {
    jobs: [{ schedule: SCHEDULE }, OTHER],
    providers: (clock) => [new FakeProvider({ clock, key: "p", durationMs: 5 * MINUTE, ...fields })],
  };
}

/** Kills the process while the first start is under way, and starts it without the job. */
async function killedAndRemoved(fields: Partial<FakeProviderOptions> = {}, jobs = [OTHER]): Promise<Rig> {
  const r = await rig(options(fields));
  r.provider.script("create", { does: "ok", afterMs: 30 * SECOND });
  await r.clock.advance(MINUTE + 10 * SECOND);
  assert.deepEqual(await r.story(), ["sending"]);
  await r.crash();
  await r.boot(jobs);
  return r;
}

const posts = (r: Rig) => r.provider.calls("create").filter(({ job }) => job === "db").length;

for (const how of ["scheduled", "by hand"] as const) {
  test(`a start in line, ${how}, whose job leaves the configuration is never sent`, async () => {
    const first = { name: "first", schedule: SCHEDULE };
    const db = { schedule: how === "scheduled" ? SCHEDULE : "0 0 0 1 1 *" };
    await using r = await rig({
      jobs: [first, db],
      providers: (clock) => [new FakeProvider({ clock, key: "p", latencyMs: 30 * SECOND })],
    });
    await r.clock.advance(MINUTE + SECOND);
    if (how === "by hand") void r.engine.job("db")!.trigger("ops", null);
    await r.clock.advance(SECOND);
    assert.deepEqual(await r.story(), ["intent"]);
    await r.engine.reload(r.declare([first]));
    await r.clock.advance(SECOND);
    assert.deepEqual(await r.story(), ["cancelled(removed)"]);
    await r.clock.advance(10 * MINUTE);
    assert.equal(posts(r), 0);
  });
}

test("a start in line goes on under the new name of its job, and back with a job that returns while it runs", async () => {
  const first = { name: "first", schedule: SCHEDULE };
  await using r = await rig({
    jobs: [first, { schedule: SCHEDULE }],
    providers: (
      clock,
    ) => [new FakeProvider({ clock, key: "p", latencyMs: 30 * SECOND, durationMs: HOUR / 2 })],
  });
  await r.clock.advance(MINUTE + SECOND);
  assert.deepEqual(await r.story(), ["intent"]);
  const renamed = { name: "new", renamedFrom: "db", schedule: SCHEDULE };
  await r.engine.reload(r.declare([first, renamed]));
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual(await r.story("new"), ["running"]);
  assert.equal(r.engine.job("new")!.running?.status, "running");
  await r.engine.reload(r.declare([first]));
  assert.equal(r.engine.job("new"), undefined);
  await r.engine.reload(r.declare([first, renamed]));
  assert.equal(r.engine.job("new")!.running?.status, "running", "it is its run again");
  await r.clock.advance(HOUR / 2);
  assert.deepEqual(await r.story("new"), ["available"]);
  assert.equal(r.engine.job("new")!.running, null);
  await r.clock.advance(HOUR);
  assert.equal((await r.runs("available", "new")).length, 2);
});

test("a start that was under way is found by its key after a restart without its job", async () => {
  await using r = await killedAndRemoved({ capabilities: { lookup: true, idempotency: true } });
  await r.clock.advance(10 * MINUTE);
  assert.deepEqual(await r.story(), ["available"]);
  assert.equal(posts(r), 1);
});

test("one that the provider never got ends as what was never sent, and is not sent again", async () => {
  await using r = await rig(options({ capabilities: { lookup: true, idempotency: true } }));
  r.provider.script("create", { does: "hang", forMs: 30 * SECOND });
  await r.clock.advance(MINUTE + 10 * SECOND);
  await r.crash();
  await r.boot([OTHER]);
  await r.clock.advance(20 * MINUTE);
  assert.deepEqual(await r.story(), ["cancelled(removed)"]);
  assert.match((await r.runs())[0]!.message!, /has no backup for run .*: its start never took effect/);
  assert.equal(posts(r), 1);
});

for (const capabilities of [{}, { idempotency: true }]) {
  test(`where nobody can say, ${JSON.stringify(capabilities)}, it stays in doubt until it is given up`, async () => {
    await using r = await killedAndRemoved({ capabilities });
    await r.clock.advance(3 * 24 * HOUR);
    assert.deepEqual(await r.story(), ["unknown(restarted)"]);
    assert.equal(posts(r), 1);
    const [run] = await r.runs();
    assert.equal(await r.engine.cancel(run!, "by hand"), true);
    await r.clock.advance(SECOND);
    assert.deepEqual(await r.story(), ["failed(unsettled)"]);
  });
}

test("where its provider left too, it is in doubt until it is given up, or found once the provider is back", async () => {
  const gone = { ...OTHER, providerKey: "q" };
  for (const end of ["given up", "found"] as const) {
    await using r = await rig({
      jobs: [{ schedule: SCHEDULE }, gone],
      providers: (clock) => [
        new FakeProvider({ clock, key: "p", capabilities: { lookup: true } }),
        new FakeProvider({ clock, key: "q" }),
      ],
    });
    r.provider.script("create", { does: "ok", afterMs: 30 * SECOND });
    await r.clock.advance(MINUTE + 10 * SECOND);
    await r.crash();
    const { provider } = r;
    r.providers.delete("p");
    await r.boot([gone]);
    await r.clock.advance(HOUR);
    assert.deepEqual(await r.story(), ["unknown(restarted)"]);
    const [run] = await r.runs();
    assert.equal(r.engine.followsLeft(run!), false);
    if (end === "given up") {
      assert.equal(await r.engine.cancel(run!, "by hand"), true);
      assert.deepEqual(await r.story(), ["failed(unsettled)"]);
      continue;
    }
    r.answerFor(provider);
    await r.engine.reload(r.declare([gone]));
    await r.clock.advance(MINUTE);
    assert.deepEqual(await r.story(), ["available"]);
  }
});

test("an intent that a process before left of a job that is gone is over", async () => {
  await using r = await rig({ jobs: [{ schedule: SCHEDULE, jitterMs: 30 * MINUTE }, OTHER] });
  await r.clock.advance(MINUTE + SECOND);
  assert.deepEqual(await r.story(), ["intent"]);
  await r.crash();
  await r.boot([OTHER]);
  await r.clock.advance(HOUR);
  assert.deepEqual(await r.story(), ["cancelled(removed)"]);
  assert.equal(posts(r), 0);
});

test("a job that comes back takes up what was in doubt, as one that never was away", async () => {
  await using r = await killedAndRemoved({ capabilities: {} });
  await r.clock.advance(MINUTE);
  assert.deepEqual(await r.story(), ["unknown(restarted)"]);
  await r.engine.reload(r.declare([{ schedule: SCHEDULE, onUnknown: "skip" }, OTHER]));
  await r.clock.advance(3 * MINUTE);
  const [first] = await r.story();
  assert.equal(first, "failed(unsettled)");
  await r.clock.advance(2 * HOUR + 10 * MINUTE);
  assert.equal((await r.runs("available")).length, 2);
});
