// What a crash left behind: running backups become failed(cut_off), and their process groups are ended. A process that
// cannot be seen is neither ended nor said to have ended.

import { iso } from "../../domain/instant.ts";
import type { EventSink } from "../../ports/events.ts";
import type { Clock, Processes } from "../../ports/host.ts";
import { scopesOf } from "./backup_processes.ts";
import type { Journal, JournalEntry } from "./journal.ts";

const TERM_WAIT_MS = 10_000;
const LOOK_EVERY_MS = 50;
const STRAGGLERS_MS = 1_000;

/**
 * Settles every backup that the journal shows as running, before new ones may start, and answers their ids; the folder's
 * owner before has ended. So has whatever ran `post` of one that had ended: its processes go, too. A process group is ended only while its pid still is the process that was journaled: a pid that was given anew
 * is not ours.
 */
export async function settleCutOff(
  ports: { clock: Clock; processes: Processes; sink?: EventSink },
  journal: Journal,
): Promise<Set<string>> {
  const entries = [...journal.entries.values()];
  const cutOff = entries.filter((entry) => entry.state === "running");
  const inPost = entries.filter(({ state, postDue, processes }) =>
    state !== "running" && postDue && processes.length > 0
  );
  await Promise.all(inPost.map(async (entry) => {
    const { unseen } = await endProcesses(ports, entry);
    await journal.record({ ...entry, processes: unseen });
  }));
  await Promise.all(cutOff.map(async (entry) => {
    const { ended, unseen } = await endProcesses(ports, entry);
    const strays = await ports.processes.scopes?.end(scopesOf(entry.id).create).catch(() => 0) ?? 0;
    const message = cutOffMessage(entry, ended, strays, unseen.map(({ pid }) => pid));
    await journal.record({
      ...entry,
      state: "failed",
      reason: "cut_off",
      message,
      endedAt: ports.clock.now(),
      processes: unseen,
    });
    ports.sink?.emit({
      type: "provider.odd",
      level: "warning",
      at: ports.clock.now(),
      message: `Backup '${entry.id}' failed: ${message}`,
      data: { id: entry.id, reason: "cut_off", orphans: ended },
      ...(entry.job === null ? {} : { job: entry.job }),
      ...(entry.runId === null ? {} : { runId: entry.runId }),
    });
  }));
  return new Set(cutOff.map(({ id }) => id));
}

/** How many groups of its processes were ended, and which of them cannot be seen. */
async function endProcesses(
  ports: { clock: Clock; processes: Processes },
  entry: JournalEntry,
): Promise<{ ended: number; unseen: JournalEntry["processes"] }> {
  let ended = 0;
  const unseen: JournalEntry["processes"] = [];
  for (const noted of entry.processes) {
    const fate = await ports.processes.fate(noted.pid, noted.identity);
    if (fate === "unseen") unseen.push(noted);
    if (fate !== "alive") continue;
    await endOrphan(ports, noted);
    ended++;
  }
  return { ended, unseen };
}

function cutOffMessage(entry: JournalEntry, ended: number, strays: number, unseen: number[]): string {
  const began = iso(entry.startedAt);
  const left = ended === 0 ? "" : `; ${ended} process group${ended === 1 ? "" : "s"} it left behind ended`;
  const away = strays === 0 ? "" : `; ${strays} that had left such a group ended`;
  const hidden = unseen.length === 0
    ? ""
    : `; whether process ${unseen.join(", ")} of it has ended cannot be seen from here`;
  return `cut off: the program that made it stopped while it was running (started ${began})${left}${away}${hidden}`;
}

/** Ends the group of a process that is alive. */
async function endOrphan(
  ports: { clock: Clock; processes: Processes },
  { pid, identity }: JournalEntry["processes"][number],
): Promise<void> {
  const { clock, processes } = ports;
  const lives = async () => await processes.fate(pid, identity) === "alive";
  processes.killGroup(pid, "SIGTERM");
  const deadline = clock.monotonic() + TERM_WAIT_MS;
  while (clock.monotonic() < deadline && await lives()) await clock.sleep(LOOK_EVERY_MS);
  // Others of the group may outlive its first process. Its number is not given anew while they live, and
  // hardly within the second that they get to end by themselves.
  await clock.sleep(STRAGGLERS_MS);
  processes.killGroup(pid, "SIGKILL");
}
