// Child processes: real ones, with their lines, their ends and their descendants.
// Also tests process_runner.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../src/runtime/clock.ts";
import { createProcesses, systemProcesses as processes } from "../../src/runtime/processes.ts";
import { withFolder } from "../support/folder.ts";

/** What `ps` says, which needs no help of the code under test. */
function groupLives(pid: number): boolean {
  const { stdout } = new Deno.Command("ps", { args: ["-A", "-o", "pgid=,stat="] }).outputSync();
  const lines = new TextDecoder().decode(stdout).split("\n");
  return lines.some((line) => new RegExp(`^\\s*${pid}\\s+[^ZX]`).test(line));
}

const sh = (script: string): [string, ...string[]] => ["sh", "-c", script];

test("run() tells code, output and lines of a program", async () => {
  const lines: string[] = [];
  const errors: string[] = [];
  const result = await processes.run({
    argv: sh("echo one; printf 'two\\r\\n\\n'; echo oops >&2; printf 'no end'; exit 3"),
    onStdoutLine: (line) => lines.push(line),
    onStderrLine: (line) => errors.push(line),
  });
  assert.deepEqual(result, { code: 3, signal: null, stdout: "one\ntwo\r\n\nno end", stderr: "oops\n" });
  assert.deepEqual(lines, ["one", "two", "", "no end"]);
  assert.deepEqual(errors, ["oops"]);
});

test("run() hands arguments on as they are, without a shell", async () => {
  const { stdout } = await processes.run({ argv: ["printf", "%s|", "$HOME", "a b", "*;`id`"] });
  assert.equal(stdout, "$HOME|a b|*;`id`|");
});

test("run() feeds standard input, and does not mind a program that leaves it unread", async () => {
  assert.equal((await processes.run({ argv: ["cat"], stdin: "größe" })).stdout, "größe");
  assert.equal((await processes.run({ argv: ["true"], stdin: "x".repeat(1_000_000) })).code, 0);
  assert.equal((await processes.run({ argv: ["cat"] })).stdout, "");
});

test("run() adds to the environment, or sets all of it", async () => {
  const argv = sh('echo "$ADDED ${PATH:+path}"');
  assert.equal((await processes.run({ argv, env: { ADDED: "1" } })).stdout, "1 path\n");
  const { stdout } = await processes.run({ argv: ["/usr/bin/env"], env: { ONLY: "1" }, clearEnv: true });
  assert.equal(stdout, "ONLY=1\n");
});

test("run() keeps the last 64 KiB of each stream and cuts lines that have no end", async () => {
  let longest = 0;
  const { stdout } = await processes.run({
    argv: sh("printf START; head -c 300000 /dev/zero | tr '\\0' x; echo END"),
    onStdoutLine: (line) => longest = Math.max(longest, line.length),
  });
  assert.equal(stdout.length, 64 * 1024);
  assert.ok(stdout.endsWith("xEND\n"));
  assert.equal(longest, 64 * 1024);
});

test("run() rejects with a sentence when a program cannot be started", async () => {
  await assert.rejects(processes.run({ argv: ["no-such-program"] }), {
    name: "NotFound",
    message: /^Cannot start 'no-such-program': there is no such program/,
  });
  await assert.rejects(processes.run({ argv: ["true"], cwd: "/no/such/folder" }), {
    name: "NotFound",
    message: /there is no folder '\/no\/such\/folder'/,
  });
  await assert.rejects(processes.run({ argv: ["/etc/passwd"] }), {
    name: "PermissionDenied",
    message: /chmod \+x/,
  });
});

test("run() lets a program begin once it is admitted, as the process that was told, with all of its input", async () => {
  let [told, isAdmitted] = [0, false];
  const { stdout } = await processes.run({
    argv: sh("echo $$; cat"),
    stdin: "in\nput",
    onStdoutLine: () => assert.ok(isAdmitted),
    async admit(pid) {
      told = pid;
      await systemClock.sleep(5);
      isAdmitted = true;
    },
  });
  assert.equal(stdout, `${told}\nin\nput`);
});

test("run() never begins what is not admitted, and says what cannot be started", () =>
  withFolder(async (folder) => {
    const argv = sh(`echo begun >"${folder}/begun"`);
    const refused = processes.run({ argv, admit: () => Promise.reject(new Error("not now")) });
    await assert.rejects(refused, /^Error: not now$/);
    const stop = new AbortController();
    const stopped = processes.run({
      argv,
      signal: stop.signal,
      admit: () => new Promise(() => stop.abort()),
    });
    assert.notEqual((await stopped).code, 0);
    await assert.rejects(Deno.stat(`${folder}/begun`), Deno.errors.NotFound);
    const missing = processes.run({ argv: ["no-such-program"], admit: () => Promise.resolve() });
    await assert.rejects(missing, { name: "NotFound", message: /^Cannot start 'no-such-program'/ });
  }));

