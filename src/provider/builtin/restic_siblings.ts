// What the restic providers of this program know of each other: who has the same repository, and whose restic is at work.

import { repositoryIdentity } from "../../domain/repository_identity.ts";
import { UpkeepCircle } from "./upkeep_circle.ts";

/** Whose a lock is, as it says itself. */
export interface LockOwner {
  host: string;
  user: string;
  pid: number;
  /** UTC ms of its last renewal. */
  time: number;
}

/** A restic that was started here, as it writes itself into its locks. */
interface StartedRestic {
  host: string;
  user: string;
  pid: number;
  /** UTC ms. */
  startedAt: number;
}

/** One provider of a repository. */
interface ResticMember {
  /** Provider key. */
  readonly key: string;
  /** True when one that it started wrote the lock and has surely ended. */
  hasEnded(lock: LockOwner): Promise<boolean>;
  /** The id of the repository that it used, and how a person has that forgotten; undefined: it used none. */
  used(): Promise<{ id: string; toForget: string } | undefined>;
}

/** The repository of one provider, with the others that have it too. */
export interface ResticHome {
  readonly member: ResticMember;
  readonly circle: UpkeepCircle;
  /** Those that have this repository, by whatever spelling of it; this one first. */
  members(): ResticMember[];
  /** Notes one that this provider started; answers what notes its end. */
  began(one: StartedRestic): () => void;
  /** The provider whose restic wrote the lock and has not ended; undefined when none of this program's has. */
  workerOf(lock: LockOwner): string | undefined;
  /** This one does not have it any more. */
  leave(): void;
}

/** All of one program. */
export interface ResticSiblings {
  /** The provider with this key has this repository, until it leaves. */
  join(repository: string, key: string): ResticHome;
  /** The repositories that somebody has, or that something is still at work on. */
  repositories(): string[];
}

/** A lock is that of a process only if it was written while that ran; clocks are read a moment apart. */
export const SLACK_MS = 1_000;

/** Nobody has joined yet. */
export function createResticSiblings(): ResticSiblings {
  const homes = new Map<string, { members: Set<ResticMember>; circle: UpkeepCircle }>();
  /** With the key of its provider; one whose provider is gone by now may still be at work. */
  const atWork = new Map<StartedRestic, string>();

  function drop(id: string): void {
    const home = homes.get(id);
    if (home?.members.size === 0 && home.circle.isEmpty) homes.delete(id);
  }

  return {
    repositories: () => [...homes.keys()],
    join(repository, key) {
      const id = repositoryIdentity(repository);
      const home = homes.get(id) ?? { members: new Set(), circle: new UpkeepCircle(() => drop(id)) };
      homes.set(id, home);
      const member: ResticMember = {
        key,
        hasEnded: () => Promise.resolve(false),
        used: () => Promise.resolve(undefined),
      };
      home.members.add(member);
      return {
        member,
        circle: home.circle,
        members: () => [member, ...[...home.members].filter((one) => one !== member)],
        began(one) {
          atWork.set(one, key);
          return () => void atWork.delete(one);
        },
        workerOf: (lock) =>
          [...atWork].find(([one]) => isBy(one, lock) && lock.time >= one.startedAt - SLACK_MS)?.[1],
        leave() {
          home.members.delete(member);
          drop(id);
        },
      };
    },
  };
}

/** True when this process may have written that lock, as far as both say who they are. */
export function isBy(one: Omit<StartedRestic, "startedAt">, lock: LockOwner): boolean {
  return one.pid === lock.pid && one.host !== "" && one.host === lock.host && one.user === lock.user;
}
