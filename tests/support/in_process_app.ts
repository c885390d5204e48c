// The whole program in this process: real configuration, engine, store and API, with the network replaced on both
// sides by functions.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { startApp } from "../../src/app/app.ts";
import { withEdit } from "../../src/config/document/edited_files.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Host, PeerInfo, RequestHandler } from "../../src/ports/host.ts";
import { createHost } from "../../src/runtime/host.ts";
import { MemoryFiles } from "./memory_files.ts";

export interface InProcessOptions {
  /** The configuration but `server.listen`, `server.socket` and `state`, which are this rig's own. */
  yaml: string;
  /** Further keys of `server`. */
  server?: string;
  env?: Record<string, string>;
  /** Answers what the program asks over HTTP. */
  http: Host["http"];
  /** Absent: the machine's. */
  clock?: Host["clock"];
  /** What is logged; absent: all. */
  level?: "info";
}

/** A running program. */
export interface InProcessApp extends AsyncDisposable {
  /** The folder of its state. */
  folder: string;
  /** What it wrote on standard error so far, as lines. */
  log: string[];
  /** Asks over TCP, or as `peer`. */
  ask(request: Request, peer?: PeerInfo): Promise<Response>;
}

const TCP: PeerInfo = { local: false, remote: "127.0.0.1:50000" };

/** Starts it and waits until it schedules. */
export async function startInProcess(options: InProcessOptions): Promise<InProcessApp> {
  const folder = mkdtempSync(`${tmpdir()}/schelly-in-process-`);
  const files = new MemoryFiles({
    "/home/me/schelly.yaml": `server: { listen: "127.0.0.1:8080", socket: none${
      options.server === undefined ? "" : `, ${options.server}`
    } }\nstate: { url: "file:${folder}/schelly.db" }\nlog: { level: ${
      options.level ?? "debug"
    }, format: json }\n${options.yaml}`,
  });
  const env = options.env ?? {};
  const log: string[] = [];
  const handlers: RequestHandler[] = [];
  const real = createHost();
  const host: Host = {
    ...real,
    clock: options.clock ?? real.clock,
    env,
    http: options.http,
    terminal: { ...real.terminal, err: (text) => void log.push(text), errIsTty: false },
    listen(_spec, handler) {
      handlers.push(handler);
      return Promise.resolve({
        address: "http://127.0.0.1:8080",
        renew: () => Promise.resolve(),
        close: () => Promise.resolve(),
      });
    },
    supervisor: null,
    program: null,
  };
  const load = (from: Host["files"] = files) =>
    loadConfig({ flags: {}, env, files: from, now: host.clock.now() });
  const app = await startApp({
    config: await load(),
    reload: load,
    loadEdited: (edit) => load(withEdit(files, edit)),
    loadPlanned: (edit) =>
      loadConfig({ flags: {}, env, files, now: host.clock.now(), secrets: "optional", edit }),
    host,
  });
  return {
    folder,
    log,
    ask: async (request, peer = TCP) => await handlers[0]!(request, peer),
    async [Symbol.asyncDispose]() {
      await app.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
