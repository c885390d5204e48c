// Bad input to what foresees, questions and stops retention: one clear line, the right exit code, nothing on standard
// output. Asked of the real server over a day of backups.
// Also tests exit.ts.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { DemoWorld } from "../../scripts/demo_world.ts";

const config = (postgres: string) => `
server: { listen: 127.0.0.1:8080, socket: schelly.sock }
state: { url: "file:schelly.db" }
log: { level: warning }
providers: { storage: { url: "http://127.0.0.1:7079/backups", poll_interval: 5m } }
jobs:
  - { name: postgres, schedule: "0 12 * * *", provider: storage, ${postgres} }
  - { name: files, schedule: "30 * * * *", provider: storage, retention: { hourly: 48 } }
`;
const FILES: Record<string, string> = {
  "schelly.yaml": config("retention: { daily: 7 }"),
  "impossible.yaml": config('retention: { daily: 7 }, expect: [ { after: 30d, daily: ">=14" } ]'),
  "gap.yaml": config("retention: { daily: 7 }, expect: [ { max_gap: 2h, within: 5d } ]"),
  "odd.yaml": config('retention: { daily: 7 }, expect: [ { after: 30d, dayly: ">=14" } ]'),
  "negative.yaml": config("retention: { daily: -7 }"),
  "nothing.yaml": config("retention: { daily: 0 }"),
  "backups.json": "[]",
  "broken.json": "{",
  "other.json": '[{ "id": 7 }]',
};
const GOOD = "postgres-20260302-120000";

