// What people see: aligned tables, relative times, colour only where it is read, nothing that steers the terminal.
// Also tests columns.ts and tones.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { clean } from "../../../src/domain/steering.ts";
import { displayOf, layout, relative, span } from "../../../src/cli/terminal/render.ts";
import { main } from "../../../src/cli/program.ts";
import { toneOf } from "../../../src/cli/terminal/tones.ts";
import { fakeHost, jsonAnswer } from "../../support/fake_host.ts";

test("layout() aligns columns and leaves no spaces at the end", async () => {
  assert.deepEqual(await layout([["ID", "JOB"], ["a-long-id", "x"], ["b", ""]], Infinity), [
    "ID         JOB",
    "a-long-id  x",
    "b",
  ]);
});

test("layout() counts characters, not the colour around them", async () => {
  const red = { text: "failed", paint: (text: string) => `\x1b[31m${text}\x1b[0m` };
  assert.deepEqual(await layout([[red, "x"], ["running", "y"]], Infinity), [
    "\x1b[31mfailed\x1b[0m   x",
    "running  y",
  ]);
});

test("layout() cuts the last column at the width of the terminal", async () => {
  assert.deepEqual(await layout([["id", "a long message that goes on"]], 20), ["id  a long message …"]);
});

test("layout() aligns by the columns that a terminal gives to wide, joined and combining characters", async () => {
  const rows = [["数据库备份", "|"], ["👩‍💻🇩🇪", "|"], ["cafe\u0301", "|"], ["ﾊﾞｯｸ", "|"], ["plain", "|"]];
  assert.deepEqual(await layout(rows, Infinity), [
    "数据库备份  |",
    "👩‍💻🇩🇪        |",
    "cafe\u0301        |",
    "ﾊﾞｯｸ        |",
    "plain       |",
  ]);
});

test("layout() cuts wide characters by columns and never in two", async () => {
  assert.deepEqual(await layout([["id", "备份备份备份备份备份"]], 16), ["id  备份备份备…"]);
  assert.deepEqual(await layout([["id", "备份备份备份备份备份"]], 17), ["id  备份备份备份…"]);
  assert.deepEqual(await layout([["id", "👩‍💻👩‍💻👩‍💻👩‍💻👩‍💻👩‍💻👩‍💻"]], 14), ["id  👩‍💻👩‍💻👩‍💻👩‍💻…"]);
  assert.deepEqual(await layout([["id", "e\u0301".repeat(20)]], 14), [`id  ${"e\u0301".repeat(9)}…`]);
});

test("layout() counts an escape of a name as it is shown", async () => {
  assert.deepEqual(await layout([["\x1b[31mred", "|"], ["a long plain name", "|"]], Infinity), [
    "\\u{1b}[31mred      |",
    "a long plain name  |",
  ]);
});

test("layout() shows a text whole when there is no room to cut it", async () => {
  assert.deepEqual(await layout([["a-very-long-identifier", "message"]], 20), [
    "a-very-long-identifier  message",
  ]);
});

test("layout() puts every column at the same place whatever the cells hold", async () => {
  const cells = fc.array(fc.tuple(fc.string(), fc.string(), fc.string()), { minLength: 1, maxLength: 8 });
  await fc.assert(fc.asyncProperty(cells, async (rows) => {
    const marked = rows.map(([a, b]) => [a, b, "|"]);
    const at = new Set((await layout(marked, Infinity)).map((line) => [...line].lastIndexOf("|")));
    assert.equal(at.size, 1);
  }));
});

test("clean() leaves nothing that moves the cursor, recolours or turns text round", () => {
  assert.equal(clean("a\x1b[2Jb\u202ec\r\nd\x9b"), "a\\u{1b}[2Jb\\u{202e}c\\u{d} d\\u{9b}");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      // deno-lint-ignore no-control-regex
      assert.doesNotMatch(clean(text), /[\x00-\x1f\x7f-\x9f\u202a-\u202e]/);
    }),
    { numRuns: 50 },
  );
});

test("relative() and span() speak in the largest unit", () => {
  const now = Date.UTC(2026, 10, 23);
  const table: [number, string][] = [
    [now, "now"],
    [now - 12_000, "12s ago"],
    [now + 59_000, "in 59s"],
    [now - 60_000, "1m ago"],
    [now + 3_600_000, "in 1h"],
    [now + 2.5 * 3_600_000, "in 2h30m"],
    [now - 30 * 3_600_000, "30h ago"],
    [now - 5 * 86_400_000, "5d ago"],
    [now - 800 * 86_400_000, "2y ago"],
  ];
  for (const [at, words] of table) assert.equal(relative(at, now), words);
  assert.equal(span(0), "0s");
});

