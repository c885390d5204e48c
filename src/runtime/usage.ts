// What this process takes of its machine: by Deno where it tells, else by `cat`, since Deno opens the files of /proc
// only to a process with all permissions, which Schelly never has.

import process from "node:process";
import type { Processes, ProcessUsage } from "../ports/host.ts";
import { systemClock } from "./clock.ts";

/** How long what `cat` found is believed: a program to start costs more than all other figures together. */
const BELIEVED_MS = 60_000;

/** No scrape waits longer than this for it. */
const READ_MS = 1_000;

/** The figures that only /proc knows. */
type Figures = Pick<ProcessUsage, "virtual" | "maxFiles">;

/** Asks about the process `pid`, which is this one; `virtual` and `maxFiles` are up to a minute old. */
export function createUsage(pid: number, processes: Processes): () => Promise<ProcessUsage> {
  let known: { at: number; figures: Promise<Figures> } | undefined;
  return async () => {
    const now = systemClock.monotonic();
    if (known === undefined || now - known.at > BELIEVED_MS) {
      known = { at: now, figures: readFigures(pid, processes) };
    }
    const figures = await known.figures;
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = Deno.memoryUsage();
    return {
      cpu: { user: user / 1e6, system: system / 1e6 },
      rss,
      heapUsed,
      openFiles: openFiles(),
      ...figures,
    };
  };
}

/** How many files the process may have open; undefined where nothing tells. Never rejects. */
export async function mostFilesOf(pid: number, processes: Processes): Promise<number | undefined> {
  return (await readFigures(pid, processes)).maxFiles;
}

/** Where there is no /proc or no `cat`, nothing is known. */
async function readFigures(pid: number, processes: Processes): Promise<Figures> {
  if (process.platform !== "linux") return parseFigures("");
  const argv: [string, ...string[]] = ["cat", `/proc/${pid}/status`, `/proc/${pid}/limits`];
  const limit = systemClock.timeout(READ_MS);
  try {
    return parseFigures((await processes.run({ argv, signal: limit.signal })).stdout);
  } catch {
    return parseFigures("");
  } finally {
    limit.dispose();
  }
}

/** Reads /proc/PID/status and /proc/PID/limits as proc(5) has them, one after the other, or what there is of them. */
export function parseFigures(text: string): Figures {
  const virtual = /^VmSize:\s+(\d+) kB$/m.exec(text)?.[1];
  const maxFiles = /^Max open files\s+(\d+) /m.exec(text)?.[1];
  return {
    virtual: virtual === undefined ? undefined : Number(virtual) * 1024,
    maxFiles: maxFiles === undefined ? undefined : Number(maxFiles),
  };
}

/** The folder may be listed, its files not be read. One of them is the listing itself. */
function openFiles(): number | undefined {
  try {
    return [...Deno.readDirSync("/proc/self/fd")].length - 1;
  } catch {
    return undefined;
  }
}
