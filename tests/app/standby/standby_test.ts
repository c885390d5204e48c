// The life of an instance with a standby, on a real libSQL server: it shows the state behind its doors, takes over through the
// same doors, and ends when it is told to, whatever it is at.
// Also tests waiting_app.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startApp } from "../../../src/app/app.ts";
import { loadConfig } from "../../../src/config/load.ts";
import type { Host, RequestHandler } from "../../../src/ports/host.ts";
import { createHost } from "../../../src/runtime/host.ts";
import { openStore } from "../../../src/store/run_store.ts";
import { MemoryFiles } from "../../support/memory_files.ts";
import { Rig, until } from "../../support/program.ts";
import { requireFile } from "../../support/require_tool.ts";
import { SqldServer } from "../../support/sqld_server.ts";
import { storeOptions } from "../../store/fixture.ts";

const server = requireFile("SCHELLY_TEST_SQLD", "a libSQL server");
const PEER = { local: true, remote: "unix" };

/** A host whose doors are functions. */
function standby(url: string, folder: string) {
  const files = new MemoryFiles();
  const write = (daily: number) =>
    files.put(
      "/home/me/schelly.yaml",
      `server: { listen: "127.0.0.1:8080", socket: none }\nstate: { url: "${url}" }\nstandby: { name: node-b }\n` +
        `jobs: [{ name: a, schedule: "0 0 0 1 1 *", provider: { url: "http://127.0.0.1:9/b" }, retention: { daily: ${daily} } }]\n`,
    );
  write(7);
  const doors: RequestHandler[] = [];
  const closed: number[] = [];
  const log: string[] = [];
  const real = createHost();
  const host: Host = {
    ...real,
    env: { STATE_DIRECTORY: folder },
    terminal: { ...real.terminal, err: (text) => void log.push(text), errIsTty: false },
    supervisor: null,
    listen(_spec, handler) {
      doors.push(handler);
      return Promise.resolve({
        address: "http://127.0.0.1:8080",
        renew: () => Promise.resolve(),
        close: () => Promise.resolve(void closed.push(1)),
      });
    },
  };
  const load = () => loadConfig({ flags: {}, env: {}, files, now: host.clock.now() });
  const stopping = new AbortController();
  return {
    ...{ doors, closed, log, write, stopping },
    async start() {
      const config = await load();
      return await startApp({
        ...{ config, host, reload: load, loadEdited: load, loadPlanned: load },
        stopping: stopping.signal,
      });
    },
    async get(path: string) {
      const response = await doors[0]!(new Request(`http://127.0.0.1:8080${path}`), PEER);
      const text = await response.text();
      return { status: response.status, body: /^[[{]/.test(text) ? JSON.parse(text) : text };
    },
  };
}

/** Holds the lease as another instance does, which renews it only when it is told to. */
async function holder(url: string) {
  const instance = { node: "node-a", address: "http://node-a:8080", place: "elsewhere", fingerprint: "f" };
  return await openStore({ ...storeOptions(url), claim: { instance, ttlMs: 30_000 } });
}

async function withServer(play: (sqld: SqldServer, folder: string) => Promise<void>): Promise<void> {
  if (!("path" in server)) return;
  await using rig = new Rig();
  const sqld = new SqldServer(rig, server.path);
  await sqld.start();
  await play(sqld, rig.folder);
}

test(
  "a standby shows the state, takes over through the doors that are open, and goes on with the newest edit",
  {
    skip: server.skip,
  },
  () =>
    withServer(async (sqld, folder) => {
      const active = await holder(sqld.url);
      const node = standby(sqld.url, folder);
      const app = await node.start();
      assert.deepEqual(app.addresses, ["http://127.0.0.1:8080"]);
      assert.deepEqual(app.nextSlots, []);
      assert.deepEqual(await node.get("/readyz"), { status: 503, body: { ready: false, role: "standby" } });
      assert.equal((await node.get("/jobs")).body[0].job, "a");
      assert.equal((await node.get("/ui/")).status, 200);

      node.write(9);
      assert.equal((await app.operations.reload("a test")).ok, true);
      assert.match(JSON.stringify((await node.get("/config")).body), /daily.*9/);

      await active.lease.release();
      await active[Symbol.asyncDispose]();
      await until("it takes over", async () => (await node.get("/readyz")).body.ready === true);
      assert.equal(node.doors.length, 1, "nobody is sent away meanwhile");
      await until("it is told", () => node.log.join("").includes("took over"));
      assert.match(node.log.join(""), /'node-b' took over the state from 'node-a', which had given it back/);
      await until("its next slots are known", () => app.nextSlots.length === 1);
      assert.match(JSON.stringify((await node.get("/config")).body), /daily.*9/);
      await app.stop();
      assert.equal(node.closed.length, 1);
    }),
);

test(
  "a standby that is told to stop while it waits ends at once, and takes nothing",
  { skip: server.skip },
  () =>
    withServer(async (sqld, folder) => {
      await using active = await holder(sqld.url);
      const node = standby(sqld.url, folder);
      const app = await node.start();
      await app.stop();
      assert.equal(node.closed.length, 1);
      assert.equal(await active.lease.renew(), "renewed");
    }),
);

test(
  "a standby that cannot reach the server at its start says so, in one sentence",
  { skip: server.skip },
  async () => {
    const node = standby("http://127.0.0.1:9", "/nowhere");
    await assert.rejects(node.start(), {
      kind: "failed",
      message: /127\.0\.0\.1:9.*check that the server runs/,
    });
  },
);

test(
  "an instance that is alone is refused while another one lives",
  { skip: server.skip },
  () =>
    withServer(async (sqld, folder) => {
      const active = await holder(sqld.url);
      const own = createHost();
      const files = new MemoryFiles({
        "/home/me/schelly.yaml": `server: { listen: none, socket: none }\nstate: { url: "${sqld.url}" }\n` +
          'jobs: [{ name: a, provider: { url: "http://127.0.0.1:9/b" } }]\n',
      });
      const load = () => loadConfig({ flags: {}, env: {}, files, now: own.clock.now() });
      const host = {
        ...own,
        env: { STATE_DIRECTORY: folder },
        supervisor: null,
        terminal: { ...own.terminal, err() {} },
      };
      const config = await load();
      const starting = startApp({ config, host, reload: load, loadEdited: load, loadPlanned: load });
      const renewing = setInterval(() => void active.lease.renew(), 200);
      await assert.rejects(starting, { kind: "in_use", message: /'node-a' .*uses it and renews its lease/ });
      clearInterval(renewing);
      await active[Symbol.asyncDispose]();
    }),
);
