// A backup host on real files in a folder of its own, over a Backuper that the test leads by the hand.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import process from "node:process";
import type { Json } from "../../src/domain/job.ts";
import type { Files } from "../../src/ports/host.ts";
import type { BackupTask, CreateCall, Provider, StoredBackup } from "../../src/ports/provider.ts";
import type { Backuper, BackupInfo, BackupResult } from "../../src/ports/provider.ts";
import {
  type BackupHost,
  type BackupHostOptions,
  createBackupHost,
} from "../../src/provider/host/backup_host.ts";
import { openFolderMemory } from "../../src/provider/host/folder_memory.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { systemFiles } from "../../src/runtime/files.ts";
import { systemTree } from "../../src/runtime/file_tree.ts";
import { createIds } from "../../src/runtime/ids.ts";
import { systemProcesses } from "../../src/runtime/processes.ts";

export const systemIds = createIds(systemClock);

/** A folder that goes with the test. */
export async function tempFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(`${tmpdir()}/schelly-test-`);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** One create that waits to be ended by the test. */
export interface Making {
  task: BackupTask;
  finish(result?: BackupResult): void;
  fail(error: Error): void;
}

/** Knows what was asked of it; a storage in memory. */
export class HandBackuper implements Backuper {
  makings: Making[] = [];
  deletions: { id: string; dataId: string; body: Json | undefined }[] = [];
  inits = 0;
  /** Ends every create at once. */
  atOnce = false;
  /** Rejects when its signal aborts, as it should. */
  obeys = true;
  initError: Error | undefined;
  deleteError: Error | undefined;
  /** By data id; absent: there is no look-up. */
  storage: Map<string, StoredBackup> | undefined;
  get?: (id: string, dataId: string) => Promise<StoredBackup | undefined>;
  list?: () => Promise<StoredBackup[]>;

  /** Gives it a storage that can be looked into. */
  withStorage(storage = new Map<string, StoredBackup>()): this {
    this.storage = storage;
    this.get = (id, dataId) =>
      Promise.resolve([...storage.values()].find((one) => one.dataId === dataId || one.id === id));
    this.list = () => Promise.resolve([...storage.values()]);
    return this;
  }

  init(): Promise<void> {
    this.inits++;
    return this.initError === undefined ? Promise.resolve() : Promise.reject(this.initError);
  }

  create(task: BackupTask): Promise<BackupResult> {
    return new Promise((resolve, reject) => {
      const finish = (result: BackupResult = { dataId: `data-${task.id}`, sizeMb: 1.5 }) => {
        const stored: StoredBackup = { id: task.id, dataId: result.dataId ?? task.id };
        if (task.runId !== null) stored.runId = task.runId;
        this.storage?.set(result.dataId ?? task.id, stored);
        resolve(result);
      };
      this.makings.push({ task, finish, fail: reject });
      if (this.obeys) task.signal.addEventListener("abort", () => reject(task.signal.reason));
      if (this.atOnce) finish();
    });
  }

  delete(id: string, dataId: string, body: Json | undefined): Promise<boolean> {
    this.deletions.push({ id, dataId, body });
    if (this.deleteError !== undefined) return Promise.reject(this.deleteError);
    return Promise.resolve(this.storage === undefined ? true : this.storage.delete(dataId));
  }

  get last(): Making {
    return this.makings.at(-1)!;
  }
}

/** A host on `folder`; what is not given is real. */
export async function openHost(
  folder: string,
  backuper: Backuper,
  { files = systemFiles, ...more }: Partial<BackupHostOptions> & { files?: Files } = {},
): Promise<BackupHost> {
  const memory = await openFolderMemory({ files, processes: systemProcesses, pid: process.pid }, folder);
  return await createBackupHost({
    key: "test",
    backuper,
    clock: systemClock,
    ids: systemIds,
    files,
    tree: systemTree,
    processes: systemProcesses,
    memory,
    maxConcurrent: 1,
    ...more,
  });
}

export function callOf(runId: string, more: Partial<CreateCall> = {}): CreateCall {
  return { runId, job: "job", slot: null, fence: 1, body: undefined, ...more };
}

/** What the provider says of a backup that it must know. */
export async function infoOf(provider: Provider, id: string): Promise<BackupInfo> {
  const answer = await provider.get(id);
  assert.ok(answer.found === "yes", `get of '${id}' answered ${answer.found}`);
  return answer.backup;
}

/** Waits, in real time, until the condition holds. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  mostMs = 10_000,
): Promise<void> {
  const end = systemClock.monotonic() + mostMs;
  while (!await holds()) {
    assert.ok(systemClock.monotonic() < end, `never came true: ${what}`);
    await systemClock.sleep(5);
  }
}

/** The backup once it no longer runs. */
export async function ended(provider: Provider, id: string, mostMs = 20_000): Promise<BackupInfo> {
  let info: BackupInfo | undefined;
  await until(
    `the end of '${id}'`,
    async () => (info = await infoOf(provider, id)).state !== "running",
    mostMs,
  );
  return info!;
}
