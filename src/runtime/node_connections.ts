// The connections of a node:http server, kept in a book: who has too many, or is idle, makes way for who comes.

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { systemClock } from "./clock.ts";
import type { ConnectionBook, Held } from "./connection_book.ts";

/** Enters the connections of `server`. What is answered is called for each request, and answers who asks. */
export function enterConnections(
  server: Server,
  book: ConnectionBook,
): (message: IncomingMessage, answer: ServerResponse) => Pick<Held, "isKnown"> {
  /** By where they come from: over HTTPS a request names another object than was taken. */
  const open = new Map<string, Held>();
  server.on("connection", (socket: Socket) => {
    const remote = remoteOf(socket);
    const held: Held = {
      remote,
      isKnown: false,
      hasAsked: false,
      idleSince: systemClock.monotonic(),
      // Node sees to slow ones by limits of its own.
      untakenSince: () => undefined,
      cut: () => socket.destroy(),
    };
    if (!book.admit(held)) return void socket.destroy();
    open.set(remote, held);
    socket.once("close", () => {
      book.leave(held);
      if (open.get(remote) === held) open.delete(remote);
    });
  });
  return (message, answer) => {
    const held = open.get(remoteOf(message.socket));
    if (held === undefined) return { isKnown: false };
    held.hasAsked = true;
    book.busy(held);
    answer.once("close", () => {
      held.idleSince = systemClock.monotonic();
      book.rest(held);
    });
    return held;
  };
}

/** As in `PeerInfo`. */
export function remoteOf({ remoteAddress = "", remotePort = 0 }: Socket): string {
  return remoteAddress.includes(":") ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}
