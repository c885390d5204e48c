// Puts the native library that the compiled program holds where no other user can get at it, for as long as it takes to
// load it.
//
// Deno's own way is a file in the temporary folder whose name is the same at each start: whoever made it first owns what
// runs then. Here it is a new file that only this user may open, in a new folder that only this user may enter. It is
// loaded by its open descriptor, which no rename in the folders above can turn to another file, and is gone once loaded.

import { Buffer } from "node:buffer";
import Module from "node:module";
import { tmpdir } from "node:os";
import { extname } from "node:path";
import { StoreError } from "../domain/errors.ts";
import { LIBRARY_PREFIX, removeLeftovers } from "./library_leftovers.ts";

/** A folder to put the library below, and how messages call it. */
interface LibraryFolder {
  path: string;
  called: string;
}

type Load = (path: string) => void;

const CHUNK_BYTES = 1024 * 1024;
/** Where Linux has the open files of a process. */
const OPEN_FILES = "/proc/self/fd";
/** Where everybody may rename what is there, somebody may be quicker than us, and again. */
const MOST_TRIES = 20;
const TAKEN = "what is put there is taken away by others";
const FULL = "it is full";
/** How the loader says that what lies there may not be run. */
const NOT_RUN = /failed to map|permission/i;

/** From now on this process loads its native libraries so. Does nothing outside of the compiled program. */
export function keepLibrariesPrivate(): void {
  if (!Deno.build.standalone) return;
  const extensions = (Module as unknown as {
    _extensions: Record<string, (module: unknown, path: string) => void>;
  })._extensions;
  const load = extensions[".node"]!;
  extensions[".node"] = (module, path) =>
    loadPrivately(path, libraryFolders(Deno.env.toObject()), (copy) => load(module, copy));
}

/** Where it is put, the first that will do: on a disk rather than in memory, so the temporary folder comes first. */
export function libraryFolders(env: Record<string, string>): LibraryFolder[] {
  const folders = [{ path: tmpdir(), called: "the temporary folder" }];
  for (const name of ["RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"]) {
    const path = env[name]?.split(":")[0];
    if (path !== undefined && path.startsWith("/")) folders.push({ path, called: name });
  }
  return folders;
}

/**
 * Loads a copy of the file at `path` from the first of the folders where that is possible. Throws `StoreError` where it
 * is possible in none, and what `load` throws for any other reason.
 */
export function loadPrivately(path: string, folders: readonly LibraryFolder[], load: Load): void {
  const refused: string[] = [];
  for (const folder of folders) {
    let why: string | undefined = TAKEN;
    for (let tries = 0; tries < MOST_TRIES && why === TAKEN; tries++) {
      why = loadBelow(path, folder.path, load);
    }
    if (why === undefined) return;
    refused.push(`from ${folder.called} '${folder.path}': ${why}`);
  }
  throw new StoreError(
    "not_writable",
    `Cannot load the library of the state store ${refused.join("; nor ")}: ` +
      "set TMPDIR to a folder in which this user may write and run programs (in a container: --tmpfs /tmp:exec)",
  );
}

/** Answers why that is not possible there; undefined once it is loaded. */
function loadBelow(path: string, below: string, load: Load): string | undefined {
  removeLeftovers(below);
  const folder = `${below}/${LIBRARY_PREFIX}${crypto.randomUUID()}`;
  // Nobody else can list that folder: the name within is known to this process alone.
  const copy = `${folder}/${crypto.randomUUID()}${extname(path)}`;
  try {
    Deno.mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    return whyNotWritten(error);
  }
  try {
    return loadFrom(path, copy, load);
  } finally {
    // What is loaded needs no name. Windows keeps it until the process ends: a later start removes it.
    for (const one of [copy, folder]) {
      try {
        Deno.removeSync(one);
      } catch {
        // See above.
      }
    }
  }
}

function loadFrom(path: string, copy: string, load: Load): string | undefined {
  let file: Deno.FsFile | undefined;
  try {
    try {
      file = Deno.openSync(copy, { read: true, write: true, createNew: true, mode: 0o600 });
      copyInto(path, file);
    } catch (error) {
      const why = whyNotWritten(error);
      // In a new folder of our own nothing else than want of space keeps a file from being made.
      return file === undefined && why !== FULL ? TAKEN : why;
    }
    const { uid, mode, dev, ino } = file.statSync();
    if (uid !== Deno.uid() || ((mode ?? 0) & 0o022) !== 0) {
      return "what is put there does not belong to this user alone";
    }
    if (!isSame(path, file)) return "what is put there does not stay as it was written";
    const opened = openedAs(dev, ino) ?? named(copy, dev, ino);
    if (opened === undefined) return TAKEN;
    try {
      load(opened);
    } catch (error) {
      if (NOT_RUN.test((error as Error).message)) return "it is mounted noexec, or closed to this user";
      throw error;
    }
  } finally {
    file?.close();
  }
}

function copyInto(path: string, file: Deno.FsFile): void {
  for (const chunk of chunksOf(path)) {
    for (let written = 0; written < chunk.length;) written += file.writeSync(chunk.subarray(written));
  }
}

/** In pieces: the whole would stay in memory for long. */
function isSame(path: string, file: Deno.FsFile): boolean {
  file.seekSync(0, Deno.SeekMode.Start);
  const read = new Uint8Array(CHUNK_BYTES);
  for (const chunk of chunksOf(path)) {
    const found = fill(file, read.subarray(0, chunk.length));
    if (Buffer.compare(found, chunk) !== 0) return false;
  }
  return file.readSync(read) === null;
}

function* chunksOf(path: string): Generator<Uint8Array> {
  using file = Deno.openSync(path);
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    const chunk = fill(file, buffer);
    if (chunk.length === 0) return;
    yield chunk;
  }
}

/** As much of the file as fits, or all that is left of it. */
function fill(file: Deno.FsFile, buffer: Uint8Array): Uint8Array {
  let length = 0;
  while (length < buffer.length) {
    const read = file.readSync(buffer.subarray(length));
    if (read === null) break;
    length += read;
  }
  return buffer.subarray(0, length);
}

/** A name that stays with the open file whatever others rename; undefined where the system has none. */
function openedAs(dev: number, ino: number | null): string | undefined {
  try {
    for (const { name } of Deno.readDirSync(OPEN_FILES)) {
      const found = named(`${OPEN_FILES}/${name}`, dev, ino);
      if (found !== undefined) return found;
    }
  } catch {
    // No Linux, or /proc is not mounted.
  }
  return undefined;
}

/** The path, if that file is what it leads to. */
function named(path: string, dev: number, ino: number | null): string | undefined {
  try {
    const there = Deno.statSync(path);
    return there.dev === dev && there.ino === ino ? path : undefined;
  } catch {
    return undefined;
  }
}

function whyNotWritten(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "it is not there";
  if (/no space|quota|os error (28|122)\b/i.test((error as Error).message)) return FULL;
  return "it cannot be written";
}
