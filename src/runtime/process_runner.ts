// Runs child processes to their end under any runtime: their lines, their time, and the end of their whole tree.

import type { Processes, ProcessResult, ProcessSpec } from "../ports/host.ts";
import { systemClock } from "./clock.ts";
import { createOutputReader, type OutputReader } from "./output_reader.ts";
import type { ProcessGroups } from "./process_group.ts";
import type { ProcessLives } from "./process_life.ts";
import { ADMITTED, type RunnerScopes } from "./process_scopes.ts";

const DEFAULT_KILL_AFTER_MS = 10_000;

/** How long output may still come after the process ended: something it left behind may hold the pipe for ever. */
const DRAIN_MS = 2_000;

/** How long a killed process may take to go; one that waits for a dead disk cannot be killed at all. */
const DIE_MS = 1_000;

/** How often an ended group is looked at. */
const LOOK_MS = 25;

/** A child that was started as the leader of its own group. */
export interface Child {
  pid: number;
  /** Only where the spec has input. */
  stdin: WritableStream<Uint8Array> | undefined;
  stdout: ReadableStream<Uint8Array>;
  stderr: ReadableStream<Uint8Array>;
  /** Never rejects. */
  status: Promise<{ code: number; signal: string | null }>;
}

/** What a runtime must offer to run programs. */
interface ProcessSystem {
  groups: ProcessGroups;
  lives: ProcessLives;
  /** `run` runs a program to its end and answers what it printed. */
  scopes(run: (argv: [string, ...string[]]) => Promise<string>): RunnerScopes;
  /** Rejects with `startError`. */
  spawn(spec: ProcessSpec): Child | Promise<Child>;
}

/** `drainMs`: how long output may still come after a program ended. */
export function createProcessesOf(system: ProcessSystem, drainMs = DRAIN_MS): Processes {
  const scopes = system.scopes(async (argv) =>
    (await run(system, { spec: { argv }, waits: false }, drainMs)).stdout
  );
  return {
    run: (spec) => run(system, scopes.wrapped(spec), drainMs),
    scopes: { end: scopes.end, leave: scopes.leave },
    killGroup: system.groups.killGroup,
    identity: (pid) => Promise.resolve(system.lives.identity(pid)),
    fate: (pid, identity) => Promise.resolve(system.lives.fate(pid, identity)),
  };
}

/**
 * Runs a program to its end. Rejects with the signal's reason when that was aborted before the start; aborted
 * later, it resolves when the whole tree is gone, with the code and signal that ended the program.
 * When a callback throws, the tree is ended and `run` rejects with what was thrown.
 */
async function run(
  system: ProcessSystem,
  { spec, waits }: { spec: ProcessSpec; waits: boolean },
  drainMs: number,
): Promise<ProcessResult> {
  spec.signal?.throwIfAborted();
  const spawned = system.spawn(waits ? { ...spec, stdin: spec.stdin ?? "" } : spec);
  // Not a turn later than it must be: whoever starts a program may end it at once.
  const child = spawned instanceof Promise ? await spawned : spawned;
  const killAfterMs = spec.killAfterMs ?? DEFAULT_KILL_AFTER_MS;
  const stdout = createOutputReader(spec.onStdoutLine, spec.keepBytes, spec.lineLength);
  const stderr = createOutputReader(spec.onStderrLine, spec.keepBytes, spec.lineLength);
  let ending: Promise<void> | undefined;
  let thrown: { error: unknown } | undefined;

  const end = () => {
    ending ??= endGroup(system.groups, child.pid, killAfterMs).catch((error) => {
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
    const admitted = Promise.resolve(spec.admit?.(child.pid));
    const input = (waits ? ADMITTED : "") + (spec.stdin ?? "");
    void admitted.then(() => child.stdin && feed(child.stdin, input), fail);
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
async function endGroup(groups: ProcessGroups, pid: number, killAfterMs: number): Promise<void> {
  groups.killGroup(pid, "SIGTERM");
  if (await groupEndsWithin(groups, pid, killAfterMs)) return;
  groups.killGroup(pid, "SIGKILL");
  await groupEndsWithin(groups, pid, DIE_MS);
}

async function groupEndsWithin(groups: ProcessGroups, pid: number, ms: number): Promise<boolean> {
  const end = systemClock.monotonic() + ms;
  while (groups.groupLives(pid)) {
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

/** Says what to fix; `cause` has the name by which callers tell the cases apart, and the error keeps it. */
export function startError(spec: ProcessSpec, cause: Error, hasFolder: boolean): Error {
  const error = new Error(`Cannot start '${spec.argv[0]}': ${startProblem(spec, cause, hasFolder)}`, {
    cause,
  });
  error.name = cause.name;
  return error;
}

function startProblem(spec: ProcessSpec, cause: Error, hasFolder: boolean): string {
  if (cause.name === "NotFound") {
    if (spec.cwd !== undefined && !hasFolder) {
      return `there is no folder '${spec.cwd}' to run it in: make it or name another one`;
    }
    return "there is no such program: install it, or give its absolute path";
  }
  if (cause.name === "PermissionDenied") {
    return "it may not be run by this user: expected a file with permission to execute (chmod +x)";
  }
  return cause.message;
}