test("displayOf() colours where the terminal and the environment want it", async () => {
  const paintedBy = async (tty: boolean, env: Record<string, string>) => {
    const host = fakeHost({ tty, env });
    const display = displayOf(host);
    await display.table(["STATUS"], [[display.status("failed")]], "");
    return host.out().includes("\x1b[31m");
  };
  assert.equal(await paintedBy(true, {}), true);
  assert.equal(await paintedBy(true, { NO_COLOR: "1" }), false);
  assert.equal(await paintedBy(false, { FORCE_COLOR: "1" }), true);
});

test("toneOf() colours the words of a state and nothing else", () => {
  const said = {
    available: "good",
    ok: "good",
    failed: "bad",
    late: "bad",
    missing: "bad",
    expired: "bad",
    paused: "care",
  };
  for (const [word, tone] of Object.entries(said)) assert.equal(toneOf(word), tone, word);
  for (const word of ["deleted", "skipped", "disabled", "anything", "constructor", ""]) {
    assert.equal(toneOf(word), "plain", word);
  }
});

test("say() joins its parts, paints those in colour and lets no text of others steer the terminal", () => {
  const host = fakeHost({ tty: true });
  const display = displayOf(host);
  display.say("db: \x1b[2J (", display.status("failing"), ")", display.toned("bad", ""));
  assert.equal(host.out(), "db: \\u{1b}[2J (\x1b[31mfailing\x1b[0m)\n");
});

test("no command prints the codes of colours as text: a terminal gets them whole", async () => {
  const servers = { "http://127.0.0.1:8080": colourful };
  const commands = [["status"], ["events"], ["jobs", "logs", "db"], ["jobs", "list"], ["jobs", "days", "db"]];
  for (const args of [...commands, ["schedule", "lint", "--offline", "-c", "/a.yaml"]]) {
    const host = fakeHost({ tty: true, servers, files: { "/a.yaml": ODD } });
    await main(args, host);
    assert.ok(["31", "32", "33"].some((code) => host.out().includes(`\x1b[${code}m`)), args.join(" "));
    assert.doesNotMatch(host.out(), /\\u\{1b\}/, args.join(" "));
  }
});

const ODD = `jobs:
  - { name: a, schedule: "0 0 0 * * *", provider: { url: "http://p/b" }, retention: { hourly: 48 } }
`;

function colourful(request: Request): Response {
  const { pathname } = new URL(request.url);
  if (pathname === "/events") {
    return jsonAnswer([{
      seq: 1,
      at: "2026-11-22T00:00:00.000Z",
      type: "run.failed",
      level: "error",
      message: "no",
    }]);
  }
  const job = { job: "db", guards: [], unmanaged: [], health: { state: "failing", well: false } };
  if (pathname === "/jobs") return jsonAnswer([job]);
  if (pathname === "/jobs/db/days") {
    return jsonAnswer({ job: "db", days: [{ day: "2026-11-22", failed: 2 }] });
  }
  if (pathname !== "/status") return jsonAnswer(job);
  return jsonAnswer({
    ...{ at: "2026-11-23T00:00:00.000Z", well: false, jobs: 1, by_state: { failing: 1 }, notes: [] },
    ...{ unwell_count: 1, unwell: [{ ...job.health, job: "db" }], deletions: {} },
  });
}

test("displayOf() shows times relative on a terminal and exact elsewhere", () => {
  const iso = "2026-11-22T22:00:00.000Z";
  assert.equal(displayOf(fakeHost({ tty: true })).time(iso), "2h ago");
  assert.equal(displayOf(fakeHost()).time(iso), iso);
  assert.equal(displayOf(fakeHost()).time(null), "-");
  assert.equal(displayOf(fakeHost()).longTime(iso), `${iso} (2h ago)`);
  const reader = fakeHost({ tty: true, env: { TZ: "Asia/Kolkata" } });
  assert.match(
    displayOf(reader).longTime("2026-03-01T20:00:00.500Z"),
    /^Mon 2 Mar 2026, 01:30:00 GMT\+5:30 \(/,
  );
  assert.match(
    displayOf(reader, { utc: true }).longTime("2026-03-01T20:00:00.500Z"),
    /^Sun 1 Mar 2026, 20:00:00 UTC \(/,
  );
  const odd = fakeHost({ tty: true, env: { TZ: "CET-1CEST" } });
  assert.match(displayOf(odd).longTime("2026-03-01T20:00:00.500Z"), /^\w+ \d+ Mar 2026, /);
});

test("displayOf() says on stderr that there is nothing to show", async () => {
  const host = fakeHost();
  await displayOf(host).table(["A"], [], "No jobs.");
  assert.equal(host.out(), "");
  assert.equal(host.err(), "No jobs.\n");
});
