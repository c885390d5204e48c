// The built-in `backy2`: one version a backup, found again by its snapshot name and its tags.
//
// The snapshot name is there from the first moment, so that what was cut off can be removed; the tags come last, so
// that only a complete version is ever taken for a backup when the journal was lost.

import type { Backy2ProviderSpec } from "../../domain/provider_spec.ts";
import { bytesText } from "../../domain/size_text.ts";
import type { ProviderNotes } from "../../ports/backup_memory.ts";
import type { EventSink } from "../../ports/events.ts";
import type { Clock, Files, Processes, ProcessResult } from "../../ports/host.ts";
import type { Backuper, BackupResult, BackupTask, CheckResult, StoredBackup } from "../../ports/provider.ts";
import type { ToolTask } from "../../ports/tool_task.ts";
import { BackupFailure } from "../host/backup_failure.ts";
import {
  backy2LastWords,
  backy2TroubleOf,
  readProgress,
  readVersions,
  type Version,
} from "./backy2_output.ts";
import { createBacky2Restore } from "./backy2_restore.ts";
import { checkProgram } from "./find_program.ts";
import { Upkeep } from "./upkeep.ts";

interface Backy2Ports {
  clock: Clock;
  files: Files;
  processes: Processes;
  /** The environment of this program, for PATH. */
  env: Record<string, string>;
  sink?: EventSink;
  isFrozen?: () => Promise<boolean>;
}

const TAG = "schelly";
const LIST_BYTES = 64 * 1024 * 1024;
/** How long a backup waits for a cleanup before it ends that. */
const BACKUP_WAIT_MS = 600_000;

