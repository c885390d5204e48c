// An app on a libSQL server: it takes the lease, shows itself, and gives it back.
// Also tests composition/active.ts, composition/core.ts and candidacy.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startApp } from "../../../src/app/app.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { createHost } from "../../../src/runtime/host.ts";
import { openLeaseWatch } from "../../../src/store/lease_watch.ts";
import type { Host } from "../../../src/ports/host.ts";
import { MemoryFiles } from "../../support/memory_files.ts";
import { Rig } from "../../support/program.ts";
import { requireFile } from "../../support/require_tool.ts";
import { SqldServer } from "../../support/sqld_server.ts";

const server = requireFile("SCHELLY_TEST_SQLD", "a libSQL server");

/** Starts one instance, on a machine and folder of this name. */
async function instance(name: string, url: string, folder: string, standby: string) {
  const files = new MemoryFiles({
    "/home/me/schelly.yaml":
      `server: { listen: none, socket: none }\nstate: { url: "${url}" }\n${standby}\n` +
      'jobs: [{ name: a, schedule: "0 0 0 1 1 *", provider: { url: "http://127.0.0.1:9/b" } }]\n',
  });
  const log: string[] = [];
  const real = createHost();
  const host: Host = {
    ...real,
    env: { STATE_DIRECTORY: `${folder}/${name}` },
    terminal: { ...real.terminal, err: (text) => void log.push(text), errIsTty: false },
    machine: () => ({ id: name, name, boot: null }),
    supervisor: null,
    program: null,
  };
  const load = () => loadConfig({ flags: {}, env: {}, files, now: host.clock.now() });
  const app = await startApp({
    config: await load(),
    reload: load,
    loadEdited: load,
    loadPlanned: load,
    host,
  });
  return { app, log };
}

test("an instance shows who holds the state, gives it back, and the next one takes over at once", {
  skip: server.skip,
}, async () => {
  if (!("path" in server)) return;
  await using rig = new Rig();
  const sqld = new SqldServer(rig, server.path);
  await sqld.start();
  await using watch = await openLeaseWatch({ url: sqld.url, token: null, ...createHost() });
  const first = await instance("node-a", sqld.url, rig.folder, 'standby: { address: "http://node-a:8080" }');
  const seen = (await watch.look())!;
  assert.deepEqual([seen.node, seen.address, seen.isReleased], ["node-a", "http://node-a:8080", false]);
  assert.ok(seen.renewals! >= 0 && seen.place!.startsWith("node-a node-a "));
  await first.app.stop();
  assert.equal((await watch.look())!.isReleased, true);
  const second = await instance("node-b", sqld.url, rig.folder, "standby: { name: b }");
  const next = (await watch.look())!;
  assert.deepEqual([next.node, next.epoch], ["b", seen.epoch + 1]);
  assert.match(second.log.join(""), /'b' took over the state from 'node-a', which had given it back/);
  await second.app.stop();
});
