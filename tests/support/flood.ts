// Floods of connections, and what one sees of a program meanwhile: whether it answers, how quickly, how large it is.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import process from "node:process";
import { systemClock } from "../../src/runtime/clock.ts";
import { type Child, PROGRAM, type Rig } from "./program.ts";

/** Where the floods cannot be. */
export const skipFloods = process.platform === "linux"
  ? false
  : "the limit of open files is set as Linux has it";
export const FLOOD_JOBS = `jobs:
  - name: a
    schedule: "* * * * * *"
    provider: { poll_interval: 100ms, command: { create: ["true"], delete: ["true"] } }
    retention: { secondly: 3 }
`;
/** Two thousand connections of some 30 KiB, and what it takes to see them off. */
const MOST_GROWTH_MB = 120;
/** Six hundred requests under way, on connections of HTTP/2 that hold more than those of silence. */
const MOST_GROWTH_BUSY_MB = 150;
/** Most of the files are for something else. */
const MOST_SHARE = 0.75;
/** A machine that is busy with the flood itself, and with other tests. */
const MOST_MEDIAN_MS = 500;

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
interface Pulse {
  asked: number;
  /** What was asked and not answered with 200. */
  missed: string[];
  /** In ms, of those that were answered. */
  median: number;
  worst: number;
}

/** Asks all of `places` in turn, on connections of their own, until `work` is done. */
async function pulseDuring(
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

/** A program that is flooded. */
export interface Target {
  name: string;
  child: Child;
  url: string;
  socket?: string;
}

/** A scheduler with so many open files at most, whose job runs every second. */
export async function daemon(rig: Rig, mostFiles: number): Promise<Target> {
  await rig.configure(FLOOD_JOBS);
  const child = limited(rig, mostFiles, "schelly run", ["run", "--config", rig.configFile]);
  const [, url] = await child.said("err", /Listening on (http:\/\/[\d.]+:\d+)/);
  return { name: "daemon", child, url: url!, socket: rig.socket };
}

/** A served provider that asks for no token, with so many open files at most. */
export async function provider(rig: Rig, mostFiles: number): Promise<Target> {
  await mkdir(`${rig.folder}/provider`);
  const child = limited(rig, mostFiles, "provider", [
    ...["provider", "serve", "command", "--create", "true", "--delete", "true"],
    ...["--listen", "127.0.0.1:0", "--state-folder", `${rig.folder}/provider`],
  ]);
  const [, url] = await child.said("err", /Serving \S+ .* at (http:\/\/[\d.]+:\d+)/);
  return { name: "provider", child, url: url! };
}

/** All that answers there. */
export function placesOf(
  { url, socket }: Pick<Target, "url" | "socket">,
): { url: string; socket?: string }[] {
  return [{ url }, ...(socket === undefined ? [] : [{ url: "http://localhost", socket }])];
}

/** Asks for probes until `work` is done, says how that went and what it cost, and demands that they are answered. */
export async function probesDuring(
  rig: Rig,
  target: Target,
  what: string,
  work: () => Promise<void>,
): Promise<void> {
  const before = await peakOf(rig, target.child);
  let files = 0;
  const pulse = await pulseDuring(placesOf(target), async () => {
    await work();
    files = await filesOf(rig, target.child);
  });
  const grown = await peakOf(rig, target.child) - before;
  tell(`${target.name}, ${what}`, pulse, grown, files);
  assert.ok(pulse.missed.length <= 1 + pulse.asked / 50, pulse.missed.join("\n"));
  assert.ok(grown < MOST_GROWTH_BUSY_MB, `memory grew by ${grown} MiB`);
}

function tell(what: string, { asked, missed, median, worst }: Pulse, grown: number, files: number): void {
  process.stdout.write(
    `${what}: ${asked} times /livez, ${missed.length} missed, median ${median.toFixed(1)} ms, ` +
      `worst ${worst.toFixed(0)} ms; ${Math.round(grown)} MiB more, ${files} files\n`,
  );
}

/** Floods it in waves, each held until it has come whole, and demands that all others are served all the while. */
export async function waves(
  rig: Rig,
  target: Target,
  mostFiles: number,
  most: number,
  said: readonly string[],
) {
  const { name, child } = target;
  const before = await peakOf(rig, child);
  const held: Deno.Conn[] = [];
  let files = 0;
  const pulse = await pulseDuring(placesOf(target), async () => {
    for (const words of said) {
      const wave = await flood(target.url, most, words);
      held.push(...wave);
      assert.ok(wave.length > mostFiles / 2, `${wave.length} connections`);
      files = Math.max(files, await filesOf(rig, child));
      // The last ones are held beside the next: that many are dead by then on the other side.
      for (const connection of held.splice(0, held.length - most / 2)) connection.close();
    }
  }).finally(() => held.forEach((connection) => connection.close()));
  const grown = await peakOf(rig, child) - before;
  tell(`${name}, ${mostFiles} files, ${said.length} waves of ${most}`, pulse, grown, files);
  // A connection may be the one that makes way when the machine stands still at the wrong moment.
  assert.ok(pulse.missed.length <= 1 + pulse.asked / 50, pulse.missed.join("\n"));
  assert.ok(pulse.median < MOST_MEDIAN_MS, `${pulse.median} ms`);
  assert.ok(grown < MOST_GROWTH_MB, `memory grew by ${grown} MiB`);
  assert.ok(files < mostFiles * MOST_SHARE, `${files} of ${mostFiles} files`);
}
