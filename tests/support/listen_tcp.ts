// Listening for TCP connections, each handed over as a stream of Node's. Not by node:net where Deno runs: under load, and
// after some broken connections, its server of Deno 2.6 leaves connections that were made without a word (seen: one of
// 100 requests of a busy machine, where the same requests to `Deno.listen` were all answered).

import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { Duplex } from "node:stream";

export interface TcpListener extends AsyncDisposable {
  port: number;
}

/** Listens on loopback; port 0 is a free one. Disposing of it cuts every connection. */
export async function listenTcp(port: number, onConnection: (socket: Duplex) => void): Promise<TcpListener> {
  const sockets = new Set<Duplex>();
  const take = (socket: Duplex) => {
    sockets.add(socket);
    // The other side may go at any time.
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    onConnection(socket);
  };
  const listener = "Deno" in globalThis ? listenByDeno(port, take) : await listenByNode(port, take);
  return {
    port: listener.port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await listener.close();
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}

interface Listener {
  port: number;
  /** From then on connections are refused. */
  close(): Promise<void>;
}

async function listenByNode(port: number, take: (socket: Duplex) => void): Promise<Listener> {
  const server = createServer(take);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, close: () => Promise.resolve(void server.close()) };
}

function listenByDeno(port: number, take: (socket: Duplex) => void): Listener {
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  const accepting = (async () => {
    for await (const connection of listener) take(streamOf(connection));
  })();
  const close = async () => {
    listener.close();
    await accepting;
  };
  return { port: listener.addr.port, close };
}

/** A connection as node:net has them: what has been read whole is also ended. */
function streamOf(connection: Deno.Conn): Duplex {
  const buffer = new Uint8Array(64 * 1024);
  return new Duplex({
    allowHalfOpen: false,
    read() {
      connection.read(buffer).then(
        (count) => this.push(count === null ? null : buffer.slice(0, count)),
        (error) => this.destroy(error),
      );
    },
    write(chunk: Uint8Array, _encoding, done) {
      writeAll(connection, chunk).then(() => done(), done);
    },
    final(done) {
      connection.closeWrite().then(() => done(), done);
    },
    destroy(error, done) {
      try {
        connection.close();
      } catch {
        // It is closed.
      }
      done(error);
    },
  });
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}
