// Child processes by Deno, each the leader of its own group, so that whatever it started can be ended with it.

import type { Machine, Processes, ProcessSpec } from "../ports/host.ts";
import { createProcessGroups, type GroupSystem } from "./process_group.ts";
import { createProcessLives } from "./process_life.ts";
import { createProcessScopes } from "./process_scopes.ts";
import { type Child, createProcessesOf, startError } from "./process_runner.ts";

const system: GroupSystem & { hostname(): string } = {
  // Asked when needed: under Node this file is loaded, and never used.
  get pid() {
    return Deno.pid;
  },
  get isLinux() {
    return Deno.build.os === "linux";
  },
  signal(pid, signal) {
    try {
      Deno.kill(pid, signal);
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  },
  exists(pid) {
    try {
      // A signal of no number: the kernel says who would get it. The type knows names alone.
      Deno.kill(pid, 0 as unknown as Deno.Signal);
      return true;
    } catch (error) {
      return !(error instanceof Deno.errors.NotFound);
    }
  },
  hostname: () => Deno.hostname(),
  output(program, args, env) {
    try {
      const { stdout } = new Deno.Command(program, { args, env, stdin: "null", stderr: "null" })
        .outputSync();
      return new TextDecoder().decode(stdout);
    } catch {
      return undefined;
    }
  },
};

const lives = createProcessLives(system);

/** The processes of the machine. */
export const systemProcesses: Processes = createProcesses();

/** The machine this process runs on. */
export const systemMachine = (): Machine => lives.machine();

/** `drainMs`: how long output may still come after a program ended. */
export function createProcesses(drainMs?: number): Processes {
  const scopes = (run: (argv: [string, ...string[]]) => Promise<string>) => createProcessScopes(system, run);
  return createProcessesOf({ groups: createProcessGroups(system), lives, scopes, spawn }, drainMs);
}

/** Children that were started here and whose end was not yet told. */
const ownChildren = new Set<number>();

/** True for a child whose exit code the runtime is still to be told. */
export function isOwnChild(pid: number): boolean {
  return ownChildren.has(pid);
}

function spawn(spec: ProcessSpec): Child {
  const [program, ...args] = spec.argv;
  try {
    const child = new Deno.Command(program, {
      args,
      env: spec.env,
      clearEnv: spec.clearEnv,
      cwd: spec.cwd,
      stdin: spec.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
    const { pid, stdout, stderr } = child;
    ownChildren.add(pid);
    const status = child.status.finally(() => ownChildren.delete(pid));
    return { pid, stdout, stderr, status, stdin: spec.stdin === undefined ? undefined : child.stdin };
  } catch (cause) {
    throw startError(spec, cause as Error, spec.cwd !== undefined && isFolder(spec.cwd));
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