/** Runs the backy2 of `spec`; a configuration that is given as a text becomes a file in `folder`, its own alone; null where there is none. */
export function createBacky2Backuper(
  spec: Backy2ProviderSpec,
  ports: Backy2Ports,
  { notes, folder }: { notes: ProviderNotes; folder: string | null },
): Backuper & { upkeep: Upkeep } {
  const { clock, files, processes } = ports;
  const configFile = "file" in spec.config ? spec.config.file : `${folder}/backy.cfg`;
  const isKnown = async () => await notes.read("database") !== undefined;
  const upkeep = new Upkeep({
    ...ports,
    key: spec.key,
    tasks: spec.cleanupUpkeep === null ? [] : [{ name: "cleanup", when: spec.cleanupUpkeep, run: cleanup }],
    notes,
    backupWaitMs: BACKUP_WAIT_MS,
  });

  let written: Promise<void> | undefined;

  interface Call {
    signal: AbortSignal;
    task?: ToolTask;
    keepBytes?: number;
  }

  async function run(args: string[], { signal, task, keepBytes }: Call): Promise<ProcessResult> {
    if ("text" in spec.config) await (written ??= files.writeText(configFile, spec.config.text, 0o600));
    const onLine = (line: string) => {
      task?.output(line);
      const progress = readProgress(line);
      if (progress !== undefined) task?.progress(progress);
    };
    const result = await processes.run({
      argv: [spec.program, "-c", configFile, ...args],
      env: spec.env,
      signal,
      onStart: task?.started,
      scope: task?.scope,
      onStdoutLine: onLine,
      onStderrLine: onLine,
      keepBytes,
    });
    if (signal.aborted) throw new BackupFailure("stopped", "backy2 was stopped");
    return result;
  }

  /** Rejects with what any exit code but 0 means. */
  async function must(what: string, args: string[], call: Call): Promise<ProcessResult> {
    const result = await run(args, call);
    if (result.code !== 0) throw failure(what, result);
    return result;
  }

  function failure(what: string, result: ProcessResult): BackupFailure {
    const output = `${result.stdout}\n${result.stderr}`;
    const words = backy2LastWords(output);
    const trouble = backy2TroubleOf(output);
    switch (trouble) {
      case "no_database":
        return new BackupFailure(
          trouble,
          `Cannot ${what}: backy2 has no database (${words}): is its disk mounted? To make one run ` +
            `'backy2 -c ${configFile} initdb', or let Schelly make it with 'init: true'`,
        );
      case "too_young":
        return new BackupFailure(
          trouble,
          `Cannot ${what}: ${words} Its configuration '${configFile}' keeps young versions: lower ` +
            "'disallow_rm_when_younger_than_days' (PROTECT_YOUNG_BACKUP_DAYS), or let retention keep them as long",
        );
      case "protected":
        return new BackupFailure(trouble, `Cannot ${what}: ${words} Run 'backy2 unprotect' if it may go`);
      case "locked":
        return new BackupFailure(
          "locked",
          `Cannot ${what}: ${words}: another backy2 is at work: it is tried again`,
        );
      default: {
        const how = result.signal === null ? `exit code ${result.code}` : result.signal;
        return new BackupFailure("backy2", `Cannot ${what}: backy2 ended with ${how}: ${words}`);
      }
    }
  }

  /** Within the provider's `timeout.get`. */
  async function versions(what: string, args: string[] = []): Promise<Version[]> {
    const limit = clock.timeout(spec.timeouts.getMs);
    try {
      const call = { signal: limit.signal, keepBytes: LIST_BYTES };
      const { stdout } = await must(what, ["-m", "ls", ...args], call);
      return readList(what, stdout);
    } catch (error) {
      if (!limit.signal.aborted) throw error;
      throw new BackupFailure(
        "too_long",
        `Cannot ${what}: backy2 took longer than ${spec.timeouts.getMs / 1000} s`,
      );
    } finally {
      limit.dispose();
    }
  }

  async function open(): Promise<void> {
    if ("text" in spec.config && spec.init && !await isKnown()) {
      for (const needed of spec.config.folders) await files.makeFolder(needed, 0o700);
    }
    try {
      await versions("open the database of backy2");
    } catch (error) {
      if (!(error instanceof BackupFailure) || error.reason !== "no_database" || !spec.init) throw error;
      if (await isKnown()) {
        throw new BackupFailure(
          "no_database",
          "The database of backy2 is no longer there: is its disk mounted, its server right? No new one is made in its " +
            `place; to begin anew on purpose ${notes.toForget("database")}`,
        );
      }
      const limit = clock.timeout(spec.timeouts.createMs);
      try {
        await must("make the database of backy2", ["initdb"], { signal: limit.signal });
      } finally {
        limit.dispose();
      }
      await versions("open the database just made");
    }
    await notes.write("database", JSON.stringify({ source: spec.source }) + "\n");
  }

  async function create(task: BackupTask): Promise<BackupResult> {
    const leave = await upkeep.beginBackup(task.signal, task.progress);
    try {
      const tags = [TAG, `backup:${task.id}`, ...spec.tags];
      if (task.runId !== null && isPlain(task.runId)) tags.push(`run:${task.runId}`);
      if (task.job !== null && isPlain(task.job)) tags.push(`job:${task.job}`);
      const args = ["backup", "-s", task.id, ...tags.flatMap((tag) => ["-t", tag]), spec.source, spec.name];
      await must("make the backup", args, { signal: task.signal, task });
      return await confirm(task);
    } finally {
      leave();
    }
  }

  /** The version just made, from the database itself: an exit code alone is not proof. */
  async function confirm(task: BackupTask): Promise<BackupResult> {
    const what = "find the version just made";
    const { stdout } = await must(what, ["-m", "ls", "-s", task.id], { signal: task.signal });
    const made = readList(what, stdout).filter((one) => one.valid && one.snapshotName === task.id);
    if (made.length !== 1) {
      throw new BackupFailure(
        "no_version",
        `backy2 ended without an error, but has ${made.length} valid versions of the snapshot name '${task.id}', ` +
          "expected one",
      );
    }
    const { uid, bytes } = made[0]!;
    return { dataId: uid, sizeMb: bytes / 1e6, message: `version ${uid}: ${bytesText(bytes)}` };
  }

  /** The version of a backup, also one that was cut off; undefined when there is none. */
  async function find(id: string, dataId: string): Promise<Version | undefined> {
    if (!isPlain(id)) return undefined;
    const named = (await versions(`look backup '${id}' up`, ["-s", id]))
      .filter(({ snapshotName }) => snapshotName === id);
    const ours = dataId === id ? named : named.filter(({ uid }) => uid === dataId);
    if (ours.length <= 1 && (named.length === 0 || ours.length === 1)) return ours[0];
    throw new BackupFailure(
      "ambiguous",
      `Cannot tell which version is backup '${id}': its snapshot name is on ${
        named.map(({ uid }) => uid).join(", ")
      }, expected only '${dataId}'`,
    );
  }

  async function remove(id: string, dataId: string, signal: AbortSignal): Promise<boolean> {
    const leave = await upkeep.beginDeletion(signal);
    try {
      const version = await find(id, dataId);
      if (version === undefined) return false;
      // What never was whole is no backup that its age could protect.
      const force = version.valid || wasWhole(version, id, dataId) ? [] : ["-f"];
      await must(`remove version ${version.uid}`, ["rm", ...force, version.uid], { signal });
      await upkeep.countDeletion();
      return true;
    } finally {
      leave();
    }
  }

  async function cleanup(signal: AbortSignal): Promise<string> {
    const { stdout, stderr } = await must("clean up", ["cleanup"], { signal });
    return /Cleanup-fast: (Cleanup finished.*)/.exec(`${stdout}\n${stderr}`)?.[1] ?? "done";
  }

  return {
    upkeep,
    init: open,
    create,
    delete: (id, dataId, _body, signal) => remove(id, dataId, signal),
    async get(id, dataId) {
      const version = await find(id, dataId);
      if (version === undefined) return undefined;
      const stored = toStored(version);
      return wasWhole(version, id, dataId) ? stored : { ...stored, id, incomplete: true };
    },
    findsById: true,
    ...createBacky2Restore({ spec, ports, upkeep, run, failure, find }),
    async list() {
      const found = await versions("list the versions", ["-t", TAG]);
      return found.map(toStored).filter(({ id }) => id !== "");
    },
    async check() {
      const path = spec.env.PATH ?? ports.env.PATH ?? "";
      const program = await checkProgram(files, "backy2 found", spec.program, path, null);
      const results: CheckResult[] = [program];
      if (program.ok) results.push(await checkDatabase());
      if (spec.source.startsWith("file://")) {
        results.push(await checkSource(files, spec.source.slice("file://".length)));
      }
      return [...results, ...upkeep.check()];
    },
  };

  async function checkDatabase(): Promise<CheckResult> {
    const name = "database opens";
    try {
      const found = await versions("open the database of backy2");
      return { name, ok: true, message: `${found.length} versions` };
    } catch (error) {
      if (await isNew(error)) {
        return { name, ok: true, message: "there is none yet; the first backup makes it" };
      }
      return { name, ok: false, message: (error as Error).message };
    }
  }

  /** True where the first backup makes the database. */
  async function isNew(error: unknown): Promise<boolean> {
    if (!spec.init || await isKnown()) return false;
    if (error instanceof BackupFailure && error.reason === "no_database") return true;
    return "text" in spec.config && await files.info(spec.config.folders[0]!) === undefined;
  }
}

