// That many who look at about the same time look once. Also tests local_path.ts and progress.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { localPath } from "../../src/web/local_path.ts";
import { createLook } from "../../src/web/look.ts";
import { outlookOf, percentOf } from "../../src/web/progress.ts";
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

test("how long a run may still take is told only as far as its provider says how far it is", () => {
  const minutes = (ms: number, message: string | null, lastSeconds: number | null = null) =>
    outlookOf({ ms: ms * 60_000, message, lastSeconds });
  assert.deepEqual(minutes(6, "60 % of 1.2 GB, 12 of 30 files"), ["about 4 min left", "2 MB/s on average"]);
  assert.deepEqual(minutes(3, "50 %, 1 of 2 blocks", 420), ["about 3 min left", "the last one took 7 min"]);
  assert.deepEqual(minutes(3, "99 % of 5 TB"), ["under a minute left", "27.5 GB/s on average"]);
  assert.deepEqual(minutes(3, "started", 45), ["longer than the last one, which took 45 s"]);
  assert.deepEqual(minutes(3, null), []);
  assert.deepEqual(minutes(3, "started", 9), [], "nobody waits for that");
  assert.deepEqual(minutes(3, "1 % of 5 TB"), [], "too little is done");
  assert.deepEqual(minutes(0.1, "40 % of 5 TB"), [], "too little time went by");
  assert.deepEqual(minutes(3, "100 % of 1 GB", 600), ["the last one took 10 min"]);
});
