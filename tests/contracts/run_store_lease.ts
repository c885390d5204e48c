// What every state store does with its lease, for those who wait for it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openLeaseWatch } from "../../src/store/lease_watch.ts";
import { type OpenStore, openStore } from "../../src/store/run_store.ts";
import type { LeaseClaim } from "../../src/store/write/lease.ts";
import { at } from "../support/node_files.ts";
import { addJobs, change, type Place, storeOptions } from "../store/fixture.ts";

const INSTANCE = { node: "node-a", address: "http://a:8080", place: "machine-a", fingerprint: "f1" };
const CLAIM: LeaseClaim = { instance: INSTANCE, ttlMs: 30_000 };

/** Runs them; `isShared`: several may have it open at the same time. */
export function testLease(kind: string, place: () => Place | Promise<Place>, isShared: boolean): void {
  const look = async (url: string) => {
    await using watch = await openLeaseWatch(storeOptions(url));
    return await watch.look();
  };
  const open = (url: string, claim?: LeaseClaim, holder?: string): Promise<OpenStore> =>
    openStore({ ...storeOptions(url), ...(claim && { claim }), ...(holder && { holder }) });

  test(`${kind}: a lease shows its holder, counts its renewals, and is given back`, () =>
    at(place(), async ({ url }) => {
      assert.equal(await look(url), null);
      {
        await using store = await open(url, { ...CLAIM, expected: null }, "boot-1");
        assert.equal(store.lease.former, null);
        assert.equal(await store.lease.renew(), "renewed");
        assert.equal(await store.lease.renew(), "renewed");
        await addJobs(store, "db");
      }
      const seen = (await look(url))!;
      const { node, address, fingerprint, holder, renewals, isReleased } = seen;
      assert.deepEqual({ node, address, place: seen.place, fingerprint }, INSTANCE);
      assert.deepEqual({ holder, renewals, isReleased }, {
        holder: "boot-1",
        renewals: 2,
        isReleased: false,
      });
      assert.ok(seen.expiresAt! > seen.seenAt && seen.expiresAt! <= seen.seenAt + 30_000);
      {
        await using store = await open(url, { ...CLAIM, expected: seen });
        assert.equal(store.lease.epoch, seen.epoch + 1);
        assert.equal(store.lease.former?.holder, "boot-1");
        await store.lease.release();
      }
      const released = (await look(url))!;
      assert.equal(released.isReleased, true);
      await using store = await open(url);
      assert.equal(store.lease.former?.isReleased, true);
      await store[Symbol.asyncDispose]();
      const { renewals: none, isReleased: again } = (await look(url))!;
      assert.deepEqual([none, again], [null, false], "one that shows nothing of itself never renews");
    }));

  test(`${kind}: a lease is taken only as it was seen`, () =>
    at(place(), async ({ url }) => {
      await (await open(url, CLAIM, "boot-1"))[Symbol.asyncDispose]();
      const seen = (await look(url))!;
      for (
        const wrong of [
          null,
          { ...seen, epoch: seen.epoch - 1 },
          { ...seen, renewals: 1 },
          { ...seen, renewals: null },
          { ...seen, holder: "boot-0" },
        ]
      ) {
        await assert.rejects(
          open(url, { ...CLAIM, expected: wrong }),
          { kind: "in_use" },
          JSON.stringify(wrong),
        );
      }
      assert.deepEqual(
        { ...await look(url), seenAt: 0 },
        { ...seen, seenAt: 0 },
        "what was refused changed nothing",
      );
      await using store = await open(url, { ...CLAIM, expected: seen });
      assert.equal(store.lease.epoch, seen.epoch + 1);
    }));

  if (!isShared) return;
  test(`${kind}: who lost the lease renews and gives back nothing, and of two who want it one has it`, () =>
    at(place(), async ({ url }) => {
      await using first = await open(url, CLAIM);
      const seen = (await look(url))!;
      const wanting = ["boot-2", "boot-3"].map((holder) => open(url, { ...CLAIM, expected: seen }, holder));
      const outcomes = await Promise.allSettled(wanting);
      const winners = outcomes.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
      assert.equal(winners.length, 1);
      await using winner = winners[0]!;
      assert.equal(await first.lease.renew(), "lost");
      const why = await first.lease.whyLost();
      assert.equal(why.kind, "fenced");
      assert.match(
        why.message,
        /Schelly on 'node-a' \(http:\/\/a:8080\) has taken it over at .* \(epoch 2, this one has epoch 1\)/,
      );
      await first.lease.release();
      assert.equal((await look(url))!.isReleased, false);
      assert.equal(await winner.lease.renew(), "renewed");
      await assert.rejects(first.commit(change()), { kind: "fenced" });
    }));
}
