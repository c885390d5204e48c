// The built-in `restic` against a real rest-server, also one that lets nobody delete. rclone serves the same protocol.

import assert from "node:assert/strict";
import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { test } from "node:test";
import type { ProviderError } from "../../../src/domain/errors.ts";
import type { ResticProviderSpec } from "../../../src/domain/provider_spec.ts";
import type { Processes } from "../../../src/ports/host.ts";
import type { BackupHost } from "../../../src/provider/host/backup_host.ts";
import { createBuiltinProvider } from "../../../src/provider/builtin/builtin_provider.ts";
import { createHost } from "../../../src/runtime/host.ts";
import { callOf, ended, infoOf, tempFolder, until } from "../../support/backup_rig.ts";
import { freePort } from "../../support/program.ts";
import { mayLack, requireTool } from "../../support/require_tool.ts";

const host = createHost();
const lacksRclone = () => mayLack("rclone", ["version"]);
const server = mayLack("rest-server", ["--version"]) === false ? "rest-server" : "rclone";
const skip = requireTool("restic") || (server === "rclone" && lacksRclone());

/** Serves `folder` until it is disposed of. */
async function restServer(folder: string, ...flags: string[]): Promise<AsyncDisposable & { url: string }> {
  const address = `127.0.0.1:${freePort()}`;
  const stop = new AbortController();
  const argv = server === "rest-server"
    ? ["rest-server", "--path", folder, "--listen", address, "--no-auth", ...flags]
    : ["rclone", "serve", "restic", "--addr", address, ...flags, folder];
  const over = host.processes.run({ argv: argv as [string, ...string[]], signal: stop.signal });
  await until("rest-server answers", () => fetch(`http://${address}/`).then(() => true, () => false));
  return {
    url: `rest:http://nightly:geheim@${address}/files`,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await over;
    },
  };
}

function open(
  folder: string,
  repository: string,
  processes: Processes = host.processes,
): Promise<BackupHost> {
  const spec: ResticProviderSpec = {
    ...{ kind: "restic", key: "restic", formerly: [], maxConcurrent: 1, pollIntervalMs: 1_000 },
    timeouts: { createMs: 60_000, getMs: 30_000, deleteMs: 60_000 },
    ...{ verifyBeforeDelete: true, pre: null, post: null, createLimitMs: null, createBody: undefined },
    ...{ deleteBody: undefined, program: "restic", passwordFile: null, password: "correct horse" },
    ...{ repository, paths: [`${folder}/data`], exclude: [], excludeFiles: [], excludeIfPresent: [] },
    ...{ excludeCaches: false, tags: [], host: null, oneFileSystem: false, limitUpload: null },
    ...{ limitDownload: null, compression: null, readConcurrency: null, options: {}, lockWaitMs: 0 },
    ...{ init: true, prune: true, pruneUpkeep: null, checkUpkeep: null, onIncomplete: "fail" },
    ...{ env: { RESTIC_CACHE_DIR: `${folder}/cache` }, secretEnv: [], extraBackupArgs: [] },
  };
  return createBuiltinProvider(spec, { ...host, processes }, `${folder}/state`);
}

function restServerTest(name: string, body: (folder: string) => Promise<void>): void {
  test(name, { skip }, async () => {
    await using folder = await tempFolder();
    await mkdir(`${folder.path}/data`);
    await writeFile(`${folder.path}/data/file`, "content");
    await body(folder.path);
  });
}

restServerTest(
  "a rest-server: a repository is made there, filled, checked, pruned, and its password told nobody",
  async (folder) => {
    await using server = await restServer(`${folder}/served`);
    await using provider = await open(folder, server.url);
    const first = await ended(provider, (await provider.create(callOf("run-1"))).id, 60_000);
    assert.equal(first.state, "available", first.message ?? "");
    const second = await ended(provider, (await provider.create(callOf("run-2"))).id, 60_000);
    assert.deepEqual(
      (await provider.list()).map(({ runId }) => runId).sort(),
      ["run-1", "run-2"],
    );
    const checks = await provider.check({ dryRun: true });
    assert.deepEqual(checks.filter(({ ok }) => !ok), []);
    assert.match(checks.find(({ name }) => name === "deletions")?.message ?? "", /lets backups be deleted/);
    assert.equal((await provider.capabilities()).immutable, undefined);
    assert.ok(!JSON.stringify([first, second, checks]).includes("geheim"));
    assert.equal(await provider.delete(first.id, undefined, 1), "deleted");
    assert.equal((await infoOf(provider, second.id)).state, "available");
  },
);

