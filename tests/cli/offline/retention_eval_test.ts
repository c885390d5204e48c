// The offline election: its input, its exact output, its errors.
// Also tests offline_options.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { main } from "../../../src/cli/program.ts";
import { fakeHost } from "../../support/fake_host.ts";

interface Result {
  code: number;
  out: string;
  err: string;
}

async function evaluate(backups: unknown, ...flags: string[]): Promise<Result> {
  const text = typeof backups === "string" ? backups : JSON.stringify(backups);
  const host = fakeHost({ files: { "/times.json": text } });
  const code = await main(["retention", "eval", "--backups", "/times.json", ...flags], host);
  return { code, out: host.out(), err: host.err() };
}

const DAYS = ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"]
  .map((day) => ({ id: `b-${day.slice(8)}`, start_time: `${day}T23:59:59Z` }));

test("retention eval prints kept ones newest first and removed ones oldest first", async () => {
  const { code, out, err } = await evaluate(
    [DAYS[2], DAYS[0], DAYS[3], DAYS[1]],
    "--policy",
    "daily=2",
    "--json",
  );
  assert.equal(code, 0);
  assert.equal(err, "");
  assert.deepEqual(JSON.parse(out), {
    keep: [
      {
        id: "b-23",
        reasons: ["daily 1 of 2 (2026-11-23)", "newest"],
        kept_for: [
          { kind: "level", level: "daily", rank: 1, limit: 2, period: "2026-11-23" },
          { kind: "newest" },
        ],
      },
      {
        id: "b-22",
        reasons: ["daily 2 of 2 (2026-11-22)"],
        kept_for: [{ kind: "level", level: "daily", rank: 2, limit: 2, period: "2026-11-22" }],
      },
    ],
    remove: ["b-20", "b-21"],
  });
});

test("retention eval answers the same whatever the order of its input", async () => {
  const times = fc.uniqueArray(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(times, async (hours) => {
      const list = hours.map((hour) => ({
        id: `id-${hour}`,
        start_time: new Date(Date.UTC(2026, 0, 1, Math.floor(hour / 2))).toISOString(),
      }));
      const flags = ["--policy", "hourly=3,daily=2,weekly=2", "--json"];
      assert.equal((await evaluate(list, ...flags)).out, (await evaluate([...list].reverse(), ...flags)).out);
    }),
    { numRuns: 25 },
  );
});

test("retention eval knows what was proved", async () => {
  const list = DAYS.map((one) => one.id === "b-21" ? { ...one, verification: "passed" } : one);
  const of = async (policy: string) => JSON.parse((await evaluate(list, "--policy", policy, "--json")).out);
  assert.deepEqual((await of("daily=1")).keep.at(-1).reasons, ["newest proved"]);
  const { keep } = await of("monthly=1,verified=prefer");
  assert.deepEqual(keep.at(-1).kept_for, [
    { kind: "proved", level: "monthly", period: "2026-11" },
    { kind: "newest_proved" },
  ]);
});

test("retention eval judges histories of the future as those of the past", async () => {
  const future = DAYS.map(({ id, start_time }) => ({ id, start_time: start_time.replace("2026", "2099") }));
  const { out } = await evaluate(future, "--policy", "daily=1", "--json");
  assert.deepEqual(JSON.parse(out).remove, ["b-20", "b-21", "b-22"]);
});

test("retention eval takes days in the given zone and weeks from the given day", async () => {
  // 23:30 UTC is the next day in Berlin, so both of the first pair stand in one day there.
  const pair = [{ id: "a", start_time: "2026-11-20T23:30:00Z" }, {
    id: "b",
    start_time: "2026-11-21T10:00:00Z",
  }];
  assert.deepEqual(
    JSON.parse((await evaluate(pair, "--policy", "daily=5", "--timezone", "UTC", "--json")).out).remove,
    [],
  );
  assert.deepEqual(
    JSON.parse((await evaluate(pair, "--policy", "daily=5", "--timezone", "Europe/Berlin", "--json")).out)
      .remove,
    ["a"],
  );
  // Saturday and Sunday.
  const weekend = [{ id: "sat", start_time: "2026-11-21T12:00:00Z" }, {
    id: "sun",
    start_time: "2026-11-22T12:00:00Z",
  }];
  const removed = async (day: string) =>
    JSON.parse(
      (await evaluate(weekend, "--policy", "weekly=5", "--week-starts", day, "--timezone", "UTC", "--json"))
        .out,
    ).remove;
  assert.deepEqual(await removed("sunday"), []);
  assert.deepEqual(await removed("monday"), ["sat"]);
});

