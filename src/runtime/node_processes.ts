// Child processes by node:child_process, each the leader of its own group, for the library under Node.

import { type ChildProcess, spawn as spawnChild, spawnSync } from "node:child_process";
import { once } from "node:events";
import { constants, hostname } from "node:os";
import process from "node:process";
import { Readable, Writable } from "node:stream";
import type { Machine, Processes, ProcessSpec } from "../ports/host.ts";
import { withPortName } from "./node_errors.ts";
import { nodeFiles } from "./node_files.ts";
import { createProcessGroups, type GroupSystem } from "./process_group.ts";
import { createProcessLives } from "./process_life.ts";
import { createProcessScopes } from "./process_scopes.ts";
import { type Child, createProcessesOf, startError } from "./process_runner.ts";

const system: GroupSystem & { hostname(): string } = {
  pid: process.pid,
  isLinux: process.platform === "linux",
  signal(pid, signal) {
    try {
      return process.kill(pid, signal);
    } catch (error) {
      if ((error as { code?: string }).code === "ESRCH") return false;
      throw withPortName(error);
    }
  },
  exists(pid) {
    try {
      return process.kill(pid, 0);
    } catch (error) {
      return (error as { code?: string }).code !== "ESRCH";
    }
  },
  hostname,
  output(program, args, env) {
    const { stdout, error } = spawnSync(program, args, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 64 * 1024 * 1024,
      encoding: "utf8",
    });
    return error === undefined ? stdout : undefined;
  },
};

const lives = createProcessLives(system);

/** The processes of the machine. */
export const nodeProcesses: Processes = createProcessesOf({
  spawn,
  groups: createProcessGroups(system),
  lives,
  scopes: (run) => createProcessScopes(system, run),
});

/** The machine this process runs on. */
export const nodeMachine = (): Machine => lives.machine();

function spawn(spec: ProcessSpec): Child | Promise<Child> {
  const [program, ...args] = spec.argv;
  let child: ChildProcess;
  try {
    child = spawnChild(program, args, {
      env: spec.clearEnv ? spec.env ?? {} : { ...process.env, ...spec.env },
      cwd: spec.cwd,
      stdio: [spec.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      detached: true,
    });
  } catch (cause) {
    throw failure(spec, cause);
  }
  if (child.pid === undefined) {
    return once(child, "error").then(([cause]) => {
      throw failure(spec, cause);
    });
  }
  return childOf(child, child.pid);
}

function childOf(child: ChildProcess, pid: number): Child {
  // A child that runs may still tell of errors, such as a signal that could not be sent.
  child.on("error", () => {});
  return {
    pid,
    stdin: child.stdin === null ? undefined : Writable.toWeb(child.stdin) as WritableStream<Uint8Array>,
    stdout: Readable.toWeb(child.stdout!) as ReadableStream<Uint8Array>,
    stderr: Readable.toWeb(child.stderr!) as ReadableStream<Uint8Array>,
    status: new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        const number = signal === null ? 0 : constants.signals[signal] ?? 0;
        resolve({ code: code ?? 128 + number, signal });
      });
    }),
  };
}

function failure(spec: ProcessSpec, cause: unknown): Error {
  const hasFolder = spec.cwd !== undefined && nodeFiles.infoSync(spec.cwd)?.isDirectory === true;
  return startError(spec, withPortName(cause), hasFolder);
}
