// A provider that speaks HTTP exactly as the original's providers do: one backup at a time, no extensions, and a
// failed run that is simply not there. Runs inside a test or as a process of its own:
//   deno run original_provider.ts --port 0 --duration-ms 200 --fail-every 0 --ledger calls.jsonl

import { appendFileSync, existsSync, readFileSync } from "node:fs";
import type { Duplex } from "node:stream";
import process from "node:process";
import { parseArgs } from "node:util";
import { type RawRequest, reply, startRawServer } from "./raw_server.ts";

export interface OriginalProviderOptions {
  /** Default: a free one. */
  port?: number;
  /** How long a backup takes. Default 20. */
  durationMs?: number;
  /** Every n-th backup fails; 0: none. */
  failEvery?: number;
  sizeMb?: number;
  /** Each call and each effect is appended here as a JSON line; finished backups in it are there again at start. */
  ledgerFile?: string;
}

/** What happened, in order. `effect` is what became true at the provider. */
export interface OriginalEntry {
  at: number;
  kind: "call" | "effect";
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
  status?: number;
  effect?: "started" | "available" | "failed" | "cancelled" | "deleted";
  id?: string;
}

/** A departure from the original's manners for one call. */
export type OriginalFault =
  /** Does what was asked, then closes the connection without an answer. */
  | { fault: "lost_reply" }
  /** Does nothing and closes the connection. */
  | { fault: "lost_request" }
  /** Does nothing and answers this. */
  | { fault: "status"; status: number; body?: string; headers?: Record<string, string> }
  /** Does what was asked and answers this late. */
  | { fault: "slow"; ms: number };

export interface OriginalProvider extends AsyncDisposable {
  /** The base URL, as WEBHOOK_URL has it. */
  url: string;
  ledger: OriginalEntry[];
  durationMs: number;
  failEvery: number;
  /** Ids of complete backups, oldest first. */
  available(): string[];
  /** The running backup's id. */
  running(): string | undefined;
  calls(method: "GET" | "POST" | "DELETE"): OriginalEntry[];
  /** The next calls of this method depart so, one each. */
  fault(method: "GET" | "POST" | "DELETE", ...faults: OriginalFault[]): void;
  /** A finished backup disappears without a DELETE. */
  forget(id: string): void;
  /** Ends the running backup as failed, now. */
  failRunning(): void;
}

interface Result {
  status: number;
  json?: unknown;
  text?: string;
  headers?: Record<string, string>;
}

interface Running {
  id: string;
  timer: ReturnType<typeof setTimeout>;
}

