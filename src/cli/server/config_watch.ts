// Watches the files of the configuration and asks for a reload when they say something else than before.

import { resolvePath } from "../../domain/path.ts";
import type { Config } from "../../config/values/config.ts";
import { ConfigError } from "../../domain/errors.ts";
import type { Host } from "../../ports/host.ts";
import { stateFile } from "../../store/database/state_location.ts";

/** Files that are written piece by piece are read only once they have stood still for so long. */
const STILL_MS = 300;
/** How often a refused configuration is tried again: what it lacks, such as a secret, may come later. */
const AGAIN_MS = 10_000;

interface ConfigWatchOptions {
  /** The value of `--config`. */
  config: string | undefined;
  host: Host;
  /** Loads the configuration as a reload would, to see whether it can be used now. */
  load: () => Promise<Config>;
  /** Reloads, and calls `cover` with what was loaded, if it could be. */
  reload: () => Promise<unknown>;
  /** The files cannot be compared; the watch goes on. */
  failed: (error: unknown) => void;
}

/** Follows the files of the configuration that was loaded last, wherever they are. */
export class ConfigWatch {
  #watched = new Map<string, { names: string; end: () => void }>();
  #secretFiles: readonly string[] = [];
  #jobsFolder: Config["jobsFolder"];
  #isFromFiles = false;
  /** Of what was tried last, with success or without. */
  #tried = "";
  /** What was tried last could not be loaded. */
  #refused = false;
  #trying = false;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #ended = new AbortController();

  constructor(private readonly options: ConfigWatchOptions) {}

  /** From now on this is the configuration whose files are watched. */
  cover(config: Config): void {
    if (this.#ended.signal.aborted) return;
    this.#tried = config.fingerprint;
    this.#refused = false;
    this.#secretFiles = config.secretFiles;
    this.#jobsFolder = config.jobsFolder;
    this.#isFromFiles = config.source.kind === "file" || config.source.kind === "folder";
    const folders = foldersOf(config, this.options.host.files.workingFolder());
    for (const [folder, watch] of this.#watched) {
      if (folders.get(folder)?.key === watch.names) continue;
      watch.end();
      this.#watched.delete(folder);
    }
    for (const [folder, { key, matters }] of folders) {
      if (this.#watched.has(folder)) continue;
      const end = this.options.host.watchFolder(
        folder,
        () => this.look(),
        matters,
        stateFile(config.state.url),
      );
      this.#watched.set(folder, { names: key, end });
    }
  }

  /** Compares the files with what was tried last, and reloads when they differ. Never rejects. */
  look(): void {
    if (this.#ended.signal.aborted || !this.#hasFiles()) return;
    this.#lookAgain = this.#looking !== undefined;
    this.#looking ??= this.#compare()
      .catch((error) => this.#ended.signal.aborted || this.options.failed(error))
      .then(() => {
        this.#looking = undefined;
        if (this.#lookAgain) this.look();
      });
  }

  end(): void {
    this.#ended.abort(new Error("the watch has ended"));
    for (const { end } of this.#watched.values()) end();
    this.#watched.clear();
  }

  #hasFiles(): boolean {
    return this.#isFromFiles || this.#secretFiles.length > 0;
  }

  async #compare(): Promise<void> {
    const { host, reload } = this.options;
    let now = await this.#fingerprint();
    while (now !== this.#tried) {
      await host.clock.sleep(STILL_MS, this.#ended.signal);
      const before = now;
      now = await this.#fingerprint();
      // A reload that somebody asked for may have been quicker.
      if (now !== before || now === this.#tried) continue;
      this.#tried = now;
      this.#refused = true;
      await reload();
      if (this.#refused && !this.#trying) void this.#tryAgain();
      return;
    }
  }

  /** Until it can be used, or another one was. Quiet: that it is refused has been told. */
  async #tryAgain(): Promise<void> {
    const { host, load, reload, failed } = this.options;
    this.#trying = true;
    try {
      while (this.#refused) {
        await host.clock.sleep(AGAIN_MS, this.#ended.signal);
        if (this.#refused && await canLoad(load)) await reload();
      }
    } catch (error) {
      if (!this.#ended.signal.aborted) failed(error);
    } finally {
      this.#trying = false;
    }
  }

  async #fingerprint(): Promise<string> {
    const { fingerprint } = await import("../../config/fingerprint.ts");
    const { config, host: { env, files } } = this.options;
    const ofJobs = this.#jobsFolder === undefined ? {} : { jobsFolder: this.#jobsFolder };
    return await fingerprint({ config, env, files, secretFiles: this.#secretFiles, ...ofJobs });
  }
}

async function canLoad(load: () => Promise<Config>): Promise<boolean> {
  try {
    await load();
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}

interface Watched {
  /** Tells one choice of names from another. */
  key: string;
  matters: (name: string) => boolean;
}

/** The folders to watch, and which names in them matter. */
function foldersOf({ source, secretFiles, jobsFolder }: Config, working: string): Map<string, Watched> {
  const names = new Map<string, Set<string>>();
  const watch = (path: string) => {
    const [folder, name] = parted(path, working);
    names.set(folder, (names.get(folder) ?? new Set()).add(name));
  };
  secretFiles.forEach(watch);
  if (source.kind === "file") watch(source.path);
  const folders = new Map([...names].map(([folder, chosen]): [string, Watched] => [
    folder,
    // Kubernetes replaces a mounted folder by renaming a link beside the files that begins with two dots.
    {
      key: [...chosen].sort().join("\n"),
      matters: (name: string) => chosen.has(name) || name.startsWith(".."),
    },
  ]));
  const ofYaml = new Set([
    ...(source.kind === "folder" ? [absolute(source.path, working)] : []),
    ...(jobsFolder === undefined ? [] : [jobsFolder.path]),
  ]);
  for (const folder of ofYaml) {
    const besides = folders.get(folder);
    folders.set(folder, {
      key: `*.yaml\n${besides?.key ?? ""}`,
      matters: (name) => /\.ya?ml$/.test(name) || name.startsWith("..") || besides?.matters(name) === true,
    });
  }
  return folders;
}

function parted(path: string, working: string): [folder: string, name: string] {
  const full = absolute(path, working);
  const at = full.lastIndexOf("/");
  return [full.slice(0, at) || "/", full.slice(at + 1)];
}

function absolute(path: string, working: string): string {
  const full = resolvePath(working, path);
  return full.length > 1 ? full.replace(/\/+$/, "") : full;
}
