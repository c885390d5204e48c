// The forecast on the terminal: from a server, from a configuration alone, and what is refused.
// Also tests forecast_deletions.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { fakeHost, type FakeHostOptions, jsonAnswer } from "../../support/fake_host.ts";

const SERVER = "http://127.0.0.1:8080";
const CONFIG = `
state: { url: "file:/s.db" }
jobs:
  - name: postgres
    schedule: "0 0 */6 * * *"
    timezone: Europe/Berlin
    provider: { url: "http://p/backups" }
    retention: { hourly: 4, daily: 7, weekly: 4, monthly: 6 }
  - name: nightly
    provider: { url: "http://p/backups" }
    retention: { daily: 5 }
`;

async function forecast(args: string[], options: FakeHostOptions = {}) {
  const host = fakeHost({ files: { "/s.yaml": CONFIG }, ...options });
  const code = await main(["forecast", ...args], host);
  return { code, out: host.out(), err: host.err(), requests: host.requests };
}

const offline = (...args: string[]) => ["postgres", "--offline", "--config", "/s.yaml", ...args];

test("forecast --offline shows every date and a timeline of the last one", async () => {
  const { code, out, err } = await forecast(offline("--until", "1y"));
  assert.equal(code, 0);
  assert.equal(
    out,
    `\
DATE               BACKUPS  HOURLY  DAILY  WEEKLY  MONTHLY  OLDEST             LARGEST GAP
2026-11-24 00:00Z  4        4/4     2/7    1/4     1/6      2026-11-23 (19h)   6h from 2026-11-23
2026-11-30 00:00Z  9        4/4     7/7    2/4     1/6      2026-11-24 (5d)    24h from 2026-11-27
2026-12-23 00:00Z  12       4/4     7/7    4/4     2/6      2026-11-30 (22d)   7d from 2026-12-05
2027-02-22 00:00Z  14       4/4     7/7    4/4     4/6      2026-11-30 (83d)   31d from 2026-12-31
2027-05-24 00:00Z  16       4/4     7/7    4/4     6/6      2026-12-31 (143d)  31d from 2026-12-31
2027-11-23 00:00Z  16       4/4     7/7    4/4     6/6      2027-06-30 (145d)  31d from 2027-09-30

At 2027-11-23 00:00Z, by age:
monthly  o.o..o...o......o...............................................o......
weekly   ...................o....o..........o............................o......
daily    ............................o.o.o..o....o...........o...........o......
hourly   ............................................o..o....o...........o......
all      o.o..o...o......o..o....o...o.o.o..o....o...o..o....o...........o......
              2mo   1mo     2w    1w   4d    2d   1d   12h   6h   3h    1h     0
o one backup, 2-9 so many, # more, . none; the right end is that date
`,
  );
  assert.equal(err, '16 backups at 2027-11-23 00:00Z after 1460 slots of "0 0 */6 * * *" in Europe/Berlin\n');
});

test("forecast draws as wide as the terminal is", async () => {
  const { out } = await forecast(offline("--until", "1y"), {
    tty: true,
    env: { NO_COLOR: "1" },
    columns: 60,
  });
  const lines = out.split("\n");
  const drawn = lines.slice(lines.findIndex((line) => line.startsWith("At ")));
  assert.deepEqual(drawn, [
    "At 2027-11-23 00:00Z, by age:",
    "monthly  oo.o..o....o..................................o....",
    "weekly   .............o...o.......o....................o....",
    "daily    ....................o.oo.o...o.......o........o....",
    "hourly   ................................o.o..o........o....",
    "all      oo.o..o....o.o...o..o.oo.o...o..o.o..o........o....",
    "            2mo  1mo  2w   1w 4d  2d  1d 12h  6h  3h  1h   0",
    "o one backup, 2-9 so many, # more, . none; the right end is that date",
    "",
  ]);
});

