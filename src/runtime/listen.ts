// Serves HTTP on a TCP port (also TLS) or a unix socket, and stops in order: new requests are turned away,
// answers under way get their time, then what is left is cut.

import type { Listener, ListenSpec, RequestHandler } from "../ports/host.ts";
import { createAnswerGate } from "./answer_gate.ts";
import { listenError } from "./listen_error.ts";
import { writeError } from "./terminal.ts";
import { replaceDeadSocket } from "./unix_socket.ts";

/** What one bound socket needs to be closed. */
interface Bound {
  address: string;
  abort: AbortController;
  server: Deno.HttpServer;
}

/**
 * Listens on everything that `spec` names, or on nothing when one of them fails. The address told is the TCP one
 * if there is one.
 * Rejects with an error whose message says what to do and whose `name` is `AddressInUse` (port taken, or a live
 * server on the unix socket), `AddressNotAvailable`, `PermissionDenied`, `NotFound` (the socket's folder) or
 * `InvalidCertificate`.
 */
export async function listen(spec: ListenSpec, handler: RequestHandler): Promise<Listener> {
  const gate = createAnswerGate(handler);
  const bound: Bound[] = [];
  try {
    if (spec.tcp) bound.push(bindTcp(spec.tcp, gate.serve));
    if (spec.unix) bound.push(await bindUnix(spec.unix.path, gate.serve));
    if (bound.length === 0) {
      throw new Error("Cannot listen: neither a TCP address nor a unix socket was named");
    }
  } catch (error) {
    await Promise.all(bound.map(cut));
    throw error;
  }
  return {
    address: bound[0]!.address,
    async close(graceMs) {
      const allAnswered = await gate.drain(graceMs);
      await Promise.all(bound.map(allAnswered ? finish : cut));
    },
  };
}

/** Sends what is still on its way out. Not for open streams: once a server shuts down, they can no longer be cut. */
async function finish(bound: Bound): Promise<void> {
  await bound.server.shutdown();
}

async function cut(bound: Bound): Promise<void> {
  bound.abort.abort();
  await bound.server.finished;
}

type Serve = ReturnType<typeof createAnswerGate>["serve"];

function bindTcp(tcp: NonNullable<ListenSpec["tcp"]>, serve: Serve): Bound {
  const abort = new AbortController();
  const place = `${tcp.hostname.includes(":") ? `[${tcp.hostname}]` : tcp.hostname}:${tcp.port}`;
  try {
    const options = { hostname: tcp.hostname, port: tcp.port, signal: abort.signal, onListen() {}, onError };
    const server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(
      tcp.tls ? { ...options, cert: tcp.tls.cert, key: tcp.tls.key } : options,
      (request, info) => serve(request, info, { local: false, remote: remoteOf(info.remoteAddr) }),
    );
    const { hostname, port } = server.addr;
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    return { address: `${tcp.tls ? "https" : "http"}://${host}:${port}`, abort, server };
  } catch (cause) {
    throw listenError(place, cause as Error);
  }
}

function remoteOf(address: Deno.NetAddr): string {
  return address.hostname.includes(":")
    ? `[${address.hostname}]:${address.port}`
    : `${address.hostname}:${address.port}`;
}

async function bindUnix(path: string, serve: Serve): Promise<Bound> {
  const abort = new AbortController();
  const place = `unix:${path}`;
  try {
    await replaceDeadSocket(path);
    // The socket is made with mode 0600, never opened to others first. Binding is synchronous: no other work of
    // this thread runs under the narrowed mask.
    const mask = Deno.umask(0o177);
    try {
      const server = Deno.serve(
        { path, signal: abort.signal, onListen() {}, onError },
        (request, info) => serve(request, info, { local: true, remote: "unix" }),
      );
      return { address: place, abort, server };
    } finally {
      Deno.umask(mask);
    }
  } catch (cause) {
    throw listenError(place, cause as Error);
  }
}

/** The handler makes answers of its own errors; what arrives here is a bug, told on standard error only. */
function onError(error: unknown): Response {
  const text = error instanceof Error ? error.stack ?? error.message : String(error);
  writeError(`A request could not be answered: ${text}\n`);
  return new Response("Internal error\n", { status: 500 });
}
