// The verifications and restores at work now: each to its end, its processes and its scratch folder noted, and removed.

import type { BackupMemory } from "../../ports/backup_memory.ts";
import type { FileTree } from "../../ports/file_tree.ts";
import type { Clock, Files, Processes } from "../../ports/host.ts";
import type { ToolTask } from "../../ports/tool_task.ts";
import { createOutputRing } from "../output_ring.ts";
import { within } from "../time_limit.ts";
import { closeScope } from "./backup_processes.ts";
import { untilGivenUp } from "./backup_work.ts";
import type { HostTexts } from "./host_texts.ts";
import type { TaskBook, TaskEntry } from "./task_book.ts";

export interface TaskPorts {
  clock: Clock;
  files: Files;
  tree: FileTree;
  processes: Processes;
  memory: Pick<BackupMemory, "place">;
  texts: HostTexts;
  book: TaskBook;
  /** Tells of what went wrong beside the work itself. */
  tell(entry: TaskEntry, message: string): void;
}

/** How one came out. */
type TaskEnd =
  & Pick<TaskEntry, "state">
  & Partial<Pick<TaskEntry, "message" | "files" | "bytes" | "durationMs" | "partial">>;

export interface LiveTask {
  entry: TaskEntry;
  /** Progress. */
  message: string;
  /** Resolves when its end is noted. */
  ended: Promise<void>;
  /** Tells it to end; `why` becomes its message. */
  cancel(why: string): void;
}

export interface LiveTasks {
  of(kind: TaskEntry["kind"]): LiveTask[];
  /** What is done to a backup now, such as "restored"; undefined: nothing. */
  workOn(id: string): "restored" | "verified" | undefined;
  find(kind: TaskEntry["kind"], taskId: string): LiveTask | undefined;
  /**
   * Notes it, then begins `work`, which is handed a scratch folder where the entry names one; rejects when it cannot be
   * noted. `endOf` makes its end of what `work` rejected with, and of why it was told to end (null: it was not).
   */
  begin(
    entry: TaskEntry,
    work: (task: ToolTask) => Promise<TaskEnd>,
    endOf: (message: string, why: string | null) => TaskEnd,
  ): Promise<LiveTask>;
  /** Ends all; resolves when they have ended or were given up. */
  stop(): Promise<void>;
}

/** Most processes that are noted of one, the newest. */
const MAX_PROCESSES = 16;
const STOP_WAIT_MS = 15_000;
const KILLED_WAIT_MS = 1_000;

/** None at work. */
export function createLiveTasks(ports: TaskPorts): LiveTasks {
  const { clock, processes, texts, book } = ports;
  const running = new Set<Running>();

  async function run(
    live: Running,
    work: (task: ToolTask) => Promise<TaskEnd>,
    endOf: (message: string, why: string | null) => TaskEnd,
  ): Promise<void> {
    const scope = scopeOf(live.entry);
    let end: TaskEnd;
    try {
      if (live.entry.scratch !== null) await ports.files.makeFolder(live.entry.scratch, 0o700);
      const tools = toolsOf(ports, live, scope);
      end = await untilGivenUp(clock, work(tools), live.stop.signal, () => void killAll(processes, live));
    } catch (error) {
      end = endOf(texts.textOf(error), live.why);
    }
    await closeScope(processes, scope, live.why !== null);
    const cleaned = await removeScratch(ports, live.entry);
    live.over = true;
    const nothing = { files: null, bytes: null, durationMs: null, message: "" };
    const ended: TaskEntry = { ...cleaned, ...nothing, ...end, endedAt: clock.now(), processes: [] };
    ended.message = texts.clean(ended.message);
    await book.record(ended, () => running.delete(live)).catch((error) => {
      ports.tell(live.entry, `Cannot note in ${ports.memory.place} how it ended: ${texts.textOf(error)}`);
    });
  }

  return {
    of: (kind) => [...running].filter(({ entry }) => entry.kind === kind),
    workOn(id) {
      const kind = [...running].find(({ entry }) => entry.id === id)?.entry.kind;
      return kind === undefined ? undefined : kind === "restore" ? "restored" : "verified";
    },
    find: (kind, taskId) => [...running].find(({ entry }) => entry.kind === kind && entry.taskId === taskId),
    async begin(entry, work, endOf) {
      const live = newRunning(entry, texts);
      running.add(live);
      const noted = book.record(entry);
      live.ended = noted.then(() => run(live, work, endOf)).finally(() => running.delete(live));
      live.ended.catch(() => {});
      await noted;
      return live;
    },
    async stop() {
      const all = [...running];
      for (const live of all) live.cancel("cut off: this program stopped");
      const ended = Promise.allSettled(all.map((live) => live.ended));
      await within(clock, STOP_WAIT_MS, ended, "").catch(() =>
        Promise.all(all.map((live) => killAll(processes, live)))
      );
      await within(clock, KILLED_WAIT_MS, ended, "").catch(() => {});
    },
  };
}

/** The scope of the programs of one. */
export function scopeOf({ kind, taskId }: Pick<TaskEntry, "kind" | "taskId">): string {
  return `${kind}-${taskId.replaceAll(/[^\w.-]/g, "_").slice(0, 100)}`;
}

/** Removes the scratch folder of one; what cannot be removed stays noted, and is told. */
export async function removeScratch(
  { tree, texts, tell }: Pick<TaskPorts, "tree" | "texts" | "tell">,
  entry: TaskEntry,
): Promise<TaskEntry> {
  if (entry.scratch === null) return entry;
  try {
    await tree.removeAll(entry.scratch);
    return { ...entry, scratch: null };
  } catch (error) {
    const why = texts.textOf(error);
    tell(entry, `Cannot remove '${entry.scratch}', into which a backup was restored to verify it: ${why}`);
    return entry;
  }
}

interface Running extends LiveTask {
  stop: AbortController;
  /** Why it was told to end; null: it was not. */
  why: string | null;
  /** Its end is known: nothing more of it is noted. */
  over: boolean;
  output: (line: string) => void;
}

function newRunning(entry: TaskEntry, texts: HostTexts): Running {
  const ring = createOutputRing(texts.redact);
  const live: Running = {
    entry,
    message: "started",
    ended: Promise.resolve(),
    stop: new AbortController(),
    why: null,
    over: false,
    output: (line) => ring.add(line),
    cancel(why) {
      if (live.over) return;
      live.why ??= why;
      live.stop.abort(new Error(why));
    },
  };
  return live;
}

function toolsOf(ports: TaskPorts, live: Running, scope: string): ToolTask {
  return {
    id: live.entry.id,
    signal: live.stop.signal,
    progress: (message) => {
      if (!live.over) live.message = ports.texts.clean(message);
    },
    output: live.output,
    started: (pid) => void noteProcess(ports, live, pid),
    scope,
  };
}

async function noteProcess({ processes, book }: TaskPorts, live: Running, pid: number): Promise<void> {
  const identity = await processes.identity(pid).catch(() => undefined);
  if (identity === undefined || live.over) return;
  const noted = [...live.entry.processes, { pid, identity }].slice(-MAX_PROCESSES);
  live.entry = { ...live.entry, processes: noted };
  // Without the note it is not ended after a crash, and ends by itself.
  await book.record(live.entry).catch(() => {});
}

async function killAll(processes: Processes, { entry }: LiveTask): Promise<void> {
  for (const { pid, identity } of entry.processes) {
    if (await processes.identity(pid) === identity) processes.killGroup(pid, "SIGKILL");
  }
  await closeScope(processes, scopeOf(entry), true);
}
