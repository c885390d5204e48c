// Wrong usage ends with code 2 and a word on what was meant; help and version end with 0.
// Also tests commands.ts, options.ts, program.ts, readers.ts and version.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../src/cli/program.ts";
import { fakeHost } from "../support/fake_host.ts";

async function outcome(args: string[], options = {}): Promise<{ code: number; out: string; err: string }> {
  const host = fakeHost(options);
  const code = await main(args, host);
  return { code, out: host.out(), err: host.err() };
}

const WRONG: [args: string, says: RegExp][] = [
  ["", /Usage: schelly/],
  ["jbos list", /unknown command 'jbos': did you mean 'schelly jobs'\?\nSee 'schelly --help'/],
  ["jobs lst", /did you mean 'schelly jobs list'\?\nSee 'schelly jobs --help'/],
  ["jobs run a", /unknown command 'run': did you mean 'schelly jobs trigger'\?/],
  ["restore", /did you mean 'schelly backups restore' or 'schelly state restore'\?/],
  ["man restore", /did you mean 'schelly backups restore' or 'schelly state restore'\?/],
  ["elephant", /unknown command 'elephant'\nSee 'schelly --help'/],
  ["jobs", /Usage: schelly jobs/],
  ["jobs show", /missing required argument 'job'/],
  ["jobs list extra", /too many arguments/],
  ["jobs list --jsno", /unknown option '--jsno'\n\(Did you mean --json\?\)/],
  ["jobs trigger a --timeout soon", /such as 90s, 5m, 1h30m or 7d/],
  ["jobs pause a --until sometime", /Expected a time such as/],
  ["jobs pause a --until 2026-02-30", /Expected a time such as/],
  ["jobs pause a --until 99999999999d", /Expected a time such as/],
  ["runs list --status done", /Expected one of intent, sending/],
  ["runs list --limit 0", /whole number from 1/],
  ["runs list --limit 1e3", /whole number from 1/],
  ["backups list --tag dayly", /Expected one of secondly, minutely/],
  ["backups list --since 2026-11-23T00:00:00", /Expected a time such as/],
  ["events --type run.fail", /Expected one of run\.due/],
  ["forecast --policy daily=1", /Cannot use --policy without a job/],
  ["forecast a --at 2026-02-30", /Expected a time such as/],
  ["forecast a --until 5", /Expected a time such as/],
  ["forecast a --offline --server http://localhost:1", /Cannot use --offline with --server/],
  ["forecast a --offline --token-file t", /Cannot use --offline with --token-file/],
  ["run postgres", /did you mean `schelly jobs trigger postgres`\?/],
  ["retention eval --policy daily=1", /required option '--backups <file>'/],
  ["schedule next", /missing required argument 'pattern'/],
  ["provider serve restic", /password of its repository/],
  ["provider serve command --create x", /without --delete/],
  ["provider serve command --create [1] --delete y", /JSON array of texts/],
  ["provider serve command --create x --delete y --listen 7070", /is not host:port/],
  ["provider serve command --create x --delete y --listen a:99999", /no valid port/],
  ["provider serve command --config a.yaml", /--config needs --name/],
  ["jobs list --server localhost:8080", /expected http:\/\/host:port/],
  ["jobs list --server http://me:pw@host", /password, which belongs into --token-file/],
  ["jobs list --server unix:here.sock", /does not begin with \//],
  ["jobs list --server http://h --token-file /nowhere", /Cannot read --token-file \/nowhere/],
  ["jobs show .. --server http://h", /cannot stand in a URL/],
];

for (const [args, says] of WRONG) {
  test(`main() answers 2 and explains: schelly ${args}`, async () => {
    const { code, out, err } = await outcome(args.split(" ").filter((arg) => arg !== ""));
    assert.match(err, says);
    assert.equal(code, 2);
    assert.equal(out, "", "what went wrong is not data");
    assert.doesNotMatch(err, /\n {4}at /, "no stack");
  });
}

test("main() shows the smallest use, the groups and the exit codes in its help", async () => {
  const { code, out, err } = await outcome(["--help"]);
  assert.equal(code, 0);
  assert.equal(err, "");
  for (
    const part of [
      "Smallest use:",
      "schelly run --config",
      "The server:",
      "Backups:",
      "Besides:",
      "Exit codes:",
    ]
  ) {
    assert.ok(out.includes(part), part);
  }
});

test("main() prints the build by version, version --json and --version", async () => {
  const line = "schelly 1.2.3 (commit abcdef0, deno 2.6.8, x86_64-unknown-linux-gnu)\n";
  assert.deepEqual(await outcome(["version"]), { code: 0, out: line, err: "" });
  assert.equal((await outcome(["--version"])).out, line);
  assert.deepEqual(JSON.parse((await outcome(["version", "--json"])).out), {
    version: "1.2.3",
    commit: "abcdef0",
    deno: "2.6.8",
    target: "x86_64-unknown-linux-gnu",
  });
});
