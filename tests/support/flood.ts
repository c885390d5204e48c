// Floods of connections, and what one sees of a program meanwhile: whether it answers, how quickly, how large it is.

import assert from "node:assert/strict";
import { systemClock } from "../../src/runtime/clock.ts";
import { type Child, PROGRAM, type Rig } from "./program.ts";

/** The program with so many open files at most. */
export function limited(rig: Rig, mostFiles: number, name: string, args: readonly string[]): Child {
  return rig.spawn(name, ["sh", "-c", `ulimit -n ${mostFiles}; exec "$@"`, "sh", ...PROGRAM, ...args]);
}

/** What a connection of its own is answered there; undefined: nothing within five seconds. */
export async function statusOver(
  url: string,
  options: { socket?: string; headers?: Record<string, string> } = {},
): Promise<number | undefined> {
  const { socket, headers } = options;
  using client = Deno.createHttpClient({
    poolMaxIdlePerHost: 0,
    ...(socket === undefined ? {} : { proxy: { transport: "unix", path: socket } }),
  });
  const limit = AbortSignal.timeout(5_000);
  const answer = await fetch(url, { client, signal: limit, headers }).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.status;
}

/** Opens so many connections, or as many as there can be, and says `words` on each. */
export async function flood(url: string, most: number, words: string): Promise<Deno.Conn[]> {
  const { hostname, port } = new URL(url);
  const held: Deno.Conn[] = [];
  const bytes = new TextEncoder().encode(words);
  while (held.length < most) {
    const connection = await Deno.connect({ hostname, port: Number(port) }).catch(() => undefined);
    if (connection === undefined) break;
    held.push(connection);
    if (words !== "") await connection.write(bytes).catch(() => {});
  }
  return held;
}

/** What was asked again and again while something else went on. */
export interface Pulse {
  asked: number;
  /** What was asked and not answered with 200. */
  missed: string[];
  /** In ms, of those that were answered. */
  median: number;
  worst: number;
}

/** Asks all of `places` in turn, on connections of their own, until `work` is done. */
export async function pulseDuring(
  places: readonly { url: string; socket?: string }[],
  work: () => Promise<void>,
): Promise<Pulse> {
  const missed: string[] = [];
  const took: number[] = [];
  let isOver = false;
  const ask = async () => {
    while (!isOver) {
      for (const { url, socket } of places) {
        const since = systemClock.monotonic();
        const status = await statusOver(`${url}/livez`, { socket });
        if (status === 200) took.push(systemClock.monotonic() - since);
        else missed.push(`${socket ?? url}: ${status}`);
      }
      await systemClock.sleep(20);
    }
  };
  const asking = ask();
  await work().finally(() => isOver = true);
  await asking;
  took.sort((a, b) => a - b);
  return { asked: took.length + missed.length, missed, median: took[took.length >> 1]!, worst: took.at(-1)! };
}

/** In MiB, at most so far. */
export async function peakOf(rig: Rig, child: Child): Promise<number> {
  return await figureOf(rig, child, /VmHWM:\s+(\d+) kB/) / 1024;
}

async function figureOf(rig: Rig, child: Child, pattern: RegExp): Promise<number> {
  // By a program: the runtime itself reads there only when it was given every permission there is.
  const found = pattern.exec(await rig.tool(["cat", `/proc/${child.pid}/status`]));
  assert.ok(found !== null);
  return Number(found[1]);
}

/** How many files it has open. */
export async function filesOf(rig: Rig, child: Child): Promise<number> {
  return (await rig.tool(["ls", `/proc/${child.pid}/fd`])).trim().split("\n").length;
}
