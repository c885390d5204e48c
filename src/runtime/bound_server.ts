// One server on a TCP port (also TLS) or a unix socket: opened, ended in peace, or cut. It takes connections one by one,
// so that it decides which ones there are.

import type { PeerInfo, TlsKeys } from "../ports/host.ts";
import { systemClock } from "./clock.ts";
import { findSpeaker, type HttpConnection, openConnection, type Service } from "./http_connection.ts";
import { listenError } from "./listen_error.ts";
import { replaceDeadSocket } from "./unix_socket.ts";

/** What one bound socket needs to be closed. */
export interface Bound {
  address: string;
  addr: Deno.Addr;
  /** Takes no more connections; resolves when none come to it any more. */
  stopTaking(): Promise<void>;
  connections: ReadonlySet<HttpConnection>;
}

interface TcpSpec {
  hostname: string;
  port: number;
  tls?: TlsKeys;
}

/** Taken in a row before anything else gets its turn. */
const TAKEN_AT_ONCE = 16;

/** Until a connection is tried to be taken again, after that failed. */
const RETRY_MS = 50;

/** Opens a TCP port; throws as `listen` promises. `beside ours`: another server of ours may have it already. */
export function bindTcp(tcp: TcpSpec, service: Service, company: "alone" | "beside ours" = "alone"): Bound {
  const host = tcp.hostname.includes(":") ? `[${tcp.hostname}]` : tcp.hostname;
  try {
    findSpeaker();
    if (tcp.tls && company === "alone") refuseTaken(tcp);
    const { hostname, port } = tcp;
    const listener = tcp.tls
      // Shared, so that a listener with a new certificate can be opened before the old one is closed.
      ? Deno.listenTls({ hostname, port, ...tcp.tls, alpnProtocols: ["h2", "http/1.1"], reusePort: true })
      : Deno.listen({ hostname, port });
    const { addr } = listener;
    const name = addr.hostname.includes(":") ? `[${addr.hostname}]` : addr.hostname;
    return take(listener, `${tcp.tls ? "https" : "http"}://${name}:${addr.port}`, service);
  } catch (cause) {
    throw listenError(`${host}:${tcp.port}`, cause as Error);
  }
}

/** Opens a unix socket that only this user may connect to; rejects as `listen` promises. */
export async function bindUnix(path: string, service: Service): Promise<Bound> {
  const address = `unix:${path}`;
  try {
    findSpeaker();
    await replaceDeadSocket(path);
    // The socket is made with mode 0600, never opened to others first. Binding is synchronous: no other work of
    // this thread runs under the narrowed mask.
    const mask = Deno.umask(0o177);
    try {
      return take(Deno.listen({ transport: "unix", path }), address, service);
    } finally {
      Deno.umask(mask);
    }
  } catch (cause) {
    throw listenError(address, cause as Error);
  }
}

/** Takes no more connections, and sends what is still on its way out on those there are. */
export async function finish(bound: Bound): Promise<void> {
  const stopped = bound.stopTaking();
  await Promise.all([...bound.connections].map((connection) => connection.finish()));
  await stopped;
}

/** Ends it at once, with all its connections. */
export async function cut(bound: Bound): Promise<void> {
  const stopped = bound.stopTaking();
  for (const connection of bound.connections) connection.cut();
  await Promise.all([...bound.connections].map(({ ended }) => ended));
  await stopped;
}

/** Begins to take connections. */
function take(listener: Deno.Listener | Deno.TlsListener, address: string, service: Service): Bound {
  const connections = new Set<HttpConnection>();
  let isOver = false;
  /** How many have not come to the end of the greeting by TLS. */
  let greeting = 0;
  let greeted = Promise.withResolvers<void>();

  async function takeAll(): Promise<void> {
    for (let turn = 1; !isOver; turn++) {
      // However many come, everything else goes on.
      if (turn % TAKEN_AT_ONCE === 0) await systemClock.yield();
      while (!isOver && greeting >= service.mostGreetings()) await greeted.promise;
      const taken = await listener.accept().catch((error: unknown) => error);
      if (isOver) return void (isConnection(taken) && taken.close());
      if (isTls(taken)) void greet(taken);
      else if (isConnection(taken)) keep(taken);
      else await afterFailure(taken);
    }
  }

  /** Until the greeting is over the runtime closes no connection, whatever it is told: too many are not let begin. */
  async function greet(taken: Deno.TlsConn): Promise<void> {
    greeting++;
    const isGreeted = await taken.handshake().then(() => true, () => false);
    greeting--;
    greeted.resolve();
    greeted = Promise.withResolvers();
    if (isGreeted && !isOver) return keep(taken);
    try {
      taken.close();
    } catch {
      // It has gone by itself.
    }
  }

  function keep(taken: Deno.Conn): void {
    const connection = openConnection(taken, peerOf(taken.remoteAddr), service);
    if (connection === undefined) return;
    connections.add(connection);
    void connection.ended.then(() => connections.delete(connection));
  }

  /** The listener is as good as before: the one that could not be taken waits, or has gone. */
  async function afterFailure(error: unknown): Promise<void> {
    if (/os error (23|24)\b/.test(String(error))) service.book.shrink();
    await systemClock.sleep(RETRY_MS);
  }

  // Once it has ended, the runtime gives up the socket.
  const taking = takeAll().then(() => systemClock.yield());
  return {
    address,
    addr: listener.addr,
    connections,
    async stopTaking() {
      if (!isOver) {
        isOver = true;
        greeted.resolve();
        listener.close();
      }
      await taking;
    },
  };
}

function isTls(taken: unknown): taken is Deno.TlsConn {
  return isConnection(taken) && "handshake" in taken;
}

function isConnection(taken: unknown): taken is Deno.Conn {
  return !(taken instanceof Error);
}

/** A port that is bound to be shared would be shared with a stranger as well: throws when one listens there. */
function refuseTaken({ hostname, port }: TcpSpec): void {
  if (port !== 0) Deno.listen({ hostname, port }).close();
}

function peerOf(address: Deno.Addr): PeerInfo {
  if (address.transport !== "tcp") return { local: true, remote: "unix" };
  const { hostname, port } = address;
  return { local: false, remote: hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}` };
}
