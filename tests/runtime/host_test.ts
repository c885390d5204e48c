// The host as `main` gets it, in a process of its own where a terminal or a signal is at stake.
// Also tests random.ts and version.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createHost } from "../../src/runtime/host.ts";
import { systemProcesses as processes } from "../../src/runtime/processes.ts";

const HOST = new URL("../../src/runtime/host.ts", import.meta.url).href;

/** Runs a script with `host` in scope. */
function program(body: string): [string, ...string[]] {
  const script = `import { createHost } from "${HOST}"; const host = createHost(); ${body}`;
  return [Deno.execPath(), "eval", "--quiet", script];
}

test("createHost() knows its version, pid and folders", () => {
  const host = createHost();
  assert.match(host.version.version, /^\d+\.\d+\.\d+$/);
  assert.ok(host.version.commit !== "" && host.version.deno === Deno.version.deno);
  assert.ok(host.version.target.includes("-"));
  assert.equal(host.version.builtAt, null, "these are the sources");
  assert.equal(host.pid, Deno.pid);
  assert.equal(host.files.workingFolder(), Deno.cwd());
  assert.equal(host.env.PATH, Deno.env.get("PATH"));
  for (let i = 0; i < 100; i++) {
    const chance = host.random.next();
    assert.ok(chance >= 0 && chance < 1);
  }
});

test("Host.terminal writes both outputs, reads its input, and takes no terminal for no", async () => {
  const { stdout, stderr, code } = await processes.run({
    argv: program(
      'const text = await host.terminal.readStdin(); host.terminal.out(text.toUpperCase()); host.terminal.err("told");' +
        'host.terminal.out(JSON.stringify([host.terminal.outIsTty, host.terminal.columns, await host.terminal.confirm("Really?")]));',
    ),
    stdin: "größe\n",
  });
  assert.equal(stdout, "GRÖSSE\n[false,80,false]");
  assert.deepEqual([stderr, code], ["told", 0]);
});

test("Host.terminal takes a reader that went away for no failure", async () => {
  const script = program(
    'for (let i = 0; i < 20_000; i++) host.terminal.out("line\\n"); host.terminal.err("whole");',
  )[3]!;
  const { stdout, stderr } = await processes.run({
    argv: ["sh", "-c", '"$DENO" eval --quiet "$SCRIPT" | head -n 1'],
    env: { DENO: Deno.execPath(), SCRIPT: script },
  });
  assert.deepEqual([stdout, stderr], ["line\n", "whole"]);
});

test("Host.onSignal() takes the place of what a signal does, until it is removed", async () => {
  const lines: string[] = [];
  let pid = 0;
  const { signal } = await processes.run({
    argv: program(
      'const remove = host.onSignal("SIGTERM", () => { remove(); host.clock.sleep(20).then(() => host.terminal.out("caught\\n")); }); host.terminal.out("ready\\n"); await host.clock.sleep(20_000);',
    ),
    onStart: (started) => pid = started,
    onStdoutLine: (line) => {
      lines.push(line);
      Deno.kill(pid, "SIGTERM");
    },
  });
  assert.deepEqual(lines, ["ready", "caught"]);
  assert.equal(signal, "SIGTERM");
});
