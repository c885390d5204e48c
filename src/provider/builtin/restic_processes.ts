// Remembers every restic that takes locks for one provider, so that a lock it left behind is known for ours.

import { z } from "zod";
import type { ProviderNotes } from "../../ports/backup_memory.ts";
import type { Clock, Processes } from "../../ports/host.ts";
import { within } from "../time_limit.ts";
import { hostName } from "./host_name.ts";
import { isBy, type LockOwner, type ResticHome, SLACK_MS } from "./restic_siblings.ts";

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

export interface ResticProcesses {
  /** To be waited for before the first start: whoever starts one must know host and user. */
  ready(): Promise<void>;
  /** Notes one that is about to begin; answers, once that is written down, what notes its end. Never rejects. */
  started(pid: number): Promise<() => void>;
  /** True when one of these, or of another provider's of this program on the same repository, wrote it and has surely ended. */
  hasLeft(lock: LockOwner): Promise<boolean>;
  /**
   * Whose restic wrote the lock and has not ended, if this program started it: `this provider`, `provider 'x'`. Whatever
   * repository that provider names: two names may be one place.
   */
  workerOf(lock: LockOwner): string | undefined;
}

const MAX_NOTED = 100;
/** A state that does not answer must not keep a backup from being made. */
const NOTE_MS = 5_000;

/** Kept in `notes` over restarts; null: in memory alone. `home`: who else uses the repository. */
export function createResticProcesses(
  { clock, processes }: { clock: Clock; processes: Processes },
  notes: ProviderNotes | null,
  home: ResticHome,
): ResticProcesses {
  let noted: Noted[] = [];
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
  function save(): Promise<void> {
    if (notes === null) return Promise.resolve();
    return last = last.then(() => notes.write("processes", JSON.stringify(noted) + "\n")).catch(() => {});
  }

  async function hasEnded(lock: LockOwner): Promise<boolean> {
    await (loaded ??= load());
    const mine = noted.filter((one) => isBy(one, lock));
    await Promise.all(mine.map(settle));
    return mine.some(({ startedAt, endedAt }) =>
      endedAt !== null && lock.time >= startedAt - SLACK_MS && lock.time <= endedAt + SLACK_MS
    );
  }
  home.member.hasEnded = hasEnded;

  return {
    ready: () => loaded ??= load(),
    async started(pid) {
      const one: Noted = { pid, identity: null, ...me, startedAt: clock.now(), endedAt: null };
      noted = [...noted, one].slice(-MAX_NOTED);
      const ended = home.began(one);
      one.identity = await processes.identity(pid) ?? null;
      await within(clock, NOTE_MS, save(), "").catch(() => {});
      return () => {
        one.endedAt = clock.now();
        ended();
        void save();
      };
    },
    async hasLeft(lock) {
      for (const { hasEnded } of home.members()) {
        if (await hasEnded(lock)) return home.workerOf(lock) === undefined;
      }
      return false;
    },
    workerOf(lock) {
      const key = home.workerOf(lock);
      return key === undefined ? undefined : key === home.member.key ? "this provider" : `provider '${key}'`;
    },
  };
}
