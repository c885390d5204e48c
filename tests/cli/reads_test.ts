// Lists, single things, events, health: what is asked of the server and how it is shown.
// Also tests backups.ts, callers.ts, event_stream.ts, events.ts, jobs_logs.ts, kept_tags.ts, runs.ts and server.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../src/cli/program.ts";
import { type Answer, fakeHost, jsonAnswer } from "../support/fake_host.ts";

const SERVER = "http://127.0.0.1:8080";

function serving(answer: Answer) {
  return fakeHost({ env: { SCHELLY_SERVER: SERVER }, servers: { [SERVER]: answer } });
}

async function read(args: string[], body: unknown, status = 200) {
  const host = serving(() => jsonAnswer(body, status));
  const code = await main(args, host);
  return {
    code,
    out: host.out(),
    err: host.err(),
    query: host.requests.map((request) => request.split(" ")[2]),
  };
}

const RUN = {
  id: "b1",
  data_id: "d1",
  run_id: "r1",
  job: "a",
  status: "error",
  state: "failed",
  reason: "refused",
  custom_data: "no space",
  trigger: "schedule",
  slot: "2026-11-22T23:59:59.000Z",
  start_time: "2026-11-22T23:59:59.100Z",
  end_time: "2026-11-22T23:59:59.900Z",
  size_mb: 12.5,
  attempts: 1,
  tags: ["daily"],
  reasons: ["daily 1 of 7 (2026-11-22)"],
  held: true,
  events: [{ seq: 1, at: "2026-11-22T23:59:59.000Z", type: "run.due", message: "due" }],
  output: "line 1\n\x1b[31mline 2",
};

test("runs list asks with every filter and shows the exact status and why", async () => {
  const { code, out, query } = await read(
    [
      "runs",
      "list",
      "--job",
      "a",
      "--status",
      "failed",
      "--trigger",
      "schedule",
      "--since",
      "2d",
      "--until",
      "2026-11-23",
    ],
    [RUN],
  );
  assert.equal(code, 0);
  assert.deepEqual(query, [
    "/runs?job=a&status=failed&trigger=schedule&since=2026-11-21T00%3A00%3A00.000Z&until=2026-11-23T00%3A00%3A00.000Z&limit=100",
  ]);
  assert.match(out, /^r1\s+a\s+failed\s+2026-11-22T23:59:59\.000Z .*refused: no space$/m);
});

test("runs show prints what happened, the marks and the output, which cannot steer the terminal", async () => {
  const { out } = await read(["runs", "show", "r1"], RUN);
  assert.match(out, /^why\s+refused$/m);
  assert.match(out, /^marks\s+held$/m);
  assert.match(out, /^2026-11-22T23:59:59\.000Z\s+run\.due\s+due$/m);
  assert.match(out, /line 1\n\\u\{1b\}\[31mline 2\n$/);
});

test("backups list asks by tag and status and shows reasons", async () => {
  const { out, query } = await read(["backups", "list", "--tag", "daily", "--status", "error"], [RUN]);
  assert.equal(query[0], "/backups?status=error&tag=daily&limit=100");
  assert.match(out, /^b1\s+a\s+failed .*12\.5 MB\s+daily 1 of 7 \(2026-11-22\)\s+daily$/m);
});

test("backups list shows the tags of levels that the job's policy keeps, by --json all of them", async () => {
  const rows = [
    { ...RUN, tags: ["minutely", "hourly", "daily"] },
    { ...RUN, id: "b2", job: "gone", tags: ["minutely", "daily"] },
  ];
  const answer: Answer = (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/backups") return jsonAnswer(rows);
    if (pathname === "/jobs/a") return jsonAnswer({ job: "a", policy: "daily=7@L,monthly=2@L" });
    return jsonAnswer({ title: "Not found", status: 404, detail: "There is no such job" }, 404);
  };
  const table = serving(answer);
  assert.equal(await main(["backups", "list"], table), 0);
  assert.match(table.out(), /^b1 .* daily$/m);
  assert.match(table.out(), /^b2 .* minutely,daily$/m);
  const json = serving(answer);
  assert.equal(await main(["backups", "list", "--json"], json), 0);
  assert.deepEqual(JSON.parse(json.out()), rows);
  assert.equal(json.requests.length, 1);
});

test("backups list asks for the jobs that it shows tags of, and for all jobs only where these are many", async () => {
  const rows = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ ...RUN, job: `j${at}`, tags: at === 0 ? [] : ["daily"] }));
  const asked = async (count: number) => {
    const answer: Answer = (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/backups") return jsonAnswer(rows(count));
      const jobs = rows(count).map(({ job }) => ({ job, policy: "weekly=1@L" }));
      return jsonAnswer(pathname === "/jobs" ? jobs : jobs.find(({ job }) => pathname === `/jobs/${job}`));
    };
    const host = serving(answer);
    assert.equal(await main(["backups", "list"], host), 0);
    assert.doesNotMatch(host.out(), /daily$/m, "no policy keeps it");
    return host.requests.slice(1).map((request) => request.split(" ")[2]);
  };
  assert.deepEqual(await asked(1), []);
  assert.deepEqual(await asked(3), ["/jobs/j1", "/jobs/j2"]);
  assert.equal((await asked(11)).length, 10);
  assert.deepEqual(await asked(12), ["/jobs"]);
});

