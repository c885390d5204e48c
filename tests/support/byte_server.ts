// A TCP server that answers one HTTP request a connection with any bytes at all, for tests that break thousands of
// answers. As raw_server.ts, which stands on node:net: there Deno stops to accept after some broken connections.

/** What came, as it came. */
export interface ByteRequest {
  target: string;
  /** Names in lower case. */
  headers: Record<string, string>;
}

/** What is sent, and what becomes of the connection then: `hold` keeps it open until the server is disposed of. */
export interface ByteAnswer {
  bytes: Uint8Array;
  then: "close" | "hold";
}

export interface ByteServer extends AsyncDisposable {
  url: string;
}

/** Listens on loopback. */
export function startByteServer(answer: (request: ByteRequest) => ByteAnswer): ByteServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const held = new Set<Deno.Conn>();
  const accepting = (async () => {
    for await (const connection of listener) void serve(connection);
  })();

  async function serve(connection: Deno.Conn): Promise<void> {
    try {
      const { bytes, then } = answer(parse(await readHead(connection)));
      for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
      if (then === "hold") return void held.add(connection);
    } catch {
      // The other side went away first.
    }
    close(connection);
  }

  return {
    url: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of held) close(connection);
      await accepting;
    },
  };
}

async function readHead(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(16 * 1024);
  let received = "";
  while (!received.includes("\r\n\r\n")) {
    const count = await connection.read(buffer);
    if (count === null) break;
    received += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  return received;
}

function parse(received: string): ByteRequest {
  const [first = "", ...lines] = received.slice(0, received.indexOf("\r\n\r\n")).split("\r\n");
  const headers = Object.fromEntries(lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  return { target: first.split(" ")[1] ?? "", headers };
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}