async function checkSource(files: Files, path: string): Promise<CheckResult> {
  const name = `source ${path}`;
  try {
    const info = await files.info(path);
    if (info === undefined) return { name, ok: false, message: `'${path}' is not there` };
    if (info.isDirectory) {
      return { name, ok: false, message: `'${path}' is a folder: expected a file or device` };
    }
    return { name, ok: true, message: "it is there" };
  } catch (error) {
    return { name, ok: false, message: `Cannot look at '${path}': ${(error as Error).message}` };
  }
}

function readList(what: string, stdout: string): Version[] {
  try {
    return readVersions(stdout);
  } catch (error) {
    throw new BackupFailure("malformed", `Cannot ${what}: ${(error as Error).message}`);
  }
}

/**
 * Its tags come last: without them it was cut off, unless the journal says that it was whole. One that is not valid for
 * all that is damaged, which its verification says, and which a verification once it is fixed takes back.
 */
function wasWhole(version: Version, id: string, dataId: string): boolean {
  return toStored(version).id !== "" || dataId !== id;
}

/** A bar or a comma would make two words of one. */
function isPlain(text: string): boolean {
  return /^[A-Za-z0-9._:-]{1,200}$/.test(text);
}

/** Without a time: backy2 writes it without a zone, by a clock that depends on its database. */
function toStored({ uid, bytes, tags }: Version): StoredBackup {
  const tagged = (prefix: string) => tags.find((tag) => tag.startsWith(prefix))?.slice(prefix.length);
  const stored: StoredBackup = { id: tagged("backup:") ?? "", dataId: uid, sizeMb: bytes / 1e6 };
  const [runId, job] = [tagged("run:"), tagged("job:")];
  if (runId !== undefined) stored.runId = runId;
  if (job !== undefined) stored.job = job;
  return stored;
}
