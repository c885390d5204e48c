// Whoever should read the log does not: the pipe is full from the first line on, and nothing else is late for it.

import assert from "node:assert/strict";
import { freePort, PROGRAM, programTest, until } from "../support/program.ts";
import { systemClock } from "../../src/runtime/clock.ts";

/** Opens a pipe that this very process holds open and nobody reads, fills it, and makes it standard error. */
const UNREAD = [
  "bash",
  "-c",
  'mkfifo log && exec 3<>log && head -c 65536 /dev/zero >&3; exec "$@" 2>log',
  "-",
];

programTest("a log that nobody reads stops no backup, no answer and no end", async (rig) => {
  const url = `http://127.0.0.1:${freePort()}`;
  await rig.configure(`log: { level: debug }
jobs:
  - { name: a, schedule: "* * * * * *", provider: { command: { create: ["true"], delete: ["true"] } } }
`);
  const child = rig.startServer({
    program: [UNREAD[0]!, ...UNREAD.slice(1), ...PROGRAM],
    args: ["--listen", url.slice("http://".length)],
  });
  const get = async (path: string) =>
    await (await fetch(url + path, { signal: AbortSignal.timeout(5_000) })).text();
  await until("three slots had their backup", async () => {
    const runs = JSON.parse(await get("/runs").catch(() => "[]"));
    return runs.filter(({ data_id }: { data_id: string | null }) => data_id !== null).length >= 3;
  });
  assert.match(await get("/livez"), /ok/i);
  assert.match(await get("/metrics"), /^schelly_log_dropped_total 0$/m);
  assert.equal(child.err, "");
  const asked = systemClock.monotonic();
  const { code } = await child.kill("SIGTERM");
  assert.equal(code, 143);
  assert.ok(systemClock.monotonic() - asked < 20_000, "it waited for its log");
});

programTest("a failure that nobody caught ends the program though nobody reads its log", async (rig) => {
  const script = `
import { endOnUncaught } from ${
    JSON.stringify(new URL("../../src/runtime/process.ts", import.meta.url).href)
  };
import { createTerminal } from ${
    JSON.stringify(new URL("../../src/runtime/terminal.ts", import.meta.url).href)
  };
endOnUncaught();
createTerminal().neverWait(String);
setTimeout(() => { throw new Error("a bug") }, 10);
setInterval(() => {}, 1000);`;
  const end = async (name: string, before: readonly string[]) =>
    await rig.spawn(name, [...before, "deno", "eval", "--no-check", script]).ended;
  assert.equal((await end("unread", UNREAD)).code, 1);
  const read = await end("read", []);
  assert.equal(read.code, 1);
  assert.match(read.err, /unexpected failure: Error: a bug/);
});

/** The same for standard output: the server that tells there what it does. */
const UNREAD_OUTPUT = [
  "bash",
  "-c",
  'mkfifo told && exec 3<>told && head -c 65536 /dev/zero >&3; exec "$@" >told',
  "-",
];

programTest("provider mock goes on when nobody reads what it tells, and ends", async (rig) => {
  const address = `127.0.0.1:${freePort()}`;
  const args = ["provider", "mock", "--listen", address, "--duration", "10ms"];
  const child = rig.spawn("mock", [...UNREAD_OUTPUT, ...PROGRAM, ...args]);
  await child.said("err", /Pretending to be a provider/);
  for (let i = 0; i < 20; i++) {
    const answer = await fetch(`http://${address}/backups`, { signal: AbortSignal.timeout(5_000) });
    assert.equal(answer.status, 200);
    await answer.body?.cancel();
  }
  assert.equal((await child.kill("SIGTERM")).code, 143);
});
