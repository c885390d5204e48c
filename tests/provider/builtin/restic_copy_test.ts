// A second copy with the real restic: from one repository into another, each with its own password.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { test } from "node:test";
import type { ResticProviderSpec } from "../../../src/domain/provider_spec.ts";
import type { Processes } from "../../../src/ports/host.ts";
import type { BackupInfo } from "../../../src/ports/provider.ts";
import { createBuiltinProvider } from "../../../src/provider/builtin/builtin_provider.ts";
import type { BackupHost } from "../../../src/provider/host/backup_host.ts";
import { createHost } from "../../../src/runtime/host.ts";
import { callOf, ended, infoOf, tempFolder, until } from "../../support/backup_rig.ts";
import { requireTool } from "../../support/require_tool.ts";

const host = createHost();
const skip = requireTool("restic");
const LIMIT_MS = 120_000;

interface Pair extends AsyncDisposable {
  folder: string;
  first: BackupHost;
  second: BackupHost;
  /** Another provider over the same second repository, as after a restart. */
  openSecond(more?: Partial<ResticProviderSpec>, processes?: Processes): Promise<BackupHost>;
}

function specOf(folder: string, more: Partial<ResticProviderSpec>): ResticProviderSpec {
  return {
    ...{ kind: "restic", key: "restic", formerly: [], maxConcurrent: 1, pollIntervalMs: 1_000 },
    timeouts: { createMs: 60_000, getMs: 30_000, deleteMs: 60_000 },
    ...{ verifyBeforeDelete: true, pre: null, post: null, createLimitMs: null, createBody: undefined },
    ...{ deleteBody: undefined, program: "restic", passwordFile: null, password: "first secret" },
    ...{ repository: `${folder}/first`, paths: [`${folder}/data`], exclude: [], excludeFiles: [] },
    ...{ excludeIfPresent: [], excludeCaches: false, tags: [], host: null, oneFileSystem: false },
    ...{ limitUpload: null, limitDownload: null, compression: null, readConcurrency: null, options: {} },
    ...{
      lockWaitMs: 0,
      init: true,
      prune: false,
      pruneUpkeep: null,
      checkUpkeep: null,
      onIncomplete: "fail",
    },
    ...{ env: { RESTIC_CACHE_DIR: `${folder}/cache` }, secretEnv: [], extraBackupArgs: [] },
    ...more,
  };
}

const COPY_FROM = { password: "first secret", passwordFile: null, job: null };

async function pair(more: Partial<ResticProviderSpec> = {}): Promise<Pair> {
  const temp = await tempFolder();
  const folder = temp.path;
  await mkdir(`${folder}/data`);
  await writeFile(`${folder}/data/file`, "one");
  const copying: Partial<ResticProviderSpec> = {
    ...{ key: "copies", repository: `${folder}/second`, password: "second secret", paths: [] },
    copyFrom: { ...COPY_FROM, repository: `${folder}/first` },
    ...more,
  };
  const opened: BackupHost[] = [];
  const open = async (spec: ResticProviderSpec, state: string, processes = host.processes) => {
    const provider = await createBuiltinProvider(spec, { ...host, processes }, `${folder}/${state}`);
    opened.push(provider);
    return provider;
  };
  let states = 0;
  return {
    folder,
    first: await open(specOf(folder, {}), "first-state"),
    second: await open(specOf(folder, copying), "second-state"),
    openSecond: (other = {}, processes) =>
      open(specOf(folder, { ...copying, ...other }), `second-state-${++states}`, processes),
    async [Symbol.asyncDispose]() {
      for (const provider of opened) await provider[Symbol.asyncDispose]();
      await temp[Symbol.asyncDispose]();
    },
  };
}

let runs = 0;
async function make(provider: BackupHost): Promise<BackupInfo> {
  const { id } = await provider.create({ ...callOf(`run-${++runs}`), job: "files" });
  return await ended(provider, id, LIMIT_MS);
}

/** Its backups; a list has also what failed and is on record. */
async function there(provider: BackupHost): Promise<BackupInfo[]> {
  return (await provider.list()).filter(({ state }) => state === "available");
}

