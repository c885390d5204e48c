// Finds snapshots by the tags that a backup gives them: what lies in the repository, and not what restic said of it.

import { wholePath } from "../../domain/path.ts";
import type { ResticProviderSpec } from "../../domain/provider_spec.ts";
import type { BackupTask } from "../../ports/provider.ts";
import { BackupFailure } from "../host/backup_failure.ts";
import { readSnapshots, type Snapshot } from "./restic_output.ts";
import type { ResticPorts, ResticProgram } from "./restic_program.ts";

/** On every snapshot of ours. */
export const TAG = "schelly";
/** On one that is no whole backup. */
export const INCOMPLETE_TAG = "incomplete";

/** What a look for one says. */
export const isAbsent = (found: Snapshot | undefined): boolean => found === undefined;

/** What looks for snapshots of ours. */
export interface ResticSnapshots {
  /** All of ours. */
  all(): Promise<Snapshot[]>;
  /** The one of a backup, also after `restic tag` gave it a new id; undefined when there is none. */
  find(id: string, dataId: string): Promise<Snapshot | undefined>;
  /** The one just made, from the repository itself; `said` is the id that restic told, if it was heard. */
  confirm(task: BackupTask, said: string | undefined): Promise<Snapshot>;
  /** Paths of the settings that the one just made has not; none when there is no such snapshot. */
  pathsLeftOut(task: BackupTask): Promise<string[]>;
  /** So that nobody, we included, takes it for a whole one later. Its id once it is marked, or as it is. */
  markIncomplete(task: BackupTask): Promise<string | undefined>;
}

/** A snapshot may have many paths, and a repository many snapshots; what is longer cannot be read. */
const LIST_BYTES = 64 * 1024 * 1024;
/** A look that failed says nothing of the backup, which is made: it is looked again. */
const LOOKS = 4;
const LOOK_AGAIN_MS = 5_000;

/** The snapshots of one repository. */
export function createResticSnapshots(
  spec: ResticProviderSpec,
  { clock, files }: ResticPorts,
  restic: ResticProgram,
): ResticSnapshots {
  const argsOf = (tag: string) => ["snapshots", "--json", "--no-lock", "--tag", tag];

  async function byTag(id: string): Promise<Snapshot[]> {
    if (!isPlain(id)) return [];
    const result = await restic.ask(`look backup '${id}' up`, argsOf(backupTag(id)), LIST_BYTES);
    // `--tag` of an odd name could match more than it says.
    return readSnapshots(result.stdout).filter((snapshot) => snapshot.tags.includes(backupTag(id)));
  }

  async function madeBy(task: BackupTask): Promise<Snapshot[]> {
    const call = { signal: task.signal, onStart: task.started, keepBytes: LIST_BYTES };
    for (let look = 1;; look++) {
      try {
        const result = await restic.must("find the snapshot just made", argsOf(backupTag(task.id)), call);
        return readSnapshots(result.stdout).filter(({ tags }) => tags.includes(backupTag(task.id)));
      } catch (error) {
        if (look === LOOKS || task.signal.aborted) throw error;
        task.output(`${(error as Error).message}: looking again`);
        await clock.sleep(LOOK_AGAIN_MS, task.signal);
      }
    }
  }

  return {
    async all() {
      return readSnapshots((await restic.ask("list the snapshots", argsOf(TAG), LIST_BYTES)).stdout);
    },
    async find(id, dataId) {
      const found = await byTag(id);
      const ours = dataId === id
        ? found
        : found.filter((one) => one.id.startsWith(dataId) || one.original?.startsWith(dataId));
      if (ours.length <= 1 && (found.length === 0 || ours.length === 1)) return ours[0];
      throw new BackupFailure(
        "ambiguous",
        `Cannot tell which snapshot is backup '${id}': its tag is on ${
          found.map((one) => one.id.slice(0, 8)).join(", ")
        }, expected only '${dataId}': remove the tag '${backupTag(id)}' from the others`,
      );
    },
    async confirm(task, said) {
      const made = (await madeBy(task)).filter((one) => said === undefined || one.id.startsWith(said));
      if (made.length === 1) return made[0]!;
      throw new BackupFailure(
        "no_snapshot",
        `restic ended without an error, but the repository '${restic.repository}' has ${made.length} snapshots with ` +
          `the tag '${backupTag(task.id)}'${
            said === undefined ? "" : ` and the id '${said}'`
          }, expected one: an argument such as --skip-if-unchanged or --dry-run makes none`,
      );
    },
    async pathsLeftOut(task) {
      const made = await madeBy(task);
      if (made.length !== 1) return [];
      const has = new Set(made[0]!.paths);
      return spec.paths.filter((path) => !has.has(wholePath(spec.folder ?? files.workingFolder(), path)));
    },
    async markIncomplete(task) {
      const call = { signal: task.signal, onStart: task.started };
      try {
        const found = await byTag(task.id);
        if (found.length !== 1) return undefined;
        await restic.must("mark the snapshot", ["tag", "--add", INCOMPLETE_TAG, found[0]!.id], call);
        return (await byTag(task.id))[0]?.id ?? found[0]!.id;
      } catch (error) {
        task.output(`Cannot mark the snapshot as incomplete: ${(error as Error).message}`);
        return undefined;
      }
    },
  };
}

/** The tag of the snapshot of this backup alone. */
export function backupTag(id: string): string {
  return `backup:${id}`;
}

/** A comma would make two tags of one. */
export function isPlain(text: string): boolean {
  return /^[A-Za-z0-9._:-]{1,200}$/.test(text);
}
