// What every provider must do, whatever is behind it: run it with `testProvider("name", start)`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderError } from "../../src/domain/errors.ts";
import type { Json } from "../../src/domain/job.ts";
import type { BackupInfo, CreateCall, Provider } from "../../src/ports/provider.ts";

/** A fresh, empty provider and the means to let its time pass. */
export interface ProviderUnderTest {
  provider: Provider;
  /** Lets work at the provider go on for a while, by virtual or by real time. */
  pass(): Promise<void>;
  close(): PromiseLike<void>;
  /** True where a storage that cannot be asked stands behind it: it says so of what it does not know. */
  cannotTell?: boolean;
  /** What a create needs here; undefined by default. */
  body?: Json;
}

/** How a contract provider is wanted: `slow` makes backups that run until they are cancelled. */
export interface Wanted {
  slow: boolean;
}

/** How often a running backup is asked for before the contract gives up. */
const MOST_POLLS = 500;

/** Ids that no backup has and that are awkward in URLs, files and shells. */
export const ODD_IDS = [
  "no-such-backup",
  "a/b",
  "../../etc/passwd",
  "%2e%2e",
  "a b",
  "?run_id=x",
  "a#b",
  "a;b&c=d",
  "'; DROP TABLE runs; --",
  '"quoted"',
  "ünï-☃-🗄",
  "-rf",
  "$(id)",
  "x".repeat(4096),
] as const;

