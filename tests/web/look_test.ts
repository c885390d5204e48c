// That many who look at about the same time look once. Also tests local_path.ts and progress.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { localPath } from "../../src/web/local_path.ts";
import { createLook } from "../../src/web/look.ts";
import { percentOf } from "../../src/web/progress.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeOperations } from "../support/fake_operations.ts";

function rig() {
  const clock = new FakeClock(0);
  const operations = new FakeOperations();
  const history = { storageDays: () => Promise.resolve({ stored: 0, days: [] }) };
  const heard: (() => void)[] = [];
  const look = createLook({
    operations,
    history,
    clock,
    subscribe: (listener) => (heard.push(listener), () => {}),
  });
  const looks = () => operations.calls.filter(({ name }) => name === "status").length;
  return { clock, operations, look, looks, commit: () => heard.forEach((listener) => listener()) };
}

test("fifty pages at once are one look, and a second one comes half a second after a change, five without", async () => {
  const { clock, look, looks, commit } = rig();
  await Promise.all(Array.from({ length: 50 }, look));
  assert.equal(looks(), 1);
  commit();
  await clock.advance(499);
  await look();
  assert.equal(looks(), 1);
  await clock.advance(1);
  await look();
  assert.equal(looks(), 2);
  await clock.advance(4_999);
  await look();
  assert.equal(looks(), 2);
  await clock.advance(1);
  await look();
  assert.equal(looks(), 3);
});

test("a look that failed is taken anew", async () => {
  const { operations, look } = rig();
  operations.failure = new Error("gone");
  await assert.rejects(look(), /gone/);
  operations.failure = null;
  assert.equal((await look()).status.jobs, 1);
});

test("only addresses of our own are gone to", () => {
  for (const path of ["/schelly/ui/", "/schelly/ui/?find=a%20b&page=2"]) {
    assert.equal(localPath(path, "/schelly"), path);
  }
  for (
    const path of [
      "/ui/",
      "//evil",
      "https://evil/schelly/ui/",
      "/schelly/ui/\\x",
      "/schelly/ui/ä",
      null,
      undefined,
    ]
  ) {
    assert.equal(localPath(path, "/schelly"), "/schelly/ui/");
  }
});

test("percent are read from a provider's words, and from nothing else", () => {
  const cases: [string | null, number | undefined][] = [
    ["42 % of 1.2 GB, 12 of 30 files", 42],
    ["[0:05] 12.50%  3 packs copied", 12.5],
    ["started", undefined],
    ["at 120 %", undefined],
    ["a50%", undefined],
    [null, undefined],
  ];
  for (const [message, percent] of cases) assert.equal(percentOf(message), percent, String(message));
});
