// The processes of a running backup: each is noted in the journal, so that they can be ended after a crash too.

import type { Processes } from "../../ports/host.ts";
import type { Journal } from "./journal.ts";
import type { LiveBackup, TellOdd } from "./live_backup.ts";

/** Most that are noted of one backup, the newest. */
const MAX_PROCESSES = 16;

/** Notes a process group that was just started; never rejects. */
export async function noteProcess(
  { processes, journal }: { processes: Processes; journal: Journal },
  live: LiveBackup,
  pid: number,
  tellOdd: TellOdd,
): Promise<void> {
  const identity = await processes.identity(pid).catch(() => undefined);
  // After its end is on the way to the journal, a line that shows it running would undo that.
  if (identity === undefined || live.over) return;
  const noted = [...live.entry.processes, { pid, identity }].slice(-MAX_PROCESSES);
  live.entry = { ...live.entry, processes: noted };
  try {
    await journal.record(live.entry);
  } catch (error) {
    const why = (error as Error).message;
    tellOdd(live, "warning", `Cannot note process ${pid} of backup '${live.entry.id}': ${why}`);
  }
}

/** The scope of what makes the backup, and that of its `pre`: what `pre` leaves running is for `post` to end. */
export function scopesOf(id: string): { create: string; pre: string } {
  return { create: id, pre: `${id}-pre` };
}

/** What a work that was ended left elsewhere goes with it; what one that ended by itself left may be meant to stay. */
export async function closeScope({ scopes }: Processes, scope: string, wasEnded: boolean): Promise<void> {
  await (wasEnded ? scopes?.end(scope) : scopes?.leave(scope))?.catch(() => {});
}

/** Only processes that still are those that were started: a pid may have been given anew. */
export async function killProcesses(processes: Processes, live: LiveBackup): Promise<void> {
  for (const { pid, identity } of live.entry.processes) {
    if (await processes.identity(pid) === identity) processes.killGroup(pid, "SIGKILL");
  }
  await closeScope(processes, scopesOf(live.entry.id).create, true);
}
