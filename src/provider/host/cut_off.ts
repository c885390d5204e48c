// What a crash left behind: running backups become failed(cut_off), and their process groups are ended. A process that
// cannot be seen is neither ended nor said to have ended; on another machine nothing is looked at.

import { counted } from "../../domain/count_text.ts";
import { iso } from "../../domain/instant.ts";
import type { EventSink } from "../../ports/events.ts";
import type { Clock, Machine, Processes } from "../../ports/host.ts";
import { scopesOf } from "./backup_processes.ts";
import { UNSEEN } from "../../ports/provider.ts";
import type { Journal, JournalEntry } from "./journal.ts";

interface CutOffPorts {
  clock: Clock;
  processes: Processes;
  /** The one this process runs on; absent: not known. */
  machine?: () => Machine;
  sink?: EventSink;
}

/** What became of the processes of a backup. */
interface Left {
  ended: number;
  /** Nobody can say whether these live. */
  unseen: JournalEntry["processes"];
  /** They are not ours to judge: who makes the backup, and where; null: nobody who could be at work. */
  theirs: string | null;
}

const TERM_WAIT_MS = 10_000;
const LOOK_EVERY_MS = 50;
const STRAGGLERS_MS = 1_000;

/**
 * Settles every backup that the journal shows as running, before new ones may start, and answers the ids of those that
 * were made here; what had ended by itself before its `post` keeps that end. Whoever made them keeps no journal here any more. So is whatever ran `post` of one that had ended: its
 * processes go, too. A process group is ended only while its pid still is the process that was journaled: a pid that was
 * given anew is not ours. What a copy of a state tells of another machine, or of a program that lives, is its own affair:
 * nothing of it is touched, and no `post` of it runs here.
 */
export async function settleCutOff(ports: CutOffPorts, journal: Journal): Promise<Set<string>> {
  const entries = [...journal.entries.values()];
  const running = entries.filter((entry) => entry.state === "running");
  const cutOff = running.filter((entry) => entry.made === null && entry.failed === null);
  const inPost = entries.filter(({ state, postDue }) => state !== "running" && postDue);
  const here = running.length + inPost.length === 0 ? null : ports.machine?.() ?? null;
  const ours = new Set<string>();
  await Promise.all(running.map(async (entry) => {
    if (entry.made === null && entry.failed === null) return;
    // Its end was seen, and only `post` was cut off.
    const { unseen, theirs } = await settleProcesses(ports, entry, here);
    if (theirs === null) ours.add(entry.id);
    await journal.record({
      ...entry,
      ...entry.made ?? entry.failed,
      state: entry.made === null ? "failed" : "available",
      endedAt: ports.clock.now(),
      processes: unseen,
      postDue: entry.postDue && theirs === null,
    });
  }));
  await Promise.all(inPost.map(async (entry) => {
    const { unseen, theirs } = await settleProcesses(ports, entry, here);
    await journal.record({ ...entry, processes: unseen, postDue: theirs === null });
  }));
  await Promise.all(cutOff.map(async (entry) => {
    const left = await settleProcesses(ports, entry, here);
    const isOurs = left.theirs === null;
    if (isOurs) ours.add(entry.id);
    const strays = isOurs
      ? await ports.processes.scopes?.end(scopesOf(entry.id).create).catch(() => 0) ?? 0
      : 0;
    const message = cutOffMessage(entry, left, strays);
    await journal.record({
      ...entry,
      state: "failed",
      reason: isOurs ? "cut_off" : UNSEEN,
      message,
      endedAt: ports.clock.now(),
      processes: left.unseen,
      postDue: entry.postDue && isOurs,
    });
    ports.sink?.emit({
      type: "provider.odd",
      level: "warning",
      at: ports.clock.now(),
      message: `Backup '${entry.id}' failed: ${message}`,
      data: { id: entry.id, reason: isOurs ? "cut_off" : UNSEEN, orphans: left.ended },
      ...(entry.job === null ? {} : { job: entry.job }),
      ...(entry.runId === null ? {} : { runId: entry.runId }),
    });
  }));
  return ours;
}

/** Ends what is left of the processes of one thing that was at work. */
export async function settleProcesses(
  ports: Pick<CutOffPorts, "clock" | "processes">,
  { machine: there, maker, processes }: Pick<JournalEntry, "machine" | "maker" | "processes">,
  here: Machine | null,
): Promise<Left> {
  const left: Left = { ended: 0, unseen: [], theirs: null };
  switch (compare(there, here)) {
    case "another":
      return { ...left, unseen: processes, theirs: `on another machine, '${there!.name}'` };
    case "rebooted":
      // What lived before this machine was started again is over.
      return left;
    case "same":
    case "unknown":
  }
  const makerFate = maker === null ? "ended" : await ports.processes.fate(maker.pid, maker.identity);
  if (makerFate === "alive") {
    return { ...left, unseen: processes, theirs: `by process ${maker!.pid}, which is alive` };
  }
  for (const noted of processes) {
    const fate = await ports.processes.fate(noted.pid, noted.identity);
    if (fate === "ended") continue;
    // What a program that may live is making is no orphan.
    if (fate === "unseen" || makerFate === "unseen") {
      left.unseen.push(noted);
      continue;
    }
    await endOrphan(ports, noted);
    left.ended++;
  }
  return left;
}

/** Copies of a machine's disk bear the same id, so its name must be the same as well. */
function compare(
  there: Machine | null,
  here: Machine | null,
): "same" | "rebooted" | "another" | "unknown" {
  if (there === null || here === null) return "unknown";
  if (there.boot !== null && there.boot === here.boot) return "same";
  if (there.id === null || here.id === null) return "unknown";
  if (there.id !== here.id || there.name !== here.name) return "another";
  return there.boot === null || here.boot === null ? "unknown" : "rebooted";
}

function cutOffMessage(entry: JournalEntry, { ended, unseen, theirs }: Left, strays: number): string {
  const began = iso(entry.startedAt);
  if (theirs !== null) {
    return `cut off: this journal is a copy; the backup was being made ${theirs} (started ${began}); what becomes of ` +
      "it there cannot be seen from here, and nothing of it was touched";
  }
  const left = ended === 0
    ? ""
    : `; ${counted(ended, "process group")} left over from it ${ended === 1 ? "was" : "were"} ended`;
  const away = strays === 0
    ? ""
    : `; ${strays} that had left such a group ${strays === 1 ? "was" : "were"} ended`;
  const hidden = unseen.length === 0
    ? ""
    : `; whether process ${unseen.map(({ pid }) => pid).join(", ")} of it has ended cannot be seen from here`;
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
