// Finds the texts of the configuration: a file, a folder of files, one variable, or nothing but the environment.

import type { FileInfo, Files } from "../../ports/host.ts";
import type { ConfigSource } from "../values/config.ts";
import type { Report } from "./report.ts";
import { MAX_TEXT_BYTES } from "./document.ts";
import { resolvePath } from "../../domain/path.ts";

export interface FoundText {
  /** As the user knows it. */
  name: string;
  text: string;
}

export interface Found {
  source: ConfigSource;
  /** What names it, for messages: `--config`, `SCHELLY_CONFIG`, `./schelly.yaml`. */
  by: string;
  /** The folder that relative paths of the configuration stand on. */
  base: string;
  texts: FoundText[];
}

const MOST = `${MAX_TEXT_BYTES / 1024 / 1024} MiB`;
const SPLIT = "split the jobs into the files of a folder, and name the folder";

/** More than this in a folder is refused unread: to read so much takes from ten seconds to a minute. */
const MOST_FILES = 150_000;
const MOST_FOLDER_MIB = 64;
const FEWER =
  "give fewer jobs to one instance, or write what many of them say once, in 'defaults' and 'providers'";

const USUAL_PATHS = ["schelly.yaml", "/etc/schelly/schelly.yaml"];

/**
 * Looks in order at `--config`, SCHELLY_CONFIG, SCHELLY_CONFIG_YAML, ./schelly.yaml, /etc/schelly/schelly.yaml.
 * Undefined when none is there; what is there and cannot be read is reported, with `texts` left empty.
 */
export async function findTexts(
  request: { config: string | undefined; env: Record<string, string>; files: Files },
  report: Report,
): Promise<Found | undefined> {
  const { files, env } = request;
  const working = files.workingFolder();
  const named = request.config !== undefined
    ? { by: "--config", path: request.config }
    : env.SCHELLY_CONFIG
    ? { by: "SCHELLY_CONFIG", path: env.SCHELLY_CONFIG }
    : undefined;
  if (named !== undefined && env.SCHELLY_CONFIG_YAML) {
    report.addVariable("SCHELLY_CONFIG_YAML", {
      message: `not used: ${named.by} comes first`,
      severity: "warning",
    });
  }
  if (named !== undefined) return await readNamed(named.by, named.path, files, report);
  if (env.SCHELLY_CONFIG_YAML) {
    const name = "SCHELLY_CONFIG_YAML";
    const text = env.SCHELLY_CONFIG_YAML;
    const fits = new TextEncoder().encode(text).length <= MAX_TEXT_BYTES;
    if (!fits) {
      report.addVariable(name, { message: `the text is over ${MOST}: expected a smaller one`, hint: SPLIT });
    }
    return { source: { kind: "inline" }, by: name, base: working, texts: fits ? [{ name, text }] : [] };
  }
  for (const path of USUAL_PATHS) {
    const info = await infoOf(files, resolvePath(working, path), path, report);
    if (info === "unreadable") {
      return { source: { kind: "file", path: path }, by: path, base: working, texts: [] };
    }
    if (info !== undefined) return await readNamed(path, path, files, report);
  }
  return undefined;
}

async function readNamed(by: string, path: string, files: Files, report: Report): Promise<Found> {
  const full = resolvePath(files.workingFolder(), path);
  const found: Found = { source: { kind: "file", path }, by, base: folderOf(full), texts: [] };
  if (path.trim() === "") {
    report.addAt(by, undefined, { message: "the path is empty: expected a file or a folder" });
    return found;
  }
  const info = await infoOf(files, full, path, report);
  if (info === "unreadable") return found;
  if (info === undefined) {
    report.addAt(path, undefined, {
      message: `there is no such file or folder: expected the configuration that ${by} names`,
    });
    return found;
  }
  if (!info.isDirectory) {
    const text = await readOne(path, full, info, files, report);
    if (text !== undefined) found.texts.push({ name: path, text });
    return found;
  }
  if (USUAL_PATHS.includes(by)) {
    report.addAt(path, undefined, { message: "this is a folder: expected a file" });
    return found;
  }
  return await readFolder(found, path, full, files, report);
}

