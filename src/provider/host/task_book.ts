// What a host remembers of verifications and restores: what runs is written down before it begins, so that a crash leaves
// neither one that runs for ever nor what it had put aside.

import { z } from "zod";
import type { ProviderNotes } from "../../ports/backup_memory.ts";
import { ownerSchema } from "./journal.ts";

const taskSchema = z.object({
  kind: z.enum(["verification", "restore"]),
  /** Whoever asked for it chose it. */
  taskId: z.string(),
  /** Of the backup. */
  id: z.string(),
  state: z.enum(["running", "passed", "failed", "inconclusive", "done"]),
  method: z.enum(["check", "restore"]).nullable(),
  target: z.string().nullable(),
  /** Where what is restored is until it is put there. */
  gathered: z.string().optional(),
  dryRun: z.boolean(),
  message: z.string(),
  files: z.number().nullable(),
  bytes: z.number().nullable(),
  durationMs: z.number().nullable(),
  /** What passed is not all that the backup rests on; absent: it is. */
  partial: z.boolean().optional(),
  /** UTC ms. */
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  /** A folder of our own that is to be removed. */
  scratch: z.string().nullable(),
  ...ownerSchema.shape,
});

/** One verification or restore. */
export type TaskEntry = z.infer<typeof taskSchema>;

export interface TaskBook {
  /** Oldest first. */
  all(): TaskEntry[];
  find(kind: TaskEntry["kind"], taskId: string): TaskEntry | undefined;
  /** The last verification of a backup. */
  lastOf(id: string): TaskEntry | undefined;
  /**
   * Resolves when it is durable, and known here; rejects when it may not be: then a new one is not known. `onKnown` is
   * called as it becomes known.
   */
  record(entry: TaskEntry, onKnown?: () => void): Promise<void>;
}

/** Those that ended long ago are forgotten beyond this many. */
const MAX_ENDED = 200;

/** Reads what is noted; what cannot be read is told by `tell` and begun anew: no backup depends on it. */
export async function openTaskBook(notes: ProviderNotes, tell: (message: string) => void): Promise<TaskBook> {
  const entries = new Map<string, TaskEntry>();
  const keyOf = ({ kind, taskId }: Pick<TaskEntry, "kind" | "taskId">) => `${kind} ${taskId}`;
  const text = await notes.read("tasks");
  if (text !== undefined) {
    try {
      for (const entry of z.array(taskSchema).parse(JSON.parse(text))) entries.set(keyOf(entry), entry);
    } catch (error) {
      const why = (error as Error).message.replaceAll(/\s*\n\s*/g, " ").slice(0, 200);
      tell(`Cannot read what is noted of verifications and restores, which begins anew: ${why}`);
    }
  }
  /** With what is on its way to the notes. */
  const next = new Map(entries);
  let last: Promise<void> = Promise.resolve();

  function know(entry: TaskEntry): void {
    entries.set(keyOf(entry), entry);
    const ended = [...entries.values()].filter(({ state, scratch }) =>
      state !== "running" && scratch === null
    );
    for (const old of ended.slice(0, Math.max(0, ended.length - MAX_ENDED))) {
      entries.delete(keyOf(old));
      next.delete(keyOf(old));
    }
  }

  return {
    all: () => [...entries.values()],
    find: (kind, taskId) => entries.get(keyOf({ kind, taskId })),
    lastOf: (id) => [...entries.values()].findLast((one) => one.kind === "verification" && one.id === id),
    record(entry, onKnown) {
      const isNew = !next.has(keyOf(entry));
      next.set(keyOf(entry), entry);
      const saved = last.then(() => notes.write("tasks", JSON.stringify([...next.values()]) + "\n"));
      last = saved.catch(() => {});
      return saved.catch((error) => {
        if (isNew) next.delete(keyOf(entry));
        if (isNew || next.get(keyOf(entry)) !== entry) throw error;
        know(entry);
        onKnown?.();
        throw error;
      }).then(() => {
        know(entry);
        onKnown?.();
      });
    },
  };
}
