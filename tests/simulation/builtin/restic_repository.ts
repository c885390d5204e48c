// What a simulated repository of restic holds, and the truth about it that no command tells: which snapshots could be
// restored.

import { createHash } from "node:crypto";
import type { SimProcess } from "./machine.ts";

/** What one pack of a snapshot gives back: files below a path. */
export interface SimContent {
  pack: string;
  path: string;
  files: number;
  bytes: number;
  /** Who owns them. */
  uid: number;
}

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
  /** What it gives back; absent: nothing. */
  contents?: readonly SimContent[];
}

/** The id of a pack, as restic names it. */
export function packId(pack: string): string {
  return createHash("sha256").update(pack).digest("hex");
}

/** True for the pack that holds the folders of a snapshot. */
export function isTree(pack: string): boolean {
  return pack.startsWith("tree-");
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
  /** Packs whose bytes have been turned: they are there, and no command that reads no data sees it. */
  readonly rotten = new Set<string>();
  readonly locks = new Map<string, SimLock>();
  watch: RepositoryWatch = NOBODY_WATCHES;
  constructor(readonly id: string, readonly password: string) {}

  /** Each of its packs is there, whatever is in it. */
  hasPacks(snapshot: SimSnapshot): boolean {
    return snapshot.packs.every((pack) => this.packs.has(pack));
  }

  /** What would hinder a restore of it. */
  badPacks(snapshot: SimSnapshot): string[] {
    return snapshot.packs.filter((pack) => !this.packs.has(pack) || this.rotten.has(pack));
  }

  isRestorable(snapshot: SimSnapshot): boolean {
    return this.badPacks(snapshot).length === 0;
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
  /** Who owns them; absent: whoever runs the program. */
  uid?: number;
}

/** A file that a restore has written. */
export interface RestoredFile {
  path: string;
  bytes: number;
  /** From which pack. */
  pack: string;
}

/** Where repositories and what they back up lie, for every machine that reaches them. */
export class SimStorage {
  /** By path; what is not mounted is not here. */
  readonly repositories = new Map<string, SimRepository>();
  readonly sources = new Map<string, SimSource>();
  /** What restores have written, by the folder that they were given. */
  readonly restored = new Map<string, RestoredFile[]>();
  /** How long reading data takes, for a verification or a restore (ms). */
  readMs: (by: SimProcess) => number = () => 1_000;
  /** How long a backup takes (ms). */
  backupMs: (by: SimProcess) => number = () => 1_000;
  /** Told of each repository that restic makes here. */
  made: (repository: SimRepository) => void = () => {};
}
