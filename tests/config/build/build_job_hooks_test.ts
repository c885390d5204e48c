// Commands of a job that Schelly runs itself: how they are written, merged with the defaults, refused and shown.

import assert from "node:assert/strict";
import { test } from "node:test";
import { issuesOf, load, notesOf } from "../../support/load_text.ts";

const job = (name: string, rest = "") => `  - name: ${name}\n    provider: { url: "http://p/b" }\n${rest}`;

test("a hook is a list, or says argv or shell; a job has its own, or that of the defaults, or none", async () => {
  const text = `defaults:
  on_failure: { shell: 'mail ops <<< "$$SCHELLY_MESSAGE"', timeout: 1m, env: { A: b }, env_file: { TOKEN: token } }
jobs:
${job("a", "    on_success: [cheer, loudly]\n")}${job("b", "    on_failure: { argv: [x] }\n")}${
    job("c", "    on_failure: off\n")
  }`;
  const { jobs, effective } = await load(text.replace("$$", "$"), {
    files: { "/home/me/token": "hush-hush\n" },
  });
  const [a, b, c] = jobs;
  assert.deepEqual(a!.onSuccess, { argv: ["cheer", "loudly"], timeoutMs: 600_000, env: {} });
  assert.deepEqual(a!.onFailure, {
    argv: ["bash", "-euo", "pipefail", "-c", 'mail ops <<< "$SCHELLY_MESSAGE"'],
    timeoutMs: 60_000,
    env: { A: "b", TOKEN: "hush-hush" },
  });
  assert.deepEqual(b!.onFailure, { argv: ["x"], timeoutMs: 600_000, env: {} });
  assert.deepEqual([c!.onFailure, c!.onSuccess], [undefined, undefined]);
  const shown = effective.filter(({ path }) => /\.on_(success|failure)/.test(path)).map(({ path, value }) =>
    `${path} = ${value}`
  );
  assert.deepEqual(shown.filter((row) => !row.includes("shell")), [
    "jobs.a.on_success = [ cheer, loudly ]",
    "jobs.a.on_failure.timeout = 1m",
    "jobs.a.on_failure.env.A = <redacted>",
    "jobs.a.on_failure.env_file.TOKEN = token",
    "jobs.b.on_failure.argv = [ x ]",
  ]);
});

test("what is no command is refused at its place", async () => {
  const cases: [string, RegExp][] = [
    ["[]", /on_failure: .*is empty: expected a program and its arguments|on_failure: .*expected/],
    ["{ argv: [x], shell: y }", /on_failure.*unknown key|on_failure.*expected/],
    ["{ timeout: 1m }", /on_failure.*(missing|expected)/],
    ["{ argv: [x], timeout: 5 }", /on_failure\.timeout: '5' has no unit/],
    ["{ argv: [x], env: { '1': x } }", /on_failure\.env.*is no variable name/],
    ["maybe", /on_failure: 'maybe' does not fit: expected off/],
  ];
  for (const [written, expected] of cases) {
    const issues = await issuesOf(`jobs:\n${job("a", `    on_failure: ${written}\n`)}`);
    assert.match(issues.join("\n"), expected, written);
  }
});

test("a variable of Schelly's own that a command names and is not handed is warned of", async () => {
  const text = (rest: string) =>
    `jobs:\n${job("a", `    on_failure: { shell: "curl $TOKEN $PATH", ${rest} }\n`)}`;
  const env = { TOKEN: "hush-hush", PATH: "/bin" };
  const notes = await notesOf(text("timeout: 1m"), { env });
  assert.equal(notes.length, 1);
  assert.match(
    notes[0]!,
    /^warning .*jobs\[0\]\.on_failure: a command names TOKEN, which Schelly was started with/,
  );
  assert.doesNotMatch(notes[0]!, /hush-hush/);
  assert.deepEqual(await notesOf(text('env: { TOKEN: "${TOKEN}" }'), { env }), []);
});