async function restic(folder: string, which: "first" | "second", ...args: string[]): Promise<string> {
  const result = await host.processes.run({
    argv: ["restic", "-r", `${folder}/${which}`, ...args],
    env: { RESTIC_PASSWORD: `${which} secret`, RESTIC_CACHE_DIR: `${folder}/cache` },
    signal: new AbortController().signal,
  });
  assert.equal(result.code, 0, result.stderr);
  return result.stdout;
}

test(
  "each backup of the first becomes one of the second, with its origin, and outlives it there",
  { skip },
  async () => {
    await using r = await pair();
    const one = await make(r.first);
    assert.equal(one.state, "available", one.message ?? "");
    const copy = await make(r.second);
    assert.equal(copy.state, "available", copy.message ?? "");
    assert.notEqual(copy.dataId, one.dataId);
    assert.match(
      copy.message!,
      new RegExp(`a copy of snapshot ${one.dataId!.slice(0, 8)} of .*backup '${one.id}'`),
    );
    assert.ok(copy.sizeMb! > 0);
    const [listed, ...others] = await there(r.second);
    assert.deepEqual([others.length, listed!.id, listed!.runId, listed!.job], [
      0,
      copy.id,
      copy.runId,
      "files",
    ]);

    const again = await make(r.second);
    assert.deepEqual([again.state, again.reason], ["failed", "nothing_new"]);
    assert.match(again.message!, /nothing new to copy/);
    assert.equal((await there(r.second)).length, 1);

    await writeFile(`${r.folder}/data/file`, "two");
    const two = await make(r.first);
    const second = await make(r.second);
    assert.equal(second.state, "available", second.message ?? "");
    assert.match(second.message!, new RegExp(two.dataId!.slice(0, 8)));

    // What the first forgets is no reason for anything to go from the second.
    assert.equal(await r.first.delete(one.id, undefined, 1), "deleted");
    await restic(r.folder, "first", "prune");
    assert.equal((await infoOf(r.second, copy.id)).state, "available");
    assert.equal((await there(r.second)).length, 2);
    await restic(r.folder, "second", "restore", copy.dataId!, "--target", `${r.folder}/back`);
    assert.equal(await readFile(`${r.folder}/back${r.folder}/data/file`, "utf8"), "one");
    // And what is deleted of the second is of the second alone.
    assert.equal(await r.second.delete(second.id, undefined, 1), "deleted");
    assert.equal((await infoOf(r.first, two.id)).state, "available");
    const said = JSON.stringify([copy, again, second, await r.second.check({ dryRun: true })]);
    assert.ok(!said.includes("secret"), "passwords are told nobody");
  },
);

test("checks say whether the first opens, and what would be copied now", { skip }, async () => {
  await using r = await pair();
  await make(r.first);
  await make(r.second);
  const checks = await r.second.check({ dryRun: true });
  assert.deepEqual(checks.filter(({ ok }) => !ok), []);
  assert.match(checks.find(({ name }) => name === "copied from")!.message, /opens: the newest is snapshot/);
  assert.match(checks.find(({ name }) => name === "dry run")!.message, /nothing new/);
});

test("one job alone is copied where that is asked for", { skip }, async () => {
  await using r = await pair();
  const mine = await make(r.first);
  const { id } = await r.first.create({ ...callOf(`run-${++runs}`), job: "another" });
  await ended(r.first, id, LIMIT_MS);
  const from = { ...COPY_FROM, repository: `${r.folder}/first` };
  const copy = await make(await r.openSecond({ copyFrom: { ...from, job: "files" } }));
  assert.match(copy.message!, new RegExp(`backup '${mine.id}'`));
  const none = await make(await r.openSecond({ copyFrom: { ...from, job: "nobody" } }));
  assert.deepEqual([none.state, none.reason], ["failed", "nothing_to_copy"]);
});

