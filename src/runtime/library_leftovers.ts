// Removes copies of the native library that starts before this one left: those that were killed while they loaded it,
// and those of older versions, which left a file each. Only what is this user's own, and what nobody can still be loading.

import { basename, extname } from "node:path";

/** How the folders are called in which the library is put. */
export const LIBRARY_PREFIX = "schelly-library-";

/** A start loads the library within moments of writing it. */
const OLD_MS = 60 * 60 * 1000;
/** Deno's own name of it: the program's, and two numbers of 64 bits. */
const BY_DENO = /^\d{20,40}\.node$/;

/** Never throws: what cannot be removed stays. */
export function removeLeftovers(folder: string, program = Deno.execPath()): void {
  const stem = basename(program, extname(program));
  const own = Deno.uid();
  const before = Date.now() - OLD_MS;
  const attempt = (path: string, remove: (info: Deno.FileInfo) => void) => {
    try {
      const info = Deno.lstatSync(path);
      if (info.uid === own && info.mtime !== null && info.mtime.getTime() < before) remove(info);
    } catch {
      // Not there any more, or not ours to remove.
    }
  };
  try {
    for (const { name } of Deno.readDirSync(folder)) {
      const path = `${folder}/${name}`;
      if (name.startsWith(LIBRARY_PREFIX)) {
        attempt(path, ({ isDirectory }) => {
          if (isDirectory) removeFolder(path);
        });
      } else if (name.startsWith(stem) && BY_DENO.test(name.slice(stem.length))) {
        attempt(path, ({ isFile }) => {
          if (isFile) Deno.removeSync(path);
        });
      }
    }
  } catch {
    // A folder that cannot be read is told of by who writes into it.
  }
}

function removeFolder(path: string): void {
  for (const { name } of Deno.readDirSync(path)) {
    if (name.endsWith(".node")) Deno.removeSync(`${path}/${name}`);
  }
  Deno.removeSync(path);
}
