// Many providers behind one port, one a job, each well-behaved but for what its script does differently.

import type { Duplex } from "node:stream";
import { gzipSync } from "node:zlib";
import { head, type RawRequest, reply, startRawServer } from "../support/raw_server.ts";

/** What a script may do with a call, besides leaving it to good manners. */
export interface Call {
  method: string;
  /** Decoded; null for the base URL. */
  id: string | null;
  /** How many calls of this method came before. */
  nth: number;
  request: RawRequest;
  socket: Duplex;
  /** What came to this provider so far, this call included. */
  provider: Scripted;
  /** Milliseconds since this provider was first asked to start anything. */
  sinceFirstMs: number;
  /** True once this backup was called available in an answer; it still has it. */
  wasAvailable: boolean;
  /** What a well-behaved provider does; its answer is lost when `silently`. */
  properly(silently?: "silently"): void;
  json(status: number, value: unknown, headers?: Record<string, string>): void;
  text(status: number, text: string, headers?: Record<string, string>): void;
}

export interface Script {
  /** Answered to OPTIONS. */
  abilities?: string;
  /** The id of the nth backup; default `JOB-n`. */
  id?: (nth: number) => string;
  /** Answers the call; false leaves it to good manners. */
  answer?: (call: Call) => void | false;
}

/** What came to one job's provider, and what it has. */
export interface Scripted {
  calls: { at: number; method: string; id: string | null; target: string; key: string | undefined }[];
  /** Ids ever begun. */
  started: string[];
  /** Ids it has. */
  has: Map<string, { runId: string; at: number; wasAvailable: boolean }>;
  count(method: string): number;
}

/** How long a backup takes. */
const TAKES_MS = 250;

export interface ScriptedProviders extends AsyncDisposable {
  url(job: string): string;
  of(job: string): Scripted;
}

/** Listens for all scripts at once. */
export async function startScriptedProviders(scripts: Record<string, Script>): Promise<ScriptedProviders> {
  const providers = new Map(Object.keys(scripts).map((job) => [job, newScripted()]));

  const server = await startRawServer((request, socket) => {
    const [, job, encoded] = /^\/([a-z0-9_-]+)(?:\/([^?]+))?/.exec(request.target) ?? [];
    const scripted = providers.get(job ?? "");
    if (scripted === undefined) return reply(socket, 404, `no provider at ${request.target}`);
    const script = scripts[job!]!;
    const { method } = request;
    const id = encoded === undefined ? null : decodeURIComponent(encoded);
    const now = Date.now();
    const call: Call = {
      method,
      id,
      nth: scripted.count(method),
      request,
      socket,
      provider: scripted,
      sinceFirstMs: now - (scripted.calls.find((one) => one.method === "POST")?.at ?? now),
      wasAvailable: id !== null && scripted.has.get(id)?.wasAvailable === true,
      properly: (silently) => {
        const [status, value] = proper(job!, script, scripted, request, id);
        if (silently === undefined) json(socket, status, value);
        else socket.destroy();
      },
      json: (status, value, headers) => json(socket, status, value, headers),
      text: (status, text, headers) => reply(socket, status, text, headers),
    };
    scripted.calls.push({
      at: now,
      method,
      id,
      target: request.target,
      key: request.headers["idempotency-key"],
    });
    if (method === "OPTIONS") {
      return reply(
        socket,
        204,
        "",
        script.abilities === undefined ? {} : {
          "schelly-provider": script.abilities,
        },
      );
    }
    if (script.answer?.(call) === false || script.answer === undefined) call.properly();
  });
  return {
    url: (job) => `${server.url}/${job}`,
    of: (job) => providers.get(job)!,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function newScripted(): Scripted {
  const calls: Scripted["calls"] = [];
  return {
    calls,
    started: [],
    has: new Map(),
    count: (method) => calls.filter((call) => call.method === method).length,
  };
}

function proper(
  job: string,
  script: Script,
  scripted: Scripted,
  request: RawRequest,
  id: string | null,
): [number, unknown] {
  const runId = request.headers["x-schelly-run"]!;
  const view = (id: string) => {
    const backup = scripted.has.get(id)!;
    const { at, runId } = backup;
    const status = Date.now() - at < TAKES_MS ? "running" : "available";
    if (status === "available") backup.wasAvailable = true;
    return { id, data_id: status === "available" ? `data of ${id}` : id, status, size_mb: 3, run_id: runId };
  };
  if (id === null && request.method === "POST") {
    const known = script.abilities?.includes("idempotency")
      ? [...scripted.has].find(([, backup]) => backup.runId === runId)?.[0]
      : undefined;
    const made = known ?? (script.id ?? ((nth) => `${job}-${nth}`))(scripted.started.length);
    if (known === undefined) scripted.started.push(made);
    if (!scripted.has.has(made)) scripted.has.set(made, { runId, at: Date.now(), wasAvailable: false });
    return [202, { id: made, status: "running" }];
  }
  if (id === null) {
    const wanted = /[?&]run_id=([^&]+)/.exec(request.target)?.[1];
    if (wanted === undefined) return [404, {}];
    return [200, [...scripted.has.keys()].map(view).filter((one) => one.run_id === wanted)];
  }
  if (!scripted.has.has(id)) return [404, {}];
  if (request.method === "GET") return [200, view(id)];
  scripted.has.delete(id);
  return [200, {}];
}

function json(socket: Duplex, status: number, value: unknown, headers: Record<string, string> = {}): void {
  reply(socket, status, JSON.stringify(value), { "content-type": "application/json", ...headers });
}

const fineFor = (method: string) => method === "POST" ? 202 : 200;

/** Answers one byte a second. */
export function drip({ method, socket }: Call): void {
  socket.write(head(fineFor(method), { "content-type": "application/json", "content-length": "100" }));
  const timer = setInterval(() => socket.write("{"), 1_000);
  socket.on("close", () => clearInterval(timer));
}

/** Answers a hundred megabytes of JSON. */
export function flood({ method, socket }: Call): void {
  socket.write(head(fineFor(method), { "content-type": "application/json" }));
  const chunk = new Uint8Array(1 << 20).fill(0x20);
  let left = 100;
  const more = () => {
    while (left-- > 0) if (!socket.write(chunk)) return;
    socket.end();
  };
  socket.on("drain", more);
  more();
}

const BOMB = gzipSync(new Uint8Array(200 << 20), { level: 9 });

/** Answers two hundred megabytes in two hundred kilobytes. */
export function bomb({ method, socket }: Call): void {
  reply(socket, fineFor(method), BOMB, { "content-type": "application/json", "content-encoding": "gzip" });
}