test(
  "what is damaged in the first is not copied, and the copies that stand are left alone",
  { skip },
  async () => {
    await using r = await pair();
    await make(r.first);
    const copy = await make(r.second);
    await writeFile(`${r.folder}/data/large`, randomBytes(60_000));
    await make(r.first);
    const packs: { path: string; size: number }[] = [];
    for (const name of await readdir(`${r.folder}/first/data`)) {
      for (const file of await readdir(`${r.folder}/first/data/${name}`)) {
        const path = `${r.folder}/first/data/${name}/${file}`;
        packs.push({ path, size: (await stat(path)).size });
      }
    }
    const { path } = packs.sort((a, b) => b.size - a.size)[0]!;
    await chmod(path, 0o600);
    const bytes = await readFile(path);
    bytes.fill(0xff, 1_000, 1_010);
    await writeFile(path, bytes);
    const failed = await make(r.second);
    assert.equal(failed.state, "failed");
    assert.deepEqual((await there(r.second)).map(({ id }) => id), [copy.id]);
    assert.equal((await infoOf(r.second, copy.id)).state, "available");
  },
);

test("a wrong password is told of the repository that it does not open", { skip }, async () => {
  await using r = await pair();
  await make(r.first);
  await make(r.second);
  const copyFrom = { ...COPY_FROM, repository: `${r.folder}/first`, password: "wrong" };
  const first = await make(await r.openSecond({ copyFrom }));
  assert.equal(first.state, "failed");
  assert.match(first.message!, /password does not open the repository '[^']*first'/);
  const closed = await r.openSecond({ password: "wrong" });
  await assert.rejects(make(closed), /password does not open the repository '[^']*second'/);
});

test("a copy that is killed leaves no backup, and the next one is whole", { skip }, async () => {
  await using r = await pair();
  await writeFile(`${r.folder}/data/large`, randomBytes(400_000));
  await make(r.first);
  let pid: number | undefined;
  const processes: Processes = {
    ...host.processes,
    run(spec) {
      if (pid !== undefined || !spec.argv.includes("copy")) return host.processes.run(spec);
      const [program, ...args] = spec.argv;
      const onStart = (one: number) => (pid = one, spec.onStart?.(one));
      return host.processes.run({ ...spec, argv: [program, "--limit-upload=20", ...args], onStart });
    },
  };
  const slow = await r.openSecond({}, processes);
  const { id } = await slow.create({ ...callOf(`run-${++runs}`), job: "files" });
  await until("the copy is at work", () => pid !== undefined);
  await host.clock.sleep(1_500);
  host.processes.killGroup(pid!, "SIGKILL");
  const killed = await ended(slow, id, LIMIT_MS);
  assert.equal(killed.state, "failed");
  assert.deepEqual(await there(slow), []);
  const next = await make(slow);
  assert.equal(next.state, "available", next.message ?? "");
  await restic(r.folder, "second", "check", "--read-data");
});

test("a copy that was cut off before it was tagged is taken up by the next run, once", { skip }, async () => {
  await using r = await pair();
  const one = await make(r.first);
  const processes: Processes = {
    ...host.processes,
    run: (spec) =>
      spec.argv.includes("tag") ? Promise.reject(new Error("cut off")) : host.processes.run(spec),
  };
  const cutOff = await make(await r.openSecond({}, processes));
  assert.equal(cutOff.state, "failed");
  // It has the tags of the first, and is nobody's backup here.
  assert.deepEqual(await there(r.second), []);
  const copy = await make(r.second);
  assert.equal(copy.state, "available", copy.message ?? "");
  assert.match(copy.message!, new RegExp(`backup '${one.id}'`));
  const all = JSON.parse(await restic(r.folder, "second", "snapshots", "--json"));
  assert.equal(all.length, 1);
  assert.ok(!all[0].tags.includes(`backup:${one.id}`));
});

test("a lock on the first is waited for, and told of the first", { skip }, async () => {
  await using r = await pair();
  await writeFile(`${r.folder}/data/large`, randomBytes(400_000));
  await make(r.first);
  const stop = new AbortController();
  const holding = host.processes.run({
    argv: [
      "restic",
      "-r",
      `${r.folder}/first`,
      "--no-cache",
      "--limit-download",
      "10",
      "check",
      "--read-data",
    ],
    env: { RESTIC_PASSWORD: "first secret" },
    signal: stop.signal,
  }).catch(() => {});
  await until("the lock is there", async () => (await readdir(`${r.folder}/first/locks`)).length > 0);
  const locked = await make(r.second);
  stop.abort();
  await holding;
  assert.deepEqual([locked.state, locked.reason], ["failed", "locked"]);
  assert.match(locked.message!, /the repository '[^']*first' is locked/);
});
