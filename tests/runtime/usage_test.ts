// What the process takes of its machine, against what the system tells of it.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { systemProcesses as processes } from "../../src/runtime/processes.ts";
import { createUsage, parseFigures } from "../../src/runtime/usage.ts";

const isLinux = Deno.build.os === "linux";

async function output(...argv: [string, ...string[]]): Promise<string> {
  return (await processes.run({ argv })).stdout;
}

test("createUsage() tells what the system tells of this process", { skip: !isLinux }, async () => {
  const usage = createUsage(Deno.pid, processes);
  const { cpu, rss, heapUsed, virtual, maxFiles } = await usage();
  assert.ok(cpu.user > 0 && cpu.user < 3600 && cpu.system >= 0);
  assert.ok(heapUsed > 1e6 && rss > heapUsed && virtual! > rss);
  const [listed] = /^Max open files +\d+/m.exec(await output("cat", `/proc/${Deno.pid}/limits`))!;
  assert.equal(maxFiles, Number(listed.split(/ +/).at(-1)));
  const kilobytes = Number(await output("ps", "-o", "rss=", "-p", String(Deno.pid)));
  assert.ok(Math.abs(rss / 1024 - kilobytes) < kilobytes / 4, `${rss} bytes, ps says ${kilobytes} kB`);
});

test("createUsage() counts open files one by one, and time that was spent", { skip: !isLinux }, async () => {
  const usage = createUsage(Deno.pid, processes);
  const before = await usage();
  const files = Array.from({ length: 20 }, () => Deno.openSync("/dev/null"));
  // Real time says nothing of our own where others want the processor too.
  const [begun, end] = [process.cpuUsage(), performance.now() + 5_000];
  for (let spent = 0; spent < 30_000 && performance.now() < end;) {
    const { user, system } = process.cpuUsage(begun);
    spent = user + system;
  }
  const after = await usage();
  for (const file of files) file.close();
  assert.equal(after.openFiles, before.openFiles! + files.length);
  assert.ok(after.cpu.user + after.cpu.system > before.cpu.user + before.cpu.system + 0.01);
  // Connections of other tests may end meanwhile: what is counted lies between two counts of our own.
  const [first, { code, stdout }, last] = [
    (await usage()).openFiles!,
    await processes.run({ argv: ["sh", "-c", `ls /proc/${Deno.pid}/fd | wc -l`] }),
    (await usage()).openFiles!,
  ];
  // Its own output runs through two pipes of ours.
  const counted = Number(stdout);
  assert.ok(
    code === 0 && counted >= Math.min(first, last) - 3 && counted <= Math.max(first, last) + 3,
    `${stdout}, ${first}, ${last}`,
  );
});

test("createUsage() knows the rest where no program can be started", async () => {
  const none = { ...processes, run: () => Promise.reject(new Error("too many open files")) };
  const { virtual, maxFiles, rss } = await createUsage(Deno.pid, none)();
  assert.deepEqual([virtual, maxFiles], [undefined, undefined]);
  assert.ok(rss > 0);
});

test("createUsage() starts a program once for many questions", { skip: !isLinux }, async () => {
  let started = 0;
  const counted = {
    ...processes,
    run: (spec: Parameters<typeof processes.run>[0]) => (started++, processes.run(spec)),
  };
  const usage = createUsage(Deno.pid, counted);
  await Promise.all([usage(), usage()]);
  await usage();
  assert.equal(started, 1);
});

test("parseFigures() reads what is there, and takes nothing else for a number", () => {
  const limits = "Limit                     Soft Limit           Hard Limit           Units     \n" +
    "Max cpu time              unlimited            unlimited            seconds   \n" +
    "Max open files            1024                 524288               files     \n";
  assert.deepEqual(parseFigures(`Name:\tx\nVmPeak:\t 900 kB\nVmSize:\t     800 kB\n${limits}`), {
    virtual: 819_200,
    maxFiles: 1024,
  });
  const unlimited = limits.replace("1024  ", "unlimited  ");
  assert.deepEqual(parseFigures(unlimited), { virtual: undefined, maxFiles: undefined });
  assert.deepEqual(parseFigures(""), { virtual: undefined, maxFiles: undefined });
});
