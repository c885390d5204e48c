// Stands between one program and a server on loopback, byte by byte, and gets in the way as a test wants.

/** What the proxy does to whatever comes through it. */
export type Trouble =
  | "none"
  /** Every connection is cut, new ones at once. */
  | "cut"
  /** Nothing comes through, and comes late when it is over. */
  | "hang"
  /** Requests come through and take effect; their answers are thrown away, and the connection is cut then. */
  | "lost_answers"
  /** The same, but the connection stays: the answer is waited for in vain. */
  | "no_answers"
  /** Each piece waits for a while. */
  | "slow";

/** One proxy; what it does can be changed at any time. */
export interface TroubledProxy extends AsyncDisposable {
  readonly port: number;
  set(trouble: Trouble): void;
}

interface Pair {
  client: Deno.Conn;
  server: Deno.Conn;
  /** Where it once lost an answer, what comes later would answer something else. */
  lost: boolean;
}

/** Listens on loopback for connections to the port `to`; `slowMs` says how long each piece waits when it is slow. */
export function startTroubledProxy(to: number, slowMs: () => number): TroubledProxy {
  let trouble = "none" as Trouble;
  let changed = Promise.withResolvers<void>();
  let isOver = false;
  const pairs = new Set<Pair>();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const pieces: Promise<void>[] = [];

  const cut = (pair: Pair) => {
    if (!pairs.delete(pair)) return;
    for (const side of [pair.client, pair.server]) {
      try {
        side.close();
      } catch { /* It is closed. */ }
    }
  };

  /** True where the piece is to be handed on. */
  async function passes(pair: Pair, isAnswer: boolean): Promise<boolean> {
    while (trouble === "hang" && !isOver) await changed.promise;
    if (trouble === "slow") await new Promise((resolve) => setTimeout(resolve, slowMs()));
    if (!isAnswer) return true;
    if (trouble === "lost_answers") cut(pair);
    if (trouble === "no_answers") pair.lost = true;
    return trouble !== "lost_answers" && !pair.lost;
  }

  async function pump(pair: Pair, from: Deno.Conn, into: Deno.Conn, isAnswer: boolean): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const count = await from.read(buffer);
        if (count === null) break;
        const piece = buffer.slice(0, count);
        if (!await passes(pair, isAnswer)) continue;
        for (let sent = 0; sent < piece.length;) sent += await into.write(piece.subarray(sent));
      }
    } catch { /* One side went away. */ }
    cut(pair);
  }

  async function take(client: Deno.Conn): Promise<void> {
    const server = await Deno.connect({ hostname: "127.0.0.1", port: to }).catch(() => undefined);
    if (server === undefined || trouble === "cut" || isOver) {
      client.close();
      server?.close();
      return;
    }
    const pair = { client, server, lost: false };
    pairs.add(pair);
    await Promise.all([pump(pair, client, server, false), pump(pair, server, client, true)]);
  }

  const accepting = (async () => {
    for await (const client of listener) {
      if (trouble === "cut") client.close();
      else pieces.push(take(client));
    }
  })();

  return {
    port: listener.addr.port,
    set(next) {
      trouble = next;
      changed.resolve();
      changed = Promise.withResolvers();
      // Whoever waits for an answer that was thrown away is not to wait for ever.
      for (const pair of pairs) if (trouble === "cut" || (trouble === "none" && pair.lost)) cut(pair);
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      this.set("cut");
      listener.close();
      await accepting;
      await Promise.allSettled(pieces);
    },
  };
}
