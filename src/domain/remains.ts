// What may still be at a provider of a job that left the configuration: as long as there is any, it is not forgotten.

import { countBackups } from "./backup.ts";

/** True for a job that is not to be shown. One that has a backup shows, whatever was said of it. */
export function isForgotten(
  { forgottenAt, availableCount }: { forgottenAt: number | null; availableCount: number },
): boolean {
  return forgottenAt !== null && availableCount === 0;
}

/** Its rows by what they stand for, in numbers. */
export interface Remains {
  job: string;
  /** Runs that have not ended. */
  underWay: number;
  available: number;
  missing: number;
  /** Deletions that are under way, or were refused. */
  deleting: number;
  /** Failed, cancelled and lost runs that the provider gave an id: they may have left data there. */
  leftovers: number;
}

/** How many rows that are. */
export function countRemains({ underWay, available, missing, deleting, leftovers }: Remains): number {
  return underWay + available + missing + deleting + leftovers;
}

/** What is left and what to do about it, after `Cannot forget job 'x': `; for a job that has something left. */
export function remainsText(remains: Remains, held: number): string {
  const { job, underWay, available, missing, deleting, leftovers } = remains;
  const parts = [
    available > 0 ? `${countBackups(available)} available` : "",
    missing > 0 ? `${missing} missing` : "",
    deleting > 0 ? `${deleting} with a deletion that is not done` : "",
    leftovers > 0 ? `${leftovers} failed, cancelled or lost that may have left data` : "",
    underWay > 0 ? `${underWay} under way` : "",
  ].filter((part) => part !== "");
  const some = held === 0 ? "" : ` (${held} of them held: see 'schelly backups release')`;
  const wait = underWay === 0
    ? ""
    : `Wait for what is under way, or give it up: see 'schelly runs list --job ${job}', then 'schelly runs cancel ID'. `;
  return `it still has ${parts.join(", ")}${some}. ${wait}Delete them with '${
    deleteCommand(remains)
  }', or give them ` +
    `to another job with 'renamed_from: ${job}'`;
}

/** Deletes all of it that may be deleted. */
function deleteCommand({ job, leftovers }: Pick<Remains, "job" | "leftovers">): string {
  return `schelly backups delete --job ${job} --all${leftovers > 0 ? " --leftovers" : ""}`;
}