test("retention eval reads offsets, fractions and fields it does not know", async () => {
  const list = [{ id: "a", start_time: "2026-11-20T23:30:00.123456+01:00", job: "x" }];
  const { code, out } = await evaluate(list, "--policy", "daily=1");
  assert.equal(code, 0);
  assert.match(out, /^a\s+2026-11-20T22:30:00\.123Z\s+keep/m);
});

test("retention eval keeps an empty list empty", async () => {
  const { code, out } = await evaluate([], "--policy", "daily=1", "--json");
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(out), { keep: [], remove: [] });
});

test("retention eval reads standard input", async () => {
  const host = fakeHost({ stdin: JSON.stringify(DAYS) });
  assert.equal(
    await main(["retention", "eval", "--backups", "-", "--policy", "keep_all", "--json"], host),
    0,
  );
  assert.equal(JSON.parse(host.out()).keep.length, 4);
});

test("retention eval shows a table with every backup once", async () => {
  const { out, err } = await evaluate(DAYS, "--policy", "daily=1");
  assert.equal(out.trim().split("\n").length, 5);
  assert.match(out, /^b-23 .*keep .*newest/m);
  assert.match(out, /^b-20 .*remove/m);
  assert.equal(err, "1 kept, 3 removed\n");
});

const REFUSED: [what: string, backups: unknown, flags: string[], says: RegExp][] = [
  ["text that is not JSON", "{", ["--policy", "daily=1"], /times\.json: it is not JSON/],
  ["an object", {}, ["--policy", "daily=1"], /expected an array of \{"id", "start_time"\}/],
  ["an item that is no object", [7], ["--policy", "daily=1"], /\[0\]: expected an object/],
  ["a missing time", [{ id: "a" }], ["--policy", "daily=1"], /\[0\]\.start_time: nothing cannot be used/],
  ["an epoch time", [{ id: "a", start_time: 1 }], ["--policy", "daily=1"], /\[0\]\.start_time: 1 .*ISO 8601/],
  [
    "a time without zone",
    [{ id: "a", start_time: "2026-11-20T10:00:00" }],
    ["--policy", "daily=1"],
    /with Z or an offset/,
  ],
  [
    "31 November",
    [{ id: "a", start_time: "2026-11-31T10:00:00Z" }],
    ["--policy", "daily=1"],
    /2026-11-31T10:00:00Z/,
  ],
  ["an empty id", [{ id: "", start_time: "2026-11-20T10:00:00Z" }], ["--policy", "daily=1"], /\[0\]\.id: ""/],
  ["an id twice", [DAYS[0], DAYS[1], DAYS[0]], ["--policy", "daily=1"], /\[2\]\.id: "b-20" is there twice/],
  ["a policy of nothing", DAYS, ["--policy", "daily=0"], /keep_all/],
  ["every mistake of a policy", DAYS, ["--policy", "dayly=1,hourly=x"], /'dayly=1'|'dayly'.*'x'|'hourly=x'/],
  [
    "a zone that is none",
    DAYS,
    ["--policy", "daily=1", "--timezone", "Berlin"],
    /"Berlin": it is not a time zone/,
  ],
];

for (const [what, backups, flags, says] of REFUSED) {
  test(`retention eval refuses ${what}`, async () => {
    const { code, out, err } = await evaluate(backups, ...flags, "--json");
    assert.match(err, says);
    assert.equal(code, 2);
    assert.equal(out, "");
  });
}

test("retention eval names a file that is not there", async () => {
  const host = fakeHost();
  assert.equal(await main(["retention", "eval", "--backups", "/no.json", "--policy", "daily=1"], host), 2);
  assert.match(host.err(), /Cannot read the backups in \/no\.json: no such file/);
});
