// Which locks of a repository may be removed: those of ours whose process has surely ended, and those nobody renews.
//
// `restic unlock` is no judge of that: it takes a process that it may not send signals to for dead, removes every lock
// it calls stale, and ignores an id that it is given. A lock removed too early lets prune take what a backup is just
// writing, and neither says a word.

import { z } from "zod";
import { iso } from "../../domain/instant.ts";
import type { Clock, ProcessResult } from "../../ports/host.ts";
import type { ResticLocation } from "./restic_location.ts";
import type { ResticProcesses } from "./restic_processes.ts";
import type { LockOwner } from "./restic_siblings.ts";

const lockSchema = z.looseObject({
  time: z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  hostname: z.string(),
  username: z.string().default(""),
  pid: z.int(),
  exclusive: z.boolean().default(false),
});

/** One lock, and what is known of it. */
export interface ResticLock extends LockOwner {
  id: string;
  exclusive: boolean;
  /** True when a restic that we started wrote it, and has surely ended. */
  isLeft: boolean;
  /** Whose restic, of this program's, is at work under it, for people; absent: none that is known of. */
  worker?: string;
  /** For how long we have seen it unchanged, by a clock that never jumps; a renewed lock is another one. */
  seenMs: number;
}

/** What looking at the locks came to. */
export interface LockLook {
  /** Removed; the call that was locked out is worth trying at once. */
  removed: ResticLock[];
  /** Those that stay. */
  left: ResticLock[];
  /** So many more could not be looked at. */
  unread: number;
  /** Why one that might go did not. */
  trouble: string | null;
}

/** Runs restic with these arguments. */
export type Run = (args: string[]) => Promise<ProcessResult>;

export interface ResticLocks {
  /** Looks at all locks through `restic` and removes what may go. Rejects only when `signal` aborts. */
  clear(restic: Run, signal: AbortSignal): Promise<LockLook>;
  /** Looks at all of them; `unread` more could not be looked at, and with `failed` none, since restic ended so. */
  read(restic: Run): Promise<{ locks: ResticLock[]; unread: number; failed?: ProcessResult }>;
  /** For people: whose locks these are, and how each is removed once that is safe. */
  describe(look: LockLook): string;
}

/** restic renews every 5 min, and takes a lock of this age for stale. */
const OLD_MS = 30 * 60_000;
/** Twice what a living restic needs to renew, whatever its clock or ours says, and after a common sleep too. */
const UNCHANGED_MS = 10 * 60_000;
/** More are not looked at in one go: each costs a start of restic. */
const MAX_LOCKS = 16;
const MAX_NAMED = 3;

/**
 * The locks that may be removed. What we left behind always may. Others may only when they are all old, by their own time
 * and by ours, and `isWhole`: every lock of the repository is among these. What a restic of this program is at work under
 * never may.
 */
export function removableLocks(locks: readonly ResticLock[], isWhole: boolean, now: number): ResticLock[] {
  // One that is at work may be held up for long, and writes when it goes on.
  const isFree = (lock: ResticLock) => lock.worker === undefined && (lock.isLeft || isUnattended(lock, now));
  if (isWhole && locks.every(isFree)) return [...locks];
  return locks.filter(({ isLeft, worker }) => isLeft && worker === undefined);
}

/** True when nobody renewed it for so long that no living restic can be behind it. */
export function isUnattended({ time, seenMs }: ResticLock, now: number): boolean {
  return now - time > OLD_MS && seenMs >= UNCHANGED_MS;
}

/** The locks at `location`; `processes` knows which are ours. */
export function createResticLocks(
  clock: Clock,
  location: ResticLocation,
  processes: ResticProcesses,
): ResticLocks {
  /** A lock never changes: renewing makes another. */
  const known = new Map<string, { owner: LockOwner & { exclusive: boolean }; seenAt: number }>();

  async function read(restic: Run): ReturnType<ResticLocks["read"]> {
    const listed = await restic(["list", "locks", "--no-lock", "--quiet"]);
    if (listed.code !== 0) return { locks: [], unread: 1, failed: listed };
    const ids = listed.stdout.split("\n").map((line) => line.trim())
      .filter((line) => /^[0-9a-f]{64}$/.test(line));
    for (const id of known.keys()) if (!ids.includes(id)) known.delete(id);
    const locks: ResticLock[] = [];
    for (const id of ids.slice(0, MAX_LOCKS)) {
      if (!known.has(id)) {
        const shown = await restic(["cat", "lock", id, "--no-lock", "--quiet"]);
        const owner = shown.code === 0 ? readOwner(shown.stdout) : undefined;
        if (owner !== undefined) known.set(id, { owner, seenAt: clock.monotonic() });
      }
      const found = known.get(id);
      if (found === undefined) continue;
      const isLeft = await processes.hasLeft(found.owner);
      const worker = processes.workerOf(found.owner);
      locks.push({ ...found.owner, id, isLeft, worker, seenMs: clock.monotonic() - found.seenAt });
    }
    return { locks, unread: ids.length - locks.length };
  }

  return {
    read,
    async clear(restic, signal) {
      const { locks, unread } = await read(restic);
      // One that could not be read may be a living one's.
      const removable = removableLocks(locks, unread === 0, clock.now());
      const removed: ResticLock[] = [];
      let trouble: string | null = null;
      if (location.remove !== undefined) {
        for (const lock of removable) {
          try {
            await location.remove(lock.id, signal);
            removed.push(lock);
          } catch (error) {
            signal.throwIfAborted();
            if ((error as Error).name === "NotFound") removed.push(lock);
            else trouble = (error as Error).message;
          }
        }
      } else if (removable.length > 0 && removable.length === locks.length) {
        // It judges anew; what it would take too early is not there.
        const { code, stderr } = await restic(["unlock"]);
        if (code === 0) removed.push(...removable);
        else trouble = stderr.trim();
      }
      return { removed, left: locks.filter((lock) => !removed.includes(lock)), unread, trouble };
    },
    describe({ left, unread, trouble }) {
      const named = left.slice(0, MAX_NAMED).map((lock) =>
        `${ownerText(lock)}: ${
          lock.worker === undefined
            ? location.command(lock.id)
            : `a restic of ${lock.worker} is at work under it`
        }`
      );
      const others = Math.max(0, left.length - MAX_NAMED) + unread;
      const more = named.length > 0 && others > 0 ? [`and ${others} more`] : [];
      const why = trouble === null ? "" : ` (one could not be removed: ${trouble})`;
      return [...named, ...more].join("; ") + why;
    },
  };
}

/** `root on vm (PID 42), renewed last 2026-11-20T12:00:00.000Z`. */
export function ownerText({ user, host, pid, time }: LockOwner): string {
  const who = user === "" ? "an unnamed user" : user;
  return `${who} on ${host} (PID ${pid}), renewed last ${iso(time)}`;
}

function readOwner(text: string): LockOwner & { exclusive: boolean } | undefined {
  try {
    const { time, hostname, username, pid, exclusive } = lockSchema.parse(JSON.parse(text));
    return { time, host: hostname, user: username, pid, exclusive };
  } catch {
    return undefined;
  }
}
