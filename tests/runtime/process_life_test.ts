// Whether a process has ended is proved or not known: on a system that is made up, and under the settings of the unit.
// Also tests process_group.ts and process_stat.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createProcessGroups } from "../../src/runtime/process_group.ts";
import { createProcessLives } from "../../src/runtime/process_life.ts";
import { systemProcesses as processes } from "../../src/runtime/processes.ts";
import { NOBODY, procOfUnit, whyNoSandbox, withProc } from "../support/proc_sandbox.ts";

/** Process 7 of the group 7, on a machine that can be made another one. */
class FakeSystem {
  pid = 4;
  isLinux = true;
  host = "nas";
  machine = "m1";
  boot = "b1";
  space = "pid:[1]";
  /** False: /proc is that of another namespace. */
  isOurs = true;
  /** Its line in /proc; null: /proc does not show it. */
  stat: string | null = statLine("S", 8123);
  isThere = true;
  signals: number[] = [];

  hostname(): string {
    return this.host;
  }
  exists(): boolean {
    return this.isThere;
  }
  signal(pid: number): boolean {
    this.signals.push(pid);
    return this.isThere;
  }
  /** Programs that were run to tell. */
  runs = 0;

  output(program: string, args: string[]): string {
    this.runs++;
    if (program === "cat") return this.stat ?? "";
    if (args[1]!.startsWith("cat")) return this.stat ?? "";
    return [this.machine, this.boot, this.space, this.isOurs ? "ours" : ""].join("\n");
  }
}

function statLine(state: string, started: number): string {
  return `7 (a (b) c) ${state} 1 7 ${Array(16).fill("0").join(" ")} ${started} 0 0\n`;
}

/** What becomes of process 7, which was noted before `change`. */
function fateAfter(change: (system: FakeSystem) => void, before?: (system: FakeSystem) => void): string {
  const then = new FakeSystem();
  before?.(then);
  const token = createProcessLives(then).identity(7);
  assert.ok(token !== undefined);
  const now = new FakeSystem();
  before?.(now);
  change(now);
  return createProcessLives(now).fate(7, token);
}

test("machine() runs no program to tell the machine's name, which every start asks for", () => {
  const system = new FakeSystem();
  const machine = createProcessLives(system).machine();
  assert.equal(machine.name, "nas");
  assert.equal(system.runs, 0);
  assert.deepEqual([machine.id, machine.boot, system.runs], ["m1", "b1", 1]);
});

test("fate() has ended only by proof: no such pid, another life of it, an exit, or another boot of the machine", () => {
  assert.equal(fateAfter(() => {}), "alive");
  assert.equal(fateAfter((now) => now.isThere = false), "ended");
  assert.equal(fateAfter((now) => now.stat = statLine("S", 9000)), "ended");
  assert.equal(fateAfter((now) => now.stat = statLine("Z", 8123)), "ended");
  assert.equal(fateAfter((now) => now.boot = "b2"), "ended");
});

test("fate() is unseen where /proc hides, and on another machine or in another pid namespace", () => {
  const gone = (now: FakeSystem) => now.isThere = false;
  assert.equal(fateAfter((now) => now.stat = null), "unseen", "hidden, but the kernel knows it");
  assert.equal(fateAfter((now) => now.isOurs = false), "unseen", "a /proc of another namespace");
  assert.equal(fateAfter((now) => (now.space = "pid:[2]", gone(now))), "unseen", "another container");
  assert.equal(fateAfter((now) => (now.host = "b", now.boot = "b2", gone(now))), "unseen", "another host");
  assert.equal(fateAfter((now) => (now.machine = "m2", now.boot = "b2", gone(now))), "unseen");
  assert.equal(createProcessLives(new FakeSystem()).fate(7, "unknown"), "unseen");
});

test("fate() without a boot id still knows what is gone, and takes nothing for alive", () => {
  const hide = (system: FakeSystem) => system.boot = "";
  assert.equal(fateAfter((now) => now.isThere = false, hide), "ended");
  assert.equal(fateAfter((now) => now.stat = statLine("S", 9000), hide), "ended");
  assert.equal(fateAfter(() => {}, hide), "unseen", "numbers of before the last boot may come again");
  const nameless = (system: FakeSystem) => (system.boot = "", system.machine = "");
  assert.equal(fateAfter((now) => now.isThere = false, nameless), "unseen", "any container may be called so");
});

test("groupLives() counts a group that /proc hides, and not one whose members have all exited", () => {
  const system = new FakeSystem();
  const groups = createProcessGroups(system);
  assert.equal(groups.groupLives(7), true);
  system.stat = statLine("Z", 8123);
  assert.equal(groups.groupLives(7), false);
  system.stat = null;
  assert.equal(groups.killGroup(7, "SIGTERM"), true);
  assert.deepEqual(system.signals, [-7]);
  system.isThere = false;
  assert.equal(groups.groupLives(7), false);
});

const ASK = fileURLToPath(new URL("../support/ask_fates.ts", import.meta.url));

/** Asks as another user would, with /proc mounted like this. */
async function asksOf(mount: string, asked: [number, string][]): Promise<{ own: string; fates: string[] }> {
  const argv = withProc(mount, NOBODY, [Deno.execPath(), "run", "-A", "--no-config", "--no-lock", ASK]);
  const { code, stdout, stderr } = await processes.run({
    argv: [argv[0]!, ...argv.slice(1), JSON.stringify(asked)],
    env: { DENO_DIR: "/tmp/schelly-test-deno-of-nobody", HOME: "/" },
  });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

for (
  const [name, mount, hasBoot] of [
    ["the unit's own settings", procOfUnit(), true],
    ["ProtectProc=invisible and ProcSubset=pid", "hidepid=invisible,subset=pid", false],
  ] as const
) {
  test(
    `another user's process is never taken for ended under ${name}`,
    { skip: whyNoSandbox() },
    async () => {
      const stop = new AbortController();
      const pids: number[] = [];
      const start = () =>
        processes.run({ argv: ["sleep", "60"], signal: stop.signal, onStart: (pid) => pids.push(pid) });
      const running = start();
      const dead = start();
      const tokens = await Promise.all(pids.map((pid) => processes.identity(pid)));
      processes.killGroup(pids[1]!, "SIGKILL");
      await dead;
      const asked = pids.map((pid, at): [number, string] => [pid, tokens[at]!]);
      const { own, fates } = await asksOf(mount, asked);
      assert.deepEqual(fates, ["unseen", "ended"]);
      assert.equal(own, hasBoot ? "alive" : "unseen", "of itself it may see what it needs");
      stop.abort();
      await running;
      assert.equal(await processes.fate(pids[0]!, tokens[0]!), "ended");
    },
  );
}

test("a process of another pid namespace is not seen, whatever its number", {
  skip: whyNoSandbox(),
}, async () => {
  const own = await processes.identity(Deno.pid);
  const argv = ["unshare", "--pid", "--fork", "--mount-proc", Deno.execPath(), "run", "-A", "--no-config"];
  const asked = JSON.stringify([[Deno.pid, own], [999_999, own]]);
  const { stdout, stderr } = await processes.run({
    argv: [argv[0]!, ...argv.slice(1), "--no-lock", ASK, asked],
  });
  assert.deepEqual(JSON.parse(stdout || JSON.stringify(stderr)).fates, ["unseen", "unseen"]);
});
