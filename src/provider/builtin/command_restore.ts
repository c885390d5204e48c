// Restores a backup by the program that its author names, and shows what lies in it by another.

import { z } from "zod";
import { insidePath } from "../../domain/inside_path.ts";
import type { CommandProviderSpec } from "../../domain/provider_spec.ts";
import type { Processes, ProcessResult } from "../../ports/host.ts";
import type { Backuper } from "../../ports/provider.ts";
import type { BackupEntry, BackupPage, BrowseTask, RestoreResult, RestoreTask } from "../../ports/restore.ts";
import { BackupFailure } from "../host/backup_failure.ts";
import { hookEnv } from "../host/backup_work.ts";

type Argv = [string, ...string[]];

/** Exit code for "the backup has no such path". */
const NO_PATH = 3;

/** Lines that a failure tells before the last one. */
const MOST_SAID = 5;

const amount = z.number().nonnegative().optional();
const resultSchema = z.looseObject({
  files: amount,
  bytes: amount,
  message: z.string().optional(),
  lost: z.string().min(1).optional(),
});
const entrySchema = z.looseObject({
  path: z.string().min(1).max(4096),
  type: z.enum(["file", "folder", "link", "other"]).default("other"),
  size: amount,
  modified_at: z.iso.datetime({ offset: true }).optional(),
});

/** Those of `restore` and `browse` that `spec` names a command for. */
export function createCommandRestore(
  spec: CommandProviderSpec,
  processes: Processes,
): Pick<Backuper, "restore" | "browse"> {
  const envOf = (id: string, dataId: string) => ({
    ...spec.env,
    ...hookEnv({ id, runId: null, job: null, slot: null, body: undefined }),
    SCHELLY_DATA_ID: dataId,
  });
  const { restore = null, browse = null } = spec;
  return {
    ...(restore === null ? {} : { restore: (task) => restoreBy(spec, processes, restore, task, envOf) }),
    ...(browse === null ? {} : { browse: (task) => browseBy(spec, processes, browse, task, envOf) }),
  };
}

type EnvOf = (id: string, dataId: string) => Record<string, string>;

async function restoreBy(
  { cwd }: CommandProviderSpec,
  processes: Processes,
  argv: Argv,
  task: RestoreTask,
  envOf: EnvOf,
): Promise<RestoreResult> {
  const { id, dataId, target, include, dryRun, signal } = task;
  if (dryRun) {
    throw new BackupFailure("dry_run", "a restore by a command cannot be tried without writing anything");
  }
  if (include.some((path) => path.includes("\n"))) {
    throw new BackupFailure("no_path", "a path with a line break cannot be told to a command");
  }
  let last = "";
  const result = await processes.run({
    argv,
    env: { ...envOf(id, dataId), SCHELLY_TARGET: target, SCHELLY_INCLUDE: include.join("\n") },
    cwd: cwd ?? undefined,
    signal,
    onStart: task.started,
    scope: task.scope,
    onStdoutLine(line) {
      task.output(line);
      if (line.trim() === "") return;
      last = line.trim();
      if (!last.startsWith("{")) task.progress(last);
    },
    onStderrLine: task.output,
  });
  if (signal.aborted) throw new BackupFailure("stopped", "it was stopped before it was complete");
  if (result.code === NO_PATH) {
    throw new BackupFailure("no_path", `the backup does not have what was asked for${said(result)}`);
  }
  if (result.code !== 0) throw failure("restore", argv, result, saidBefore(result));
  if (!last.startsWith("{")) return last === "" ? {} : { message: last };
  return readJson(resultSchema, last, `the last line of the restore command '${argv[0]}'`);
}

async function browseBy(
  { cwd }: CommandProviderSpec,
  processes: Processes,
  argv: Argv,
  { id, dataId, path, after, limit, signal }: BrowseTask,
  envOf: EnvOf,
): Promise<BackupPage | undefined> {
  // No more than a page and one is kept, however much the program tells.
  let kept: BackupEntry[] = [];
  let problem: unknown;
  const nameOf = (entry: BackupEntry) => entry.path.slice(path === "" ? 0 : path.length + 1);
  const take = (line: string) => {
    if (line.trim() === "" || problem !== undefined) return;
    try {
      const read = readJson(entrySchema, line, `a line of the browse command '${argv[0]}'`);
      const inside = insidePath(read.path);
      if (!inside.ok) throw new BackupFailure("malformed", `Cannot show '${read.path}': ${inside.problem}`);
      const entry: BackupEntry = { path: inside.path, type: read.type };
      if (read.size !== undefined) entry.size = read.size;
      if (read.modified_at !== undefined) entry.modifiedAt = Date.parse(read.modified_at);
      const name = nameOf(entry);
      const isInFolder = path === "" || inside.path.startsWith(`${path}/`);
      if (!isInFolder || name === "" || name.includes("/") || (after !== undefined && name <= after)) return;
      kept.push(entry);
      if (kept.length > 2 * limit + 2) kept = sorted(kept).slice(0, limit + 1);
    } catch (error) {
      problem = error;
    }
  };
  const sorted = (entries: BackupEntry[]) => entries.sort((a, b) => nameOf(a) < nameOf(b) ? -1 : 1);
  const env = { ...envOf(id, dataId), SCHELLY_PATH: path };
  const result = await processes.run({ argv, env, cwd: cwd ?? undefined, signal, onStdoutLine: take });
  if (signal.aborted) throw new BackupFailure("too_long", `'${argv[0]}' took too long and was ended`);
  if (result.code === NO_PATH) return undefined;
  if (result.code !== 0) throw failure("browse", argv, result);
  if (problem !== undefined) throw problem;
  const entries = sorted(kept).slice(0, limit);
  return kept.length > limit ? { entries, next: nameOf(entries.at(-1)!) } : { entries };
}

function readJson<T>(schema: z.ZodType<T>, line: string, where: string): T {
  try {
    return schema.parse(JSON.parse(line));
  } catch (error) {
    const why = error instanceof z.ZodError ? error.issues[0]!.message : (error as Error).message;
    throw new BackupFailure("malformed", `Cannot read ${where}, '${line.slice(0, 200)}': ${why}`);
  }
}

function failure(which: string, argv: Argv, result: ProcessResult, before = ""): BackupFailure {
  const how = result.signal === null
    ? `ended with exit code ${result.code}`
    : `was ended by ${result.signal}`;
  return new BackupFailure("exit_code", `the ${which} command '${argv[0]}' ${how}${said(result)}${before}`);
}

/** What a restore said of single files, before its last word. */
function saidBefore({ stderr }: ProcessResult): string {
  const lines = [...new Set(stderr.split("\n").map((line) => line.trim()).filter((line) => line !== ""))];
  const before = lines.slice(0, -1);
  if (before.length === 0) return "";
  const more = before.length > MOST_SAID ? ` and ${before.length - MOST_SAID} lines more` : "";
  return ` (before that: ${before.slice(0, MOST_SAID).join("; ")}${more})`;
}

function said({ stderr, stdout }: ProcessResult): string {
  const lines = `${stdout}\n${stderr}`.split("\n").map((line) => line.trim());
  const last = lines.findLast((line) => line !== "");
  return last === undefined ? "" : `: ${last}`;
}
