// Reads what `…_file` keys point at: from a path, or by a bare name where systemd and containers put secrets.

import type { FileInfo, Files } from "../../ports/host.ts";
import { hasHostPlace, hostNames, putHost } from "../document/host_place.ts";
import type { Report } from "../document/report.ts";
import { reason } from "../document/find.ts";
import { formatPath, isMapping, type JudgedJobs, type Mapping, type Path } from "../document/tree.ts";
import { resolvePath } from "../../domain/path.ts";

const MAX_SECRET_BYTES = 64 * 1024;
/** Of all the authorities that a system trusts, for example. */
const MAX_BUNDLE_BYTES = 1024 * 1024;

/** Files that anybody may read. */
const PUBLIC = new Set(["ca_file", "cert_file", "client_cert_file"]);

/** Files of providers whose path is handed on; their content is used by whoever needs it. */
const HANDED_ON = new Set(["password_file", "config_file"]);

/** The files that the configuration names. */
export interface Secrets {
  /** Every file whose text was read, or would have been: absolute, sorted. */
  files: string[];
  /** Those of them that hold no secret. */
  open: ReadonlySet<string>;
  /** The text of a secret file, by the path of its key; undefined when it could not be read. */
  textAt(path: Path): string | undefined;
  /** Where the file is, by the path of its key. */
  fileAt(path: Path): string;
}

interface SecretsRequest {
  root: Mapping;
  env: Record<string, string>;
  files: Files;
  /** The folder that relative paths stand on. */
  base: string;
  mode: "required" | "optional";
  /** Jobs that are known to name no file. */
  known?: JudgedJobs;
}

/** Reads every secret file; what is missing is an error, or a note where secrets are optional. */
export async function readSecrets(request: SecretsRequest, report: Report): Promise<Secrets> {
  const texts = new Map<string, string>();
  const locations = new Map<string, string>();
  const known = new Map<string, string | Error>();
  const read = new Set<string>();
  const [open, secret] = [new Set<string>(), new Set<string>()];
  const named: FileKey[] = [];
  addFileKeys(request.root, [], named, request.known);
  for (const { path, written, key } of named) {
    if (report.isTainted(path)) continue;
    const id = formatPath(path);
    const located = await locate(written, request);
    locations.set(id, located);
    const severity = request.mode === "optional" ? "note" as const : "error" as const;
    const handedOn = path[0] !== "server" && path[0] !== "notify" && HANDED_ON.has(key);
    const cacheKey = `${handedOn ? key : ""} ${PUBLIC.has(key)} ${located}`;
    const found = known.get(cacheKey) ??
      await (handedOn
        ? lookAt(located, request.files, key === "password_file")
        : look(located, request.files, PUBLIC.has(key) ? MAX_BUNDLE_BYTES : MAX_SECRET_BYTES));
    known.set(cacheKey, found);
    if (!handedOn) read.add(located);
    (PUBLIC.has(key) ? open : secret).add(located);
    if (typeof found === "string") texts.set(id, found);
    else report.add(path, { message: `'${written}' ${found.message}`, severity });
  }
  return {
    files: [...read].sort(),
    open: open.difference(secret),
    textAt: (path) => texts.get(formatPath(path)),
    fileAt: (path) => locations.get(formatPath(path)) ?? "",
  };
}

/**
 * The text of one secret file, its last line end taken off. Rejects with what is wrong, as the end of a sentence
 * that begins with the file's name.
 */
export async function readSecretFile(path: string, files: Files): Promise<string> {
  const found = await look(path, files, MAX_SECRET_BYTES);
  if (typeof found === "string") return found;
  throw found;
}

