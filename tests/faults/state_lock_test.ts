// The state belongs to one program for as long as it runs, whatever that does meanwhile: a file is locked by process, and
// whoever opens and closes it once more in the same process gives all of its locks back.

import assert from "node:assert/strict";
import { statSync, utimesSync, writeFileSync } from "node:fs";
import { programTest, type Rig, type Server, until } from "../support/program.ts";

/** Locks of this file, as the kernel lists them. */
async function locksOn(rig: Rig, file: string): Promise<number> {
  const { ino } = statSync(file);
  return (await rig.tool(["cat", "/proc/locks"])).split("\n").filter((line) => line.includes(`:${ino} `))
    .length;
}

async function refusesSecond(rig: Rig, first: Server): Promise<void> {
  const second = await rig.startServer().end();
  assert.equal(second.code, 75, second.err);
  assert.match(second.err, /another process holds it/);
  await first.get("/jobs");
}

programTest("snapshots give no lock of the state back: a second program is refused", async (rig) => {
  const server = await rig.server({ yaml: "jobs: []\n" });
  const file = `${rig.folder}/state/schelly.db`;
  assert.ok(await locksOn(rig, file) > 0);
  for (let made = 0; made < 2; made++) {
    const { code, err } = await rig.cli(
      "state",
      "snapshot",
      `${rig.folder}/${made}.db`,
      "--socket",
      rig.socket,
    );
    assert.equal(code, 0, err);
    assert.ok(await locksOn(rig, file) > 0, `after ${made + 1}`);
  }
  await refusesSecond(rig, server);
  await server.kill("SIGTERM");
});

programTest("a configuration beside the state is watched without opening the state", async (rig) => {
  const file = `${rig.folder}/schelly.db`;
  const yaml = `server: { listen: "127.0.0.1:0", socket: ${rig.socket} }\nstate: { url: "file:${file}" }\n`;
  writeFileSync(rig.configFile, `${yaml}jobs: []\n`);
  const server = await rig.server();
  assert.ok(await locksOn(rig, file) > 0);
  // As a write of its own does.
  utimesSync(file, new Date(), new Date());
  const job =
    "{ name: new, schedule: '0 0 * * *', provider: { url: 'http://127.0.0.1:9/' }, retention: { daily: 1 } }";
  writeFileSync(rig.configFile, `${yaml}jobs: [ ${job} ]\n`);
  await until("the edit is seen", async () => (await server.get<unknown[]>("/jobs")).length === 1);
  utimesSync(file, new Date(), new Date());
  assert.ok(await locksOn(rig, file) > 0);
  await refusesSecond(rig, server);
  await server.kill("SIGTERM");
});
