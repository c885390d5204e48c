// Remembers every restic that takes locks for one provider, so that a lock it left behind is known for ours.

import { z } from "zod";
import type { ProviderNotes } from "../../ports/backup_memory.ts";
import type { Clock, Processes } from "../../ports/host.ts";
import { hostName } from "./host_name.ts";

const notedSchema = z.object({
  pid: z.int(),
  /** Null: it could not be told. */
  identity: z.string().nullable(),
  /** As restic writes them into its locks. */
  host: z.string(),
  user: z.string(),
  /** UTC ms. */
  startedAt: z.int(),
  /** Null: it is not known to have ended. */
  endedAt: z.int().nullable(),
});

type Noted = z.infer<typeof notedSchema>;

/** Whose a lock is, as it says itself. */
export interface LockOwner {
  host: string;
  user: string;
  pid: number;
  /** UTC ms of its last renewal. */
  time: number;
}

export interface ResticProcesses {
  /** To be waited for before the first start: whoever starts one must know host and user. */
  ready(): Promise<void>;
  /** Notes one that was just started; answers what notes its end. */
  started(pid: number): () => void;
  /** True when one of these wrote the lock and has surely ended. */
  hasLeft(lock: LockOwner): Promise<boolean>;
  /** True when one that this program started wrote it and has not ended. */
  isAtWork(lock: LockOwner): boolean;
}

/** A lock is that of a process only if it was written while that ran; clocks are read a moment apart. */
const SLACK_MS = 1_000;
const MAX_NOTED = 100;

/** Kept in `notes` over restarts; null: in memory alone. */
export function createResticProcesses(
  { clock, processes }: { clock: Clock; processes: Processes },
  notes: ProviderNotes | null,
): ResticProcesses {
  let noted: Noted[] = [];
  const atWork = new Set<Noted>();
  let me = { host: "", user: "" };
  let loaded: Promise<void> | undefined;
  let last: Promise<void> = Promise.resolve();

  async function load(): Promise<void> {
    const said = async (argv: [string, ...string[]]) =>
      await processes.run({ argv }).then(({ stdout }) => stdout.trim(), () => "");
    me = { host: await hostName(processes) ?? "", user: await said(["id", "-un"]) };
    const text = await notes?.read("processes");
    if (text !== undefined) {
      try {
        noted = z.array(notedSchema).parse(JSON.parse(text));
      } catch {
        // Nothing is known of any: their locks stay until they are old.
      }
    }
    await Promise.all(noted.map(settle));
  }

  /** Notes the end of one that ended unseen, with the last program that watched it. */
  async function settle(one: Noted): Promise<void> {
    if (one.endedAt !== null || one.identity === null) return;
    // Somebody else may have its pid by now, and write locks that look the same.
    const isFree = await processes.identity(one.pid) === undefined;
    if (isFree && await processes.fate(one.pid, one.identity) === "ended") one.endedAt ??= clock.now();
  }

  /** One after the other; a failure costs that the locks of these are not known for ours after a restart. */
  function save(): void {
    if (notes === null) return;
    last = last.then(() => notes.write("processes", JSON.stringify(noted) + "\n")).catch(() => {});
  }

  const isBy = (one: Noted, lock: LockOwner) =>
    one.pid === lock.pid && one.host !== "" && one.host === lock.host && one.user === lock.user;

  return {
    ready: () => loaded ??= load(),
    started(pid) {
      const one: Noted = { pid, identity: null, ...me, startedAt: clock.now(), endedAt: null };
      noted = [...noted, one].slice(-MAX_NOTED);
      atWork.add(one);
      void processes.identity(pid).then((identity) => {
        one.identity = identity ?? null;
        save();
      });
      return () => {
        one.endedAt = clock.now();
        atWork.delete(one);
        save();
      };
    },
    async hasLeft(lock) {
      await (loaded ??= load());
      const mine = noted.filter((one) => isBy(one, lock));
      await Promise.all(mine.map(settle));
      return mine.some(({ startedAt, endedAt }) =>
        endedAt !== null && lock.time >= startedAt - SLACK_MS && lock.time <= endedAt + SLACK_MS
      );
    },
    isAtWork: (lock) => [...atWork].some((one) => isBy(one, lock) && lock.time >= one.startedAt - SLACK_MS),
  };
}
