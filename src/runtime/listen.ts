// Serves HTTP on a TCP port (also TLS) or a unix socket, and stops in order: new requests are turned away,
// answers under way get their time, then what is left is cut.

import type { Listener, ListenSpec, RequestHandler, TlsKeys } from "../ports/host.ts";
import { createAnswerGate } from "./answer_gate.ts";
import { bindTcp, bindUnix, type Bound, cut, finish } from "./bound_server.ts";
import { systemClock } from "./clock.ts";
import { createConnectionBook } from "./connection_book.ts";
import { createCrowd } from "./crowd.ts";
import type { Service } from "./http_connection.ts";
import { keepOpen } from "./keep_open.ts";
import { systemProcesses } from "./processes.ts";
import { sharesOf } from "./shares.ts";
import { writeError } from "./terminal.ts";
import { mostFilesOf } from "./usage.ts";

/** Between two looks at connections that wait for too long. */
const SWEEP_MS = 5_000;

/**
 * Listens on everything that `spec` names, or on nothing when one of them fails. The address told is the TCP one
 * if there is one.
 * Rejects with an error whose message says what to do and whose `name` is `AddressInUse` (port taken, or a live
 * server on the unix socket), `AlreadyExists` (another file there), `AddressNotAvailable`, `PermissionDenied`,
 * `NotFound` (the socket's folder) or `InvalidCertificate`.
 */
export async function listen(spec: ListenSpec, handler: RequestHandler): Promise<Listener> {
  const door = spec.tcp === undefined ? "socket" : "network";
  let shares = sharesOf(undefined, door);
  const place = spec.tcp === undefined ? `unix:${spec.unix?.path}` : `${spec.tcp.hostname}:${spec.tcp.port}`;
  const crowd = createCrowd(place, writeError);
  const gate = createAnswerGate(handler, () => shares.requests, crowd.request);
  const book = createConnectionBook(() => shares.connections, crowd.connection);
  const service: Service = {
    serve: gate.serve,
    standingOf: spec.standing ?? (() => "unknown"),
    peerOf: spec.peerOf ?? ((peer) => peer),
    book,
    mostGreetings: () => shares.greetings,
  };
  const bound = await bindAll(spec, service);
  // Not waited for: a start is not the time for many connections.
  void mostFilesOf(Deno.pid, systemProcesses).then((files) => shares = sharesOf(files, door));
  const { address } = bound[0]!;
  const port = spec.tcp === undefined ? 0 : Number(new URL(address).port || (spec.tcp.tls ? 443 : 80));
  const retired = new Set<Bound>();
  let keys = spec.tcp?.tls;
  const closing = new AbortController();
  const watch = (one: Bound) => void keepOpen({ bound, closing: closing.signal }, one, bindAgain);

  function bindTcpAgain(tls: TlsKeys | undefined): Bound {
    const tcp = { ...spec.tcp!, port, ...(tls === undefined ? {} : { tls }) };
    return bindTcp(tcp, service, "beside ours");
  }

  async function bindAgain({ address }: Bound): Promise<Bound> {
    return address.startsWith("unix:") ? await bindUnix(spec.unix!.path, service) : bindTcpAgain(keys);
  }

  async function sweep(): Promise<void> {
    while (!closing.signal.aborted) {
      await systemClock.sleep(SWEEP_MS, closing.signal).catch(() => {});
      book.sweep(systemClock.monotonic());
    }
  }

  for (const one of bound) watch(one);
  void sweep();
  return {
    address,
    async renew(tls) {
      if (spec.tcp?.tls === undefined) {
        throw new Error(`Cannot renew the certificate of ${address}: it has none`);
      }
      keys = tls;
      // Both take connections for a moment: at no time is there nobody who does. Those to the old one that wait for
      // nothing are closed.
      const next = bindTcpAgain(tls);
      watch(next);
      const before = bound.splice(0, 1, next)[0]!;
      retired.add(before);
      void finish(before).then(() => retired.delete(before));
      await before.stopTaking();
    },
    async close(graceMs) {
      closing.abort();
      const isQuiet = await gate.drain(graceMs);
      await Promise.all([...bound, ...retired].map(isQuiet ? finish : cut));
    },
  };
}

/** All that `spec` names, TCP first; when one fails, those before it are cut. */
async function bindAll(spec: ListenSpec, service: Service): Promise<Bound[]> {
  const bound: Bound[] = [];
  try {
    if (spec.tcp) bound.push(bindTcp(spec.tcp, service));
    if (spec.unix) bound.push(await bindUnix(spec.unix.path, service));
    if (bound.length === 0) {
      throw new Error("Cannot listen: neither a TCP address nor a unix socket was named");
    }
    return bound;
  } catch (error) {
    await Promise.all(bound.map(cut));
    throw error;
  }
}
