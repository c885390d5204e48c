// One server of the machine's own runtime, on a TCP port (also TLS) or a unix socket: opened, ended in peace, or cut.

import type { TlsKeys } from "../ports/host.ts";
import type { AnswerGate } from "./answer_gate.ts";
import { listenError } from "./listen_error.ts";
import { writeError } from "./terminal.ts";
import { replaceDeadSocket } from "./unix_socket.ts";

/** What one bound socket needs to be closed. */
export interface Bound {
  address: string;
  abort: AbortController;
  server: Deno.HttpServer;
}

type Serve = AnswerGate["serve"];

interface TcpSpec {
  hostname: string;
  port: number;
  tls?: TlsKeys;
}

/** Opens a TCP port; throws as `listen` promises. `beside ours`: another server of ours may have it already. */
export function bindTcp(tcp: TcpSpec, serve: Serve, company: "alone" | "beside ours" = "alone"): Bound {
  const abort = new AbortController();
  const host = tcp.hostname.includes(":") ? `[${tcp.hostname}]` : tcp.hostname;
  try {
    if (tcp.tls && company === "alone") refuseTaken(tcp);
    const options = { hostname: tcp.hostname, port: tcp.port, signal: abort.signal, onListen() {}, onError };
    const server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(
      // Shared, so that a listener with a new certificate can be opened before the old one is closed.
      tcp.tls ? { ...options, cert: tcp.tls.cert, key: tcp.tls.key, reusePort: true } : options,
      (request, info) =>
        serve(truthful(request, abort.signal), info, { local: false, remote: remoteOf(info.remoteAddr) }),
    );
    const { hostname, port } = server.addr;
    const name = hostname.includes(":") ? `[${hostname}]` : hostname;
    return boundTo(`${tcp.tls ? "https" : "http"}://${name}:${port}`, abort, server);
  } catch (cause) {
    throw listenError(`${host}:${tcp.port}`, cause as Error);
  }
}

/** Opens a unix socket that only this user may connect to; rejects as `listen` promises. */
export async function bindUnix(path: string, serve: Serve): Promise<Bound> {
  const abort = new AbortController();
  const address = `unix:${path}`;
  try {
    await replaceDeadSocket(path);
    // The socket is made with mode 0600, never opened to others first. Binding is synchronous: no other work of
    // this thread runs under the narrowed mask.
    const mask = Deno.umask(0o177);
    try {
      const server = Deno.serve(
        { path, signal: abort.signal, onListen() {}, onError },
        (request, info) => serve(truthful(request, abort.signal), info, { local: true, remote: "unix" }),
      );
      return boundTo(address, abort, server);
    } finally {
      Deno.umask(mask);
    }
  } catch (cause) {
    throw listenError(address, cause as Error);
  }
}

/** Sends what is still on its way out. Not for open streams: once a server shuts down, they can no longer be cut. */
export async function finish(bound: Bound): Promise<void> {
  // One that the runtime gave up has ended already.
  await bound.server.shutdown().catch(() => {});
}

/** Ends it at once, with all its connections. */
export async function cut(bound: Bound): Promise<void> {
  bound.abort.abort();
  await bound.server.finished.catch(() => {});
}

/** What every server is wrapped in at once: the runtime may give it up at any time, and nobody may be waiting then. */
function boundTo(address: string, abort: AbortController, server: Deno.HttpServer): Bound {
  // Unheard, it would end the process.
  server.finished.catch(() => {});
  return { address, abort, server };
}

/** The request with a body that breaks off when we cut it: the runtime ends it then as if all of it had come. */
function truthful(request: Request, cut: AbortSignal): Request {
  if (request.body === null) return request;
  const reader = request.body.getReader();
  const body = new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (cut.aborted) throw new Error("the connection was cut");
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  return new Request(request, { body });
}

/** A port that is bound to be shared would be shared with a stranger as well: throws when one listens there. */
function refuseTaken({ hostname, port }: TcpSpec): void {
  if (port !== 0) Deno.listen({ hostname, port }).close();
}

function remoteOf(address: Deno.NetAddr): string {
  return address.hostname.includes(":")
    ? `[${address.hostname}]:${address.port}`
    : `${address.hostname}:${address.port}`;
}

/** The handler makes answers of its own errors; what arrives here is a bug, told on standard error only. */
function onError(error: unknown): Response {
  const text = error instanceof Error ? error.stack ?? error.message : String(error);
  writeError(`A request could not be answered: ${text}\n`);
  return new Response("Internal error\n", { status: 500 });
}