/** Exit code, command line, what it says. Several lines are for those that list problems by their place. */
const TABLE: [code: number, args: string, says: RegExp][] = [
  // Unknown ids and names.
  [5, "backups show nope", /no backup 'nope'/],
  [5, "backups explain nope", /no backup 'nope'/],
  [5, "backups hold nope --reason x", /no backup 'nope'/],
  [5, "backups release nope --yes", /no backup 'nope'/],
  [5, "backups accept nope --yes", /no backup 'nope'/],
  [5, "backups reject nope --yes", /no backup 'nope'/],
  [5, "backups delete nope --yes", /no backup 'nope'/],
  [5, "retention show nope", /no job 'nope': expected one of postgres, files/],
  [5, "retention run nope --yes", /no job 'nope'/],
  [5, "retention approve nope --yes", /no job 'nope'/],
  [5, "forecast nope", /no job 'nope'/],
  [5, "forecast nope --offline", /no job "nope" in .*: expected one of postgres, files/],
  [5, "coverage nope", /no job 'nope'/],
  [5, "jobs show nope", /no job 'nope'/],
  // What is there, but not so.
  [1, `backups accept ${GOOD} --yes`, /is not suspect/],
  [1, `backups reject ${GOOD} --yes`, /is not suspect/],
  [1, "retention approve postgres --digest 00 --yes", /the set has changed, its digest is now/],
  [5, `backups explain ${GOOD} --job files`, /no backup/],
  // Options that are missing, impossible, or contradict one another.
  [2, `backups hold ${GOOD}`, /required option '--reason <text>'/],
  [2, `backups hold ${GOOD} --reason x --until 2020-01-01`, /past|later than now/],
  [2, `backups hold ${GOOD} --reason x --until soon`, /Expected a time such as/],
  [2, "freeze", /without --reason/],
  [2, "freeze --show --reason x", /Cannot freeze with --show/],
  [2, "freeze --reason x --until 2020-01-01", /past|later than now/],
  [2, "forecast postgres --until 2020-01-01", /is in the past/],
  [2, "forecast postgres --policy daily=-1", /the count is negative/],
  [2, "forecast postgres --policy dayly=1", /dayly/],
  [2, "forecast postgres --policy weekly=4@7", /7/],
  [2, "forecast postgres --schedule never", /never/],
  [2, "forecast postgres --offline --server http://127.0.0.1:8080", /Cannot use --offline with --server/],
  [2, "schedule lint --offline --server http://127.0.0.1:8080", /expected one of the two/],
  [2, "plan", /required option '-f, --file <path>'/],
  [2, "plan -f schelly.yaml --old schelly.yaml", /Cannot use --old alone: expected --backups/],
  [2, "plan -f schelly.yaml --backups backups.json", /Cannot use --backups alone: expected --old/],
  [2, "plan -f schelly.yaml --state schelly.db --server http://h", /both --state and --server/],
  [
    2,
    "plan -f schelly.yaml --state schelly.db --old schelly.yaml --backups backups.json",
    /both --old and --state/,
  ],
  [2, "plan -f schelly.yaml --json --format markdown", /Cannot print --json as --format markdown/],
  [2, "plan -f schelly.yaml --format html", /table, json, markdown/],
  [2, "plan -f schelly.yaml --max-deletes -1", /whole number from 0/],
  [2, "plan -f schelly.yaml --old schelly.yaml --backups broken.json", /broken\.json/],
  [2, "plan -f schelly.yaml --old schelly.yaml --backups other.json", /other\.json/],
  [2, "state snapshot", /missing required argument 'path'/],
  // Configurations.
  [3, "validate config absent.yaml", /absent\.yaml/],
  [3, "plan -f absent.yaml", /absent\.yaml/],
  [3, "validate config odd.yaml", /odd\.yaml:\d+:\d+: .*dayly.*did you mean.*daily/i],
  [3, "validate config negative.yaml", /negative\.yaml:\d+:\d+: .*negative/],
  [3, "validate config nothing.yaml", /nothing\.yaml:\d+:\d+: .*keep_all/],
  [6, "validate config impossible.yaml", /promise of at least 14 daily backups at \d{4}-.*there would be 7/],
  [6, "validate config gap.yaml", /promise/],
  [6, "plan -f impossible.yaml --old schelly.yaml --backups backups.json", /breaks 1 promise/],
  // No server.
  [
    4,
    "plan -f schelly.yaml --server http://127.0.0.1:9",
    /Cannot reach the server: tried http:\/\/127\.0\.0\.1:9/,
  ],
  [4, "plan -f schelly.yaml --socket /nowhere.sock", /tried unix:\/nowhere\.sock/],
  [4, "forecast postgres --server http://127.0.0.1:9", /Cannot reach the server/],
  [4, "freeze --reason x --server http://127.0.0.1:9", /Cannot reach the server/],
  [4, "coverage --server http://127.0.0.1:9", /Cannot reach the server/],
  [4, "schedule lint --server http://127.0.0.1:9", /Cannot reach the server/],
  // A state that the running server holds.
  [75, "plan -f schelly.yaml --state schelly.db", /schelly\.db/],
];
/** Shows first what it is asked for, ends with a plan, or lists problems by their place, one a line. */
const LONGER = /^(validate|plan -f (absent|impossible)|backups (accept|reject) postgres)/;

test("bad input ends with its exit code and one clear line", async () => {
  const before = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), "schelly-bad-input-"));
  try {
    process.chdir(folder);
    for (const [name, text] of Object.entries(FILES)) writeFileSync(name, text);
    const start = Date.UTC(2026, 2, 2, 9);
    const world = new DemoWorld(start, { unmountedSince: Infinity, failures: [] });
    world.expect(["0 12 * * *", "30 * * * *"], "UTC");
    await world.start();
    await world.until(start + 5.2 * 3_600_000);
    const wrong: string[] = [];
    for (const [code, args, says] of TABLE) {
      const said = await world.run(...args.split(" "));
      // The parser's own complaints end with a pointer to the help.
      const lines = said.err.trimEnd().split("\n").filter((line) => !/^See 'schelly .*--help'\.$/.test(line));
      const isClear = says.test(said.err) && (LONGER.test(args) || (lines.length === 1 && said.out === "")) &&
        !/unexpected failure|\bat .*:\d+:\d+\)/.test(said.err);
      if (said.code !== code || !isClear) {
        wrong.push(`${args}\n  ended with ${said.code}, not ${code}: ${said.seen}`);
      }
    }
    await world.stop();
    assert.deepEqual(wrong, []);
  } finally {
    process.chdir(before);
    rmSync(folder, { recursive: true, force: true });
  }
});