test("backups list of a job that there is not is no empty list", async () => {
  const answer: Answer = (request) =>
    new URL(request.url).pathname === "/jobs/mial"
      ? jsonAnswer({ title: "Not found", status: 404, detail: "There is no job 'mial': expected mail" }, 404)
      : jsonAnswer([]);
  const host = serving(answer);
  assert.equal(await main(["backups", "list", "--job", "mial", "--json"], host), 5);
  assert.deepEqual([host.out(), host.err()], [
    "",
    "schelly: There is no job 'mial': expected mail; see 'schelly jobs list'\n",
  ]);
});

test("an empty list is empty data and a word on stderr", async () => {
  const table = await read(["backups", "list"], []);
  assert.deepEqual([table.code, table.out, table.err], [0, "", "No backups.\n"]);
  const json = await read(["backups", "list", "--json"], []);
  assert.deepEqual([json.out, json.err], ["[]\n", ""]);
});

test("backups show narrows by --job", async () => {
  const show = await read(["backups", "show", "b1", "--job", "a"], RUN);
  assert.deepEqual(show.query, ["/backups/b1?job=a"]);
  assert.match(show.out, /^data id\s+d1$/m);
});

test("every read by --json prints the server's answer unchanged", async () => {
  const cases: [args: string[], body: unknown][] = [
    [["backups", "show", "b1"], { ...RUN, newer: 1 }],
    [["runs", "show", "r1"], { ...RUN, newer: 1 }],
  ];
  for (const [args, body] of cases) {
    assert.deepEqual(JSON.parse((await read([...args, "--json"], body)).out), body);
  }
});

const event = (seq: number, message = `m${seq}`) => ({
  seq,
  at: "2026-11-23T00:00:00.000Z",
  type: "run.due",
  level: "info",
  job: "a",
  message,
});

test("events reads as a log: oldest first", async () => {
  const { out, query } = await read(["events", "--job", "a", "--limit", "2"], [event(2), event(1)]);
  assert.deepEqual(query, ["/events?job=a&limit=2"]);
  assert.equal(out, "2026-11-23T00:00:00.000Z run.due a: m1\n2026-11-23T00:00:00.000Z run.due a: m2\n");
});

test("events --follow goes on after a break without loss or repetition, and ends with 4 when the server stays away", async () => {
  const lastIds: (string | null)[] = [];
  let streams = 0;
  const host = serving((request) => {
    if (!request.headers.get("accept")?.includes("event-stream")) return jsonAnswer([event(1)]);
    lastIds.push(request.headers.get("last-event-id"));
    if (++streams > 2) throw new TypeError("client error (Connect): Connection refused (os error 111)");
    const seq = streams + 1;
    // Cut into pieces within a line end and within a character.
    const bytes = new TextEncoder().encode(
      `: hi\r\nevent: x\r\ndata: ${JSON.stringify(event(seq, "ü"))}\r\nid: ${seq}\r\n\r\n`,
    );
    const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));
    return new Response(ReadableStream.from(pieces), { headers: { "content-type": "text/event-stream" } });
  });
  const done = main(["events", "--follow", "--json"], host);
  await host.clock.advance(120_000);
  assert.equal(await done, 4);
  const lines = host.out().trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ seq, message }) => [seq, message]), [[1, "m1"], [2, "ü"], [3, "ü"]]);
  assert.deepEqual(lastIds.slice(0, 3), ["1", "2", "3"]);
});

