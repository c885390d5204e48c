// Warns of files that hold secrets and that every user of the machine may read.

import type { Json } from "../domain/job.ts";
import type { ProviderSpec } from "../domain/provider_spec.ts";
import { SECRET_NAME } from "../domain/secret_name.ts";
import type { Files } from "../ports/host.ts";
import { isSecret } from "./document/redact.ts";
import type { Report } from "./document/report.ts";
import type { JudgedJobs, Mapping, Path } from "./document/tree.ts";
import { resolvePath } from "../domain/path.ts";
import { looksLikeHash } from "./values/password_hash.ts";

interface ReadableRequest {
  root: Mapping;
  /** The files of the configuration, as the user knows them; none for one that came by a variable. */
  texts: readonly string[];
  /** Absolute paths of files with a secret each. */
  secretFiles: readonly string[];
  providers: Iterable<ProviderSpec>;
  files: Pick<Files, "info" | "workingFolder">;
  env: Record<string, string>;
  /** Jobs that are known to have no secret written in them. */
  known?: JudgedJobs;
}

/** What puts files there gives them their modes, and nobody else is in the container or unit. */
const MOUNTED = "/run/secrets";
/** A password in an address that is written out. */
const CREDENTIALS = /:\/\/[^\s/?#@:]*:[^\s/?#@]+@/;

/** Looks at each file that has a secret in it. */
export async function warnReadable(request: ReadableRequest, report: Report): Promise<void> {
  const { files, env } = request;
  const modeOf = lookingOnce(files);
  const mounted = [MOUNTED, env.CREDENTIALS_DIRECTORY].filter((folder) => folder);
  const paths = [...request.secretFiles, ...[...request.providers].flatMap(handedOn)];
  for (const path of [...new Set(paths)].sort()) {
    if (mounted.some((folder) => path.startsWith(`${folder}/`))) continue;
    if (!await isReadable(path, modeOf)) continue;
    report.addAt(path, undefined, {
      message:
        "every user of this machine may read this file, which holds a secret: expected it for its owner",
      hint: `chmod o-rwx ${path}`,
      severity: "warning",
    });
  }
  const open = new Set<string>();
  for (const name of request.texts) {
    if (await isReadable(resolvePath(files.workingFolder(), name), modeOf)) open.add(name);
  }
  if (open.size === 0) return;
  const written: Path[] = [];
  addWrittenSecrets(request.root, [], written, request.known);
  for (const path of written) {
    const { file } = report.positionOf(path);
    // One of a file is told.
    if (report.templateOf(path) !== undefined || !open.delete(file)) continue;
    report.add(path, {
      message:
        "a secret is written here, in a file that every user of this machine may read: expected it in a " +
        "file of its own, or this one for its owner",
      hint: `chmod o-rwx ${file}`,
      severity: "warning",
    });
  }
}

/** Files whose path is handed to a program. */
function handedOn(spec: ProviderSpec): string[] {
  if (spec.kind === "restic" && spec.passwordFile !== null) return [spec.passwordFile];
  return spec.kind === "backy2" && "file" in spec.config ? [spec.config.file] : [];
}

type ModeOf = (path: string) => Promise<number>;

/** The mode of a file or folder, 0 where none is told. Files of one folder have all those above it in common. */
function lookingOnce(files: Pick<Files, "info">): ModeOf {
  const seen = new Map<string, Promise<number>>();
  return (path) => {
    const mode = seen.get(path) ?? files.info(path).then((info) => info?.mode ?? 0, () => 0);
    seen.set(path, mode);
    return mode;
  };
}

/** True when others may read it and get to it. */
async function isReadable(path: string, modeOf: ModeOf): Promise<boolean> {
  const isLet = async (at: string, bit: number) => (await modeOf(at) & bit) !== 0;
  if (!await isLet(path, 0o4)) return false;
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
    if (!await isLet(path.slice(0, at), 0o1)) return false;
  }
  return true;
}

/** True when a secret is written in the settings of a job, whoever may read that. */
export function hasWrittenSecret(own: Mapping): boolean {
  const found: Path[] = [];
  addWrittenSecrets(own, ["jobs", 0], found);
  return found.length > 0;
}

/** Adds where secrets stand as they are: not a variable, nor the name of a file, nor a hash. Leaves `path` as it was. */
function addWrittenSecrets(
  value: Json,
  path: (string | number)[],
  found: Path[],
  known?: JudgedJobs,
): void {
  if (typeof value === "string") {
    if (value !== "" && isWrittenSecret(value, path)) found.push([...path]);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  const isList = Array.isArray(value);
  for (const key of Object.keys(value)) {
    const inner = (value as unknown as Mapping)[key]!;
    if (isList && known?.isJudged(inner) === true) continue;
    path.push(isList ? Number(key) : key);
    addWrittenSecrets(inner, path, found, known);
    path.pop();
  }
}

function isWrittenSecret(value: string, path: Path): boolean {
  const key = String(path.at(-1));
  if (CREDENTIALS.test(value)) return true;
  if (!isSecret(path) || key.endsWith("_file") || looksLikeHash(value)) return false;
  // Of headers, variables and bodies most say nothing secret.
  return SECRET_NAME.test(key) || key === "url";
}
