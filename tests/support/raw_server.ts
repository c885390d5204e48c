// A TCP server that answers HTTP byte by byte as a test wants, broken answers included.

import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

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
  answer: (request: RawRequest, socket: Socket) => void,
  options: {
    /** Default: a free one. */
    port?: number;
    /** Sees each connection first; true keeps it from being read here. */
    onConnection?: (socket: Socket) => boolean;
  } = {},
): Promise<RawServer> {
  const requests: RawRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    if (options.onConnection?.(socket)) return;
    let received = "";
    let answered = false;
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      const request = answered ? undefined : parse(received);
      if (request === undefined) return;
      answered = true;
      requests.push(request);
      answer(request, socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      // Its callback would wait for connections that, under Deno, may never be counted as closed.
      server.close();
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}

/** An ordinary answer that ends its connection. */
export function reply(
  socket: Socket,
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