test("events --since leaves out what is older, of as many as one answer holds", async () => {
  const old = { ...event(1), at: "2026-11-22T00:00:00.000Z" };
  const { out, query } = await read(["events", "--since", "1h"], [{
    ...event(2),
    at: "2026-11-23T00:00:00.000Z",
  }, old]);
  assert.deepEqual(query, ["/events?limit=10000"]);
  assert.match(out, /^2026-11-23T00:00:00\.000Z \S+ [^\n]*\n$/);
});

test("jobs logs tells in words what happened to one job, and knows which jobs there are", async () => {
  const told = [{ ...event(2), level: "warning", message: "It failed" }, {
    ...event(1),
    message: "It began",
  }];
  const host = serving((request) =>
    new URL(request.url).pathname === "/events" ? jsonAnswer(told) : jsonAnswer({ job: "a", guards: [] })
  );
  assert.equal(await main(["jobs", "logs", "a", "--limit", "7"], host), 0);
  const lines = host.out().split("\n");
  assert.deepEqual(lines.map((line) => line.replace(/^\S+ /, "")), ["It began", "WARNING It failed", ""]);
  assert.deepEqual(host.requests.map((request) => request.split(" ")[2]), [
    "/jobs/a",
    "/events?job=a&limit=7",
  ]);
  const none = await read(["jobs", "logs", "x"], { detail: "There is no job 'x'" }, 404);
  assert.deepEqual([none.code, none.out], [5, ""]);
});

test("events --follow ends when the server refuses the stream", async () => {
  const host = serving((request) =>
    request.headers.get("accept")?.includes("event-stream")
      ? jsonAnswer({ detail: "no" }, 401)
      : jsonAnswer([])
  );
  assert.equal(await main(["events", "--follow"], host), 1);
  assert.match(host.err(), /answered 401/);
});

test("healthcheck answers 0 or 1 and nothing else", async () => {
  const ready = await read(["healthcheck"], { ready: true });
  assert.deepEqual([ready.code, ready.out], [0, "ready\n"]);
  const checks = [{ name: "store", ok: false, fatal: true, message: "disk full" }, {
    name: "clock",
    ok: true,
    message: "",
  }];
  const waiting = await read(["healthcheck"], { ready: false, role: "standby" }, 503);
  assert.deepEqual([waiting.code, waiting.out.trim()], [0, "standby"], "nobody is to start it again");
  const unready = await read(["healthcheck"], { ready: false, checks }, 503);
  assert.deepEqual([unready.code, unready.out, unready.err], [1, "not ready\n", "store: disk full\n"]);
  const gone = fakeHost({ env: { SCHELLY_SERVER: SERVER } });
  assert.equal(await main(["healthcheck"], gone), 1);
  const broken = fakeHost({ files: { "/home/me/schelly.yaml": "jobs: 7" } });
  assert.equal(await main(["healthcheck"], broken), 1);
});

test("healthcheck asks the server whatever becomes of the configuration, and tells of a door that is shut", async () => {
  const answer = () => jsonAnswer({ ready: true });
  const [socket, tcp] = ["unix:/tmp/s.sock", "http://127.0.0.1:9000"];
  const yaml = (text: string) => ({ "/home/me/schelly.yaml": text });
  const mine = yaml("server: { listen: 127.0.0.1:9000, socket: /tmp/s.sock }\njobs: 7\n");
  const check = async (files: Record<string, string>, ...open: string[]) => {
    const host = fakeHost({ files, servers: Object.fromEntries(open.map((name) => [name, answer])) });
    return [await main(["healthcheck"], host), host.out(), host.err()];
  };
  assert.deepEqual(await check(mine, socket, tcp), [0, "ready\n", ""]);
  assert.deepEqual(await check(mine, tcp), [0, "ready\n", ""]);
  assert.deepEqual(await check(mine, socket), [
    0,
    "ready\n",
    `The server answers at ${socket}, but not at ${tcp} (connection refused), where it should listen too.\n`,
  ]);
  // Where nothing says for sure where the server is, it changes nothing to look in the usual places.
  assert.deepEqual(await check(yaml("server: { listn: x }"), "http://127.0.0.1:8080"), [0, "ready\n", ""]);
  assert.equal((await check(yaml("server: { listn: x }")))[0], 1);
});

