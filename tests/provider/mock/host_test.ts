// The mock provider does what its settings say, and the same again for the same seed.
// Also tests fate.ts, handler.ts, memory.ts, random.ts, settings.ts and starts.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createMockProvider } from "../../../src/provider/mock/handler.ts";
import {
  changeMockSettings,
  defaultMockSettings,
  showMockSettings,
} from "../../../src/provider/mock/settings.ts";
import { BASE, createRig, mockOn, played } from "../../support/conformance_rig.ts";

const CONTROL = "http://provider/mock";

async function mock(settings: Record<string, unknown> = {}) {
  const rig = createRig();
  const serve = await mockOn(rig, settings);
  const call = (method: string, path = "", init: RequestInit = {}) =>
    played(rig, serve(new Request(path.startsWith("http") ? path : BASE + path, { ...init, method })));
  const start = async (init: RequestInit = {}) => (await (await call("POST", "", init)).json()).id as string;
  const look = async (id: string) => await (await call("GET", `/${encodeURIComponent(id)}`)).json();
  return { clock: rig.clock, call, start, look };
}

test("a mock's backup takes its time, tells its progress, and is available or failed", async () => {
  const { clock, start, look } = await mock({ duration: "10s", size_mb: 4 });
  const id = await start();
  await clock.advance(5_000);
  const half = await look(id);
  assert.equal(half.status, "running");
  assert.match(half.message, /^5\d % done$/);
  await clock.advance(5_000);
  const { status, size_mb, data_id } = await look(id);
  assert.deepEqual([status, size_mb, data_id], ["available", 4, `data-${id}`]);
  const failing = await start({ body: '{"fail": true}', headers: { "content-type": "application/json" } });
  await clock.advance(10_000);
  assert.equal((await look(failing)).status, "failed");
});

test("a mock gets stuck, forgets and makes several at a time as it is told", async () => {
  const stuck = await mock({ stuck_rate: 1 });
  const id = await stuck.start();
  await stuck.clock.advance(86_400_000);
  assert.equal((await stuck.look(id)).status, "running");
  assert.equal((await stuck.call("POST")).status, 409);
  assert.equal((await stuck.call("PUT", CONTROL, { body: '{"max_concurrent": 2}' })).status, 200);
  assert.equal((await stuck.call("POST")).status, 202);

  const forgetful = await mock({ duration: "1s", forget_rate: 1, forget_after: "5s" });
  const lost = await forgetful.start();
  await forgetful.clock.advance(3_000);
  assert.equal((await forgetful.look(lost)).status, "available");
  await forgetful.clock.advance(5_000);
  assert.equal((await forgetful.call("GET", `/${lost}`)).status, 404);
  assert.deepEqual(await (await forgetful.call("GET")).json(), []);
});

test("a mock loses answers to what it did, keeps callers waiting, and fails calls without doing them", async () => {
  const lossy = await mock({ lost_rate: 1 });
  const answer = await lossy.call("POST");
  assert.equal(answer.status, 202);
  await assert.rejects(answer.text(), /lose this answer/);
  assert.equal((await (await lossy.call("GET")).json()).length, 1, "it was done");

  const failing = await mock({ error_rate: 1 });
  assert.equal((await failing.call("POST")).status, 503);
  await failing.call("PUT", CONTROL, { body: '{"error_rate": 0}' });
  assert.deepEqual(await (await failing.call("GET")).json(), [], "it was not done");

  const hanging = await mock({ hang_rate: 1 });
  const left = new AbortController();
  let answered = false;
  const pending = hanging.call("POST", "", { signal: left.signal }).then(() => answered = true);
  await hanging.clock.advance(60_000);
  assert.equal(answered, false);
  left.abort();
  await pending;
});

test("PUT /mock changes all of what it names or nothing, and shows what counts", async () => {
  const { call } = await mock();
  const shown = await (await call("PUT", CONTROL, { body: '{"duration": "1s..10s", "fail_rate": 0.25}' }))
    .json();
  assert.deepEqual([shown.duration, shown.fail_rate, shown.size_mb], ["1s..10s", 0.25, "10..20"]);
  for (
    const [body, says] of [
      ['{"fail_rate": 1.5, "lost_rate": 1}', /fail_rate: '1\.5' is not a share from 0 to 1/],
      ['{"lostrate": 1}', /'lostrate': no such setting: expected some of duration, answer_delay/],
      ['{"duration": "9s..2s"}', /duration: '9s\.\.2s' is not a length of time/],
      ['{"extensions": "list,magic"}', /extensions: 'list,magic' is not all, none, or some of idempotency/],
      ["[]", /expected a JSON object/],
      ["{nope", /is not JSON/],
    ] as const
  ) {
    const answer = await call("PUT", CONTROL, { body });
    assert.equal(answer.status, 400, body);
    assert.match((await answer.json()).error, says);
  }
  const after = await (await call("GET", CONTROL)).json();
  assert.deepEqual([after.fail_rate, after.lost_rate], [0.25, 0], "nothing of a wrong change is taken");
  assert.equal((await call("DELETE", CONTROL)).status, 405);
});

test("showMockSettings() writes what changeMockSettings() reads", () => {
  const wanted = { duration: "1s..90s", size_mb: "0.5", extensions: "list,gone", odd_ids: "true", seed: 7 };
  const read = changeMockSettings(defaultMockSettings(), wanted);
  assert.ok(read.ok);
  const again = changeMockSettings(defaultMockSettings(), showMockSettings(read.settings));
  assert.deepEqual(again, read);
});

test("the same seed draws the same fates, however often it is looked at", async () => {
  const fates = async (looks: number) => {
    const rig = createRig();
    const told: unknown[] = [];
    const read = changeMockSettings(defaultMockSettings(), { duration: "1s..9s", fail_rate: 0.5, seed: 42 });
    assert.ok(read.ok);
    const provider = await createMockProvider({
      settings: read.settings,
      tell: (what, { id: _, ...data }) => void (what === "call" || told.push([what, data])),
    }, rig);
    for (let i = 0; i < 12; i++) {
      await provider.handle(new Request(BASE, { method: "POST" }));
      for (let n = 0; n < looks; n++) await provider.handle(new Request(BASE));
      await rig.clock.advance(10_000);
    }
    return told;
  };
  const [once, often] = [await fates(0), await fates(5)];
  assert.deepEqual(once, often);
  assert.ok(new Set(once.map((one) => JSON.stringify(one))).size > 6, "they differ from each other");
});
