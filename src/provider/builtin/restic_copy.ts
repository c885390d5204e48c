// Copies backups of another repository into this one: a run takes the newest that is not here yet, as restic itself copies
// it, and makes a backup of ours of it. What the other repository forgets later is not looked at: nothing goes here for it.
//
// restic copies the tags as well, by which a snapshot would be the other's backup. So it is tagged anew: `backup:` and
// `run:` of this run, and `copy-of:` with the snapshot it came from. What a crash left between the two is taken up by the
// next run: it has the origin, and no `copy-of:`.

import { z } from "zod";
import { iso } from "../../domain/instant.ts";
import type { ResticProviderSpec } from "../../domain/provider_spec.ts";
import { bytesText } from "../../domain/size_text.ts";
import type { BackupResult, BackupTask, CheckResult } from "../../ports/provider.ts";
import { BackupFailure } from "../host/backup_failure.ts";
import { readSnapshots, type Snapshot, troubleOf } from "./restic_output.ts";
import { createResticProgram, type ResticPorts, type ResticProgram } from "./restic_program.ts";
import { createResticSiblings } from "./restic_siblings.ts";
import { backupTag, INCOMPLETE_TAG, isPlain, type ResticSnapshots, TAG } from "./restic_snapshots.ts";

/** With the snapshot that a copy came from, on each that is a backup. */
const COPY_TAG = "copy-of:";
/** A repository may have many snapshots, each with many paths. */
const LIST_BYTES = 64 * 1024 * 1024;
const LIST_ARGS = ["snapshots", "--json", "--no-lock", "--tag", TAG];

const statsSchema = z.looseObject({ total_size: z.number(), total_file_count: z.number().optional() });

/** The settings of a provider that copies. */
type CopyingSpec = ResticProviderSpec & { copyFrom: NonNullable<ResticProviderSpec["copyFrom"]> };

/** True for one that copies from another repository instead of reading files. */
export function isCopying(spec: ResticProviderSpec): spec is CopyingSpec {
  return spec.copyFrom !== undefined;
}

/** A backup by copying; rejects with `BackupFailure`. */
export interface ResticCopy {
  create(task: BackupTask): Promise<BackupResult>;
  /** False for what was copied and is no backup of ours yet: it bears the tags of the other. */
  isMade(snapshot: Snapshot): boolean;
  /** Whether the other repository opens, and what it has to copy. */
  check(): Promise<CheckResult>;
  /** What a copy made now would take. */
  outlook(): Promise<string>;
}

/** The other repository, which is only read. */
interface Source {
  repository: string;
  /** What could be copied, newest first. */
  offered(): Promise<Snapshot[]>;
  /** Rejects with `BackupFailure` where there is none. */
  newest(): Promise<Snapshot>;
}

interface Parts {
  spec: CopyingSpec;
  restic: ResticProgram;
  snapshots: Pick<ResticSnapshots, "all" | "confirm">;
  source: Source;
}

/** Copies into the repository of `restic`. */
export function createResticCopy(
  spec: CopyingSpec,
  ports: ResticPorts,
  restic: ResticProgram,
  snapshots: Parts["snapshots"],
): ResticCopy {
  const source = sourceOf(spec, ports);
  const parts: Parts = { spec, restic, snapshots, source };
  return {
    isMade,
    create: (task) => makeCopy(parts, task),
    check: () => checkSource(source),
    async outlook() {
      const one = await source.newest();
      const { made } = await copiesOf(parts, one);
      return made === undefined
        ? `a copy now would take ${nameOf(one)}`
        : `nothing new: ${nameOf(one)} is here as ${made.id.slice(0, 8)}`;
    },
  };
}

function sourceOf({ copyFrom, ...plain }: CopyingSpec, ports: ResticPorts): Source {
  const { repository, password, passwordFile, job } = copyFrom;
  const there: ResticProviderSpec = { ...plain, repository, password, passwordFile };
  // No upkeep of that repository is a matter of this provider.
  const home = createResticSiblings().join(repository, plain.key);
  const restic = createResticProgram(there, ports, null, home);

  async function offered(): Promise<Snapshot[]> {
    const { stdout } = await restic.ask("list the backups to copy", LIST_ARGS, LIST_BYTES);
    return readSnapshots(stdout)
      .filter(({ tags }) => !tags.includes(INCOMPLETE_TAG) && (job === null || tags.includes(`job:${job}`)))
      .sort((a, b) => (b.time ?? 0) - (a.time ?? 0));
  }

  return {
    repository: restic.repository,
    offered,
    async newest() {
      const [found] = await offered();
      if (found !== undefined) return found;
      throw new BackupFailure(
        "nothing_to_copy",
        `There is nothing to copy: the repository '${restic.repository}' has no backup of Schelly's${
          job === null ? "" : ` of job '${job}'`
        }`,
      );
    },
  };
}

async function checkSource({ repository, offered }: Source): Promise<CheckResult> {
  const name = "copied from";
  try {
    const [newest] = await offered();
    const has = newest === undefined ? "nothing to copy yet" : `the newest is ${nameOf(newest)}`;
    return { name, ok: true, message: `'${repository}' opens: ${has}` };
  } catch (error) {
    return { name, ok: false, message: (error as Error).message };
  }
}

