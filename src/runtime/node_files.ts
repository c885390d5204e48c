// Files by path over node:fs, for programs that use the library under Node: whole and on disk, or not at all.

import { randomUUID } from "node:crypto";
import { closeSync, openSync, type Stats, statSync, writeSync } from "node:fs";
import { chmod, mkdir, open, readdir, readFile, rename, rmdir, stat, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import process from "node:process";
import type { FileInfo, Files, InPlaceFile, NewFile, ReadFile } from "../ports/host.ts";
import { named } from "./node_errors.ts";
import { lockFile } from "./node_file_lock.ts";

/** The file system of the machine; errors carry the names that the port promises. */
export const nodeFiles: Files = {
  readText: (path) => named(readFile(path, "utf8")),
  readBytes: async (path) => new Uint8Array(await named(readFile(path))),
  writeText: (path, text, mode) => named(writeText(path, text, mode)),
  appendText: (path, text) => named(appendText(path, text)),
  info: (path) => named(stat(path).then(toInfo, nothingThere)),
  infoSync(path) {
    try {
      return toInfo(statSync(path));
    } catch (error) {
      return nothingThere(error);
    }
  },
  list: (path) => named(readdir(path)),
  async makeFolder(path, mode) {
    await named(mkdir(path, { recursive: true, mode }));
  },
  // Not recursive: a folder with something in it is left alone.
  remove: (path) => named(remove(path)),
  rename: (path, to) => named(rename(path, to)),
  setMode: (path, mode) => named(chmod(path, mode)),
  lock: lockFile,
  openInPlace: (path) => named(openInPlace(path)),
  openToRead: (path) => named(openToRead(path)),
  create: (path, mode) => named(create(path, mode)),
  tempFolder: () => tmpdir(),
  workingFolder: () => process.cwd(),
};

function openInPlace(path: string): Promise<InPlaceFile> {
  return Promise.resolve().then(() => {
    const file = openSync(path, "r+");
    return {
      writeAt(position: number, bytes: Uint8Array) {
        for (let written = 0; written < bytes.length;) {
          written += writeSync(file, bytes, written, bytes.length - written, position + written);
        }
      },
      close: () => closeSync(file),
    };
  });
}

async function openToRead(path: string): Promise<ReadFile> {
  const file = await open(path, "r");
  return {
    readAt: async (position, bytes) => (await file.read(bytes, 0, bytes.length, position)).bytesRead,
    close: () => void file.close(),
  };
}

async function create(path: string, mode: number): Promise<NewFile> {
  const file = await open(path, "wx", mode);
  return {
    append: async (bytes) => void await file.writeFile(bytes),
    sync: () => file.sync(),
    close: () => void file.close(),
  };
}

async function remove(path: string): Promise<void> {
  const info = await stat(path).catch(() => undefined);
  await (info?.isDirectory() ? rmdir(path) : unlink(path));
}

/** Without `mode` the file keeps the mode it had, or gets 0644. */
async function writeText(path: string, text: string, mode?: number): Promise<void> {
  const before = await nodeFiles.info(path);
  const beside = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  const finalMode = mode ?? (before?.isFile ? before.mode ?? 0o644 : 0o644);
  try {
    // 0600 until it is complete: a secret is never readable by others, not even for a moment.
    const file = await open(beside, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.chmod(finalMode & 0o7777);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await unlink(beside).catch(() => {});
    throw error;
  }
  await syncFolder(dirname(path));
}

async function appendText(path: string, text: string): Promise<void> {
  const isNew = (await nodeFiles.info(path)) === undefined;
  const file = await open(path, "a");
  try {
    await file.appendFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  if (isNew) await syncFolder(dirname(path));
}

/** A new name is safe from a power cut only once its folder is on disk. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function toInfo(info: Stats): FileInfo {
  return {
    isFile: info.isFile(),
    isDirectory: info.isDirectory(),
    size: info.size,
    mode: info.mode & 0o7777,
    mtime: info.mtimeMs,
    dev: info.dev,
    ino: info.ino,
  };
}

/** `a/b` where `a` is a file is as absent as `a/b` in an empty folder. */
function nothingThere(error: unknown): undefined {
  const { code } = error as { code?: string };
  if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
}
