// Scopes of processes, as real cgroups where this machine lets us make some.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createProcessScopes } from "../../src/runtime/process_scopes.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { systemProcesses as processes } from "../../src/runtime/processes.ts";
import { withFolder } from "../support/folder.ts";
import { whyNoScopes } from "../support/scopes.ts";

const scopes = processes.scopes!;
const skip = whyNoScopes();
const sh = (script: string): [string, ...string[]] => ["sh", "-c", script];
/** False for one that has ended and only waits for its parent to take note. */
function lives(pid: number): boolean {
  const { stdout } = new Deno.Command("ps", { args: ["-o", "stat=", "-p", String(pid)] }).outputSync();
  return /^[^ZX]/.test(new TextDecoder().decode(stdout));
}

/** True while the scope has a folder. */
function isThere(scope: string): boolean {
  const { stdout } = new Deno.Command("find", { args: ["/sys/fs/cgroup", "-name", `schelly-${scope}`] })
    .outputSync();
  return stdout.length > 0;
}

/** Starts, in this scope, a program that ends at once and leaves a child in a session of its own; the child's pid. */
async function leaveStray(scope: string, seconds = 60): Promise<number> {
  const { stdout } = await processes.run({
    argv: sh(`setsid sh -c 'echo $$; exec sleep ${seconds} >/dev/null 2>&1' & sleep 0.1`),
    scope,
  });
  return Number(stdout);
}

test("end() kills what left its process group, and nothing of another scope", { skip }, async () => {
  const [one, other] = [await leaveStray("test-one"), await leaveStray("test-other")];
  assert.deepEqual([lives(one), lives(other)], [true, true]);
  assert.equal(await scopes.end("test-one"), 1);
  assert.deepEqual([lives(one), lives(other)], [false, true]);
  assert.equal(await scopes.end("test-one"), 0, "its folder is gone");
  assert.equal(await scopes.end("test-other"), 1);
  assert.equal(lives(other), false);
});

test("leave() lets live what lives there, and its folder goes with a later one", { skip }, async () => {
  const stray = await leaveStray("test-left", 1);
  await scopes.leave("test-left");
  assert.equal(lives(stray), true);
  while (lives(stray)) await systemClock.sleep(50);
  assert.equal(isThere("test-left"), true);
  await scopes.leave("test-another");
  assert.equal(isThere("test-left"), false);
  const own =
    (await processes.run({ argv: sh("cat /sys/fs/cgroup/schelly-test-left/cgroup.procs 2>&1") })).code;
  assert.notEqual(own, 0);
});

test(
  "a program in a scope is told what it is told elsewhere, and its errors are the same",
  { skip },
  () =>
    withFolder(async (folder) => {
      const scope = "test-same";
      const spec = {
        argv: sh('printf "%s|" "$X" "$(pwd)" "$1"; exit 3'),
        env: { X: "$y" },
        cwd: folder,
      };
      const plain = await processes.run(spec);
      assert.deepEqual(await processes.run({ ...spec, scope }), plain);
      assert.equal(plain.code, 3);
      assert.equal((await processes.run({ argv: ["cat"], stdin: "größe", scope })).stdout, "größe");
      for (const argv of [["no-such-program"], ["/etc/passwd"], ["./none"]] as [string][]) {
        const error = await processes.run({ argv }).catch((error) => error);
        await assert.rejects(processes.run({ argv, scope }), { name: error.name, message: error.message });
      }
      await scopes.end(scope);
    }),
);

test("where our cgroup is not ours to divide, programs run as they are and no scope is ended", async () => {
  const ran: string[][] = [];
  const none = createProcessScopes({
    pid: 1,
    isLinux: true,
    signal: () => false,
    exists: () => false,
    output: () => "",
  }, (argv) => Promise.resolve(void ran.push(argv)).then(() => ""));
  const spec = { argv: sh("true"), scope: "a" };
  assert.equal(none.wrapped(spec).spec, spec);
  assert.equal(await none.end("a"), 0);
  await none.leave("a");
  assert.deepEqual(ran, []);
});
