// The fake that flows are tested with is itself held to the provider contract.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProviderError } from "../../src/domain/errors.ts";
import { testProvider } from "../contracts/provider.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeProvider, type FakeProviderOptions } from "../support/fake_provider.ts";

const START = Date.UTC(2026, 10, 20);
const CALL = { runId: "run-1", job: "job", slot: START, fence: 1, body: undefined };

for (
  const [name, options] of Object.entries(
    {
      "FakeProvider (plain)": { maxConcurrent: 1 },
      "FakeProvider (extended)": {
        capabilities: { idempotency: true, list: true, lookup: true, fence: true },
        tombstones: true,
        deleteMs: 1500,
      },
    } satisfies Record<string, Partial<FakeProviderOptions>>,
  )
) {
  testProvider(name, ({ slow }) => {
    const clock = new FakeClock(START);
    const provider = new FakeProvider({ clock, durationMs: slow ? 1e9 : 3000, ...options });
    return Promise.resolve({ provider, pass: () => clock.advance(1000), close: () => Promise.resolve() });
  });
}

test("FakeProvider.script() separates what happened from what was answered", async () => {
  const provider = new FakeProvider({ clock: new FakeClock(START) });
  provider.script("create", "lost_reply", "lost_request", "malformed", { does: "refused", status: 422 });
  const kinds: string[] = [];
  for (let n = 0; n < 4; n++) {
    await provider.create({ ...CALL, runId: `run-${n}` }).catch((error: ProviderError) =>
      kinds.push(error.kind)
    );
  }
  assert.deepEqual(kinds, ["unknown", "unknown", "unknown", "refused"]);
  assert.deepEqual(provider.effects.map((effect) => effect.runId), ["run-0", "run-2"]);
  assert.deepEqual(provider.ledger.map((entry) => entry.effect), ["fake-1", undefined, "fake-2", undefined]);
});

test("FakeProvider lets a late effect come after its caller gave up", async () => {
  const clock = new FakeClock(START);
  const provider = new FakeProvider({ clock });
  provider.script("create", { does: "late", effectAfterMs: 5000 });
  await assert.rejects(provider.create(CALL), { kind: "unknown" });
  assert.equal(provider.effects.length, 0);
  await clock.advance(5000);
  assert.equal(provider.effects.length, 1);
});

test("FakeProvider.down() fails every call until up()", async () => {
  const provider = new FakeProvider({ clock: new FakeClock(START) });
  provider.down();
  await assert.rejects(provider.create(CALL), { kind: "unsent" });
  await assert.rejects(provider.get("fake-1"), { kind: "unsent" });
  provider.up();
  assert.equal((await provider.create(CALL)).state, "available");
});

test("FakeProvider.plan() makes duplicate ids, failures and backups that never end", async () => {
  const clock = new FakeClock(START);
  const provider = new FakeProvider({ clock });
  provider.plan({ id: "same" }, { id: "same" }, { ends: "failed", message: "disk full" }, { ends: "never" });
  assert.equal((await provider.create(CALL)).id, (await provider.create(CALL)).id);
  const failed = await provider.create(CALL);
  assert.deepEqual([failed.state, failed.message], ["failed", "disk full"]);
  const endless = await provider.create(CALL);
  await clock.advance(1e9);
  const answer = await provider.get(endless.id);
  assert.ok(answer.found === "yes" && answer.backup.state === "running");
});
