// Serves HTTP on a TCP port (also TLS) or a unix socket, and stops in order: new requests are turned away,
// answers under way get their time, then what is left is cut.

import type { Listener, ListenSpec, RequestHandler, TlsKeys } from "../ports/host.ts";
import { createAnswerGate } from "./answer_gate.ts";
import { systemClock } from "./clock.ts";
import { listenError } from "./listen_error.ts";
import { writeError } from "./terminal.ts";
import { replaceDeadSocket } from "./unix_socket.ts";

/** How many turns of the event loop it takes until a server that shuts down has closed its socket. */
const CLOSING_TURNS = 3;

/** Between two looks whether connections are still taken. */
const LOOK_MS = 5_000;

/** How long the last bytes of answers that were given may take to leave. */
const LAST_BYTES_MS = 1_000;

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
  const { address } = bound[0]!;
  const port = spec.tcp === undefined ? 0 : Number(new URL(address).port || (spec.tcp.tls ? 443 : 80));
  const retired = new Set<Promise<void>>();
  let keys = spec.tcp?.tls;
  const closing = new AbortController();

  /**
   * The runtime closes a listener for good when it cannot accept, as when too many files are open, and says so only
   * when the last connection has gone, which may never be: so it is looked at, and opened again.
   */
  async function keepOpen(one: Bound): Promise<void> {
    const isMissed = () => !closing.signal.aborted && bound.includes(one);
    let trouble: string | undefined;
    for (;;) {
      await systemClock.sleep(LOOK_MS, closing.signal).catch(() => {});
      if (!isMissed()) return;
      // One that could not be opened again is not asked: somebody else may answer in its place.
      if (trouble === undefined) {
        if (await isTaking(one)) continue;
        writeError(
          `No connections are taken at ${one.address}: all there are are cut, then it listens again\n`,
        );
        // Those that hold all the files open may be there for nothing else.
        await cut(one);
      }
      const next = await bindAgain(one).catch((error: Error) => {
        if (error.message !== trouble) {
          writeError(`${error.message}; tried again every ${LOOK_MS / 1000} s\n`);
        }
        trouble = error.message;
      });
      if (next === undefined) continue;
      if (!isMissed()) return await cut(next);
      bound[bound.indexOf(one)] = next;
      one = next;
      trouble = undefined;
    }
  }

  async function bindAgain({ address }: Bound): Promise<Bound> {
    if (address.startsWith("unix:")) return await bindUnix(spec.unix!.path, gate.serve);
    return bindTcp(
      { ...spec.tcp!, port, ...(keys === undefined ? {} : { tls: keys }) },
      gate.serve,
      "beside ours",
    );
  }

  for (const one of bound) void keepOpen(one);
  return {
    address,
    async renew(tls) {
      const { tcp } = spec;
      if (tcp?.tls === undefined) throw new Error(`Cannot renew the certificate of ${address}: it has none`);
      keys = tls;
      // Both take connections for a moment: at no time is there nobody who does. Those to the old one that have sent
      // no request yet are closed, as idle ones are.
      const next = bindTcp({ ...tcp, port, tls }, gate.serve, "beside ours");
      void keepOpen(next);
      const before = bound.splice(0, 1, next)[0]!;
      const over: Promise<void> = finish(before).finally(() => retired.delete(over));
      retired.add(over);
      // By then its socket is closed, and connections no longer come to it.
      for (let turn = 0; turn < CLOSING_TURNS; turn++) await systemClock.yield();
    },
    async close(graceMs) {
      closing.abort();
      if (!await gate.drain(graceMs)) return void await Promise.all(bound.map(cut));
      // Not for those that have sent half a request, or nothing: they may do so for ever, and wait for no answer.
      const limit = new AbortController();
      await Promise.race([
        Promise.all([...bound.map(finish), ...retired]),
        systemClock.sleep(LAST_BYTES_MS, limit.signal).catch(() => {}),
      ]);
      limit.abort();
    },
  };
}

/** Sends what is still on its way out. Not for open streams: once a server shuts down, they can no longer be cut. */
async function finish(bound: Bound): Promise<void> {
  // One that the runtime gave up has ended already.
  await bound.server.shutdown().catch(() => {});
}

/**
 * False only when the kernel says that nobody listens, that the socket's file is gone, or that no file can be opened
 * for one more connection.
 */
async function isTaking({ server }: Bound): Promise<boolean> {
  try {
    (await Deno.connect(server.addr as Deno.ConnectOptions)).close();
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.ConnectionRefused) && !(error instanceof Deno.errors.NotFound) &&
      !/os error 24/.test(String(error));
  }
}

async function cut(bound: Bound): Promise<void> {
  bound.abort.abort();
  await bound.server.finished.catch(() => {});
}

type Serve = ReturnType<typeof createAnswerGate>["serve"];

interface TcpSpec {
  hostname: string;
  port: number;
  tls?: TlsKeys;
}

function bindTcp(tcp: TcpSpec, serve: Serve, place: "alone" | "beside ours" = "alone"): Bound {
  const abort = new AbortController();
  const host = tcp.hostname.includes(":") ? `[${tcp.hostname}]` : tcp.hostname;
  try {
    if (tcp.tls && place === "alone") refuseTaken(tcp);
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
        (request, info) => serve(truthful(request, abort.signal), info, { local: true, remote: "unix" }),
      );
      return boundTo(place, abort, server);
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
