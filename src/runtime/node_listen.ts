// Serves HTTP on a TCP port (also TLS) by node:http, for the library under Node; stops in order.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, Server as TlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { Readable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import type { Listener, ListenSpec, PeerInfo, RequestHandler } from "../ports/host.ts";
import { createAnswerGate } from "./answer_gate.ts";
import { createConnectionBook } from "./connection_book.ts";
import { listenError } from "./listen_error.ts";
import { enterConnections, remoteOf } from "./node_connections.ts";
import { withPortName } from "./node_errors.ts";
import { nodeProcesses } from "./node_processes.ts";
import { sharesOf } from "./shares.ts";
import { mostFilesOf } from "./usage.ts";

/** Answers one request; `completed` as in the gate. */
type Ask = (request: Request, completed: Promise<void>, peer: PeerInfo) => Promise<Response> | Response;

/** Sends no header for so long: cut, so that slow senders cannot hold every connection. */
const HEADERS_LIMIT_MS = 30_000;

/** As `listen` of the machine's own host, without unix sockets; rejects with the same names. */
export async function listenByNode(spec: ListenSpec, handler: RequestHandler): Promise<Listener> {
  const { tcp } = spec;
  if (tcp === undefined) throw new Error("Cannot listen: no TCP address was named");
  let shares = sharesOf(undefined, "network");
  void mostFilesOf(process.pid, nodeProcesses).then((files) => shares = sharesOf(files, "network"));
  const gate = createAnswerGate(handler, () => shares.requests);
  const standingOf = spec.standing ?? (() => "unknown");
  const scheme = tcp.tls === undefined ? "http" : "https";
  const host = tcp.hostname.includes(":") ? `[${tcp.hostname}]` : tcp.hostname;
  const target = `${host}:${tcp.port}`;
  const take = (message: IncomingMessage, answer: ServerResponse) => {
    const caller = entered(message, answer);
    const ask: Ask = (request, completed, peer) => {
      const standing = standingOf(request, peer);
      caller.isKnown ||= standing === "known";
      return gate.serve(request, { completed, standing }, peer);
    };
    void serve(ask, scheme, message, answer).catch((error) => {
      // A request that is none, or a client that went away.
      answer.destroy(error as Error);
    });
  };
  const server = bind(tcp.tls, take, target);
  server.headersTimeout = HEADERS_LIMIT_MS;
  const entered = enterConnections(server, createConnectionBook(() => shares.connections));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(listenError(target, withPortName(cause))));
    server.listen(tcp.port, tcp.hostname, resolve);
  });
  // A connection that cannot be taken, as when too many files are open: unheard, it would end the process.
  server.on("error", () => {});
  const { port } = server.address() as AddressInfo;
  const address = `${scheme}://${host}:${port}`;
  return {
    address,
    renew: (tls) =>
      Promise.resolve().then(() => {
        if (!(server instanceof TlsServer)) {
          throw new Error(`Cannot renew the certificate of ${address}: it has none`);
        }
        try {
          server.setSecureContext(tls);
        } catch (cause) {
          throw badCertificate(target, cause as Error);
        }
      }),
    async close(graceMs) {
      const closed = new Promise((resolve) => server.close(resolve));
      await gate.drain(graceMs);
      server.closeAllConnections();
      await closed;
    },
  };
}

function bind(
  tls: { cert: string; key: string } | undefined,
  take: (message: IncomingMessage, answer: ServerResponse) => void,
  target: string,
): Server {
  if (tls === undefined) return createServer(take);
  try {
    return createTlsServer(tls, take);
  } catch (cause) {
    throw badCertificate(target, cause as Error);
  }
}

function badCertificate(target: string, cause: Error): Error {
  cause.name = "InvalidData";
  return listenError(target, cause);
}

async function serve(
  ask: Ask,
  scheme: string,
  message: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  const request = requestOf(scheme, message);
  if (request === undefined) {
    answer.writeHead(400, { "Content-Type": "text/plain", Connection: "close" }).end("Not a request\n");
    return;
  }
  const completed = finished(answer);
  // The gate listens, too; that nobody else does is no failure.
  completed.catch(() => {});
  const response = await ask(request, completed, { local: false, remote: remoteOf(message.socket) });
  const headers: Record<string, string | string[]> = Object.fromEntries(response.headers);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) headers["set-cookie"] = cookies;
  // What is left of a body nobody read would be taken for the next request.
  if (!message.complete) headers.connection = "close";
  answer.writeHead(response.status, headers);
  if (response.body === null) answer.end();
  else await pipeline(Readable.fromWeb(response.body as never), answer);
}

/** Undefined when the path or the host make no URL, or the method is none of the web's. */
function requestOf(scheme: string, message: IncomingMessage): Request | undefined {
  const headers = new Headers();
  for (let i = 0; i + 1 < message.rawHeaders.length; i += 2) {
    headers.append(message.rawHeaders[i]!, message.rawHeaders[i + 1]!);
  }
  const method = message.method ?? "GET";
  const hasBody = method !== "GET" && method !== "HEAD";
  try {
    const path = message.url?.startsWith("/") ? message.url : "/";
    return new Request(new URL(`${scheme}://${message.headers.host ?? "localhost"}${path}`), {
      method,
      headers,
      ...(hasBody ? { body: bodyOf(message), duplex: "half" } as RequestInit : {}),
    });
  } catch {
    return undefined;
  }
}

/**
 * The body as it is asked for. Not by `Readable.toWeb`: what arrives after such a stream was cancelled is an error that
 * nobody can catch, and ends the process.
 */
function bodyOf(message: IncomingMessage): ReadableStream<Uint8Array> {
  const pieces = message.iterator({ destroyOnReturn: false });
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  }, { highWaterMark: 0 });
}
