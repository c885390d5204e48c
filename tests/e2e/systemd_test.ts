// The real program under a service manager's socket: ready, alive, reloading, stopping, in that order.
// Also tests runtime/sd_notify.ts.

import assert from "node:assert/strict";
import { programTest, until } from "../support/program.ts";

const YAML =
  `jobs: [ { name: a, schedule: "0 0 0 29 2 *", provider: { url: "http://127.0.0.1:1/backups" } } ]\n`;

programTest("systemd is told ready, alive, reloading and stopping over its socket", async (rig) => {
  const path = `${rig.folder}/notify`;
  const socket = Deno.listenDatagram({ transport: "unixpacket", path });
  const told: string[] = [];
  const listening = (async () => {
    try {
      for await (const [bytes] of socket) told.push(new TextDecoder().decode(bytes));
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted)) {
        throw error;
      }
    }
  })();
  const server = await rig.server({
    yaml: YAML,
    // A watchdog of a second: the loop beats three times as often although nothing is due.
    env: { NOTIFY_SOCKET: path, WATCHDOG_USEC: "1000000", TMPDIR: rig.folder },
  });
  await until("ready", () => told.length > 0);
  assert.equal(told[0], "READY=1\nSTATUS=1 job: 0 running");
  await until("three beats", () => told.filter((text) => text === "WATCHDOG=1").length >= 3);
  await rig.ask("reload");
  await until("reloaded", () => told.some((text, at) => at > 0 && text.startsWith("READY=1")));
  assert.ok(told.includes("RELOADING=1"), told.join("; "));
  // A stopped process stands for a stuck one: no beat comes from anywhere else.
  server.child.signal("SIGSTOP");
  await until("the last beat has arrived", async () => {
    const before = told.length;
    await new Promise((resolve) => setTimeout(resolve, 700));
    return told.length === before;
  });
  server.child.signal("SIGCONT");
  const ended = await server.kill("SIGTERM");
  assert.equal(ended.code, 143, ended.err);
  await until("stopping", () => told.at(-1)?.startsWith("STOPPING=1"));
  const left = [...Deno.readDirSync(rig.folder)].filter(({ name }) => name.startsWith(".schelly-notify"));
  assert.deepEqual(left, []);
  socket.close();
  await listening;
});
