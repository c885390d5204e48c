// Tells when something in a folder changes. The kernel's notices come first; a slow look finds what they miss.

import { basename, dirname, join } from "node:path";
import type { Clock } from "../ports/host.ts";
import { systemClock } from "./clock.ts";

/** A change is told when the folder has been quiet for this long … */
const QUIET_MS = 100;

/** … and at most this long after the first notice, however busy the folder is. */
const LONGEST_WAIT_MS = 2_000;

/** How often the folder is looked at besides: network file systems give no notices, replaced folders none either. */
const LOOK_MS = 10_000;
/** How often where the kernel's notices cannot be had. */
const ONLY_LOOK_MS = 1_000;
/** So much rest for each millisecond of a look: of a folder of many thousand files it is half a percent of a core. */
const REST_FACTOR = 200;
/** A slow file system is looked at all the same. */
const LONGEST_REST_MS = 60_000;

/**
 * Not recursive. The folder need not exist; its coming and going are changes too. Names that do not matter are passed
 * over, so that a busy neighbour (a log) costs nothing.
 *
 * `locked`: a file of which this process holds locks. Deno opens and closes each file that a notice is about, and the
 * first close of a file gives back all locks that a process has on it (POSIX): where it lies in the folder, the folder is
 * only looked at.
 */
export function watchFolder(
  path: string,
  changed: () => void,
  matters: (name: string) => boolean = () => true,
  locked?: string,
  clock: Clock = systemClock,
): () => void {
  const ended = new AbortController();
  let watcher: Deno.FsWatcher | undefined;
  let seen = folderState(path, matters);
  let firstNotice: number | undefined;
  let quiet: AbortController | undefined;

  const notice = () => {
    if (ended.signal.aborted) return;
    quiet?.abort();
    quiet = new AbortController();
    firstNotice ??= clock.monotonic();
    const left = firstNotice + LONGEST_WAIT_MS - clock.monotonic();
    clock.sleep(Math.max(0, Math.min(QUIET_MS, left)), quiet.signal).then(tell, () => {});
  };
  const tell = () => {
    firstNotice = undefined;
    if (ended.signal.aborted) return;
    seen = folderState(path, matters);
    changed();
  };
  const isNews = (event: Deno.FsEvent) =>
    event.kind !== "access" &&
    (event.paths.length === 0 ||
      event.paths.some((changed) => changed === path || matters(basename(changed))));

  /** Follows the kernel's notices until the folder is gone or the watch ends. */
  const follow = async () => {
    if (isIn(path, locked)) return;
    try {
      watcher = Deno.watchFs(path, { recursive: false });
      for await (const event of watcher) if (isNews(event)) notice();
    } catch {
      // No such folder, or no more watches to be had: the slow look goes on and tries again.
    }
    watcher = undefined;
  };
  const look = async () => {
    let tookMs = 0;
    for (;;) {
      const usual = isIn(path, locked) ? ONLY_LOOK_MS : LOOK_MS;
      await clock.sleep(Math.max(usual, Math.min(tookMs * REST_FACTOR, LONGEST_REST_MS)), ended.signal);
      const began = clock.monotonic();
      const state = folderState(path, matters);
      tookMs = clock.monotonic() - began;
      if (state.entries !== seen.entries) notice();
      if (state.identity !== seen.identity) close(watcher); // Another folder took its place.
      if (watcher === undefined && state.identity !== undefined) void follow();
      seen = state;
    }
  };

  void follow();
  look().catch(() => {});
  return () => {
    ended.abort();
    quiet?.abort();
    close(watcher);
  };
}

/** True where the file, links followed or not, lies in the folder itself. */
function isIn(folder: string, file: string | undefined): boolean {
  if (file === undefined) return false;
  const identity = identityOf(folder);
  return identity !== undefined &&
    [file, realPath(file)].some((path) => identityOf(dirname(path)) === identity);
}

/** Device and inode; undefined where nothing is. */
function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = Deno.statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return path;
  }
}

function close(watcher: Deno.FsWatcher | undefined): void {
  try {
    watcher?.close();
  } catch {
    // It had ended by itself.
  }
}

interface FolderState {
  /** Which folder it is; undefined when there is none. */
  identity: string | undefined;
  /** What matters in it: names with size, time and inode, links followed. */
  entries: string;
}

function folderState(path: string, matters: (name: string) => boolean): FolderState {
  try {
    const names = [...Deno.readDirSync(path)].map((entry) => entry.name).filter(matters).sort();
    const entries = names.map((name) => `${name}:${entryState(join(path, name))}`).join("\n");
    return { identity: identityOf(path), entries };
  } catch {
    return { identity: undefined, entries: "" };
  }
}

function entryState(path: string): string {
  try {
    const info = Deno.statSync(path);
    return `${info.size}:${info.mtime?.getTime()}:${info.ino}`;
  } catch {
    return "gone";
  }
}