export async function startOriginalProvider(
  options: OriginalProviderOptions = {},
): Promise<OriginalProvider> {
  const ledger: OriginalEntry[] = [];
  const done = new Set<string>();
  const faults = new Map<string, OriginalFault[]>();
  let running: Running | undefined;
  let started = 0;
  const settings = { durationMs: options.durationMs ?? 20, failEvery: options.failEvery ?? 0 };
  const sizeMb = options.sizeMb ?? 12.5;
  const file = options.ledgerFile;
  if (file !== undefined && existsSync(file)) recall(readFileSync(file, "utf8"));

  function recall(text: string): void {
    for (const line of text.split("\n").filter((line) => line !== "")) {
      const entry = JSON.parse(line) as OriginalEntry;
      if (entry.effect === "started") started++;
      if (entry.effect === "available") done.add(entry.id!);
      if (entry.effect === "deleted") done.delete(entry.id!);
    }
  }

  function note(entry: Omit<OriginalEntry, "at">): void {
    const full = { at: Date.now(), ...entry };
    ledger.push(full);
    if (file !== undefined) appendFileSync(file, `${JSON.stringify(full)}\n`);
  }

  function start(): string {
    started++;
    const id = `${Date.now().toString(36)}-${started}`;
    const fails = settings.failEvery > 0 && started % settings.failEvery === 0;
    running = { id, timer: setTimeout(() => end(id, fails ? "failed" : "available"), settings.durationMs) };
    note({ kind: "effect", effect: "started", id });
    return id;
  }

  function end(id: string, effect: "available" | "failed" | "cancelled"): void {
    clearTimeout(running?.timer);
    running = undefined;
    if (effect === "available") done.add(id);
    note({ kind: "effect", effect, id });
  }

  const view = (id: string) =>
    running?.id === id
      ? { id, data_id: id, status: "running", message: "backup in progress", size_mb: 0 }
      : { id, data_id: `data-${id}`, status: "available", message: "backup finished", size_mb: sizeMb };
  const exists = (id: string) => running?.id === id || done.has(id);

  function answer(method: string, path: string): Result {
    const id = path === "/backups" ? undefined : /^\/backups\/([^/]+)$/.exec(path)?.[1];
    if (path === "/backups" && method === "POST") {
      if (running !== undefined) return { status: 409, text: "Another backup task is already running" };
      return { status: 202, json: { id: start(), status: "running", message: "backup triggered" } };
    }
    if (path === "/backups" && method === "GET") {
      return { status: 200, json: [...done, ...(running === undefined ? [] : [running.id])].map(view) };
    }
    if (id === undefined) return { status: 404, text: "404 page not found" };
    const name = decodeURIComponent(id);
    if (!exists(name)) return { status: 404, text: "Backup not found" };
    if (method === "GET") return { status: 200, json: view(name) };
    if (method === "DELETE") {
      if (running?.id === name) end(name, "cancelled");
      else {
        done.delete(name);
        note({ kind: "effect", effect: "deleted", id: name });
      }
      return { status: 200, json: { id: name, status: "deleted", message: "backup deleted" } };
    }
    return { status: 405, text: "Method not allowed" };
  }

  async function serve(request: RawRequest, socket: Duplex): Promise<void> {
    const { method, headers, body } = request;
    const path = request.target.split("?")[0]!;
    const fault = faults.get(method)?.shift();
    const acts = fault === undefined || fault.fault === "lost_reply" || fault.fault === "slow";
    const result: Result = fault?.fault === "status"
      ? { status: fault.status, text: fault.body ?? "", headers: fault.headers }
      : acts
      ? answer(method, path)
      : { status: 0 };
    note({ kind: "call", method, path, headers, body, status: result.status });
    if (fault?.fault === "lost_reply" || fault?.fault === "lost_request") return void socket.destroy();
    if (fault?.fault === "slow") await new Promise((resolve) => setTimeout(resolve, fault.ms));
    if (result.json === undefined) {
      reply(socket, result.status, result.text, {
        "content-type": "text/plain; charset=utf-8",
        ...result.headers,
      });
    } else reply(socket, result.status, JSON.stringify(result.json), { "content-type": "application/json" });
  }

  const server = await startRawServer((request, socket) => void serve(request, socket), {
    port: options.port,
  });
  return Object.assign(settings, {
    url: `${server.url}/backups`,
    ledger,
    available: () => [...done],
    running: () => running?.id,
    calls: (method: string) => ledger.filter((entry) => entry.kind === "call" && entry.method === method),
    fault(method: string, ...more: OriginalFault[]) {
      faults.set(method, [...(faults.get(method) ?? []), ...more]);
    },
    forget: (id: string) => void done.delete(id),
    failRunning() {
      if (running !== undefined) end(running.id, "failed");
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(running?.timer);
      await server[Symbol.asyncDispose]();
    },
  });
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "0" },
      "duration-ms": { type: "string", default: "200" },
      "fail-every": { type: "string", default: "0" },
      ledger: { type: "string" },
    },
  });
  const provider = await startOriginalProvider({
    port: Number(values.port),
    durationMs: Number(values["duration-ms"]),
    failEvery: Number(values["fail-every"]),
    ledgerFile: values.ledger,
  });
  process.stdout.write(`${JSON.stringify({ url: provider.url })}\n`);
}
