// The upkeep of a restic repository: prune frees what forgotten snapshots held, check proves that it is whole.

import type { ResticProviderSpec } from "../../domain/provider_spec.ts";
import { BackupFailure } from "../host/backup_failure.ts";
import { lastWords } from "./restic_output.ts";
import type { ResticProgram } from "./restic_program.ts";
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
        const { stdout } = await restic.must("prune the repository", ["prune"], call);
        return pruneText(stdout);
      },
    });
  }
  if (spec.checkUpkeep !== null) {
    const { readDataSubset } = spec.checkUpkeep;
    tasks.push({
      name: "check",
      when: spec.checkUpkeep,
      async run(signal) {
        await demandSame(signal);
        const call = { signal, lockWaitMs: LOCK_WAIT_MS };
        const args = ["check", ...(readDataSubset === null ? [] : [`--read-data-subset=${readDataSubset}`])];
        const { stdout } = await restic.must("check the repository", args, call).catch(advise);
        return `${lastWords(stdout)}${
          readDataSubset === null ? "" : ` (read ${readDataSubset} of the data)`
        }`;
      },
    });
  }
  return tasks;
}

/** A repository that is damaged must not lose the snapshots that are whole. */
function advise(error: unknown): never {
  if (error instanceof BackupFailure && error.reason === "restic") {
    error.message += ". Look with 'restic check'; 'schelly freeze' keeps every backup until it is mended";
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
