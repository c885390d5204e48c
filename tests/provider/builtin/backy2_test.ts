// The built-in `backy2` with the real program: real versions, restored and compared byte for byte.
// Also tests backy2_restore.ts.

import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { backy2Config } from "../../../src/cli/provider/backy2_config.ts";
import type { Backy2ProviderSpec } from "../../../src/domain/provider_spec.ts";
import type { EngineEvent } from "../../../src/ports/events.ts";
import type { BackupHost } from "../../../src/provider/host/backup_host.ts";
import { createBuiltinProvider } from "../../../src/provider/builtin/builtin_provider.ts";
import { createHost } from "../../../src/runtime/host.ts";
import { callOf, ended, infoOf, tempFolder, until } from "../../support/backup_rig.ts";
import { mayLack } from "../../support/require_tool.ts";

const host = createHost();
const skip = mayLack("backy2", ["-V"]);
const MB = 1_000_000;

class Rig {
  readonly disk: string;
  readonly events: EngineEvent[] = [];

  constructor(readonly folder: string) {
    this.disk = `${folder}/disk`;
  }

  open(more: Partial<Backy2ProviderSpec> = {}, env: Record<string, string> = {}): Promise<BackupHost> {
    const spec: Backy2ProviderSpec = {
      kind: "backy2",
      key: "backy2",
      formerly: [],
      maxConcurrent: 1,
      timeouts: { createMs: 60_000, getMs: 30_000, deleteMs: 60_000 },
      pollIntervalMs: 1_000,
      verifyBeforeDelete: true,
      pre: null,
      post: null,
      createLimitMs: null,
      createBody: undefined,
      deleteBody: undefined,
      program: "backy2",
      config: backy2Config({
        TARGET_DATA_PATH: `${this.folder}/store`,
        PROTECT_YOUNG_BACKUP_DAYS: "0",
        ...env,
      }),
      source: `file://${this.disk}`,
      name: "schelly",
      tags: ["nightly"],
      init: true,
      cleanupUpkeep: null,
      env: {},
      ...more,
    };
    const sink = { emit: (event: EngineEvent) => void this.events.push(event) };
    const options = { restoreRoots: [this.folder] };
    return createBuiltinProvider(spec, { ...host, sink }, `${this.folder}/state`, options);
  }

  async backy2(...args: string[]): Promise<string> {
    const argv: [string, ...string[]] = ["backy2", "-c", `${this.folder}/state/backy.cfg`, ...args];
    const { code, stdout, stderr } = await host.processes.run({ argv, keepBytes: 1e6 });
    assert.equal(code, 0, stderr);
    return stdout;
  }
}

function backy2Test(name: string, body: (rig: Rig) => Promise<void>): void {
  test(name, { skip }, async () => {
    await using folder = await tempFolder();
    await body(new Rig(folder.path));
  });
}

async function make(provider: BackupHost, runId: string) {
  return await ended(provider, (await provider.create(callOf(runId))).id, 60_000);
}

/** Bytes of which no two blocks are alike. */
function bytes(length: number, seed: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = seed;
  for (let at = 0; at < words.length; at++) words[at] = state = Math.imul(state, 1664525) + 1013904223;
  return new Uint8Array(words.buffer, 0, length);
}

backy2Test(
  "backy2 backups restore byte for byte, deleting one leaves the other, a lost journal knows them",
  async (rig) => {
    const provider = await rig.open();
    await writeFile(rig.disk, bytes(9 * MB, 1));
    assert.ok((await provider.check()).every(({ ok }) => ok), "nothing is there yet, and nothing is made");
    assert.equal(await host.files.info(`${rig.folder}/store`), undefined);
    const first = await make(provider, "run-1");
    assert.equal(first.state, "available", `${first.message}`);
    assert.equal(first.sizeMb, 9);
    assert.match(first.message!, /^version [0-9a-f-]{36}: 9 MB$/);
    await writeFile(rig.disk, bytes(9 * MB, 2));
    const second = await make(provider, "run-2");
    assert.match(await rig.backy2("-m", "ls"), new RegExp(`\\|${first.id}\\|.*\\|nightly,|nightly`));
    assert.equal(await provider.delete(first.id, undefined, 1), "deleted");
    await provider[Symbol.asyncDispose]();

    await rename(`${rig.folder}/state`, `${rig.folder}/old-state`);
    await using other = await rig.open();
    const found = await infoOf(other, second.id);
    assert.deepEqual([found.dataId, found.state], [second.dataId, "available"]);
    assert.deepEqual((await other.list()).map(({ id, runId }) => [id, runId]), [[second.id, "run-2"]]);
    assert.equal((await other.get(first.id)).found, "no");
    assert.ok((await other.check()).every(({ ok }) => ok), JSON.stringify(await other.check()));
    await other.create(callOf("run-3"));
    await rig.backy2("restore", second.dataId!, `file://${rig.folder}/restored`);
    assert.deepEqual(new Uint8Array(await readFile(`${rig.folder}/restored`)), bytes(9 * MB, 2));
  },
);

/** Asks for a verification and answers how it ended. */
async function verified(provider: BackupHost, id: string, method: "check" | "restore") {
  const verificationId = crypto.randomUUID();
  await provider.verify!(id, { verificationId, method, fence: 1, job: "job" });
  await until(
    "the verification ends",
    async () => (await infoOf(provider, id)).verification?.state !== "running",
    60_000,
  );
  const { state, message } = (await infoOf(provider, id)).verification!;
  return `${state}: ${message}`;
}

