// What a simulated repository of restic holds, and the truth about it that no command tells: which snapshots could be
// restored.

import type { SimProcess } from "./machine.ts";

export interface SimSnapshot {
  id: string;
  /** UTC ms. */
  time: number;
  host: string;
  user: string;
  tags: string[];
  paths: string[];
  original: string | undefined;
  /** What it is made of. */
  packs: readonly string[];
}

export interface SimLock {
  id: string;
  /** UTC ms of its last renewal, by its owner's clock. */
  time: number;
  exclusive: boolean;
  /** Who holds it, or held it. */
  owner: SimProcess;
}

/** Sees what is taken from a repository; `by` is null for a file that was removed beneath restic. */
export interface RepositoryWatch {
  lockRemoved(repository: SimRepository, lock: SimLock, by: SimProcess | null): void;
  forgotten(repository: SimRepository, snapshot: SimSnapshot, by: SimProcess): void;
  /** A backup has just been made. */
  saved(repository: SimRepository, snapshot: SimSnapshot, by: SimProcess): void;
}

export const NOBODY_WATCHES: RepositoryWatch = { lockRemoved() {}, forgotten() {}, saved() {} };

/** One repository. */
export class SimRepository {
  snapshots: SimSnapshot[] = [];
  readonly packs = new Set<string>();
  readonly locks = new Map<string, SimLock>();
  watch: RepositoryWatch = NOBODY_WATCHES;
  constructor(readonly id: string, readonly password: string) {}

  /** Each of its packs is there. */
  isRestorable(snapshot: SimSnapshot): boolean {
    return snapshot.packs.every((pack) => this.packs.has(pack));
  }

  /** Its id, or where it was tagged anew, the one before. */
  find(prefix: string): SimSnapshot | undefined {
    return this.snapshots.find(({ id }) => id.startsWith(prefix));
  }

  removeLock(id: string, by: SimProcess | null): boolean {
    const lock = this.locks.get(id);
    if (lock === undefined) return false;
    this.locks.delete(id);
    this.watch.lockRemoved(this, lock, by);
    return true;
  }
}

/** A file or folder that is backed up. */
export interface SimSource {
  files: number;
  bytes: number;
  /** Another number: other content, in other packs. */
  content: number;
  /** Files in it that cannot be read. */
  unreadable?: readonly string[];
}

/** Where repositories and what they back up lie, for every machine that reaches them. */
export class SimStorage {
  /** By path; what is not mounted is not here. */
  readonly repositories = new Map<string, SimRepository>();
  readonly sources = new Map<string, SimSource>();
  /** How long a backup takes (ms). */
  backupMs: (by: SimProcess) => number = () => 1_000;
  /** Told of each repository that restic makes here. */
  made: (repository: SimRepository) => void = () => {};
}