/** Registers the tests of the protocol for one provider. `name` begins the name of each. */
export function testProvider(name: string, start: (wanted: Wanted) => Promise<ProviderUnderTest>): void {
  const contract = (behaviour: string, wanted: Wanted, body: (one: ProviderUnderTest) => Promise<void>) =>
    test(`${name} ${behaviour}`, async () => {
      const one = await start(wanted);
      try {
        await body(one);
      } finally {
        await one.close();
      }
    });
  const quick = { slow: false };
  const slow = { slow: true };

  contract("makes a backup, shows it until it is available, and deletes it", quick, async (one) => {
    const { provider } = one;
    const created = await provider.create(callOf(one, "run-1"));
    assert.notEqual(created.id, "");
    const backup = await untilDone(one, created);
    assert.equal(backup.state, "available");
    assert.equal(backup.id, created.id);
    assert.ok(backup.sizeMb === undefined || backup.sizeMb >= 0);
    await deleteUntilGone(one, created.id);
    const again = await provider.delete(created.id, undefined, 1);
    assert.ok(again === "absent" || again === "gone", `deleted twice: '${again}'`);
  });

  contract(
    "gives every backup an id of its own, and deletes only the one that is named",
    quick,
    async (one) => {
      const { provider } = one;
      const first = await untilDone(one, await provider.create(callOf(one, "run-1")));
      const second = await untilDone(one, await provider.create(callOf(one, "run-2")));
      assert.notEqual(first.id, second.id);
      await deleteUntilGone(one, first.id);
      const left = await provider.get(second.id);
      assert.ok(left.found === "yes" && left.backup.state === "available");
      const third = await untilDone(one, await provider.create(callOf(one, "run-3")));
      assert.notEqual(third.id, first.id, "an id was used again");
    },
  );

  contract("knows no backup that was never made, however odd its id", quick, async (one) => {
    const { provider } = one;
    for (const id of ODD_IDS) {
      if (one.cannotTell) {
        await assert.rejects(provider.get(id), (error) => error instanceof ProviderError);
        await assert.rejects(
          provider.delete(id, undefined, 1),
          (error) => error instanceof ProviderError && error.kind === "refused",
        );
        continue;
      }
      assert.equal((await provider.get(id)).found, "no", `get of ${JSON.stringify(id.slice(0, 30))}`);
      assert.equal(
        await provider.delete(id, undefined, 1),
        "absent",
        `delete of ${JSON.stringify(id.slice(0, 30))}`,
      );
    }
  });

  contract("cancels a running backup when it is deleted, and can then make another", slow, async (one) => {
    const { provider } = one;
    const created = await provider.create(callOf(one, "run-1"));
    assert.equal(created.state, "running");
    await one.pass();
    await deleteUntilGone(one, created.id);
    const next = await provider.create(callOf(one, "run-2"));
    assert.notEqual(next.id, created.id);
    await deleteUntilGone(one, next.id);
  });

  contract("starts one backup a run where it honours idempotency", quick, async (one) => {
    const { provider } = one;
    if (!(await provider.capabilities()).idempotency) return;
    const first = await provider.create(callOf(one, "run-1"));
    assert.equal((await provider.create(callOf(one, "run-1"))).id, first.id);
    await untilDone(one, first);
    const late = await provider.create(callOf(one, "run-1"));
    assert.equal(late.id, first.id);
    assert.equal(late.state, "available");
  });

  contract("finds the backup of a run where it offers look-up", quick, async (one) => {
    const { provider } = one;
    if (!(await provider.capabilities()).lookup) return;
    assert.equal(await provider.lookup("run-1"), undefined);
    const created = await provider.create(callOf(one, "run-1"));
    const found = await provider.lookup("run-1");
    assert.equal(found?.id, created.id);
    assert.equal(found?.runId, "run-1");
    assert.equal(await provider.lookup("run-2"), undefined);
  });

  contract("lists exactly what is there where it offers a list", quick, async (one) => {
    const { provider } = one;
    if (!(await provider.capabilities()).list) return;
    assert.deepEqual(await provider.list(), []);
    const first = await untilDone(one, await provider.create(callOf(one, "run-1")));
    const second = await untilDone(one, await provider.create(callOf(one, "run-2")));
    const idsOf = async () => (await provider.list()).map((backup) => backup.id).sort();
    assert.deepEqual(await idsOf(), [first.id, second.id].sort());
    await deleteUntilGone(one, first.id);
    assert.deepEqual(await idsOf(), [second.id]);
  });

  contract("refuses a lower fence than it has seen where it honours fences", quick, async (one) => {
    const { provider } = one;
    if (!(await provider.capabilities()).fence) return;
    const backup = await untilDone(one, await provider.create({ ...callOf(one, "run-1"), fence: 7 }));
    const refused = (error: unknown) => error instanceof ProviderError && error.kind === "refused";
    await assert.rejects(provider.create({ ...callOf(one, "run-2"), fence: 6 }), refused);
    await assert.rejects(provider.delete(backup.id, undefined, 6), refused);
    assert.equal((await provider.get(backup.id)).found, "yes");
  });

  contract("reports how it is in a check that never throws", quick, async ({ provider }) => {
    const results = await provider.check();
    assert.ok(results.length > 0);
    for (const result of results) assert.ok(result.ok, `${result.name}: ${result.message}`);
  });
}

function callOf(one: ProviderUnderTest, runId: string): CreateCall {
  return { runId, job: "contract", slot: Date.UTC(2026, 10, 20, 3), fence: 1, body: one.body };
}

async function untilDone(one: ProviderUnderTest, created: BackupInfo): Promise<BackupInfo> {
  let backup = created;
  for (let polls = 0; backup.state === "running"; polls++) {
    assert.ok(polls < MOST_POLLS, `backup '${created.id}' never ended`);
    await one.pass();
    const answer = await one.provider.get(created.id);
    assert.ok(answer.found === "yes", `backup '${created.id}' vanished while it ran`);
    backup = answer.backup;
  }
  return backup;
}

async function deleteUntilGone(one: ProviderUnderTest, id: string): Promise<void> {
  const answer = await one.provider.delete(id, undefined, 1);
  assert.ok(answer === "deleted" || answer === "accepted", `delete answered '${answer}'`);
  for (let polls = 0; (await one.provider.get(id)).found === "yes"; polls++) {
    assert.ok(answer === "accepted", `backup '${id}' is still there`);
    assert.ok(polls < MOST_POLLS, `backup '${id}' never went`);
    await one.pass();
  }
}
