// Whose a listed backup is, and whether it may come into a job without being named: what others made stays theirs.

import type { Job } from "../../domain/job.ts";
import type { BackupInfo } from "../../ports/provider.ts";

/** What a list says of whose a backup is; null where it does not. */
export interface Owner {
  job: string | null;
  host: string | null;
  paths: readonly string[];
}

/** A job that imports, and what is known of the storage. */
interface Importer {
  job: Job;
  /** The machine on which the provider is, as its list names it. */
  host: string | undefined;
  /** How many declared jobs keep their backups there. */
  jobs: number;
}

/** What the list says. */
export function ownerOf({ job, host, paths }: BackupInfo): Owner {
  return { job: job ?? null, host: host ?? null, paths: paths ?? [] };
}

/**
 * Makes what says why a backup of `list` comes in only when it is named by its id; undefined when it may come in as it
 * is. What names the job, by its name or its former one, and the provider's own machine may. What names nobody may
 * where nobody else is known to keep backups there: in a storage of this job alone, whose list names no other.
 */
export function strangersOf(
  { job, host, jobs }: Importer,
  list: readonly BackupInfo[],
): (info: BackupInfo) => string | undefined {
  const isOurs = (info: BackupInfo) => info.job === job.name || info.job === job.renamedFrom;
  const isHere = (info: BackupInfo) => info.host === undefined || info.host === host;
  const isNamed = (info: BackupInfo) => info.job !== undefined || info.host !== undefined;
  const others = list.some((info) => isNamed(info) && !(isOurs(info) && isHere(info)));
  return (info) => {
    if (!isNamed(info)) {
      if (jobs <= 1 && !others) return undefined;
      const who = jobs > 1 ? `${jobs} jobs keep backups there` : "others keep backups there, too";
      return `nobody says whose it is, and ${who}: ${BY_ID}`;
    }
    if (info.job === undefined) return `it does not say of which job it is: ${BY_ID}`;
    if (!isOurs(info)) return `it is of job '${info.job}': ${BY_ID}`;
    if (isHere(info)) return undefined;
    const here = host === undefined
      ? "its provider does not say on which it is"
      : `its provider is on '${host}'`;
    return `it was made on host '${info.host}', and ${here}: ${BY_ID}`;
  };
}

const BY_ID = "it comes in only when it is named by its id";