async function look(path: string, files: Files, most: number): Promise<string | Error> {
  try {
    const info = await files.info(path);
    if (info === undefined || info.isDirectory) return notAFile(path, info);
    if (info.size > most) {
      return most === MAX_SECRET_BYTES
        ? new Error("is over 64 KiB: expected a file with one secret")
        : new Error("is over 1 MiB: expected a file with certificates");
    }
    const bytes = await files.readBytes(path);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/\r?\n$/, "");
    return blank(text) ?? text;
  } catch (error) {
    if (error instanceof TypeError) return new Error("is not UTF-8 text: expected a secret");
    return new Error(`cannot be read: ${reason(error)}`);
  }
}

/**
 * Nothing of a file that is handed on, or what is wrong with it. A password holds something, as far as it can be read
 * here: those who use it may read what Schelly may not, and a pipe is read once.
 */
async function lookAt(path: string, files: Files, isPassword: boolean): Promise<string | Error> {
  try {
    const info = await files.info(path);
    if (info === undefined || info.isDirectory) return notAFile(path, info);
    if (!isPassword || !info.isFile || info.size > MAX_SECRET_BYTES) return "";
    const bytes = await files.readBytes(path).catch(() => undefined);
    return bytes === undefined ? "" : blank(new TextDecoder().decode(bytes).replace(/\r?\n$/, "")) ?? "";
  } catch (error) {
    return new Error(`cannot be read: ${reason(error)}`);
  }
}

function notAFile(path: string, info: FileInfo | undefined): Error {
  return new Error(
    info === undefined ? `is not there: expected a file at ${path}` : "is a folder: expected a file",
  );
}

function blank(text: string): Error | undefined {
  if (text === "") return new Error("is empty: expected a secret");
  return text.trim() === "" ? new Error("holds only spaces and ends of lines: expected a secret") : undefined;
}

/** A bare name is looked for in $CREDENTIALS_DIRECTORY, then /run/secrets, then beside the configuration. */
async function locate(written: string, request: SecretsRequest): Promise<string> {
  if (!written.includes("/") && !written.includes("\\")) {
    const folders = [request.env.CREDENTIALS_DIRECTORY, "/run/secrets"].filter((folder) => folder);
    for (const folder of folders) {
      const located = resolvePath(folder!, written);
      const info = await request.files.info(located).catch(() => undefined);
      if (info !== undefined && !info.isDirectory) return located;
    }
  }
  return resolvePath(request.base, written);
}

interface FileKey {
  path: Path;
  written: string;
  key: string;
}

const OPAQUE = new Set(["body", "create_body", "delete_body", "headers", "env"]);

/** True when the settings of a job name a file. */
export function namesFile(own: Mapping): boolean {
  const found: FileKey[] = [];
  addFileKeys(own, ["jobs", 0], found);
  return found.length > 0;
}

/** Adds what stands at a path and within it; the path is the same after as before. */
function addFileKeys(
  value: unknown,
  path: (string | number)[],
  found: FileKey[],
  known?: JudgedJobs,
): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      if (known?.isJudged(value[index]) === true) continue;
      path.push(index);
      addFileKeys(value[index], path, found, known);
      path.pop();
    }
    return;
  }
  // Keys are names there.
  const isSection = path.length === 1 && path[0] === "providers" ||
    path.length === 2 && path[0] === "notify" && path[1] === "channels";
  for (const key of Object.keys(value)) {
    const inner = (value as Mapping)[key];
    path.push(key);
    if (!isSection && key.endsWith("_file") && typeof inner === "string") {
      const hosts = path[0] === "providers" && path.length === 3 && hasHostPlace(inner)
        ? hostNames(value as Mapping)
        : [];
      if (hosts.length === 0) found.push({ path: [...path], written: inner, key });
      // Each host has a file of its own.
      for (const host of hosts) found.push({ path: [...path, host], written: putHost(inner, host), key });
    } else if (!isSection && key.endsWith("_file") && isMapping(inner)) {
      for (const [name, file] of Object.entries(inner)) {
        if (typeof file === "string") found.push({ path: [...path, name], written: file, key });
      }
    } else if (isSection || !OPAQUE.has(key)) addFileKeys(inner, path, found, known);
    path.pop();
  }
}
