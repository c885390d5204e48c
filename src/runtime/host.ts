// Puts the outside world together as one value, made once by `main`.

import type { Host } from "../ports/host.ts";
import { systemClock } from "./clock.ts";
import { systemFiles } from "./files.ts";
import { systemTree } from "./file_tree.ts";
import { httpOver, httpWith, systemHttp, tlsTrouble } from "./http.ts";
import { createIds } from "./ids.ts";
import { listen } from "./listen.ts";
import { sendMail } from "./mail.ts";
import { systemMachine, systemProcesses } from "./processes.ts";
import { systemRandom, systemSecrets } from "./random.ts";
import { createSupervisor } from "./sd_notify.ts";
import { onSignal } from "./signals.ts";
import { createTerminal } from "./terminal.ts";
import { createUsage } from "./usage.ts";
import { builtAt, COMMIT, VERSION } from "./version.ts";
import { watchFolder } from "./watch.ts";

/** The machine this process runs on. */
export function createHost(): Host {
  return {
    clock: systemClock,
    ids: createIds(systemClock),
    random: systemRandom,
    secrets: systemSecrets,
    http: systemHttp,
    httpOver,
    httpWith,
    tlsTrouble,
    mail: sendMail,
    files: systemFiles,
    tree: systemTree,
    processes: systemProcesses,
    terminal: createTerminal(),
    env: Deno.env.toObject(),
    listen,
    onSignal,
    watchFolder: (path, changed, matters, locked) => watchFolder(path, changed, matters, locked),
    supervisor: createSupervisor(Deno.env.toObject(), Deno.pid),
    version: {
      version: VERSION,
      commit: COMMIT,
      builtAt: builtAt(),
      deno: Deno.version.deno,
      target: Deno.build.target,
    },
    program: Deno.build.standalone ? Deno.execPath() : null,
    usage: createUsage(Deno.pid, systemProcesses),
    pid: Deno.pid,
    machine: systemMachine,
  };
}
