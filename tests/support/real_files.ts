// The Files port over node:fs, for tests that run on any runtime.

import * as fs from "node:fs";
import * as fsp from "node:fs/promises";
import { tmpdir } from "node:os";
import type { FileInfo, Files } from "../../src/ports/host.ts";

/** Real files. */
export const realFiles: Files = {
  readText: (path) => fsp.readFile(path, "utf8"),
  readBytes: async (path) => new Uint8Array(await fsp.readFile(path)),
  async writeText(path, text, mode) {
    await fsp.writeFile(`${path}.new`, text, { mode });
    await fsp.rename(`${path}.new`, path);
  },
  appendText: (path, text) => fsp.appendFile(path, text),
  async info(path) {
    return realFiles.infoSync(path);
  },
  infoSync(path) {
    const stat = fs.statSync(path, { throwIfNoEntry: false });
    return stat && infoOf(stat);
  },
  list: (path) => fsp.readdir(path),
  async makeFolder(path, mode) {
    await fsp.mkdir(path, { recursive: true, mode });
  },
  remove: (path) => fsp.rm(path, { recursive: true }),
  setMode: (path, mode) => fsp.chmod(path, mode),
  tempFolder: () => tmpdir(),
  workingFolder: () => process.cwd(),
};

function infoOf(stat: fs.Stats): FileInfo {
  return {
    isFile: stat.isFile(),
    isDirectory: stat.isDirectory(),
    size: stat.size,
    mode: stat.mode & 0o777,
    mtime: stat.mtimeMs,
    dev: stat.dev,
    ino: stat.ino,
  };
}
