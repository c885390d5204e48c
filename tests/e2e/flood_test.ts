// Somebody opens more connections than there can be and says nothing: the server lives on, gets rid of them, and goes
// on making backups; as often as it happens, on every socket.

import assert from "node:assert/strict";
import { mkdir, rm } from "node:fs/promises";
import process from "node:process";
import { systemClock } from "../../src/runtime/clock.ts";
import { type Child, PROGRAM, programTest, type Rig, until } from "../support/program.ts";

const skip = process.platform === "linux" ? false : "the limit of open files is set as Linux has it";
const JOBS = `jobs:
  - name: a
    schedule: "* * * * * *"
    provider: { poll_interval: 100ms, command: { create: ["true"], delete: ["true"] } }
    retention: { secondly: 3 }
`;

/** The program with so many open files at most. */
function limited(rig: Rig, mostFiles: number, name: string, args: readonly string[]): Child {
  return rig.spawn(name, ["sh", "-c", `ulimit -n ${mostFiles}; exec "$@"`, "sh", ...PROGRAM, ...args]);
}

/** Whether a connection of its own is answered there. */
async function isLive(url: string, socket?: string): Promise<boolean> {
  using client = Deno.createHttpClient({
    poolMaxIdlePerHost: 0,
    ...(socket === undefined ? {} : { proxy: { transport: "unix", path: socket } }),
  });
  const limit = AbortSignal.timeout(2_000);
  const answer = await fetch(`${url}/livez`, { client, signal: limit }).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.status === 200;
}

/** Opens connections until there can be no more, and says `words` on each. */
async function flood(url: string, most: number, words: string): Promise<Deno.Conn[]> {
  const { hostname, port } = new URL(url);
  const held: Deno.Conn[] = [];
  while (held.length < most) {
    const connection = await Deno.connect({ hostname, port: Number(port) }).catch(() => undefined);
    if (connection === undefined) break;
    held.push(connection);
    if (words !== "") await connection.write(new TextEncoder().encode(words)).catch(() => {});
  }
  return held;
}

programTest(
  "a flood of silent connections does not end the server, nor its backups for long",
  async (rig) => {
    const mostFiles = 160;
    await rig.configure(JOBS);
    const child = limited(rig, mostFiles, "schelly run", ["run", "--config", rig.configFile]);
    const [, url] = await child.said("err", /Listening on (http:\/\/[\d.]+:\d+)/);
    await until("it answers", () => isLive(url!));

    // Half a request: the server waits for the rest.
    const held = await flood(url!, 2 * mostFiles, "GET / HTTP/1.1\r\nHost");
    try {
      assert.ok(held.length > mostFiles / 2, `${held.length} connections`);
      await child.said("err", /No connections are taken at http/);
      // All of it while the silent ones still hold on.
      await until("it answers again", () => isLive(url!));
      const made = () => child.err.split('"event":"run.available"').length;
      const before = made();
      await until("a backup is made again", () => made() > before);
    } finally {
      for (const connection of held) connection.close();
    }
    assert.equal((await child.kill("SIGTERM")).code, 143);
  },
  { skip },
);

programTest(
  "wave after wave of idle connections ends neither the server nor a served provider",
  async (rig) => {
    const mostFiles = 256;
    await rig.configure(JOBS);
    await mkdir(`${rig.folder}/provider`);
    const server = limited(rig, mostFiles, "schelly run", ["run", "--config", rig.configFile]);
    const provider = limited(rig, mostFiles, "provider", [
      ...["provider", "serve", "command", "--create", "true", "--delete", "true"],
      ...["--listen", "127.0.0.1:0", "--state-folder", `${rig.folder}/provider`],
    ]);
    const urls = [
      (await server.said("err", /Listening on (http:\/\/[\d.]+:\d+)/))[1]!,
      (await provider.said("err", /Serving \S+ .* at (http:\/\/[\d.]+:\d+)/))[1]!,
    ];
    const allLive = async () => {
      const answers = [...urls.map((url) => isLive(url)), isLive("http://localhost", rig.socket)];
      return (await Promise.all(answers)).every((live) => live);
    };
    await until("they answer", allLive);
    // Gone again at once, the runtime says that it gave up while nobody asks; held, there is no file for anything else.
    for (const heldMs of [300, 300, 0]) {
      const held = await Promise.all(urls.map((url) => flood(url, 2 * mostFiles, "")));
      const letGo = () => held.flat().forEach((connection) => connection.close());
      try {
        for (const { length } of held) assert.ok(length > mostFiles / 2, `${length} connections`);
        if (heldMs > 0) {
          await systemClock.sleep(heldMs);
          letGo();
        }
        await until(`they answer after a wave of ${heldMs} ms`, allLive);
      } finally {
        if (heldMs === 0) letGo();
      }
    }
    // As a cleaner of temporary files does it.
    await rm(rig.socket);
    await until("the socket is there again", () => isLive("http://localhost", rig.socket));
    for (const child of [server, provider]) assert.equal((await child.kill("SIGTERM")).code, 143);
  },
  { skip },
);

programTest("connections that say nothing, or half of something, do not hold up a stop", async (rig) => {
  const folder = new URL("../testdata/tls", import.meta.url).pathname;
  for (const server of ["", `tls: { cert_file: ${folder}/cert.pem, key_file: ${folder}/key.pem }`]) {
    await rig.configure(JOBS, server);
    const child = rig.startServer();
    const [, url] = await child.said("err", /Listening on (https?:\/\/[\d.]+:\d+)/);
    // Nothing; half a request; half of a promise to speak HTTP/2; half of a greeting by TLS.
    const words = ["", "GET / HTTP/1.1\r\nHost", "PRI * HTTP/2.0\r\n", "\x16\x03\x01\x02"];
    const held = await Promise.all(words.map((said) => flood(url!, 1, said)));
    await until("it answers", () => isLive("http://localhost", rig.socket));
    try {
      assert.equal((await child.kill("SIGTERM")).code, 143);
    } finally {
      for (const connection of held.flat()) connection.close();
    }
  }
});
