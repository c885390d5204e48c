// Files by path: what is written is on disk, whole, before the promise resolves.

import { tmpdir } from "node:os";
import { dirname } from "node:path";
import type { FileInfo, Files, InPlaceFile, NewFile, ReadFile } from "../ports/host.ts";
import { lockFile } from "./file_lock.ts";

/** The file system of the machine. */
export const systemFiles: Files = {
  readText: (path) => Deno.readTextFile(path),
  readBytes: (path) => Deno.readFile(path),
  writeText,
  appendText,
  async info(path) {
    try {
      return toInfo(await Deno.stat(path));
    } catch (error) {
      return nothingThere(error);
    }
  },
  infoSync(path) {
    try {
      return toInfo(Deno.statSync(path));
    } catch (error) {
      return nothingThere(error);
    }
  },
  async list(path) {
    const names: string[] = [];
    for await (const entry of Deno.readDir(path)) names.push(entry.name);
    return names;
  },
  makeFolder: (path, mode) => Deno.mkdir(path, { recursive: true, mode }),
  // Not recursive: a folder with something in it is left alone.
  remove: (path) => Deno.remove(path),
  async rename(path, to) {
    await Deno.rename(path, to);
    await syncFolder(dirname(to));
  },
  setMode: (path, mode) => Deno.chmod(path, mode),
  lock: lockFile,
  openInPlace,
  openToRead,
  create,
  tempFolder: () => tmpdir(),
  workingFolder: () => Deno.cwd(),
};

/** Without `mode` the file keeps the mode it had, or gets 0644. */
async function writeText(path: string, text: string, mode?: number): Promise<void> {
  const before = await systemFiles.info(path);
  const beside = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  const finalMode = mode ?? (before?.isFile ? before.mode ?? 0o644 : 0o644);
  try {
    // 0600 until it is complete: a secret is never readable by others, not even for a moment.
    const file = await Deno.open(beside, { write: true, createNew: true, mode: 0o600 });
    try {
      await writeAll(file, new TextEncoder().encode(text));
      await Deno.chmod(beside, finalMode & 0o7777);
      await file.sync();
    } finally {
      file.close();
    }
    await Deno.rename(beside, path);
  } catch (error) {
    await Deno.remove(beside).catch(() => {});
    throw error;
  }
  await syncFolder(dirname(path));
}

async function appendText(path: string, text: string): Promise<void> {
  const isNew = (await systemFiles.info(path)) === undefined;
  const file = await Deno.open(path, { append: true, create: true });
  try {
    await writeAll(file, new TextEncoder().encode(text));
    await file.sync();
  } finally {
    file.close();
  }
  if (isNew) await syncFolder(dirname(path));
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += await file.write(bytes.subarray(written));
}

async function openInPlace(path: string): Promise<InPlaceFile> {
  const file = await Deno.open(path, { read: true, write: true });
  return {
    writeAt(position, bytes) {
      file.seekSync(position, Deno.SeekMode.Start);
      for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
    },
    close: () => file.close(),
  };
}

async function openToRead(path: string): Promise<ReadFile> {
  const file = await Deno.open(path, { read: true });
  return {
    // Not in the background: for that Deno makes a second handle, and its close gives back this process's locks on the file.
    readAt(position, bytes) {
      file.seekSync(position, Deno.SeekMode.Start);
      let filled = 0;
      while (filled < bytes.length) {
        const read = file.readSync(bytes.subarray(filled));
        if (read === null) break;
        filled += read;
      }
      return Promise.resolve(filled);
    },
    close: () => file.close(),
  };
}

async function create(path: string, mode: number): Promise<NewFile> {
  const file = await Deno.open(path, { write: true, createNew: true, mode });
  return {
    append: (bytes) => writeAll(file, bytes),
    async sync() {
      await file.sync();
      await syncFolder(dirname(path));
    },
    close: () => file.close(),
  };
}

/** A new name is safe from a power cut only once its folder is on disk. */
async function syncFolder(path: string): Promise<void> {
  const folder = await Deno.open(path, { read: true });
  try {
    await folder.sync();
  } finally {
    folder.close();
  }
}

function toInfo(info: Deno.FileInfo): FileInfo {
  return {
    isFile: info.isFile,
    isDirectory: info.isDirectory,
    size: info.size,
    mode: info.mode === null ? null : info.mode & 0o7777,
    mtime: info.mtime?.getTime() ?? null,
    dev: info.dev,
    ino: info.ino,
    born: info.birthtime?.getTime() ?? null,
  };
}

/** `a/b` where `a` is a file is as absent as `a/b` in an empty folder. */
function nothingThere(error: unknown): undefined {
  const absent = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
  if (!absent) throw error;
}
