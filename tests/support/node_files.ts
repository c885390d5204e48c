// The Files port over node:fs, so that tests of the runtime-agnostic core run under any runtime.

import { chmod, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FileInfo, Files } from "../../src/ports/host.ts";

let count = 0;

/** Files of the machine; not synced to disk, which tests do not need. */
export const nodeFiles: Files = {
  readText: (path) => readFile(path, "utf8"),
  readBytes: async (path) => new Uint8Array(await readFile(path)),
  async writeText(path, text, mode = 0o644) {
    const beside = `${path}.${count++}.tmp`;
    await writeFile(beside, text, { mode });
    await rename(beside, path);
  },
  async appendText(path, text) {
    // Not by `appendFile`, which changes the mode of a file that is there, under Deno.
    const file = await open(path, "a");
    await file.writeFile(text);
    await file.close();
  },
  info: (path) => stat(path).then(infoOf, nothingThere),
  infoSync(path) {
    const info = statSync(path, { throwIfNoEntry: false });
    return info === undefined ? undefined : infoOf(info);
  },
  list: (path) => readdir(path),
  async makeFolder(path, mode) {
    await mkdir(path, { recursive: true, mode });
  },
  remove: (path) => rm(path),
  rename: (path, to) => rename(path, to),
  setMode: (path, mode) => chmod(path, mode),
  lock: () => Promise.resolve({ held: false, why: "unsupported" }),
  openInPlace: async (path) => {
    const file = await Promise.resolve().then(() => openSync(path, "r+"));
    return {
      writeAt: (position, bytes) => void writeSync(file, bytes, 0, bytes.length, position),
      close: () => closeSync(file),
    };
  },
  openToRead: async (path) => {
    const file = await Promise.resolve().then(() => openSync(path, "r"));
    return {
      readAt: (position, bytes) => Promise.resolve(readSync(file, bytes, 0, bytes.length, position)),
      close: () => closeSync(file),
    };
  },
  create: async (path, mode) => {
    const file = await Promise.resolve().then(() => openSync(path, "wx", mode));
    return {
      append: (bytes) => Promise.resolve(void writeSync(file, bytes)),
      sync: () => Promise.resolve(),
      close: () => closeSync(file),
    };
  },
  tempFolder: () => tmpdir(),
  workingFolder: () => ".",
};

interface Stat {
  isFile(): boolean;
  isDirectory(): boolean;
  size: number;
  mode: number;
  mtimeMs: number;
  dev: number;
  ino: number;
}

function infoOf(info: Stat): FileInfo {
  return {
    isFile: info.isFile(),
    isDirectory: info.isDirectory(),
    size: info.size,
    mode: info.mode,
    mtime: info.mtimeMs,
    dev: info.dev,
    ino: info.ino,
  };
}

function nothingThere(error: unknown): undefined {
  if ((error as { code?: string }).code === "ENOENT") return undefined;
  throw error;
}

/** A fresh folder, removed with all in it when disposed. */
export function tempFolder(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), "schelly-test-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs the work at a place and disposes it, as `await using` would: Node 20 does not know that word yet. */
export async function at<Place extends Disposable | AsyncDisposable>(
  place: Place | Promise<Place>,
  work: (place: Place) => Promise<void> | void,
): Promise<void> {
  const here = await place;
  try {
    await work(here);
  } finally {
    if (Symbol.asyncDispose in here) await here[Symbol.asyncDispose]();
    else here[Symbol.dispose]();
  }
}
