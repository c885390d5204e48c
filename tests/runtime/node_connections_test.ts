// The connections of a node:http server in the book: who is idle makes way, who waits for an answer does not.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { test } from "node:test";
import { createConnectionBook } from "../../src/runtime/connection_book.ts";
import { enterConnections } from "../../src/runtime/node_connections.ts";

class Socket extends EventEmitter {
  readonly remoteAddress = "192.0.2.1";
  isDestroyed = false;

  constructor(readonly remotePort: number) {
    super();
  }

  destroy(): void {
    this.isDestroyed = true;
    this.emit("close");
  }
}

test("enterConnections() cuts the eldest idle one of an address, and refuses one more where none is idle", () => {
  const server = new EventEmitter();
  const book = createConnectionBook(() => ({ all: 9, each: 2, here: 9 }));
  const asked = enterConnections(server as Server, book);
  const come = (port: number) => {
    const socket = new Socket(port);
    server.emit("connection", socket);
    return socket;
  };
  const ask = (socket: Socket) => {
    const answer = new EventEmitter();
    // Over HTTPS it is another object with the same address.
    const message = { socket: new Socket(socket.remotePort) } as unknown as IncomingMessage;
    const caller = asked(message, answer as ServerResponse);
    return { caller, answer };
  };
  const [first, second] = [come(1), come(2)];
  const { answer } = ask(first);
  const third = come(3);
  assert.deepEqual([first, second, third].map(({ isDestroyed }) => isDestroyed), [false, true, false]);
  ask(third);
  assert.equal(come(4).isDestroyed, true);
  answer.emit("close");
  assert.equal(come(5).isDestroyed, false);
  assert.equal(first.isDestroyed, true);
  third.emit("close");
  assert.equal(come(6).isDestroyed, false);
});
