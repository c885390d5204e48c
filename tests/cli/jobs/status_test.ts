// `schelly status`: what is wrong first, with what to do; the exit code is the answer. With --watch again and again.
// Also tests watch.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { fakeHost, type FakeHostOptions, jsonAnswer } from "../../support/fake_host.ts";

const SERVER = "http://127.0.0.1:8080";
const WELL = {
  at: "2026-11-23T00:00:00.000Z",
  well: true,
  jobs: 3,
  by_state: { ok: 2, paused: 1 },
  unwell_count: 0,
  unwell: [],
  deletions: { under_way: 0, refused: 0 },
  notes: [],
};
const UNWELL = {
  job: "db",
  state: "failing",
  well: false,
  since: "2026-11-22T23:59:59.000Z",
  cause: "exit 1: repository not found",
  remedy: "see 'schelly runs list --job db'",
};

const serving = (answer: unknown) =>
  fakeHost({ env: { SCHELLY_SERVER: SERVER }, servers: { [SERVER]: () => jsonAnswer(answer) } });

test("status: exit 0 and one line for all jobs while nothing is wrong, the worst words first", async () => {
  const host = serving(WELL);
  assert.equal(await main(["status"], host), 0);
  assert.equal(host.out(), "3 jobs: 1 paused, 2 ok\nAll is well.\n");
});

test("status: jobs whose first backup is not due yet are not called by the word of those that lack theirs", async () => {
  const said = async (never: number, not_due_count: number) => {
    const host = serving({ ...WELL, by_state: { never, ok: 1 }, not_due_count });
    await main(["status"], host);
    return host.out().split("\n")[0];
  };
  assert.equal(await said(2, 2), "3 jobs: 2 not due yet, 1 ok");
  assert.equal(await said(2, 1), "3 jobs: 1 never, 1 not due yet, 1 ok");
  assert.equal(await said(2, 0), "3 jobs: 2 never, 1 ok");
});

test("status: exit 1 when something is wrong, with cause and remedy, and how many more there are", async () => {
  const host = serving({
    ...WELL,
    well: false,
    unwell_count: 30,
    unwell: Array.from(
      { length: 25 },
      (_, at) => ({ ...UNWELL, job: `db${at}`, cause: `exit ${at}: no such repository` }),
    ),
    deletions: { under_way: 2, refused: 1 },
    notes: [{ name: "clock", wrong: true, message: "the clock is in doubt" }],
  });
  assert.equal(await main(["status"], host), 1);
  const lines = host.out().split("\n");
  assert.equal(lines[0], "clock: the clock is in doubt");
  assert.match(lines[1]!, /^db0: exit 0: no such repository \(failing since .*\)$/);
  assert.equal(lines[2], "  see 'schelly runs list --job db'");
  assert.ok(lines.includes("and 10 more: see 'schelly jobs list'"));
  assert.ok(lines.includes("deletions: 2 under way, 1 refused"));
  assert.match(host.out(), /Something is wrong\.\n$/);
});