test("reload gives one answer: what changed, that nothing did, or every problem with exit 3", async () => {
  const one = await read(["reload"], { ok: true, messages: ["job b added"] });
  assert.deepEqual([one.code, one.out, one.err], [0, "Reloaded: job b added\n", ""]);
  const two = await read(["reload"], { ok: true, messages: ["job b added", "job c changed"] });
  assert.deepEqual([two.out, two.err], ["Reloaded:\n  job b added\n  job c changed\n", ""]);
  const none = await read(["reload"], {
    ok: true,
    messages: ["nothing changed since: it is in use since 8:00"],
  });
  assert.deepEqual([none.out, none.err], ["Nothing changed since: it is in use since 8:00\n", ""]);
  const json = await read(["reload", "--json"], { ok: true, messages: ["job b added"] });
  assert.deepEqual([JSON.parse(json.out), json.err], [{ ok: true, messages: ["job b added"] }, ""]);
  const problem = {
    detail: "The configuration is not valid: nothing was changed",
    errors: ["a.yaml:1:1: bad", "a.yaml:2:1: worse"].map((message) => ({ field: "configuration", message })),
  };
  const bad = await read(["reload"], problem, 422);
  assert.deepEqual([bad.code, bad.out, bad.err], [
    3,
    "",
    "schelly: not reloaded, the configuration of before stays in force:\n  a.yaml:1:1: bad\n  a.yaml:2:1: worse\n",
  ]);
  const data = await read(["reload", "--json"], problem, 422);
  assert.deepEqual([data.code, JSON.parse(data.out), data.err], [
    3,
    { ok: false, messages: ["a.yaml:1:1: bad", "a.yaml:2:1: worse"] },
    "",
  ]);
  const refused = await read(["reload"], { detail: "It needs the role admin" }, 403);
  assert.deepEqual([refused.code, refused.out], [1, ""]);
});

test("runs list and show tell which try of its slot a run is, and what comes after it", async () => {
  const failed = {
    ...RUN,
    reason: "provider",
    attempt: 2,
    retry_at: "2026-11-23T00:30:00.000Z",
    retry_end: null,
  };
  const list = await read(["runs", "list"], [failed]);
  assert.match(list.out, /try 2; provider: no space; tried again at 2026-11-23T00:30:00\.000Z$/m);
  assert.match(
    (await read(["runs", "show", "r1"], failed)).out,
    /^try\s+2, tried again at 2026-11-23T00:30:00\.000Z/m,
  );
  const last = { ...failed, retry_at: null, retry_end: "next_slot" };
  assert.match(
    (await read(["runs", "show", "r1"], last)).out,
    /^try\s+2, not tried again: the next backup is due before$/m,
  );
  const waiting = { since: "2026-11-22T23:59:59.000Z", cause: "connection refused" };
  const shown = await read(["runs", "show", "r1"], { ...RUN, state: "intent", waiting });
  assert.match(shown.out, /^status\s+waiting$/m);
  assert.match(shown.out, /^waiting since\s+2026-11-22T23:59:59\.000Z/m);
});

test("callers list shows who may ask, until when, and when they last did", async () => {
  const rows = [
    {
      kind: "token",
      name: "ci",
      role: "operator",
      state: "expired",
      expires: "2026-11-01T00:00:00.000Z",
      last_used: null,
    },
    {
      kind: "user",
      name: "ann",
      role: "admin",
      state: "valid",
      expires: null,
      last_used: "2026-11-20T00:00:00.000Z",
    },
  ];
  const { out, query } = await read(["callers", "list"], rows);
  assert.deepEqual(query, ["/config/callers"]);
  assert.match(out, /^ci\s+token\s+operator\s+expired\s+2026-11-01\S+\s+not since the start$/m);
  assert.match(out, /^ann\s+user\s+admin\s+valid\s+never\s+2026-11-20\S+$/m);
  const json = await read(["callers", "list", "--json"], rows);
  assert.deepEqual(JSON.parse(json.out), rows);
});

test("the words of both lists filter both: an exact one the backups, the original's `error` the runs", async () => {
  const backups = await read(["backups", "list", "--status", "failed"], [RUN]);
  assert.equal(backups.query[0], "/backups?status=failed&limit=100");
  const runs = await read(["runs", "list", "--status", "error"], [RUN]);
  assert.equal(
    runs.query[0],
    `/runs?status=${encodeURIComponent("missing,failed,lost,skipped,expired")}&limit=100`,
  );
});

test("a job without events points to its runs, which are kept longer", async () => {
  const host = fakeHost({
    env: { SCHELLY_SERVER: "http://s" },
    servers: { "http://s": (request) => jsonAnswer(request.url.includes("/events") ? [] : { job: "mail" }) },
  });
  assert.equal(await main(["jobs", "logs", "mail"], host), 0, host.err());
  assert.match(host.err(), /^No events: .*'schelly runs list --job mail'\.\n$/);
});
