// A TCP server that answers HTTP byte by byte as a test wants, broken answers included.

import type { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import { listenTcp } from "./listen_tcp.ts";

export interface RawRequest {
  method: string;
  /** As it came over the wire: nothing decoded or tidied. */
  target: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: string;
}

export interface RawServer extends AsyncDisposable {
  url: string;
  port: number;
  /** Every request, in the order of arrival. */
  requests: RawRequest[];
}

/** Listens on loopback, one request a connection; `answer` writes to the socket what it likes. */
export async function startRawServer(
  answer: (request: RawRequest, socket: Duplex) => void,
  options: {
    /** Default: a free one. */
    port?: number;
    /** Sees each connection first; true keeps it from being read here. */
    onConnection?: (socket: Duplex) => boolean;
  } = {},
): Promise<RawServer> {
  const requests: RawRequest[] = [];
  const server = await listenTcp(options.port ?? 0, (socket) => {
    if (options.onConnection?.(socket)) return;
    let received = "";
    let answered = false;
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      const request = answered ? undefined : parse(received);
      if (request === undefined) return;
      answered = true;
      requests.push(request);
      answer(request, socket);
    });
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    port: server.port,
    requests,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** An ordinary answer that ends its connection. */
export function reply(
  socket: Duplex,
  status: number,
  body: string | Uint8Array = "",
  headers: Record<string, string> = {},
): void {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  socket.write(head(status, { "content-length": String(bytes.length), ...headers }));
  socket.end(bytes);
}

/** The status line and headers. */
export function head(status: number, headers: Record<string, string> = {}): string {
  const lines = Object.entries({ connection: "close", ...headers }).map(([name, value]) =>
    `${name}: ${value}\r\n`
  );
  return `HTTP/1.1 ${status} Whatever\r\n${lines.join("")}\r\n`;
}

function parse(received: string): RawRequest | undefined {
  const end = received.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [first, ...lines] = received.slice(0, end).split("\r\n");
  const [method, target] = first!.split(" ");
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const body = received.slice(end + 4);
  if (body.length < Number(headers["content-length"] ?? 0)) return undefined;
  return { method: method!, target: target!, headers, body: new TextDecoder().decode(bytesOf(body)) };
}

function bytesOf(latin1: string): Uint8Array {
  return Uint8Array.from(latin1, (character) => character.charCodeAt(0));
}
