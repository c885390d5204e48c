// Providers that do not answer are asked again until they do, each once at a time, and no other.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ContactKeeper } from "../../src/app/contact_keeper.ts";
import type { CheckResult } from "../../src/ports/provider.ts";
import { FakeClock } from "../support/fake_clock.ts";

const MINUTE = 60_000;

test("only those whose calls do not get through are asked, and one that hangs is not asked a second time", async () => {
  const clock = new FakeClock(0);
  const asked: string[] = [];
  let troubled = ["down", "hangs", "gone"];
  const keeper = new ContactKeeper({
    clock,
    troubled: () => troubled,
    providerOf: (key) =>
      key === "gone" ? undefined : {
        check() {
          asked.push(key);
          return key === "hangs"
            ? new Promise<CheckResult[]>(() => {})
            : Promise.reject(new Error("refused"));
        },
      },
  });
  await clock.advance(MINUTE);
  assert.deepEqual(asked, [], "not before it is started");
  keeper.start();
  await clock.advance(MINUTE - 1);
  assert.deepEqual(asked, []);
  await clock.advance(1);
  assert.deepEqual(asked, ["down", "hangs"]);
  await clock.advance(MINUTE);
  assert.deepEqual(asked, ["down", "hangs", "down"]);
  troubled = ["hangs"];
  await clock.advance(5 * MINUTE);
  assert.deepEqual(asked, ["down", "hangs", "down"], "what answers is left alone");
  await keeper[Symbol.asyncDispose]();
  await clock.advance(5 * MINUTE);
});

test("of very many some are asked at a time, and each has its turn", async () => {
  const clock = new FakeClock(0);
  const asked = new Map<string, number>();
  const keys = Array.from({ length: 200 }, (_, index) => `h${index}`);
  const keeper = new ContactKeeper({
    clock,
    troubled: () => keys,
    providerOf: (key) => ({
      check: () => {
        asked.set(key, (asked.get(key) ?? 0) + 1);
        return Promise.resolve([]);
      },
    }),
  });
  keeper.start();
  await clock.advance(MINUTE);
  assert.equal(asked.size, 64);
  await clock.advance(3 * MINUTE);
  assert.equal(asked.size, 200);
  assert.ok(Math.max(...asked.values()) <= 2, "the others first");
  await keeper[Symbol.asyncDispose]();
});