test("status: jobs that one cause keeps are one trouble; what goes within a day is counted", async () => {
  const waiting = (at: number) => ({
    ...UNWELL,
    job: `job${at}`,
    state: "waiting",
    cause: `connection refused (the last good backup is of 2026-11-22T00:00:${10 + at % 50}.000Z)`,
  });
  const host = serving({
    ...WELL,
    well: false,
    unwell_count: 201,
    unwell: [UNWELL, ...Array.from({ length: 99 }, (_, at) => waiting(at))],
    deletions: { under_way: 0, refused: 0, planned: 17 },
  });
  assert.equal(await main(["status"], host), 1);
  assert.match(host.out(), /^db: exit 1: repository not found \(failing since /);
  assert.match(
    host.out(),
    /^job0, job1, job2, job3, job4 and 94 more: connection refused \(waiting since .*\)$/m,
  );
  assert.match(host.out(), /^and 101 more: see/m);
  assert.match(host.out(), /^deletions: 0 under way, 0 refused, 17 within 24 h: see 'schelly forecast'$/m);
});

test("status --json passes on what the server says; an answer that does not say whether all is well is none", async () => {
  const host = serving({ ...WELL, well: false, newer: 1 });
  assert.equal(await main(["status", "--json"], host), 1);
  assert.deepEqual(JSON.parse(host.out()), { ...WELL, well: false, newer: 1 });
  assert.notEqual(await main(["status"], serving({ ...WELL, well: undefined })), 0);
});

test("status: hosts that do not answer for one reason are one line, whatever the answer else says", async () => {
  const silent = (provider: string, message: string) => ({
    ...{ provider, jobs: 2, since: "2026-11-22T23:59:59.000Z", calls: 3, message },
  });
  const host = serving({
    ...WELL,
    providers: [
      ...Array.from({ length: 8 }, (_, at) => silent(`nas@web-${at}`, "connection refused")),
      silent("nas@db", "its certificate is not accepted (UnknownIssuer)"),
    ],
    providers_count: 12,
  });
  assert.equal(await main(["status"], host), 0);
  const lines = host.out().split("\n");
  assert.match(
    lines[0]!,
    /^providers nas@web-0, nas@web-1, .*, nas@web-4 and 3 more: calls do not get through since .*: connection refused$/,
  );
  assert.match(
    lines[1]!,
    /^provider nas@db: calls do not get through since .*: its certificate is not accepted/,
  );
  assert.equal(lines[2], "and 3 more providers whose calls do not get through");
});

/** A server whose answer the test sets; undefined: nobody listens. */
function watched(options: FakeHostOptions = {}) {
  const state: { answer: unknown } = { answer: WELL };
  const host = fakeHost({
    env: { SCHELLY_SERVER: SERVER, TZ: "UTC" },
    servers: {
      [SERVER]: () => {
        if (state.answer !== undefined) return jsonAnswer(state.answer);
        throw new TypeError("client error (Connect): tcp connect error: Connection refused (os error 111)");
      },
    },
    ...options,
  });
  return { host, state };
}

test("status --watch: without a terminal one screen a change, over an outage, until Ctrl-C with 130", async () => {
  const { host, state } = watched();
  const ended = main(["status", "--watch"], host);
  await host.clock.advance(5_000);
  assert.equal(
    host.out(),
    "2026-11-23T00:00:00.000Z\n3 jobs: 1 paused, 2 ok\nAll is well.\n",
    "printed once",
  );
  state.answer = { ...WELL, well: false, unwell_count: 1, unwell: [UNWELL] };
  await host.clock.advance(2_000);
  assert.match(
    host.out(),
    /All is well\.\n\n2026-11-23T00:00:06\.000Z\ndb: exit 1: .*\n.*\n.*\nSomething is wrong\.\n$/,
  );
  const before = host.out();
  state.answer = undefined;
  await host.clock.advance(10_000);
  assert.match(host.err(), /^Cannot reach the server: .*; trying again\.\n$/);
  assert.equal(host.err().split("\n").length, 2, "an outage is told once");
  state.answer = WELL;
  await host.clock.advance(2_000);
  assert.match(host.err(), /The server answers again\.\n$/);
  assert.ok(host.out().startsWith(before) && host.out().endsWith("All is well.\n"));
  assert.ok(host.signal("SIGINT"));
  assert.equal(await ended, 130);
});

test("status --watch: on a terminal in place, with what was seen last while the server is away; NO_COLOR moves all the same", async () => {
  for (const env of [{}, { NO_COLOR: "1" }] as Record<string, string>[]) {
    const { host, state } = watched({ tty: true, env: { SCHELLY_SERVER: SERVER, TZ: "UTC", ...env } });
    const ended = main(["status", "--watch", "--interval", "10s"], host);
    await host.clock.advance(10_000);
    // deno-lint-ignore no-control-regex
    const screens = () => host.out().replaceAll(/\x1b\[\d+m/g, "").split("\x1b[H\x1b[2J");
    assert.equal(screens().length, 3);
    assert.match(
      screens()[2]!,
      /^Every 10s: schelly status {2}.*00:00:10 UTC\n\n3 jobs: .*\nAll is well\.\n$/,
    );
    state.answer = undefined;
    await host.clock.advance(10_000);
    assert.match(screens()[3]!, /\n\nCannot reach .*; this was seen last:\n\n3 jobs: .*\nAll is well\.\n$/);
    assert.equal(host.err(), "");
    assert.ok(host.signal("SIGTERM"));
    assert.equal(await ended, 143);
  }
  const dumb = watched({ tty: true, env: { SCHELLY_SERVER: SERVER, TERM: "dumb" } });
  const ended = main(["status", "--watch"], dumb.host);
  await dumb.host.clock.advance(2_000);
  assert.equal(dumb.host.out(), "2026-11-23T00:00:00.000Z\n3 jobs: 1 paused, 2 ok\nAll is well.\n");
  dumb.host.signal("SIGINT");
  assert.equal(await ended, 130);
});

test("status --watch --json: one object a line and change, whatever time it bears", async () => {
  const { host, state } = watched();
  const ended = main(["status", "--watch", "--json"], host);
  await host.clock.settle();
  state.answer = { ...WELL, at: "2026-11-23T00:00:01.000Z" };
  await host.clock.advance(2_000);
  state.answer = { ...WELL, jobs: 4 };
  await host.clock.advance(2_000);
  host.signal("SIGINT");
  assert.equal(await ended, 130);
  assert.deepEqual(host.out().trim().split("\n").map((line) => JSON.parse(line).jobs), [3, 4]);
});

test("status --watch: a first look that fails ends it as it ends status, and so does wrong usage", async () => {
  const { host, state } = watched();
  state.answer = undefined;
  assert.equal(await main(["status", "--watch"], host), 4);
  for (
    const args of [["--interval", "5s"], ["--watch", "--interval", "1ms"], ["--watch", "--interval", "soon"]]
  ) {
    assert.equal(await main(["status", ...args], watched().host), 2, args.join(" "));
  }
});
