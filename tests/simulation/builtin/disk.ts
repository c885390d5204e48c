// The disk on which built-ins keep their journals: it outlives every crash, may lose a folder, tears what a crash cuts
// off, and shows the locks of simulated repositories as the files that they are.

import type { FileLock, Files } from "../../../src/ports/host.ts";
import { type Life, never } from "../sim_clock.ts";
import { named } from "./machine.ts";
import type { SimStorage } from "./restic_repository.ts";

/** What the world may do at a write: `before` and `after` it the program may end. */
export type AtWrite = (life: Life, path: string, when: "before" | "after") => void;

/** Files by path. */
export class SimDisk {
  readonly files = new Map<string, string>();
  readonly #folders = new Set<string>();
  readonly #locks = new Map<string, Life>();
  /** Sees a lock of a repository that is removed as a file; the life did it. */
  lockRemoval: { by: Life } | null = null;

  constructor(private readonly storage: SimStorage, private readonly atWrite: AtWrite) {}

  /** The config of a repository is a file of bytes that only its password tells more of. */
  #configAt(path: string): string | undefined {
    const [, place] = /^(.*)\/config$/.exec(path) ?? [];
    const id = this.storage.repositories.get(place ?? "")?.id;
    return id === undefined ? undefined : `sealed ${id}`;
  }

  readonly #inodes = new Map<string, number>();

  typeOf(path: string): "file" | "folder" | undefined {
    if (this.files.has(path)) return "file";
    return path === "/" || this.#folders.has(path) || this.storage.sources.has(path) ? "folder" : undefined;
  }

  inodeOf(path: string): string {
    if (!this.#inodes.has(path)) this.#inodes.set(path, this.#inodes.size + 1);
    return String(this.#inodes.get(path));
  }

  /** A file or an empty folder; what is below a folder is for whoever has it. */
  move(from: string, to: string): void {
    const text = this.files.get(from);
    if (text !== undefined) {
      this.files.delete(from);
      this.files.set(to, text);
    } else if (this.#folders.delete(from)) this.#folders.add(to);
    this.#inodes.set(to, Number(this.inodeOf(from)));
    this.#inodes.delete(from);
  }

  /** With all that is below. */
  removeAll(path: string): void {
    const isBelow = (one: string) => one === path || one.startsWith(`${path}/`);
    for (const one of [...this.files.keys()].filter(isBelow)) this.files.delete(one);
    for (const one of [...this.#folders].filter(isBelow)) this.#folders.delete(one);
    this.#inodes.delete(path);
  }

  /** The `Files` port of one life. */
  filesOf(life: Life): Files {
    const answer = <T>(work: () => T): Promise<T> =>
      life.dead ? never() : new Promise((resolve) => resolve(work()));
    const write = (path: string, text: () => string): Promise<void> => {
      if (life.dead) return never();
      this.atWrite(life, path, "before");
      if (life.dead) {
        // The kernel had half of it.
        const [before, after] = [this.files.get(path), text()];
        if (before !== undefined && after.startsWith(before)) {
          this.files.set(
            path,
            after.slice(0, before.length + Math.floor((after.length - before.length) / 2)),
          );
        }
        return never();
      }
      this.files.set(path, text());
      this.atWrite(life, path, "after");
      return life.dead ? never() : Promise.resolve();
    };
    const info = (path: string) => {
      const text = this.files.get(path);
      const isDirectory = this.#folders.has(path) || this.storage.sources.has(path);
      if (text === undefined && !isDirectory) return undefined;
      const isFile = text !== undefined;
      return { isFile, isDirectory, size: text?.length ?? 0, mode: 0o600, mtime: 0, dev: 1, ino: 1 };
    };
    const read = (path: string) => {
      const text = this.files.get(path) ?? this.#configAt(path);
      if (text === undefined) throw named("NotFound", `no such file: ${path}`);
      return text;
    };
    return {
      readText: (path) => answer(() => read(path)),
      readBytes: (path) => answer(() => new TextEncoder().encode(read(path))),
      writeText: (path, text) => {
        // By a rename: before it the file of before is whole.
        if (life.dead) return never();
        this.atWrite(life, path, "before");
        if (life.dead) return never();
        this.files.set(path, text);
        this.atWrite(life, path, "after");
        return life.dead ? never() : Promise.resolve();
      },
      appendText: (path, text) => write(path, () => (this.files.get(path) ?? "") + text),
      info: (path) => answer(() => info(path)),
      infoSync: info,
      list: (path) =>
        answer(() =>
          [
            ...this.files.keys(),
            ...this.#folders,
            ...this.storage.restored.get(path)?.map((one) => path + one.path) ?? [],
          ]
            .filter((one) => one.startsWith(path === "/" ? "/" : `${path}/`) && one !== path)
            .map((one) => one.slice(path === "/" ? 1 : path.length + 1)).filter((name) => !name.includes("/"))
        ),
      makeFolder: (path) => answer(() => void this.#folders.add(path)),
      remove: (path) =>
        answer(() => {
          if (this.files.delete(path) || this.#folders.delete(path)) return;
          const [, place, id] = /^(.*)\/locks\/([0-9a-f]+)$/.exec(path) ?? [];
          this.lockRemoval = { by: life };
          const isGone = this.storage.repositories.get(place ?? "")?.removeLock(id!, null);
          this.lockRemoval = null;
          if (isGone !== true) throw named("NotFound", `no such file: ${path}`);
        }),
      setMode: () => answer(() => {}),
      lock: (path) =>
        answer((): FileLock => {
          const holder = this.#locks.get(path);
          if (holder !== undefined && !holder.dead && holder !== life) return { held: false, why: "taken" };
          if (holder === life) return { held: false, why: "taken" };
          this.#locks.set(path, life);
          if (this.typeOf(path) === undefined) this.files.set(path, "");
          return { held: true, release: () => Promise.resolve(void this.#locks.delete(path)) };
        }),
      openInPlace: (path) => Promise.reject(new Error(`nothing is changed in place here: ${path}`)),
      rename: (path, to) =>
        answer(() => {
          this.move(path, to);
          const holder = this.#locks.get(path);
          if (holder !== undefined) this.#locks.set(to, holder);
          this.#locks.delete(path);
        }),
      openToRead: (path) => Promise.reject(new Error(`nothing is read in pieces here: ${path}`)),
      create: (path) => Promise.reject(new Error(`nothing is written in pieces here: ${path}`)),
      tempFolder: () => "/tmp",
      workingFolder: () => "/",
    };
  }
}
