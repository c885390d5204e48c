// The part of the world outside that serving a provider needs, under Deno or Node: the library is used with both.

import process from "node:process";
import type { Host } from "../ports/host.ts";
import { systemClock } from "./clock.ts";
import { systemFiles } from "./files.ts";
import { systemTree } from "./file_tree.ts";
import { systemHttp } from "./http.ts";
import { createIds } from "./ids.ts";
import { listen } from "./listen.ts";
import { nodeFiles } from "./node_files.ts";
import { listenByNode } from "./node_listen.ts";
import { nodeMachine, nodeProcesses } from "./node_processes.ts";
import { systemMachine, systemProcesses } from "./processes.ts";

/** What serving a provider uses of a host. */
export type ProviderHost =
  & Pick<
    Host,
    "clock" | "ids" | "files" | "tree" | "http" | "processes" | "env" | "listen" | "pid" | "machine"
  >
  & Partial<Pick<Host, "httpWith">>;

/** The machine this process runs on. Deno's own ways where there is Deno: its node: modules are not all whole. */
export function createProviderHost(): ProviderHost {
  const ways = "Deno" in globalThis
    ? { files: systemFiles, processes: systemProcesses, machine: systemMachine, listen }
    : { files: nodeFiles, processes: nodeProcesses, machine: nodeMachine, listen: listenByNode };
  return {
    ...ways,
    tree: systemTree,
    clock: systemClock,
    http: systemHttp,
    ids: createIds(systemClock),
    env: Object.fromEntries(
      Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    pid: process.pid,
  };
}
