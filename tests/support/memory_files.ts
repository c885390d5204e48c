// The Files port in memory: a map from absolute path to content.

import type { FileInfo, FileLock, Files, InPlaceFile, NewFile, ReadFile } from "../../src/ports/host.ts";

const FOLDER = Symbol("folder");
const OTHER = Symbol("neither file nor folder");

/** Files that exist only here. Folders are those that have something below them, or were made. */
export class MemoryFiles implements Files {
  readonly #entries = new Map<string, Uint8Array | typeof FOLDER | typeof OTHER>();
  readonly #denied = new Set<string>();
  readonly #modes = new Map<string, number>();

  constructor(files: Record<string, string | Uint8Array> = {}, readonly working = "/home/me") {
    for (const [path, content] of Object.entries(files)) this.put(path, content);
  }

  put(path: string, content: string | Uint8Array): void {
    this.#entries.set(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      this.#entries.set(path.slice(0, at), FOLDER);
    }
  }

  putFolder(path: string): void {
    this.put(`${path}/.`, "");
    this.#entries.delete(`${path}/.`);
  }

  /** A pipe, socket or device. */
  putOther(path: string): void {
    this.put(path, "");
    this.#entries.set(path, OTHER);
  }

  deny(path: string): void {
    this.#denied.add(path);
  }

  async readBytes(path: string): Promise<Uint8Array> {
    await Promise.resolve();
    if (this.#denied.has(path)) throw named("PermissionDenied", `permission denied: ${path}`);
    const entry = this.#entries.get(path);
    if (entry === undefined) throw named("NotFound", `no such file: ${path}`);
    if (!(entry instanceof Uint8Array)) throw named("IsADirectory", `is a directory: ${path}`);
    return entry;
  }

  async readText(path: string): Promise<string> {
    return new TextDecoder().decode(await this.readBytes(path));
  }

  async info(path: string): Promise<FileInfo | undefined> {
    await Promise.resolve();
    return this.infoSync(path);
  }

  infoSync(path: string): FileInfo | undefined {
    const entry = this.#entries.get(path.replace(/\/+$/, ""));
    if (entry === undefined) return undefined;
    const isFile = entry instanceof Uint8Array;
    return {
      isFile,
      isDirectory: entry === FOLDER,
      size: isFile ? entry.length : 0,
      mode: this.#modes.get(path) ?? 0o600,
      mtime: 0,
      dev: 1,
      ino: 1,
    };
  }

  async list(folder: string): Promise<string[]> {
    await Promise.resolve();
    const path = folder.replace(/\/+$/, "");
    if (this.#denied.has(path)) throw named("PermissionDenied", `permission denied: ${path}`);
    const names = [...this.#entries.keys()].filter((key) => key.startsWith(`${path}/`))
      .map((key) => key.slice(path.length + 1)).filter((name) => name !== "" && !name.includes("/"));
    return names.reverse();
  }

  async writeText(path: string, text: string): Promise<void> {
    await Promise.resolve();
    this.put(path, text);
  }

  async appendText(path: string, text: string): Promise<void> {
    const known = this.#entries.has(path) ? await this.readText(path) : "";
    this.put(path, known + text);
  }

  async makeFolder(path: string): Promise<void> {
    await Promise.resolve();
    this.putFolder(path);
  }

  async remove(path: string): Promise<void> {
    await Promise.resolve();
    this.#entries.delete(path);
  }

  /** With all that is below it. */
  async move(from: string, to: string): Promise<void> {
    await Promise.resolve();
    for (const [path, entry] of [...this.#entries]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      this.#entries.delete(path);
      this.#entries.set(to + path.slice(from.length), entry);
    }
  }

  async setMode(path: string, mode: number): Promise<void> {
    await Promise.resolve();
    this.#modes.set(path, mode);
  }

  lock(): Promise<FileLock> {
    return Promise.resolve({ held: true, release: () => Promise.resolve() });
  }

  openInPlace(path: string): Promise<InPlaceFile> {
    return Promise.reject(new Error(`nothing is changed in place here: ${path}`));
  }

  async rename(from: string, to: string): Promise<void> {
    await Promise.resolve();
    const entry = this.#entries.get(from);
    if (entry === undefined) throw named("NotFound", `no such file: ${from}`);
    this.#entries.delete(from);
    this.#entries.set(to, entry);
  }

  openToRead(path: string): Promise<ReadFile> {
    return Promise.reject(new Error(`nothing is read in pieces here: ${path}`));
  }

  async create(path: string): Promise<NewFile> {
    await Promise.resolve();
    if (this.#entries.has(path)) throw named("AlreadyExists", `there is one: ${path}`);
    await this.writeText(path, "");
    return {
      append: async (bytes) => {
        const before = new TextDecoder().decode(await this.readBytes(path));
        await this.writeText(path, before + new TextDecoder().decode(bytes));
      },
      sync: () => Promise.resolve(),
      close: () => {},
    };
  }

  tempFolder(): string {
    return "/tmp";
  }

  workingFolder(): string {
    return this.working;
  }
}

function named(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}