restServerTest(
  "a rest-server that only appends: a deletion fails and says so, and the backup stays",
  async (folder) => {
    await using server = await restServer(`${folder}/served`, "--append-only");
    await using provider = await open(folder, server.url);
    const made = await ended(provider, (await provider.create(callOf("run-1"))).id, 60_000);
    assert.equal(made.state, "available", made.message ?? "");
    const locked = (error: ProviderError) => {
      assert.deepEqual(error.lock, { until: null });
      return error.kind === "unsent" && /append-only/.test(error.message);
    };
    await assert.rejects(provider.delete(made.id, undefined, 1), locked);
    assert.equal((await infoOf(provider, made.id)).state, "available");
    assert.equal((await provider.capabilities()).immutable, true);
    const said = (await provider.check()).find(({ name }) => name === "deletions");
    assert.match(said?.message ?? "", /deletes nothing/);
    assert.equal(await provider.delete("nobody's", undefined, 1), "absent");
  },
);

restServerTest("a rest-server that is away: the backup fails, and none is made elsewhere", async (folder) => {
  const server = await restServer(`${folder}/served`);
  await using provider = await open(folder, server.url);
  const made = await ended(provider, (await provider.create(callOf("run-1"))).id, 60_000);
  await server[Symbol.asyncDispose]();
  const failed = await ended(provider, (await provider.create(callOf("run-2"))).id, 60_000);
  assert.equal(failed.state, "failed");
  assert.match(failed.message ?? "", /refused/);
  assert.ok(!(failed.message ?? "").includes("geheim"));
  // Whether the first is still there cannot be asked: that is no answer, and not that it is gone.
  await assert.rejects(provider.delete(made.id, undefined, 1), /refused/);
});

restServerTest(
  "another repository behind the same address of a rest-server is noticed, the same one without a start of restic",
  async (folder) => {
    await using server = await restServer(`${folder}/served`);
    let looks = 0;
    const processes: Processes = {
      ...host.processes,
      run(spec) {
        if (spec.argv.includes("config")) looks++;
        return host.processes.run(spec);
      },
    };
    await using provider = await open(folder, server.url, processes);
    const make = async (run: string) =>
      await ended(provider, (await provider.create(callOf(run))).id, 60_000);
    assert.equal((await make("run-1")).state, "available");
    await make("run-2");
    const before = looks;
    assert.equal((await make("run-3")).state, "available");
    assert.equal(looks, before);
    await rename(`${folder}/served/files`, `${folder}/served/first`);
    const env = { RESTIC_PASSWORD: "correct horse", RESTIC_REPOSITORY: `${folder}/served/files` };
    assert.equal((await host.processes.run({ argv: ["restic", "--no-cache", "init"], env })).code, 0);
    assert.match((await make("run-4")).message ?? "", /is another one \([0-9a-f]{10}\)/);
  },
);

restServerTest(
  "a lock that a killed restic of ours left on a rest-server is removed there, and no other",
  async (folder) => {
    await using server = await restServer(`${folder}/served`);
    let [pid, limit] = [0, [] as string[]];
    const processes: Processes = {
      ...host.processes,
      run: (spec) => {
        const onStart = (started: number) => {
          pid = started;
          spec.onStart?.(started);
        };
        return host.processes.run({ ...spec, argv: [...spec.argv, ...limit], onStart });
      },
    };
    await using provider = await open(folder, server.url, processes);
    const first = await ended(provider, (await provider.create(callOf("run-1"))).id, 60_000);
    assert.equal(first.state, "available", first.message ?? "");
    // This one does not end before it is killed.
    limit = ["--limit-upload=1"];
    await writeFile(`${folder}/data/big`, crypto.getRandomValues(new Uint8Array(60_000)));
    const { id } = await provider.create(callOf("run-2"));
    // What is still being written is no lock yet.
    const locks = async () =>
      (await readdir(`${folder}/served/files/locks`)).filter((name) => !name.includes("-tmp-"));
    await until("restic holds its lock", async () => (await locks()).length === 1, 20_000);
    host.processes.killGroup(pid, "SIGKILL");
    limit = [];
    assert.equal((await ended(provider, id)).state, "failed");
    assert.equal((await locks()).length, 1);
    assert.equal(await provider.delete(first.id, undefined, 1), "deleted");
    assert.deepEqual(await locks(), []);
  },
);
