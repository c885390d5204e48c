// Where a simulated world keeps its state: real files in memory, touched synchronously so that every run of a seed
// takes the same turns, and copied as a power cut would leave them.

import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { FileInfo, Files } from "../../src/ports/host.ts";

const now = <T>(work: () => T): Promise<T> => new Promise((resolve) => resolve(work()));

/** What stands for another file since a crash, by its own number: the number of that one. */
const standsFor = new Map<number, number>();

/** The Files port without a single turn of the event loop. */
export const simFiles: Files = {
  readText: (path) => now(() => fs.readFileSync(path, "utf8")),
  readBytes: (path) => now(() => new Uint8Array(fs.readFileSync(path))),
  writeText: (path, text, mode) =>
    now(() => {
      fs.writeFileSync(`${path}.new`, text, { mode });
      forget(path);
      fs.renameSync(`${path}.new`, path);
    }),
  appendText: (path, text) => now(() => fs.appendFileSync(path, text)),
  info: (path) => now(() => simFiles.infoSync(path)),
  infoSync(path): FileInfo | undefined {
    const info = fs.statSync(path, { throwIfNoEntry: false });
    return info === undefined ? undefined : {
      isFile: info.isFile(),
      isDirectory: info.isDirectory(),
      size: info.size,
      mode: info.mode,
      mtime: info.mtimeMs,
      dev: info.dev,
      ino: standsFor.get(info.ino) ?? info.ino,
    };
  },
  list: (path) => now(() => fs.readdirSync(path)),
  makeFolder: (path, mode) => now(() => void fs.mkdirSync(path, { recursive: true, mode })),
  remove: (path) => now(() => fs.rmSync(path)),
  rename: (path, to) => now(() => fs.renameSync(path, to)),
  setMode: (path, mode) => now(() => fs.chmodSync(path, mode)),
  lock: () => now(() => ({ held: false, why: "unsupported" })),
  openInPlace: (path) =>
    now(() => {
      const file = fs.openSync(path, "r+");
      return {
        writeAt: (position, bytes) => void fs.writeSync(file, bytes, 0, bytes.length, position),
        close: () => fs.closeSync(file),
      };
    }),
  openToRead: async (path) => {
    const file = await Promise.resolve().then(() => fs.openSync(path, "r"));
    return {
      readAt: (position, bytes) => Promise.resolve(fs.readSync(file, bytes, 0, bytes.length, position)),
      close: () => fs.closeSync(file),
    };
  },
  create: async (path, mode) => {
    const file = await Promise.resolve().then(() => fs.openSync(path, "wx", mode));
    return {
      append: (bytes) => Promise.resolve(void fs.writeSync(file, bytes)),
      sync: () => Promise.resolve(),
      close: () => fs.closeSync(file),
    };
  },
  tempFolder: () => tmpdir(),
  workingFolder: () => ".",
};

/** Its number may be given anew. */
function forget(path: string): void {
  const info = fs.statSync(path, { throwIfNoEntry: false });
  if (info !== undefined) standsFor.delete(info.ino);
}

const SUFFIXES = ["", "-wal", ".mark"];

/** The folder of one world; each life after a crash works on a copy of what the one before left behind. */
export class StateFolder implements Disposable {
  readonly folder = fs.mkdtempSync(join(memoryFolder(), "schelly-sim-"));
  #copies = 0;
  #kept = 0;

  get path(): string {
    return join(this.folder, `state-${this.#copies}.db`);
  }

  /**
   * Leaves the files as they are at this instant to the next life, as kill -9 does: what was written is there, what
   * was not is lost. The dead life's connection keeps the old files, which nobody reads again; to the next life these
   * are the same files.
   */
  crash(): void {
    const from = this.path;
    this.#copies++;
    for (const suffix of SUFFIXES) {
      const before = simFiles.infoSync(from + suffix);
      if (before === undefined) continue;
      fs.copyFileSync(from + suffix, this.path + suffix);
      forget(from + suffix);
      standsFor.set(fs.statSync(this.path + suffix).ino, before.ino!);
      fs.rmSync(from + suffix);
    }
  }

  /** Begins with a copy of a state that was closed well. */
  begin(template: string): void {
    for (const suffix of SUFFIXES) {
      if (fs.existsSync(template + suffix)) fs.copyFileSync(template + suffix, this.path + suffix);
    }
  }

  /** Copies the state as it is at this instant; answers what `putBack` takes. */
  keep(): string {
    const kept = join(this.folder, `kept-${++this.#kept}.db`);
    for (const suffix of ["", "-wal"]) {
      if (fs.existsSync(this.path + suffix)) fs.copyFileSync(this.path + suffix, kept + suffix);
    }
    return kept;
  }

  /** Puts an older copy in the place of the state, or nothing at all; the mark beside it stays. */
  putBack(kept: string | null): void {
    for (const suffix of ["", "-wal"]) {
      fs.rmSync(this.path + suffix, { force: true });
      if (kept !== null && fs.existsSync(kept + suffix)) fs.copyFileSync(kept + suffix, this.path + suffix);
    }
  }

  [Symbol.dispose](): void {
    for (const name of fs.readdirSync(this.folder)) forget(join(this.folder, name));
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A file system in memory where there is one: what is tested is not the disk. */
function memoryFolder(): string {
  try {
    fs.rmdirSync(fs.mkdtempSync("/dev/shm/schelly-sim-"));
    const path = `/dev/shm/schelly-sim-${process.pid}.probe`;
    fs.writeFileSync(path, "");
    fs.rmSync(path);
    return "/dev/shm";
  } catch {
    return tmpdir();
  }
}