/** The texts of a folder, with it as the source; what cannot be read is reported, and so is one with none, unless it may be. */
export async function readFolder(
  found: Found,
  path: string,
  full: string,
  files: Files,
  report: Report,
  mayBeEmpty = false,
): Promise<Found> {
  let names: string[];
  try {
    names = await files.list(full);
  } catch (error) {
    report.addAt(path, undefined, { message: `cannot list the folder: ${reason(error)}` });
    return found;
  }
  const chosen = names.filter((name) => /\.ya?ml$/.test(name) && !name.startsWith(".")).sort();
  if (chosen.length === 0 && !mayBeEmpty) {
    report.addAt(path, undefined, { message: "no *.yaml or *.yml is in the folder: expected at least one" });
  }
  const refused = (message: string, hint: string): Found => {
    report.addAt(path, undefined, { message, hint });
    // What was read of it is not judged, which would take its time.
    return { ...found, texts: [] };
  };
  if (chosen.length > MOST_FILES) {
    const message = `the folder has ${chosen.length} files: expected at most ${MOST_FILES}`;
    return refused(message, "a file may have many jobs: put some of them together");
  }
  let bytes = 0;
  for (const name of chosen) {
    const shownName = `${path.replace(/\/+$/, "")}/${name}`;
    const inside = resolvePath(full, name);
    const info = await infoOf(files, inside, shownName, report);
    if (info === "unreadable") continue;
    if (info === undefined) {
      report.addAt(shownName, undefined, { message: "this is a link to nothing: expected a file" });
      continue;
    }
    bytes += info.size;
    if (bytes > MOST_FOLDER_MIB * 1024 * 1024) {
      return refused(`the files of the folder have over ${MOST_FOLDER_MIB} MiB: expected less`, FEWER);
    }
    const text = await readOne(shownName, inside, info, files, report);
    if (text !== undefined) found.texts.push({ name: shownName, text });
  }
  return { ...found, source: { kind: "folder", path, files: chosen }, base: full };
}

async function readOne(
  name: string,
  path: string,
  info: FileInfo,
  files: Files,
  report: Report,
): Promise<string | undefined> {
  const fail = (message: string, hint?: string) => {
    report.addAt(name, undefined, { message, ...(hint === undefined ? {} : { hint }) });
    return undefined;
  };
  if (info.isDirectory) return fail("this is a folder: expected a file");
  if (!info.isFile) return fail("this is neither a file nor a folder: expected a YAML file");
  const tooLong = (bytes: number) => fail(`the file has ${bytes} bytes: expected at most ${MOST}`, SPLIT);
  if (info.size > MAX_TEXT_BYTES) return tooLong(info.size);
  let bytes: Uint8Array;
  try {
    bytes = await files.readBytes(path);
  } catch (error) {
    return fail(`cannot read the file: ${reason(error)}`);
  }
  if (bytes.length > MAX_TEXT_BYTES) return tooLong(bytes.length);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    return fail(
      `the file is not UTF-8 text${utf16 ? " but UTF-16" : ""}: expected a YAML file saved as UTF-8`,
    );
  }
}

async function infoOf(
  files: Files,
  path: string,
  name: string,
  report: Report,
): Promise<FileInfo | undefined | "unreadable"> {
  try {
    return await files.info(path);
  } catch (error) {
    report.addAt(name, undefined, { message: `cannot look at the file: ${reason(error)}` });
    return "unreadable";
  }
}

/** The runtime's error in words for people. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "PermissionDenied" || error.name === "NotCapable") return "permission denied";
  if (error.name === "NotFound") return "there is no such file";
  return error.message.split("\n")[0]!.slice(0, 200);
}

function folderOf(path: string): string {
  const folder = path.replace(/[\\/][^\\/]*$/, "");
  return folder === "" ? "/" : folder;
}
