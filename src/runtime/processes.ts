// Child processes, each the leader of its own group, so that whatever it started can be ended with it.

import type { Processes, ProcessResult, ProcessSpec } from "../ports/host.ts";
import { systemClock } from "./clock.ts";
import { createOutputReader, type OutputReader } from "./output_reader.ts";
import { groupLives, identity, killGroup } from "./process_group.ts";

const DEFAULT_KILL_AFTER_MS = 10_000;

/** How long output may still come after the process ended: something it left behind may hold the pipe for ever. */
const DRAIN_MS = 2_000;

/** How long a killed process may take to go; one that waits for a dead disk cannot be killed at all. */
const DIE_MS = 1_000;

/** How often an ended group is looked at. */
const LOOK_MS = 25;

/** The processes of the machine. */
export const systemProcesses: Processes = createProcesses();

/** `drainMs`: how long output may still come after a program ended. */
export function createProcesses(drainMs = DRAIN_MS): Processes {
  return {
    run: (spec) => run(spec, drainMs),
    killGroup,
    identity: (pid) => Promise.resolve(identity(pid)),
  };
}

/**
 * Runs a program to its end. Rejects with the signal's reason when that was aborted before the start; aborted
 * later, it resolves when the whole tree is gone, with the code and signal that ended the program.
 * When a callback throws, the tree is ended and `run` rejects with what was thrown.
 */
async function run(spec: ProcessSpec, drainMs: number): Promise<ProcessResult> {
  spec.signal?.throwIfAborted();
  const child = spawn(spec);
  const killAfterMs = spec.killAfterMs ?? DEFAULT_KILL_AFTER_MS;
  const stdout = createOutputReader(spec.onStdoutLine, spec.keepBytes);
  const stderr = createOutputReader(spec.onStderrLine, spec.keepBytes);
  let ending: Promise<void> | undefined;
  let thrown: { error: unknown } | undefined;

  const end = () => {
    ending ??= endGroup(child.pid, killAfterMs).catch((error) => {
      thrown ??= { error };
    });
  };
  const fail = (error: unknown) => {
    thrown ??= { error };
    end();
  };
  spec.signal?.addEventListener("abort", end, { once: true });
  try {
    try {
      spec.onStart?.(child.pid);
    } catch (error) {
      fail(error);
    }
    if (spec.stdin !== undefined) void feed(child.stdin, spec.stdin);
    const drained = new AbortController();
    const streams = Promise.all([
      pump(child.stdout, stdout, drained.signal, fail),
      pump(child.stderr, stderr, drained.signal, fail),
    ]);
    const status = await child.status;
    await ending;
    const streamsEnded = await settledWithin(streams, drainMs);
    if (!streamsEnded) {
      drained.abort();
      await streams;
    }
    await ending; // A callback may have thrown over the last lines.
    if (thrown) throw thrown.error;
    return { code: status.code, signal: status.signal, stdout: stdout.kept(), stderr: stderr.kept() };
  } finally {
    spec.signal?.removeEventListener("abort", end);
  }
}

function spawn(spec: ProcessSpec): Deno.ChildProcess {
  const [program, ...args] = spec.argv;
  try {
    return new Deno.Command(program, {
      args,
      env: spec.env,
      clearEnv: spec.clearEnv,
      cwd: spec.cwd,
      stdin: spec.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
  } catch (cause) {
    throw startError(spec, cause as Error);
  }
}

/** Says what to mend; keeps the runtime's name, by which callers tell the cases apart. */
function startError(spec: ProcessSpec, cause: Error): Error {
  const error = new Error(`Cannot start '${spec.argv[0]}': ${startProblem(spec, cause)}`, { cause });
  error.name = cause.name;
  return error;
}

function startProblem(spec: ProcessSpec, cause: Error): string {
  if (cause.name === "NotFound") {
    if (spec.cwd !== undefined && !isFolder(spec.cwd)) {
      return `there is no folder '${spec.cwd}' to run it in: make it or name another one`;
    }
    return "there is no such program: install it, or give its absolute path";
  }
  if (cause.name === "PermissionDenied") {
    return "it may not be run by this user: expected a file with permission to execute (chmod +x)";
  }
  return cause.message;
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** A program that does not read its input to the end is within its rights. */
async function feed(stdin: WritableStream<Uint8Array>, text: string): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch {
    await writer.abort().catch(() => {});
  }
}

async function pump(
  stream: ReadableStream<Uint8Array>,
  output: OutputReader,
  stop: AbortSignal,
  fail: (error: unknown) => void,
): Promise<void> {
  const reader = stream.getReader();
  stop.addEventListener("abort", () => void reader.cancel().catch(() => {}), { once: true });
  let failed = false;
  const guarded = (work: () => void) => {
    if (failed) return;
    try {
      work();
    } catch (error) {
      failed = true;
      fail(error);
    }
  };
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    guarded(() => output.take(value)); // Read on in any case: a full pipe would hold the child.
  }
  guarded(() => output.finish());
}

/** TERM, then KILL when something of the group still lives after `killAfterMs`. */
async function endGroup(pid: number, killAfterMs: number): Promise<void> {
  killGroup(pid, "SIGTERM");
  if (await groupEndsWithin(pid, killAfterMs)) return;
  killGroup(pid, "SIGKILL");
  await groupEndsWithin(pid, DIE_MS);
}

async function groupEndsWithin(pid: number, ms: number): Promise<boolean> {
  const end = systemClock.monotonic() + ms;
  while (groupLives(pid)) {
    const left = end - systemClock.monotonic();
    if (left <= 0) return false;
    await systemClock.sleep(Math.min(LOOK_MS, left));
  }
  return true;
}

async function settledWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const cancel = new AbortController();
  try {
    return await Promise.race([
      work.then(() => true),
      systemClock.sleep(ms, cancel.signal).then(() => false, () => false),
    ]);
  } finally {
    cancel.abort();
  }
}