test("forecast asks the server for dates, policy and schedule, and prints its answer by --json", async () => {
  const answer = {
    job: "a",
    schedule: "0 0 * * *",
    timezone: "UTC",
    until: "2028-11-23T00:00:00.000Z",
    reached: "2027-01-01T00:00:00.000Z",
    slots: 100,
    dates: [{ at: "2027-01-01T00:00:00.000Z", backups: 2, levels: [{ level: "daily", kept: 2, limit: 2 }] }],
    backups: [
      { period_time: "2026-12-31T00:00:00.000Z", tags: ["daily"], reasons: ["daily 2 of 2"] },
      { period_time: "2027-01-01T00:00:00.000Z", tags: ["daily"], reasons: ["newest"] },
    ],
    newer: 1,
  };
  const options = { env: { SCHELLY_SERVER: SERVER }, servers: { [SERVER]: () => jsonAnswer(answer) } };
  const args = [
    "a",
    "--until",
    "2y",
    "--at",
    "2027-01-01,30d",
    "--at",
    "18mo",
    "--policy",
    "daily=2",
    "--schedule",
    "0 0 * * *",
  ];
  const json = await forecast([...args, "--json"], options);
  assert.equal(json.code, 0);
  assert.deepEqual(JSON.parse(json.out), answer);
  const [request] = json.requests;
  const query = new URL(request!.split(" ")[2]!, SERVER).searchParams;
  assert.deepEqual(Object.fromEntries(query), {
    until: "2028-11-23T00:00:00.000Z",
    at: "2027-01-01T00:00:00.000Z,2026-12-23T00:00:00.000Z,2028-05-23T00:00:00.000Z",
    policy: "daily=2",
    schedule: "0 0 * * *",
  });
  const list = await forecast([...args, "--list"], options);
  assert.match(list.out, /^2027-01-01 00:00Z +2 +2\/2 +- +-$/m);
  assert.match(list.out, /\n2027-01-01T\S+ +newest +daily\n2026-12-31T/);
  assert.match(list.err, /The forecast stopped at 2027-01-01T00:00:00\.000Z, before 2028-11-23/);
});

test("forecast looks a year ahead, or to the last of its dates", async () => {
  const answer = { job: "a", dates: [], backups: [] };
  const options = { env: { SCHELLY_SERVER: SERVER }, servers: { [SERVER]: () => jsonAnswer(answer) } };
  const year = await forecast(["a"], options);
  assert.match(year.requests[0]!, /until=2027-11-23T00%3A00%3A00\.000Z$/);
  const dates = await forecast(["a", "--at", "60d", "--at", "30d"], options);
  assert.match(dates.requests[0]!, /until=2027-01-22T00%3A00%3A00\.000Z&at=/);
});

test("forecast exits 6 for what is over the budget, and says it and what to ask instead", async () => {
  const detail =
    "Cannot forecast job 'a': that is more than 200,000 slots and passes, the budget of one forecast";
  const options = {
    env: { SCHELLY_SERVER: SERVER },
    servers: { [SERVER]: () => jsonAnswer({ title: "Not valid", status: 422, detail }, 422) },
  };
  const far = await forecast(["a", "--until", "20y"], options);
  assert.deepEqual([far.code, far.out, far.err], [6, "", `schelly: ${detail}\n`]);
  const alone = await forecast(offline("--until", "20y", "--schedule", "* * * * * *"));
  assert.deepEqual([alone.code, alone.out], [6, ""]);
  assert.match(
    alone.err,
    /more than 200,000 slots and passes, the budget .*: expected an end up to 2026-11-25T\S+, or a coarser schedule/,
  );
});

test("forecast goes as far as is quick where a year takes too long and nobody asked for it", async () => {
  const { code, out, err } = await forecast(offline("--schedule", "* * * * * *", "--json"));
  assert.equal(code, 0);
  assert.match(err, /^A year takes too long to forecast for this job: this goes as far as is quick\.\n/);
  const answer = JSON.parse(out);
  assert.deepEqual([answer.slots, answer.until], [200_000, answer.reached]);
  assert.doesNotMatch(err, /stopped/);
});

test("forecast takes a month ahead of the 31st for the last day of the next one", async () => {
  const { out } = await forecast(offline("--until", "1mo", "--json"), { now: Date.UTC(2027, 0, 31, 12) });
  assert.equal(JSON.parse(out).until, "2027-02-28T12:00:00.000Z");
});

test("forecast --config without a running server starts from nothing and says so", async () => {
  const { code, err, out } = await forecast(["nightly", "--config", "/s.yaml", "--until", "8d", "--json"]);
  assert.equal(code, 0);
  assert.match(err, /No server answers: this is from the configuration alone/);
  assert.equal(JSON.parse(out).backups.length, 5);
  const bare = await forecast(["nightly"]);
  assert.deepEqual([bare.code, /--offline forecasts from the configuration alone/.test(bare.err)], [4, true]);
});