async function makeCopy(parts: Parts, task: BackupTask): Promise<BackupResult> {
  const { spec, restic, snapshots, source } = parts;
  const one = await source.newest();
  const brought = await bring(parts, one, task);
  await restic.must("tag the copy", ["tag", ...tagsOf(one, task, spec.tags), brought.id], {
    signal: task.signal,
    onStart: task.started,
    lockWaitMs: spec.lockWaitMs,
  });
  const made = await snapshots.confirm(task, undefined);
  if (made.tree !== one.tree) {
    throw new BackupFailure(
      "no_snapshot",
      `The copy ${made.id.slice(0, 8)} has another tree than ${nameOf(one)} at '${source.repository}'`,
    );
  }
  const size = await sizeOf(restic, made);
  const bytes = size.sizeMb === undefined ? "" : `, ${bytesText(Math.round(size.sizeMb * 1e6))}`;
  return {
    dataId: made.id,
    ...size,
    message: `snapshot ${made.id.slice(0, 8)}, a copy of ${nameOf(one)} at '${source.repository}'${bytes}`,
  };
}

/** The copies of it here: the one that is a backup, and one that a crash left without its own tags. */
async function copiesOf(
  { snapshots }: Pick<Parts, "snapshots">,
  one: Snapshot,
): Promise<{ made?: Snapshot; left?: Snapshot }> {
  const here = (await snapshots.all()).filter((copy) => isCopyOf(copy, one));
  const made = here.find(isMade);
  return { made, left: here.find((copy) => copy !== made && copy.tree === one.tree) };
}

async function bring(parts: Parts, one: Snapshot, task: BackupTask): Promise<Snapshot> {
  const { spec, restic, source } = parts;
  const { made, left } = await copiesOf(parts, one);
  if (made !== undefined) {
    throw new BackupFailure(
      "nothing_new",
      `There is nothing new to copy: the newest backup at '${source.repository}', ${
        nameOf(one)
      }, is here as ` +
        `${made.id.slice(0, 8)}`,
    );
  }
  if (left !== undefined) return left;
  task.progress(`copying ${nameOf(one)}`);
  const result = await restic.run(["copy", one.id], {
    signal: task.signal,
    onStart: task.started,
    scope: task.scope,
    onLine: (line) => {
      task.output(line);
      const percent = /\]\s+([\d.]+%.*packs copied)/.exec(line)?.[1];
      if (percent !== undefined) task.progress(percent);
    },
    lockWaitMs: spec.lockWaitMs,
    onLocked: () => task.progress("waiting for the lock of another restic on one of the two repositories"),
  });
  if (result.code !== 0) throw copyFailure(parts, result);
  const { left: arrived } = await copiesOf(parts, one);
  if (arrived !== undefined) return arrived;
  throw new BackupFailure(
    "no_snapshot",
    `restic copied ${
      nameOf(one)
    } without an error, but the repository '${restic.repository}' has no such snapshot`,
  );
}

/** restic does not say which of the two is locked: where nobody has a lock on ours, the other one is. */
function copyFailure(
  { restic, source }: Parts,
  result: Awaited<ReturnType<ResticProgram["run"]>>,
): BackupFailure {
  const failure = restic.failure(`copy from '${source.repository}'`, result);
  if (troubleOf(result.code, result.stderr) !== "locked" || result.heldBy) return failure;
  const [ours, theirs] = [restic, source].map(({ repository }) => `the repository '${repository}' is`);
  return new BackupFailure("locked", failure.message.replace(ours!, theirs!));
}

/** That it cannot be measured in time says nothing of it. */
async function sizeOf(
  restic: ResticProgram,
  one: Snapshot,
): Promise<Pick<BackupResult, "sizeMb" | "files">> {
  try {
    const args = ["stats", "--json", "--no-lock", "--mode", "restore-size", one.id];
    const { stdout } = await restic.ask("measure the copy", args);
    const { total_size, total_file_count } = statsSchema.parse(JSON.parse(stdout));
    return { sizeMb: total_size / 1e6, files: total_file_count };
  } catch {
    return one.bytes === undefined ? {} : { sizeMb: one.bytes / 1e6 };
  }
}

function isMade({ tags }: Snapshot): boolean {
  return tags.some((tag) => tag.startsWith(COPY_TAG));
}

/** By what restic keeps of where a snapshot came from. */
function isCopyOf(copy: Snapshot, { id, original }: Snapshot): boolean {
  return copy.tags.includes(`${COPY_TAG}${id}`) || copy.original === (original ?? id) || copy.original === id;
}

/** Which snapshot, of when, and which backup that is there. */
function nameOf({ id, time, tags }: Snapshot): string {
  const backup = tags.find((tag) => tag.startsWith("backup:"))?.slice("backup:".length);
  return `snapshot ${id.slice(0, 8)}${time === undefined ? "" : ` of ${iso(time)}`}${
    backup === undefined ? "" : ` (backup '${backup}')`
  }`;
}

function tagsOf(one: Snapshot, task: BackupTask, more: readonly string[]): string[] {
  const tags = [TAG, backupTag(task.id), `${COPY_TAG}${one.id}`];
  if (task.runId !== null && isPlain(task.runId)) tags.push(`run:${task.runId}`);
  if (task.job !== null && isPlain(task.job)) tags.push(`job:${task.job}`);
  return [...tags, ...more].map((tag) => `--set=${tag}`);
}
