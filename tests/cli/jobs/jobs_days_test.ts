// What became of a job by day, asked on the command line.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { fakeHost, jsonAnswer } from "../../support/fake_host.ts";

const SERVER = "http://127.0.0.1:8080";
const NOTHING = {
  succeeded: 0,
  suspect: 0,
  failed: 0,
  cancelled: 0,
  missed: 0,
  skipped: 0,
  deleted: 0,
  bytes: 0,
};
const DAYS = [
  {
    ...{
      day: "2026-11-20",
      ...NOTHING,
      succeeded: 24,
      deleted: 3,
      bytes: 1_200_000_000,
      longest_seconds: 90.4,
    },
    ...{ freed: 40_000_000, stored: 31e9 },
  },
  { day: "2026-11-21", ...NOTHING, succeeded: 23, failed: 1 },
  { day: "2026-11-22", ...NOTHING, missed: 4, succeeded: 20 },
  { day: "2026-11-23", ...NOTHING, suspect: 1, succeeded: 1 },
  { day: "2026-11-24", ...NOTHING, skipped: 2, cancelled: 1 },
  { day: "2026-11-25", ...NOTHING },
];

function serving(asked: string[]) {
  return fakeHost({
    env: { SCHELLY_SERVER: SERVER },
    servers: {
      [SERVER]: (request) => {
        asked.push(new URL(request.url).pathname + new URL(request.url).search);
        return jsonAnswer({ job: "postgres", days: DAYS });
      },
    },
    columns: 200,
  });
}

test("jobs days shows a strip, what is wrong before what is good, and the days in numbers", async () => {
  const asked: string[] = [];
  const host = serving(asked);
  assert.equal(await main(["jobs", "days", "postgres", "--from", "2026-11-20"], host), 0);
  assert.deepEqual(asked.filter((path) => path.includes("days")), ["/jobs/postgres/days?from=2026-11-20"]);
  assert.match(host.out(), /^\+x!\?-\. {2}\+ good/);
  assert.match(host.out(), /^2026-11-20 +24 +- +- +- +3 +1\.2 GB +1m30s +40 MB +31 GB$/m);
  assert.match(host.out(), /^2026-11-24 +- +- +- +2 skipped, 1 cancelled +- +- +- +- +-$/m);
});

test("jobs days --json hands on what was answered", async () => {
  const host = serving([]);
  assert.equal(await main(["jobs", "days", "postgres", "--json"], host), 0);
  assert.deepEqual(JSON.parse(host.out()).days, DAYS);
});
