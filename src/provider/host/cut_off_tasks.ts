// What a crash left of verifications and restores: they are told to be cut off, their processes ended, and their scratch
// folders removed.

import type { Machine } from "../../ports/host.ts";
import { settleProcesses } from "./cut_off.ts";
import { claimOf } from "./gather_place.ts";
import { removeScratch, scopeOf, type TaskPorts } from "./live_tasks.ts";
import type { TaskEntry } from "./task_book.ts";

/** Settles all that the book shows as running, and removes what earlier ones could not remove. */
export async function settleTasks(
  ports: Omit<TaskPorts, "memory" | "files">,
  machine: (() => Machine) | undefined,
): Promise<void> {
  const { book } = ports;
  const left = book.all().filter(({ state, scratch }) => state === "running" || scratch !== null);
  if (left.length === 0) return;
  const here = machine?.() ?? null;
  await Promise.all(left.map(async (entry) => {
    const settled = await settle(ports, entry, here);
    await book.record(settled).catch(() => {});
  }));
}

async function settle(
  ports: Omit<TaskPorts, "memory" | "files">,
  entry: TaskEntry,
  here: Machine | null,
): Promise<TaskEntry> {
  const { unseen, theirs } = await settleProcesses(ports, entry, here);
  const wasRunning = entry.state === "running";
  const ended: TaskEntry = !wasRunning ? entry : {
    ...entry,
    state: entry.kind === "verification" ? "inconclusive" : "failed",
    endedAt: ports.clock.now(),
    processes: unseen,
    message: cutOffMessage(entry, theirs),
  };
  if (wasRunning) ports.tell(ended, ended.message);
  // Of another machine's, or of a program that lives, nothing is touched.
  if (theirs !== null) return { ...ended, scratch: null };
  if (wasRunning) await ports.processes.scopes?.end(scopeOf(entry)).catch(() => 0);
  if (wasRunning && entry.gathered) await ports.tree.removeAll(claimOf(entry.gathered)).catch(() => {});
  return unseen.length > 0 ? ended : await removeScratch(ports, ended);
}

function cutOffMessage({ target, dryRun, gathered }: TaskEntry, theirs: string | null): string {
  if (theirs !== null) {
    return `cut off: it was at work ${theirs}; what becomes of it cannot be seen from here`;
  }
  const message = "cut off: the program that was at it stopped while it was at work";
  if (target === null || dryRun) return message;
  return `${message}; what was restored until then is in '${gathered ?? target}'`;
}
