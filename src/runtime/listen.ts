// Serves HTTP on a TCP port (also TLS) or a unix socket, and stops in order: new requests are turned away,
// answers under way get their time, then what is left is cut.

import type { Listener, ListenSpec, RequestHandler, TlsKeys } from "../ports/host.ts";
import { type AnswerGate, createAnswerGate } from "./answer_gate.ts";
import { bindTcp, bindUnix, type Bound, cut, finish } from "./bound_server.ts";
import { systemClock } from "./clock.ts";
import { keepOpen } from "./keep_open.ts";

/** How many turns of the event loop it takes until a server that shuts down has closed its socket. */
const CLOSING_TURNS = 3;

/** How long the last bytes of answers that were given may take to leave. */
const LAST_BYTES_MS = 1_000;

/**
 * Listens on everything that `spec` names, or on nothing when one of them fails. The address told is the TCP one
 * if there is one.
 * Rejects with an error whose message says what to do and whose `name` is `AddressInUse` (port taken, or a live
 * server on the unix socket), `AddressNotAvailable`, `PermissionDenied`, `NotFound` (the socket's folder) or
 * `InvalidCertificate`.
 */
export async function listen(spec: ListenSpec, handler: RequestHandler): Promise<Listener> {
  const gate = createAnswerGate(handler);
  const bound = await bindAll(spec, gate.serve);
  const { address } = bound[0]!;
  const port = spec.tcp === undefined ? 0 : Number(new URL(address).port || (spec.tcp.tls ? 443 : 80));
  const retired = new Set<Promise<void>>();
  let keys = spec.tcp?.tls;
  const closing = new AbortController();
  const watch = (one: Bound) => void keepOpen({ bound, closing: closing.signal }, one, bindAgain);

  function bindTcpAgain(tls: TlsKeys | undefined): Bound {
    const tcp = { ...spec.tcp!, port, ...(tls === undefined ? {} : { tls }) };
    return bindTcp(tcp, gate.serve, "beside ours");
  }

  async function bindAgain({ address }: Bound): Promise<Bound> {
    return address.startsWith("unix:") ? await bindUnix(spec.unix!.path, gate.serve) : bindTcpAgain(keys);
  }

  for (const one of bound) watch(one);
  return {
    address,
    async renew(tls) {
      if (spec.tcp?.tls === undefined) {
        throw new Error(`Cannot renew the certificate of ${address}: it has none`);
      }
      keys = tls;
      // Both take connections for a moment: at no time is there nobody who does. Those to the old one that have sent
      // no request yet are closed, as idle ones are.
      const next = bindTcpAgain(tls);
      watch(next);
      const before = bound.splice(0, 1, next)[0]!;
      const over: Promise<void> = finish(before).finally(() => retired.delete(over));
      retired.add(over);
      // By then its socket is closed, and connections no longer come to it.
      for (let turn = 0; turn < CLOSING_TURNS; turn++) await systemClock.yield();
    },
    async close(graceMs) {
      closing.abort();
      if (!await gate.drain(graceMs)) return void await Promise.all(bound.map(cut));
      await untilSent([...bound.map(finish), ...retired]);
    },
  };
}

/** All that `spec` names, TCP first; when one fails, those before it are cut. */
async function bindAll(spec: ListenSpec, serve: AnswerGate["serve"]): Promise<Bound[]> {
  const bound: Bound[] = [];
  try {
    if (spec.tcp) bound.push(bindTcp(spec.tcp, serve));
    if (spec.unix) bound.push(await bindUnix(spec.unix.path, serve));
    if (bound.length === 0) {
      throw new Error("Cannot listen: neither a TCP address nor a unix socket was named");
    }
    return bound;
  } catch (error) {
    await Promise.all(bound.map(cut));
    throw error;
  }
}

/** Not for those that have sent half a request, or nothing: they may do so for ever, and wait for no answer. */
async function untilSent(finishing: Promise<void>[]): Promise<void> {
  const limit = new AbortController();
  await Promise.race([
    Promise.all(finishing),
    systemClock.sleep(LAST_BYTES_MS, limit.signal).catch(() => {}),
  ]);
  limit.abort();
}
