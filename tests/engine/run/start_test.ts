// A start: intent, POST, answer, and its tries until grace time is over.
// Also tests answer.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeProvider } from "../../support/fake_provider.ts";
import { rig, START } from "../../support/engine_rig.ts";

const MINUTE = 60_000;

test("start() commits the intent before the POST, and `sending` with it", async () => {
  const seen: string[] = [];
  await using r = await rig({
    providers: (clock) => [
      new FakeProvider({
        clock,
        key: "p",
        onCall: async (entry) => {
          if (entry.op === "create") seen.push(...(await r.story()));
        },
      }),
    ],
  });
  await r.clock.advance(MINUTE);
  assert.deepEqual(seen, ["sending"]);
});

test("start() keeps the slot as the period time and the first sending as the start time", async () => {
  await using r = await rig({ jobs: [{ jitterMs: 20_000 }] });
  await r.clock.advance(2 * MINUTE - 1);
  const [run] = await r.runs();
  assert.equal(run!.slot, START + MINUTE);
  assert.equal(run!.periodTime, START + MINUTE);
  assert.ok(
    run!.startTime! >= run!.slot! && run!.startTime! < run!.slot! + 20_000,
    "jitter delays the start only",
  );
});

test("start() sends the job, slot, fence and body with the POST", async () => {
  await using r = await rig({ jobs: [{ createBody: { set: "full" } }] });
  await r.clock.advance(MINUTE);
  const call = r.provider.calls("create")[0]!;
  const [run] = await r.runs();
  assert.deepEqual(
    { job: call.job, slot: call.slot, runId: call.runId, fence: call.fence, body: call.body },
    { job: "db", slot: START + MINUTE, runId: run!.runId, fence: r.store.fence, body: { set: "full" } },
  );
});

test("start() retries a provider that is down every retry_interval and succeeds within grace time", async () => {
  await using r = await rig({ jobs: [{ schedule: "0 0 * * * *", graceMs: 10 * MINUTE }] });
  r.provider.down("unsent");
  await r.clock.advance(60 * MINUTE + 2 * MINUTE);
  assert.deepEqual(await r.story(), ["intent(retry)"]);
  assert.equal(r.provider.calls("create").length, 25);
  r.provider.up();
  await r.clock.advance(10_000);
  assert.deepEqual(await r.story(), ["available"]);
  assert.equal(r.provider.effects.length, 1);
  assert.equal((await r.runs())[0]!.maybeDuplicateAt, null, "nothing was ever of unknown fate");
});

test("start() gives up at the end of grace time, and the next slot runs", async () => {
  await using r = await rig({ jobs: [{ schedule: "0 0 * * * *", graceMs: 10 * MINUTE }] });
  r.provider.down("unsent");
  await r.clock.advance(75 * MINUTE);
  assert.deepEqual(await r.story(), ["failed(unreachable)"]);
  r.provider.up();
  await r.clock.advance(60 * MINUTE);
  assert.deepEqual(await r.story(), ["failed(unreachable)", "available"]);
});

test("start() obeys Retry-After, but not beyond grace time", async () => {
  await using r = await rig({ jobs: [{ schedule: "0 0 * * * *", graceMs: 10 * MINUTE }] });
  r.provider.script("create", { does: "unsent", status: 503, retryAfterMs: 90_000 }, {
    does: "unsent",
    status: 503,
    retryAfterMs: 3 * 60 * MINUTE,
  });
  await r.clock.advance(60 * MINUTE + 89_000);
  assert.equal(r.provider.calls("create").length, 1);
  await r.clock.advance(2_000);
  assert.equal(r.provider.calls("create").length, 2);
  await r.clock.advance(10 * MINUTE);
  assert.deepEqual(await r.story(), ["failed(unreachable)"]);
});

test("start() ends a refused run at once, with the provider's words", async () => {
  await using r = await rig({ jobs: [{ schedule: "0 0 * * * *" }] });
  r.provider.script("create", { does: "refused", status: 401, message: "wrong key" });
  await r.clock.advance(90 * MINUTE);
  const [run] = await r.runs();
  assert.equal(run!.status, "failed");
  assert.equal(run!.reason, "refused");
  assert.match(run!.message!, /wrong key/);
  assert.equal(r.provider.calls("create").length, 1);
});

test("start() takes an answer that already says available", async () => {
  await using r = await rig();
  await r.clock.advance(MINUTE);
  assert.deepEqual(await r.story(), ["available"]);
  assert.equal(r.provider.calls("get").length, 0);
});

test("start() marks an id that is bound already as unknown, trips the guard of every job there, binds nothing", async () => {
  await using r = await rig({ jobs: [{}, { name: "web", schedule: "0 0 0 1 1 *" }] });
  await r.clock.advance(MINUTE);
  r.provider.plan({ id: "p-1" });
  await r.clock.advance(2 * MINUTE);
  const runs = await r.runs();
  assert.equal(runs[0]!.id, "p-1");
  assert.equal(runs[1]!.status, "failed");
  assert.equal(runs[1]!.reason, "unsettled");
  assert.equal(runs[1]!.id, null);
  const latched = await r.store.latched();
  assert.deepEqual(latched.map((one) => `${one.job} ${one.guard}`).sort(), [
    "db duplicate_id",
    "web duplicate_id",
  ]);
});

test("trigger() waits for the first answer only, and never retries", async () => {
  await using r = await rig({ jobs: [{ schedule: "0 0 0 1 1 *" }] });
  const engine = r.engine.job("db")!;
  const started = await engine.trigger("ops", null);
  assert.ok("run" in started && started.run.status === "available" && started.run.id === "p-1");

  r.provider.script("create", { does: "unsent", status: 503 });
  const refused = await engine.trigger("ops", null);
  assert.ok("run" in refused && refused.run.status === "failed");

  r.provider.script("create", { does: "lost_reply" });
  const unknown = await engine.trigger("ops", null);
  assert.ok("run" in unknown && unknown.run.status === "unknown" && unknown.run.id === null);
  await r.clock.advance(60 * MINUTE);
  assert.deepEqual(await r.story(), ["available", "failed(unreachable)", "failed(unsettled)"]);
  assert.equal(r.provider.calls("create").length, 3);
});

test("trigger() is refused while a run goes on, and its backup counts at its start time", async () => {
  await using r = await rig({
    jobs: [{ schedule: "0 0 0 1 1 *" }],
    providers: (clock) => [new FakeProvider({ clock, key: "p", durationMs: 30_000 })],
  });
  const engine = r.engine.job("db")!;
  const first = await engine.trigger("ops", null);
  const second = await engine.trigger("ops", null);
  assert.ok("run" in first && "busy" in second && second.busy === first.run.runId);
  await r.clock.advance(MINUTE);
  const [run] = await r.runs();
  assert.equal(run!.status, "available");
  assert.equal(run!.periodTime, START);
});

test("trigger() works while the job is disabled", async () => {
  await using r = await rig({ jobs: [{ enabled: false }] });
  const started = await r.engine.job("db")!.trigger("ops", null);
  assert.ok("run" in started && started.run.status === "available");
});
