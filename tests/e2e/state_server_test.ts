// The real program and a real libSQL server: refused or taken for how durable it is, silent at the start and while it stops,
// started again, and emptied; what must not be lost is not, and nothing is deleted in doubt.

import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { programTest, type Rig, type Server, until } from "../support/program.ts";
import { requireFile } from "../support/require_tool.ts";
import { startStoreServer, type StoreServer } from "../support/store_server.ts";
import { startTroubledProxy } from "../support/troubled_proxy.ts";

const found = requireFile("SCHELLY_TEST_SQLD", "a libSQL server");
const skip = "path" in found ? false : found.skip;
const path = "path" in found ? found.path : "";

const YAML = (state: string, provider = "http://127.0.0.1:9/b") =>
  `state: ${state}
jobs:
  - name: db
    schedule: "0 0 0 29 2 *"
    provider: { url: "${provider}", poll_interval: 100ms }
    retention: { secondly: 1, guard: { policy_change_hold: 0s } }
`;

/** The rig's own form of it has its state in a file. */
async function configure(rig: Rig, yaml: string): Promise<void> {
  await writeFile(
    rig.configFile,
    `server: { listen: "127.0.0.1:0", socket: ${rig.socket}, auth: none }\n${yaml}`,
  );
}

async function start(rig: Rig, yaml: string, env: Record<string, string> = {}): Promise<Server> {
  await configure(rig, yaml);
  return await rig.server({ env: { ...await environmentOf(rig), ...env } });
}

async function environmentOf(rig: Rig): Promise<Record<string, string>> {
  const folder = `${rig.folder}/kept`;
  await mkdir(folder, { recursive: true });
  return { STATE_DIRECTORY: folder };
}

/** How `schelly run` ended that could not start. */
async function refused(rig: Rig, yaml: string): Promise<string> {
  await configure(rig, yaml);
  const child = rig.startServer({ env: await environmentOf(rig) });
  const { code, err } = await child.end();
  assert.equal(code, 1, err);
  return err.trim().split("\n").at(-1)!;
}

const notesOf = async (server: Server) =>
  (await server.get("/status")).notes as { name: string; wrong: boolean; message: string }[];

programTest(
  "a server as it comes is refused; accepted, it is said at the start and in the status",
  async (rig) => {
    await using sqld = await startStoreServer(path, `${rig.folder}/sqld`);
    const line = await refused(rig, YAML(`{ url: "${sqld.url}" }`));
    assert.match(line, /^schelly: Cannot use the state at .*'synchronous=NORMAL' \(1\).*or accept the loss/);
    const server = await start(rig, YAML(`{ url: "${sqld.url}" }`), { SCHELLY_STATE_DURABILITY: "relaxed" });
    assert.match(server.child.err, /may lose what was saved last when its machine loses power/);
    const note = (await notesOf(server)).find(({ name }) => name === "relaxed state server");
    assert.equal(note?.wrong, false, "somebody wanted it so");
  },
  { skip },
);

programTest("a server that is silent keeps neither the start nor the stop waiting for long", async (rig) => {
  await using sqld = await startStoreServer(path, `${rig.folder}/sqld`);
  await sqld.set({ durability_mode: "strong" });
  await using proxy = startTroubledProxy(Number(new URL(sqld.url).port), () => 0);
  const yaml = YAML(`{ url: "http://127.0.0.1:${proxy.port}" }`);
  proxy.set("hang");
  assert.match(await refused(rig, yaml), /no whole answer came within 5 s/);
  proxy.set("none");
  const server = await start(rig, yaml);
  proxy.set("hang");
  const { status } = await server.request("POST", "/jobs/db/pause", { body: { reason: "quiet" } });
  assert.equal(status, 503);
  const { code } = await server.child.kill("SIGTERM");
  assert.equal(code, 143);
}, { skip });

programTest(
  "a server that was started again is no longer durable, and that is said until it is",
  async (rig) => {
    await using sqld = await startStoreServer(path, `${rig.folder}/sqld`);
    await sqld.set({ durability_mode: "strong" });
    const server = await start(rig, YAML(`{ url: "${sqld.url}" }`));
    const note = async () => (await notesOf(server)).find(({ name }) => name === "state server");
    assert.equal(await note(), undefined);
    await sqld.kill();
    await sqld.start();
    const said = await until("it is said", async () => await note().catch(() => undefined));
    assert.equal(said.wrong, true);
    assert.match(said.message, /'synchronous=NORMAL' \(1\): set "durability_mode":"strong"/);
    await sqld.set({ durability_mode: "strong" });
    await until("it is over", async () => await note() === undefined);
  },
  { skip },
);

programTest(
  "an emptied server deletes nothing: the job is guarded, and the provider keeps what it has",
  async (rig) => {
    const provider = await rig.originalProvider();
    const data = `${rig.folder}/sqld`;
    await using sqld = await startStoreServer(path, data);
    await sqld.set({ durability_mode: "strong" });
    const yaml = YAML(`{ url: "${sqld.url}" }`, provider.url);
    const first = await start(rig, yaml.replace("secondly: 1", "secondly: 1, min_keep: 9"));
    const trigger = async (server: Server, count: number) => {
      assert.equal((await server.post("/jobs/db/trigger")).status, 202);
      await until(
        `${count} are available`,
        async () => (await server.get("/backups?status=available")).length === count,
      );
    };
    for (let count = 1; count <= 3; count++) await trigger(first, count);
    await first.child.kill("SIGTERM");
    await empty(sqld, data);
    const second = await start(rig, yaml);
    const guards = async () => (await second.get("/jobs/db")).guards as { guard: string; message: string }[];
    const latched = await until(
      "it is guarded",
      async () => (await guards()).find(({ guard }) => guard === "restored_store"),
    );
    assert.match(latched.message, /the state is new, but another one was here before/);
    for (let count = 1; count <= 3; count++) {
      await trigger(second, count);
    }
    const deletions = (await provider.ledger()).filter(({ method }) => method === "DELETE");
    assert.deepEqual(deletions, []);
  },
  { skip },
);

async function empty(sqld: StoreServer, data: string): Promise<void> {
  await sqld.kill();
  await rm(data, { recursive: true });
  await sqld.start();
  await sqld.set({ durability_mode: "strong" });
}
