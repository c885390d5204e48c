// The upkeep of a restic repository: prune frees what forgotten snapshots held, check proves that it is whole.

import type { ResticProviderSpec } from "../../domain/provider_spec.ts";
import { BackupFailure } from "../host/backup_failure.ts";
import { lastWords } from "./restic_output.ts";
import type { ResticProgram } from "./restic_program.ts";
import { DAMAGED } from "./upkeep_state.ts";
import type { UpkeepTask } from "./upkeep.ts";

/** Another's backup may hold the repository for long; then it is tried again later. */
const LOCK_WAIT_MS = 60_000;

/** What the settings ask for; `demandSame` rejects when the repository is not the one it was. */
export function upkeepOfRestic(
  spec: ResticProviderSpec,
  restic: ResticProgram,
  demandSame: (signal: AbortSignal) => Promise<void>,
): UpkeepTask[] {
  const tasks: UpkeepTask[] = [];
  if (spec.pruneUpkeep !== null) {
    tasks.push({
      name: "prune",
      when: spec.pruneUpkeep,
      async run(signal) {
        await demandSame(signal);
        const call = { signal, lockWaitMs: LOCK_WAIT_MS };
        const { stdout } = await restic.must("prune the repository", ["prune"], call).catch(damageOf);
        return pruneText(stdout);
      },
    });
  }
  if (spec.checkUpkeep !== null) {
    tasks.push({
      name: "check",
      when: spec.checkUpkeep,
      onlyLooks: true,
      subset: spec.checkUpkeep.readDataSubset,
      async run(signal, subset) {
        await demandSame(signal);
        const call = { signal, lockWaitMs: LOCK_WAIT_MS };
        const args = ["check", ...(subset === null ? [] : [`--read-data-subset=${subset}`])];
        const { stdout } = await restic.must("check the repository", args, call).catch(damageOf);
        return `${lastWords(stdout)}${subset === null ? "" : ` (read ${subset} of the data)`}`;
      },
    });
  }
  return tasks;
}

/** What restic 0.14 to 0.18 say of a repository that lacks or has wrong data, in `check` and `prune`. */
const DAMAGE =
  /repository contains errors|integrity check failed|data seems to be missing|packs? .* (?:is damaged|does not exist|not found|missing in repo)|index is not complete/i;

/** Tells damage apart from a lock, a timeout, or a storage that is not reached: it alone is a reason to delete nothing. */
export function damageOf(error: unknown): never {
  if (error instanceof BackupFailure && error.reason === "restic" && DAMAGE.test(error.message)) {
    throw new BackupFailure(
      DAMAGED,
      // Whether anything is deleted meanwhile is for the guard to say: an operator may have approved it.
      `${error.message}. Look with 'restic check'; nothing is deleted of a job whose guard 'upkeep_failed' stands`,
    );
  }
  throw error;
}

/** What prune freed and left, from its summary; other words where a version of restic says it otherwise. */
export function pruneText(stdout: string): string {
  const size = (word: string) => new RegExp(`^${word}:.* / (.+)$`, "m").exec(stdout)?.[1]?.trim();
  const [freed, left] = [size("total prune"), size("remaining")];
  if (freed === undefined || left === undefined) return lastWords(stdout);
  return `freed ${freed}, ${left} left`;
}