test("a program that waits to be admitted goes, without having begun, when who started it is killed", () =>
  withFolder(async (folder) => {
    const script = `import { systemProcesses } from "${new URL(
      "../../src/runtime/processes.ts",
      import.meta.url,
    )}";
      await systemProcesses.run({
        argv: ["sh", "-c", "echo begun >${folder}/begun"],
        admit(pid) { console.log(pid); return new Promise(() => {}); },
      });`;
    await Deno.writeTextFile(`${folder}/starter.ts`, script);
    const starter = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", `${folder}/starter.ts`],
      stdout: "piped",
    }).spawn();
    const { value } = await starter.stdout.getReader().read();
    const pid = Number(new TextDecoder().decode(value));
    assert.equal(groupLives(pid), true);
    starter.kill("SIGKILL");
    await starter.status;
    while (groupLives(pid)) await systemClock.sleep(5);
    await assert.rejects(Deno.stat(`${folder}/begun`), Deno.errors.NotFound);
  }));

test("run() aborted ends the whole tree, with TERM where that is enough", () =>
  withFolder(async (folder) => {
    const stop = new AbortController();
    let pid = 0;
    const running = processes.run({
      argv: sh(`trap 'echo cleaned >"${folder}/end"; exit 9' TERM; sleep 60 & echo ready; wait`),
      signal: stop.signal,
      onStart: (started) => pid = started,
      onStdoutLine: () => stop.abort(),
    });
    assert.equal((await running).code, 9);
    assert.equal(await Deno.readTextFile(`${folder}/end`), "cleaned\n");
    assert.equal(groupLives(pid), false, "the sleeping child lives on");
  }));

test("run() aborted kills what does not listen to TERM, descendants too", async () => {
  const stop = new AbortController();
  let pid = 0;
  const start = systemClock.monotonic();
  const result = await processes.run({
    argv: sh("trap '' TERM; sh -c 'trap \"\" TERM; echo ready; while :; do sleep 0.01; done'"),
    signal: stop.signal,
    killAfterMs: 60,
    onStart: (started) => pid = started,
    onStdoutLine: () => stop.abort(),
  });
  assert.deepEqual([result.code, result.signal], [137, "SIGKILL"]);
  assert.equal(groupLives(pid), false);
  assert.ok(systemClock.monotonic() - start < 3_000);
});

test("run() gives a descendant the whole time to end, also when its parent is gone already", () =>
  withFolder(async (folder) => {
    const stop = new AbortController();
    // The leader dies of TERM at once; its child needs a moment to put things in order.
    const child =
      `trap 'sleep 0.15; echo tidy >"${folder}/end"; exit' TERM; echo ready; while :; do sleep 0.01; done`;
    await processes.run({
      argv: ["sh", "-c", 'sh -c "$CHILD" & exec sleep 60', "leader"],
      env: { CHILD: child },
      signal: stop.signal,
      onStdoutLine: () => stop.abort(),
    });
    assert.equal(await Deno.readTextFile(`${folder}/end`), "tidy\n");
  }));

test("run() does not start anything when aborted before", () =>
  withFolder(async (folder) => {
    const reason = new Error("too late");
    await assert.rejects(
      processes.run({ argv: ["touch", `${folder}/made`], signal: AbortSignal.abort(reason) }),
      reason,
    );
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));

test("run() does not wait for ever for what a program left behind", async () => {
  const start = systemClock.monotonic();
  let pid = 0;
  const { code, stdout } = await createProcesses(50).run({
    argv: sh("sleep 30 & echo done"),
    onStart: (started) => pid = started,
  });
  assert.deepEqual([code, stdout], [0, "done\n"]);
  assert.ok(systemClock.monotonic() - start < 1_500);
  processes.killGroup(pid, "SIGKILL");
});

test("run() ends the tree and rejects when a callback throws", async () => {
  let pid = 0;
  const bug = new Error("bug");
  const running = processes.run({
    argv: sh("echo line; sleep 60"),
    onStart: (started) => pid = started,
    onStdoutLine: () => {
      throw bug;
    },
  });
  await assert.rejects(running, bug);
  assert.equal(groupLives(pid), false);
});

test("killGroup() ends a group, says whether one was there, and refuses pids that mean everybody", async () => {
  let pid = 0;
  const running = processes.run({ argv: ["sleep", "60"], onStart: (started) => pid = started });
  assert.equal(processes.killGroup(pid, "SIGKILL"), true);
  assert.equal((await running).signal, "SIGKILL");
  for (const nobody of [pid, 0, 1, -1, NaN, Deno.pid]) {
    assert.equal(processes.killGroup(nobody, "SIGTERM"), false);
  }
});

test("identity() tells one life of a pid from another", async () => {
  const own = await processes.identity(Deno.pid);
  assert.ok(own);
  assert.equal(await processes.identity(Deno.pid), own);
  let child: Promise<string | undefined> | undefined;
  let pid = 0;
  await processes.run({
    argv: sh("read line"),
    onStart: (started) => {
      pid = started;
      child = processes.identity(started);
    },
  });
  assert.notEqual(await child, own);
  assert.equal(await processes.identity(pid), undefined);
  assert.equal(await processes.identity(-1), undefined);
});
