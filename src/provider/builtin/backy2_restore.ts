// Proves, restores and shows a version of backy2, which is one file: the image of what was backed up.
//
// `backy2 restore` ends with 0 although it wrote blocks that were damaged: only its words say so.

import { bytesText } from "../../domain/size_text.ts";
import type { Backy2ProviderSpec } from "../../domain/provider_spec.ts";
import type { Clock, Files, Processes, ProcessResult } from "../../ports/host.ts";
import type { Backuper } from "../../ports/provider.ts";
import type { BackupPage, BrowseTask, RestoreResult, RestoreTask } from "../../ports/restore.ts";
import type { ToolTask } from "../../ports/tool_task.ts";
import type { VerifyResult, VerifyTask } from "../../ports/verification.ts";
import { BackupFailure } from "../host/backup_failure.ts";
import { readDamage, type Version } from "./backy2_output.ts";
import { demandSpace } from "./restored_folder.ts";
import type { Upkeep } from "./upkeep.ts";

interface Backy2Parts {
  spec: Pick<Backy2ProviderSpec, "source">;
  ports: { clock: Clock; files: Files; processes: Processes };
  upkeep: Pick<Upkeep, "beginLook">;
  run(args: string[], call: { signal: AbortSignal; task: ToolTask }): Promise<ProcessResult>;
  failure(what: string, result: ProcessResult): BackupFailure;
  /** Undefined where there surely is none. */
  find(id: string, dataId: string): Promise<Version | undefined>;
}

/** What a Backuper has of it. */
export function createBacky2Restore(
  parts: Backy2Parts,
): Required<Pick<Backuper, "verify" | "restore" | "browse">> {
  return {
    async verify(task) {
      const leave = await parts.upkeep.beginLook(task.signal);
      try {
        return await verify(parts, task);
      } finally {
        leave();
      }
    },
    restore: (task) => restore(parts, task),
    browse: (task) => browse(parts, task),
  };
}

async function verify(parts: Backy2Parts, task: VerifyTask): Promise<VerifyResult> {
  const version = await parts.find(task.id, task.dataId);
  if (version === undefined) {
    return { passed: false, message: "its version is not in the database of backy2" };
  }
  const size = bytesText(version.bytes);
  if (task.method === "restore") {
    await demandSpace(parts.ports, task, version.bytes, null);
    const begun = parts.ports.clock.monotonic();
    const damage = await writeImage(parts, task, version, `${task.scratch}/${imageName(parts)}`);
    const durationMs = Math.round(parts.ports.clock.monotonic() - begun);
    const measured = { files: 1, bytes: version.bytes, durationMs };
    if (damage !== undefined) return { passed: false, message: damage, ...measured };
    return { passed: true, message: `${size} restored, every block compared`, ...measured };
  }
  task.progress(`reading ${size}`);
  const result = await parts.run(["scrub", version.uid], { signal: task.signal, task });
  const damage = readDamage(`${result.stdout}\n${result.stderr}`);
  if (damage !== undefined) return { passed: false, message: damage };
  if (result.code !== 0) throw parts.failure("scrub the version", result);
  return { passed: true, message: `every block of ${size} was read and compared` };
}

async function restore(parts: Backy2Parts, task: RestoreTask): Promise<RestoreResult> {
  const name = imageName(parts);
  const version = await demand(parts, task);
  const missing = task.include.find((path) => path !== name);
  if (missing !== undefined) {
    const message = `the backup has no '${missing}', and nothing but '${name}'; nothing was written`;
    throw new BackupFailure("no_path", message);
  }
  const size = bytesText(version.bytes);
  const found = { files: 1, bytes: version.bytes };
  if (task.dryRun) return { ...found, message: `${size} would be restored as '${name}'` };
  task.progress(`restoring ${size}`);
  // What is not whole never has the name of what is.
  const part = `${task.target}/${name}.part`;
  const damage = await writeImage(parts, task, version, part);
  if (damage !== undefined) {
    throw new BackupFailure(
      "damaged",
      `${damage}: '${name}.part' is what could be restored, and is not whole`,
    );
  }
  await parts.ports.files.rename(part, `${task.target}/${name}`);
  return { ...found, message: `${size} restored from version ${version.uid} as '${name}'` };
}

/** Says what of it is damaged; rejects where it could not be written. */
async function writeImage(
  { run, failure, ports }: Backy2Parts,
  task: ToolTask,
  version: Version,
  path: string,
): Promise<string | undefined> {
  const result = await run(["restore", version.uid, `file://${path}`], { signal: task.signal, task });
  const damage = readDamage(`${result.stdout}\n${result.stderr}`);
  if (damage !== undefined) return damage;
  if (result.code !== 0) throw failure("restore the version", result);
  const size = (await ports.files.info(path))?.size;
  return size === version.bytes
    ? undefined
    : `${size ?? "no"} bytes were restored, expected ${version.bytes}`;
}

async function browse(parts: Backy2Parts, task: BrowseTask): Promise<BackupPage | undefined> {
  if (task.path !== "") return undefined;
  const { bytes } = await demand(parts, task);
  const name = imageName(parts);
  if (task.after !== undefined && name <= task.after) return { entries: [] };
  return { entries: [{ path: name, type: "file", size: bytes }] };
}

async function demand({ find }: Backy2Parts, task: { id: string; dataId: string }): Promise<Version> {
  const version = await find(task.id, task.dataId);
  if (version !== undefined) return version;
  throw new BackupFailure("no_version", `the database of backy2 has no version of backup '${task.id}'`);
}

/** That of the file, device or image that was backed up. */
function imageName({ spec }: Backy2Parts): string {
  const name = spec.source.slice(spec.source.lastIndexOf("/") + 1);
  return (spec.source.startsWith("rbd://") ? name.replace(/@.*$/, "") : name) || "image";
}
