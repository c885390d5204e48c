// The locks that lie on the storage of a provider, and their removal because an operator said so.

/**
 * What is known of the program a lock belongs to.
 * - `working`: one that we started, and that has not ended.
 * - `left`: one of ours that has surely ended; its lock goes by itself when it is next in the way.
 * - `unattended`: nobody renewed it for long; it goes by itself once that is true of every lock of the storage.
 * - `foreign`: it may be at work, and only a person can know.
 */
export type LockState = "working" | "left" | "unattended" | "foreign";

/** One lock, as the storage itself tells of it. */
export interface StorageLock {
  id: string;
  state: LockState;
  /** Empty: the lock does not say. */
  user: string;
  host: string;
  pid: number;
  /** When its program last renewed it, UTC ms by that program's clock. */
  renewedAt: number;
  /** True when nothing else may be at work beside it, as of a prune. */
  exclusive: boolean;
  /** Why it stays, or when it goes; a sentence without a full stop. */
  why: string;
  /** What a person types on any machine to remove this one and no other; without passwords. */
  command: string;
}

interface StorageLocks {
  locks: StorageLock[];
  /** So many more could not be looked at. */
  unread: number;
}

/**
 * How the removal of one lock went.
 * - `removed`, `absent`: it is not there any more.
 * - `refused`: nothing was done; `message` says why, and what to do instead.
 * - `failed`: it may still be there.
 */
export interface UnlockAnswer {
  id: string;
  outcome: "removed" | "absent" | "refused" | "failed";
  message: string;
}

/** What a provider can do about locks; each rejects as the other calls of its owner do. */
export interface LockKeeper {
  /** Looks at every lock; removes none. */
  locks(): Promise<StorageLocks>;
  /**
   * Removes exactly these, whoever may be at work under them, except those whose program is ours and works. Answers in
   * the order of `ids`. The caller has it from a person that their programs have ended.
   */
  unlock(ids: readonly string[]): Promise<UnlockAnswer[]>;
}
