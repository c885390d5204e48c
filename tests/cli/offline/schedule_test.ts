// The offline schedule commands: exact times, ends of patterns, errors in words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { fakeHost } from "../../support/fake_host.ts";

async function schedule(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const host = fakeHost();
  const code = await main(["schedule", ...args], host);
  return { code, out: host.out(), err: host.err() };
}

test("schedule next prints UTC times strictly after --from", async () => {
  const { code, out, err } = await schedule(
    "next",
    "0 0 0 * * *",
    "--timezone",
    "UTC",
    "--from",
    "2026-11-23T00:00:00Z",
    "--count",
    "2",
    "--json",
  );
  assert.equal(code, 0);
  assert.equal(err, "");
  assert.deepEqual(JSON.parse(out), ["2026-11-24T00:00:00.000Z", "2026-11-25T00:00:00.000Z"]);
});

test("schedule next follows the clock of the zone over the end of summer time", async () => {
  const { out } = await schedule(
    "next",
    "0 30 3 * * *",
    "--timezone",
    "Europe/Berlin",
    "--from",
    "2026-10-24",
    "--count",
    "2",
  );
  assert.equal(out, "2026-10-24T01:30:00.000Z\n2026-10-25T02:30:00.000Z\n");
});

test("schedule next starts now by default", async () => {
  assert.equal((await schedule("next", "0 * * * * *", "--count", "1")).out, "2026-11-23T00:01:00.000Z\n");
});

test("schedule next gives fewer times when a pattern ends, and none when it has ended", async () => {
  const ending = await schedule("next", "0 0 0 1 1 * 2027", "--json");
  assert.deepEqual([ending.code, JSON.parse(ending.out)], [0, ["2027-01-01T00:00:00.000Z"]]);
  assert.match(ending.err, /does not fire any more/);
  const ended = await schedule("next", "0 0 0 1 1 * 2020", "--json");
  assert.deepEqual([ended.code, JSON.parse(ended.out)], [0, []]);
  assert.match(ended.err, /does not fire any more/);
});

const REFUSED: [pattern: string, says: RegExp][] = [
  ["0 0 0 31 2 *", /never fires/],
  ["61 * * * * *", /61/],
  ["* * *", /field/],
  ["@every 5m", /@every/],
];
for (const [pattern, says] of REFUSED) {
  test(`schedule next refuses ${pattern} in words`, async () => {
    const { code, out, err } = await schedule("next", pattern, "--json");
    assert.match(err, says);
    assert.equal(code, 2);
    assert.equal(out, "");
  });
}

test("schedule next refuses a zone and a start that are none", async () => {
  const zone = await schedule("next", "* * * * *", "--timezone", "Mars/Olympus");
  assert.match(zone.err, /"Mars\/Olympus": it is not a time zone/);
  assert.equal(zone.code, 2);
  assert.equal((await schedule("next", "* * * * *", "--from", "yesterday")).code, 2);
});

test("schedule derive prints the schedule that a policy asks for", async () => {
  const { code, out } = await schedule(
    "derive",
    "--policy",
    "daily=4@L,weekly=4@L,monthly=3@L,yearly=2@L",
    "--json",
  );
  assert.deepEqual([code, JSON.parse(out)], [0, { schedule: "59 59 23 * * *" }]);
  assert.equal((await schedule("derive", "--policy", "monthly=2")).out, "59 59 23 L * *\n");
});

test("schedule derive refuses what asks for no schedule", async () => {
  const { code, err } = await schedule("derive", "--policy", "keep_all");
  assert.equal(code, 2);
  assert.match(err, /keep_all/);
});