/** Restores into a new folder and answers how that ended. */
async function restored(provider: BackupHost, id: string, target: string, include: string[] = []) {
  const operationId = crypto.randomUUID();
  const call = { operationId, target, include, dryRun: false, overwrite: false, anyOwner: false };
  await provider.restore!(id, call);
  const operation = async () => (await provider.operation!(operationId))!;
  await until("the restore ends", async () => (await operation()).state !== "running", 60_000);
  const { state, message } = await operation();
  return `${state}: ${message}`;
}

backy2Test(
  "a damaged block is found by scrub and by restore, and passes again once it is fixed",
  async (rig) => {
    await using provider = await rig.open();
    await writeFile(rig.disk, bytes(9 * MB, 7));
    const { id } = await make(provider, "run-1");
    assert.match(
      await verified(provider, id, "restore"),
      /^passed: 9 MB restored, every block compared$/,
    );
    const stored = await readdir(`${rig.folder}/store/data`, { recursive: true });
    const blob = `${rig.folder}/store/data/${stored.find((name) => name.endsWith(".blob"))!}`;
    const whole = await readFile(blob);
    await writeFile(blob, whole.map((byte, at) => at === 1_000 ? byte ^ 1 : byte));
    assert.match(
      await verified(provider, id, "check"),
      /^failed: block \d has other bytes than were backed up$/,
    );
    // backy2 itself ends with 0.
    const failed = await restored(provider, id, `${rig.folder}/damaged`);
    assert.match(
      failed,
      /^failed: .*block \d has other bytes.*'disk\.part' is what could be restored, and is not whole/,
    );
    assert.deepEqual(await readdir(`${rig.folder}/damaged`), ["disk.part"]);
    // It is damaged, and still the backup that it was: nobody takes it for one that was cut off.
    const looked = await provider.get(id, { anew: true });
    assert.equal(looked.found === "yes" && looked.backup.state, "available");
    assert.equal((await provider.list()).length, 1);

    await rm(blob);
    assert.match(await verified(provider, id, "restore"), /^failed: a block is not there/);
    await writeFile(blob, whole);
    assert.match(
      await verified(provider, id, "check"),
      /^passed: every block of 9 MB was read and compared$/,
    );
    assert.match(
      await restored(provider, id, `${rig.folder}/all`),
      /^done: 9 MB restored from version .* as 'disk'$/,
    );
    assert.deepEqual(await readdir(`${rig.folder}/all`), ["disk"]);
    assert.deepEqual(new Uint8Array(await readFile(`${rig.folder}/all/disk`)), bytes(9 * MB, 7));
    const { entries } = (await provider.browse!(id, "", undefined, 10))!;
    assert.deepEqual(entries, [{ path: "disk", type: "file", size: 9 * MB }]);
    assert.match(await restored(provider, id, `${rig.folder}/none`, ["no"]), /^failed: .*has no 'no'/);
    assert.equal(await host.files.info(`${rig.folder}/none`), undefined);
  },
);

backy2Test("a backy2 backup that is cancelled leaves no version behind", async (rig) => {
  // As much as it takes to be caught in the middle.
  await writeFile(rig.disk, bytes(4 * MB, 3));
  await using provider = await rig.open({}, {
    PROTECT_YOUNG_BACKUP_DAYS: "6",
    MAX_BANDWIDTH_WRITE: "2000000",
  });
  const whole = await make(provider, "run-1");
  await writeFile(rig.disk, bytes(60 * MB, 4));
  const { id } = await provider.create(callOf("run-2"));
  await until(
    "it says how far it is",
    async () => / blocks$/.test((await infoOf(provider, id)).message ?? ""),
  );
  assert.equal(await provider.delete(id, undefined, 1), "deleted");
  const listed = (await rig.backy2("-m", "ls")).trim().split("\n").slice(1);
  assert.deepEqual(listed.map((line) => line.split("|")[3]), [whole.id]);
  // A whole one is as young, and its configuration protects it.
  await assert.rejects(
    provider.delete(whole.id, undefined, 1),
    /is too young.*keeps young versions: lower 'disallow_rm_when_younger_than_days'/,
  );
  assert.equal((await infoOf(provider, whole.id)).state, "available");
});

backy2Test("a database that vanished is not made anew, and a missing source is told of", async (rig) => {
  await writeFile(rig.disk, bytes(MB, 5));
  const strict = await rig.open({ init: false });
  await mkdir(`${rig.folder}/store/data`, { recursive: true });
  await assert.rejects(strict.create(callOf("run-1")), /has no database .*initdb.*init: true/);
  await strict[Symbol.asyncDispose]();
  await using provider = await rig.open();
  assert.equal((await make(provider, "run-1")).state, "available");
  await provider[Symbol.asyncDispose]();

  await rm(`${rig.folder}/store/backy.sqlite`);
  await using blind = await rig.open();
  await assert.rejects(blind.create(callOf("run-2")), /no longer there: is its disk mounted/);
  const failed = (await blind.check()).filter(({ ok }) => !ok).map(({ name }) => name);
  assert.deepEqual(failed, ["database opens"]);
});

backy2Test("backy2's cleanup runs after deletions, and its words are told", async (rig) => {
  await writeFile(rig.disk, bytes(MB, 6));
  const cleanupUpkeep = { schedule: null, afterDeletions: 1 };
  const first = await rig.open({ cleanupUpkeep });
  const made = await make(first, "run-1");
  assert.equal(await first.delete(made.id, undefined, 1), "deleted");
  await first[Symbol.asyncDispose]();
  await using second = await rig.open({ cleanupUpkeep });
  const told = () => rig.events.filter(({ data }) => data?.news === true).map(({ message }) => message);
  await until("it is cleaned up", () => told().length === 1, 20_000);
  assert.match(told()[0]!, /^The cleanup of provider 'backy2' went well: Cleanup finished/);
  assert.match((await second.check()).at(-1)!.message, /went well/);
});