const WRONG: [args: string[], code: number, says: RegExp][] = [
  [offline("--policy", "daily=x"), 2, /Cannot read 'x' as a daily rule/],
  [offline("--schedule", "daily"), 2, /Cannot read 'daily' as a schedule/],
  [
    offline("--at", "2020-01-01"),
    2,
    /argument '2020-01-01' is invalid\. It is in the past: expected a time to come/,
  ],
  [offline("--until", "30y"), 2, /too far ahead: expected a time to come, within the next 20 years/],
  [offline("--until", "30d", "--at", "31d"), 2, /lies after the end/],
  [
    ["mysql", "--offline", "--config", "/s.yaml"],
    5,
    /no job "mysql" in \/s\.yaml: expected one of postgres, nightly/,
  ],
  [["mysql", "--offline", "--config", "/none.yaml"], 3, /none\.yaml/],
];
for (const [args, code, says] of WRONG) {
  test(`forecast ${args.join(" ")} answers ${code} in one line`, async () => {
    const answer = await forecast(args);
    assert.equal(answer.code, code, answer.err);
    assert.match(answer.err, says);
    assert.equal(answer.out, "");
  });
}

test("a forecast without a slot says why that may be, not that something came after none", async () => {
  const answer = {
    job: "a",
    schedule: "0 0 * * *",
    timezone: "UTC",
    until: "2026-12-23T00:00:00.000Z",
    reached: "2026-12-23T00:00:00.000Z",
    slots: 0,
    dates: [],
    backups: [],
  };
  const host = fakeHost({ env: { SCHELLY_SERVER: SERVER }, servers: { [SERVER]: () => jsonAnswer(answer) } });
  await main(["forecast", "a"], host);
  assert.match(
    host.err(),
    /with no slot up to then \(paused, disabled or outside its dates\): "0 0 \* \* \*" in UTC/,
  );
  assert.doesNotMatch(host.err(), /after 0 slots/);
});

const RUN = "019aa1c4-5f00-7000-8000-00000000002a";
const DELETIONS = {
  from: "2026-11-23T00:00:00.000Z",
  until: "2026-12-28T00:00:00.000Z",
  days: [
    { day: "2026-11-23", job: "a", backups: 1, size_mb: 0, unsized: 1 },
    { day: "2026-11-23", job: "gone", backups: 1, size_mb: 0, unsized: 1 },
    { day: "2026-12-20", job: "later", backups: 1, size_mb: 0, unsized: 1 },
  ],
  pending: 0,
  unseen: ["huge"],
  partly: [],
};
const GOING = {
  run_id: RUN,
  period_time: "2026-11-22T00:00:00.000Z",
  at: "2026-11-23T06:00:05.000Z",
  size_mb: null,
};

test("forecast without a job lists what goes of all jobs within a day, each with its id", async () => {
  let looks = 0;
  const answer = (request: Request): Response => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/calendar/deletions") {
      return jsonAnswer({ ...DELETIONS, pending: looks++ === 0 ? 1 : 0 });
    }
    assert.equal(searchParams.get("until"), "2026-11-24T00:00:00.000Z");
    if (pathname !== "/jobs/a/departures") return jsonAnswer({ detail: "no such job" }, 404);
    return jsonAnswer({ reached: "2026-11-24T00:00:00.000Z", going: [GOING] });
  };
  const options = { env: { SCHELLY_SERVER: SERVER }, servers: { [SERVER]: answer } };
  const host = fakeHost({ files: { "/s.yaml": CONFIG }, ...options });
  const running = main(["forecast"], host);
  let isOver = false;
  void running.finally(() => isOver = true);
  // The command waits before it looks again.
  while (!isOver) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (looks > 0) await host.clock.advance(500);
  }
  const [code, out, err, requests] = [await running, host.out(), host.err(), host.requests];
  assert.equal(code, 0, err);
  assert.match(
    out,
    new RegExp(`^JOB .*\\na +${RUN} +2026-11-22T00:00:00.000Z +2026-11-23T06:00:05.000Z\\n$`),
  );
  assert.match(
    err,
    /^1 backup of 1 job goes by 2026-11-24T00:00:00.000Z, if .*\nOf these jobs .*: huge\.\n$/,
  );
  assert.equal(looks, 2, "jobs that were not looked at yet are waited for");
  assert.deepEqual(
    requests.filter((line) => line.includes("/jobs/later")),
    [],
    "what goes later is not asked",
  );
  const json = await forecast(["--json"], options);
  assert.deepEqual(JSON.parse(json.out).going, [{ job: "a", ...GOING }]);
  const far = await forecast(["--until", "1y"], options);
  assert.equal(far.code, 2);
  assert.match(far.err, /foreseen up to 2026-12-28T00:00:00.000Z: expected a time before that/);
});
