// Verifications, restores and looks inside of a mock's backups: under the rules of every provider of ours, with ends as
// the settings draw them.

import type { Random } from "../../ports/host.ts";
import type { Backuper } from "../../ports/provider.ts";
import type { RestoreTask } from "../../ports/restore.ts";
import type { VerifyTask } from "../../ports/verification.ts";
import { createHostTasks, type HostTasks } from "../host/host_tasks.ts";
import { createHostTexts } from "../host/host_texts.ts";
import { createLiveTasks, type LiveTasks } from "../host/live_tasks.ts";
import { openTaskBook } from "../host/task_book.ts";
import { chosenFiles, DAMAGED_FILE, filesOf, pageOf } from "./contents.ts";
import { type MockMemory, type MockPorts, runningOf } from "./memory.ts";
import { draw, happens } from "./random.ts";

/** Whoever waits longer for an end has given up. */
const HANG_MS = 86_400_000;

/** None at work. */
export async function createMockTasks(
  memory: MockMemory,
  ports: MockPorts,
  rules: Pick<Parameters<typeof createHostTasks>[0], "restoreRoots" | "get" | "admit">,
): Promise<{ tasks: HostTasks; live: LiveTasks }> {
  const { state } = memory;
  const book = await openTaskBook({
    read: () => Promise.resolve(undefined),
    write: () => Promise.resolve(),
    toForget: () => "",
  }, () => {});
  const parts = {
    ...ports,
    memory: { place: "memory" },
    texts: createHostTexts([]),
    book,
    tell: () => {},
  };
  const live = createLiveTasks(parts);
  const tasks = createHostTasks({
    ...parts,
    ...rules,
    backuper: verifierOf(memory, ports),
    live,
    scratchFolder: ports.files.tempFolder(),
    origin: { machine: null, maker: null },
    room: () => state.settings().max_concurrent - runningOf(memory).length,
    createBody: undefined,
    browseLimitMs: HANG_MS,
  });
  return { tasks, live };
}

function verifierOf(
  memory: MockMemory,
  ports: MockPorts,
): Required<Pick<Backuper, "verify" | "restore" | "browse">> {
  const { state } = memory;
  return {
    async verify(task) {
      try {
        const passed = await verify(memory, ports, task);
        state.tell("verified", { id: task.id, found: passed ? "passed" : "failed" });
        const files = filesOf(task.id);
        const bytes = files.reduce((sum, { text }) => sum + text.length, 0);
        if (!passed) return { passed, message: `${DAMAGED_FILE}: its digest is wrong` };
        return { passed, message: "every file is as it was", files: files.length, bytes };
      } catch (error) {
        state.tell("verified", { id: task.id, found: "inconclusive" });
        throw error;
      }
    },
    async restore(task) {
      try {
        const result = await restore(memory, ports, task);
        state.tell("restored", { id: task.id, target: task.target, files: result.files });
        return result;
      } catch (error) {
        state.tell("restored", { id: task.id, target: task.target, failed: (error as Error).message });
        throw error;
      }
    },
    browse: ({ id, path, after, limit }) => Promise.resolve(pageOf(id, path, after, limit)),
  };
}

async function verify(memory: MockMemory, { clock }: MockPorts, task: VerifyTask): Promise<boolean> {
  const { state, backups } = memory;
  const settings = state.settings();
  const random = state.taskRandom();
  const takesMs = Math.round(draw(random, settings.verify_duration));
  const hangs = happens(random, settings.verify_hang_rate);
  const isInconclusive = happens(random, settings.inconclusive_rate);
  task.progress("reading");
  await clock.sleep(hangs ? HANG_MS : takesMs, task.signal);
  if (isInconclusive) throw new Error("this mock was told to find nothing out");
  return backups.get(task.id)?.isDamaged !== true;
}

async function restore(
  memory: MockMemory,
  ports: MockPorts,
  task: RestoreTask,
): Promise<{ files: number; bytes: number; message: string }> {
  const { id, target, include, dryRun, signal } = task;
  const files = chosenFiles(id, include);
  if ("unknown" in files) throw new Error(`the backup has no path '${files.unknown}'`);
  const fate = drawRestore(memory, memory.state.taskRandom());
  let bytes = 0;
  for (const [i, { path, text }] of files.entries()) {
    task.progress(`${i} of ${files.length} files`);
    if (!dryRun) {
      await ports.clock.sleep(fate.hangs ? HANG_MS : fate.takesMs / files.length, signal);
      if (fate.fails && i >= files.length / 2) throw new Error("this mock was told to break off half way");
      if (path === DAMAGED_FILE && memory.backups.get(id)?.isDamaged) {
        throw new Error(`${path}: its digest is wrong`);
      }
      const slash = path.lastIndexOf("/");
      if (slash > 0) await ports.files.makeFolder(`${target}/${path.slice(0, slash)}`, 0o755);
      await ports.files.writeText(`${target}/${path}`, text);
    }
    bytes += text.length;
  }
  const verb = dryRun ? "would be restored" : "restored";
  return { files: files.length, bytes, message: `${files.length} files ${verb}` };
}

function drawRestore(
  { state }: MockMemory,
  random: Random,
): { takesMs: number; fails: boolean; hangs: boolean } {
  const settings = state.settings();
  return {
    takesMs: Math.round(draw(random, settings.restore_duration)),
    fails: happens(random, settings.restore_fail_rate),
    hangs: happens(random, settings.restore_hang_rate),
  };
}
