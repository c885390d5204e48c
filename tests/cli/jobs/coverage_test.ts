// `schelly coverage`: a line a job, a job with its holes, and what is asked of the server.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { fakeHost, jsonAnswer } from "../../support/fake_host.ts";

const SERVER = "http://127.0.0.1:8080";

async function read(args: string[], body: unknown, status = 200) {
  const host = fakeHost({
    env: { SCHELLY_SERVER: SERVER },
    servers: { [SERVER]: () => jsonAnswer(body, status) },
  });
  const code = await main(["coverage", ...args], host);
  return { code, out: host.out(), err: host.err(), asked: host.requests.map((one) => one.split(" ")[2]) };
}

const SUMMARY = {
  job: "db",
  at: "2026-11-23T00:00:00.000Z",
  since: "2026-01-01T00:00:00.000Z",
  policy: "daily=7@L,weekly=4@L",
  score: 72.7,
  asked: 11,
  covered: 8,
  levels: [
    { level: "daily", count: 7, asked: 7, covered: 5 },
    { level: "weekly", count: 4, asked: 4, covered: 3 },
  ],
  worst_gap: {
    from: "2026-11-16T03:00:00.000Z",
    to: "2026-11-19T03:00:00.000Z",
    seconds: 259_200,
    planned_seconds: 86_400,
    slots: 2,
  },
  promises: [{
    promise: "after 30d: daily >=7",
    state: "broken",
    why: "promised at least 7 daily backups: found 5",
  }],
};
const FRESH = {
  job: "new",
  at: null,
  since: null,
  policy: null,
  score: null,
  asked: 0,
  covered: 0,
  levels: [],
  worst_gap: null,
  promises: [],
};
const HOLES = [
  {
    level: "daily",
    period: "2026-11-18",
    slot: "2026-11-18T03:00:00.000Z",
    why: [{ cause: "failed", runs: 3, run_id: "r1", detail: "refused: no space" }, {
      cause: "paused",
      runs: 1,
      run_id: "r2",
      detail: null,
    }],
  },
  { level: "daily", period: "2026-11-17", slot: "2026-11-17T03:00:00.000Z", why: [] },
];
const DETAIL = { ...SUMMARY, holes: HOLES, hole_count: 7, cut: false };

test("coverage shows every job in one line, and how many were not worked out yet", async () => {
  const { code, out, err, asked } = await read([], [SUMMARY, FRESH]);
  assert.deepEqual([code, asked], [0, ["/coverage"]]);
  assert.match(
    out,
    /^db\s+72\.7 %\s+8 of 11\s+daily 2, weekly 1\s+3d|^db\s+72\.7 %\s+8 of 11\s+daily 2, weekly 1\s+72h/m,
  );
  assert.match(out, /failed$/m);
  assert.match(out, /^new\s+-\s+-\s+-\s+-\s+-\s+-$/m);
  assert.match(err, /1 of 2 jobs were not worked out yet/);
});

test("coverage JOB shows levels, the worst gap, promises, and each hole with what became of its slots", async () => {
  const { code, out, err, asked } = await read(["db"], DETAIL);
  assert.deepEqual([code, asked], [0, ["/jobs/db/coverage"]]);
  assert.match(out, /^score\s+72\.7 %, 8 of 11$/m);
  assert.match(out, /^worst gap\s+3d, 2026-11-16T03:00:00\.000Z to 2026-11-19T03:00:00\.000Z$/m);
  assert.match(out, /^planned there\s+24h, 2 slots in it$/m);
  assert.match(out, /^daily\s+7\s+7\s+5$/m);
  assert.match(out, /^after 30d: daily >=7\s+failed\s+promised at least 7 daily backups: found 5$/m);
  assert.match(out, /^2026-11-18\s+daily\s+\S+\s+failed 3 times \(refused: no space\); paused$/m);
  assert.match(out, /^2026-11-17\s+daily\s+\S+\s+no record tells$/m);
  assert.match(err, /5 older holes are not listed/);
});

test("coverage --json prints the server's answer unchanged", async () => {
  assert.deepEqual(JSON.parse((await read(["--json"], [SUMMARY, FRESH])).out), [SUMMARY, FRESH]);
  assert.deepEqual(JSON.parse((await read(["db", "--json"], { ...DETAIL, newer: 1 })).out), {
    ...DETAIL,
    newer: 1,
  });
});

test("coverage of an unknown job ends with 5, without a server with 4", async () => {
  const unknown = await read(["nope"], { detail: "There is no job 'nope': expected 'db'" }, 404);
  assert.deepEqual([unknown.code, unknown.out], [5, ""]);
  assert.match(unknown.err, /no job 'nope'/);
  assert.equal(await main(["coverage"], fakeHost({ env: { SCHELLY_SERVER: SERVER } })), 4);
});
