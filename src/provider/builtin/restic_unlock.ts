// Shows a person the locks of a repository, and removes those that the person chose.

import type { Clock, ProcessResult } from "../../ports/host.ts";
import type { LockKeeper, LockState, StorageLock, UnlockAnswer } from "../../ports/storage_locks.ts";
import type { BackupFailure } from "../host/backup_failure.ts";
import type { ResticLocation } from "./restic_location.ts";
import { isUnattended, ownerText, type ResticLock, type ResticLocks, type Run } from "./restic_locks.ts";

interface KeeperParts {
  clock: Clock;
  location: ResticLocation;
  locks: ResticLocks;
  /** Does this within the time that a look may take. */
  inTime<T>(what: string, work: (restic: Run, signal: AbortSignal) => Promise<T>): Promise<T>;
  failure(what: string, result: ProcessResult): BackupFailure;
  /** Tells of one that was removed. */
  removed(lock: ResticLock): void;
}

/** Why a lock stays, or when it goes. */
const WHY: Record<Exclude<LockState, "working">, string> = {
  left: "a restic of ours left it and has surely ended: it is removed when it is next in the way",
  unattended:
    "nobody renews it any more: it is removed when it is next in the way, once that is true of every lock there",
  foreign:
    "its restic may be at work, and cannot be seen from here: remove it only when that has surely ended",
};

const LOOK = "look at the locks";
const GONE = "there is no such lock any more";

/** The locks of one repository, for people. */
export function createLockKeeper(parts: KeeperParts): LockKeeper {
  const { location, locks } = parts;

  return {
    locks: () =>
      parts.inTime(LOOK, async (restic) => {
        const found = await locks.read(restic);
        if (found.failed !== undefined) throw parts.failure(LOOK, found.failed);
        return { locks: found.locks.map((lock) => toShown(lock, parts)), unread: found.unread };
      }),
    unlock: (ids) =>
      parts.inTime("remove locks", async (restic, signal) => {
        const found = await locks.read(restic);
        if (found.failed !== undefined) throw parts.failure(LOOK, found.failed);
        const isWhole = found.unread === 0;
        const free = found.locks.filter((lock) => ids.includes(lock.id) && lock.worker === undefined);
        const answers = location.remove === undefined
          ? await unlockByRestic(free, isWhole && free.length === found.locks.length, restic, parts)
          : await unlockOneByOne(free, signal, parts);
        for (const lock of free) {
          if (answers.get(lock.id)?.outcome === "removed") parts.removed(lock);
        }
        return ids.map((id) => {
          const busy = found.locks.find((lock) => lock.id === id);
          return answers.get(id) ??
            (busy !== undefined
              ? { id, outcome: "refused", message: toShown(busy, parts).why }
              : isWhole
              ? { id, outcome: "absent", message: GONE }
              : {
                id,
                outcome: "refused",
                message: "it is not among the locks that could be looked at: look again",
              });
        });
      }),
  };
}

function toShown(lock: ResticLock, { clock, location }: KeeperParts): StorageLock {
  const { id, user, host, pid, time, exclusive, worker } = lock;
  const command = location.command(id);
  const shown = { id, user, host, pid, renewedAt: time, exclusive, command };
  if (worker !== undefined) {
    const why = `a restic of ${worker} is at work under it: it goes when that ends`;
    return { ...shown, state: "working", why };
  }
  const state = lock.isLeft ? "left" : isUnattended(lock, clock.now()) ? "unattended" : "foreign";
  return { ...shown, state, why: WHY[state] };
}

/** By the id of the lock. */
type Answers = Map<string, UnlockAnswer>;

async function unlockOneByOne(
  locks: readonly ResticLock[],
  signal: AbortSignal,
  { location }: KeeperParts,
): Promise<Answers> {
  const answers: Answers = new Map();
  for (const lock of locks) {
    const { id } = lock;
    try {
      await location.remove!(id, signal);
      answers.set(id, removedAnswer(lock));
    } catch (error) {
      const isGone = (error as Error).name === "NotFound";
      const message = isGone
        ? GONE
        : `it could not be removed: ${(error as Error).message}: ${location.command(id)}`;
      answers.set(id, { id, outcome: isGone ? "absent" : "failed", message });
    }
  }
  return answers;
}

/** It takes no id: whatever it calls stale goes, so it is run only when there is no other lock. */
async function unlockByRestic(
  locks: readonly ResticLock[],
  isAll: boolean,
  restic: Run,
  parts: KeeperParts,
): Promise<Answers> {
  const byHand = ({ id }: ResticLock, why: string): UnlockAnswer => {
    return { id, outcome: "refused", message: `${why}: ${parts.location.command(id)}` };
  };
  const each = (answer: (lock: ResticLock) => UnlockAnswer): Answers =>
    new Map(locks.map((lock) => [lock.id, answer(lock)]));
  if (locks.length === 0) return new Map();
  if (!isAll) {
    return each((lock) =>
      byHand(lock, "only restic itself gets there, and it could take the other locks too")
    );
  }
  const { code, stderr } = await restic(["unlock"]);
  const after = await parts.locks.read(restic);
  if (code !== 0 || after.unread > 0) {
    return each((lock) => byHand(lock, `restic unlock could not remove it: ${stderr.trim()}`));
  }
  return each((lock) =>
    after.locks.some(({ id }) => id === lock.id)
      ? byHand(lock, "restic unlock takes it for one that is at work")
      : removedAnswer(lock)
  );
}

function removedAnswer(lock: ResticLock): UnlockAnswer {
  return { id: lock.id, outcome: "removed", message: `the lock of ${ownerText(lock)} was removed` };
}
