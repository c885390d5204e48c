// Somebody opens more connections than there can be and says nothing: the server lives on, gets rid of them, and goes
// on making backups.

import assert from "node:assert/strict";
import process from "node:process";
import { PROGRAM, programTest, until } from "../support/program.ts";

const MOST_FILES = 160;

programTest(
  "a flood of silent connections does not end the server, nor its backups for long",
  async (rig) => {
    await rig.configure(`jobs:
  - name: a
    schedule: "* * * * * *"
    provider: { poll_interval: 100ms, command: { create: ["true"], delete: ["true"] } }
    retention: { secondly: 3 }
`);
    const limited = `ulimit -n ${MOST_FILES}; exec "$@"`;
    const child = rig.spawn("schelly run", [
      "sh",
      "-c",
      limited,
      "sh",
      ...PROGRAM,
      "run",
      "--config",
      rig.configFile,
    ]);
    const [, url] = await child.said("err", /Listening on (http:\/\/[\d.]+:\d+)/);
    const { hostname, port } = new URL(url!);
    const isLive = async () => {
      const limit = AbortSignal.timeout(2_000);
      const answer = await fetch(`${url}/livez`, { signal: limit }).catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.status === 200;
    };
    await until("it answers", isLive);

    const held: Deno.Conn[] = [];
    try {
      for (let n = 0; n < 2 * MOST_FILES; n++) {
        const connection = await Deno.connect({ hostname, port: Number(port) }).catch(() => undefined);
        if (connection === undefined) break;
        held.push(connection);
        // Half a request: the server waits for the rest.
        await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost")).catch(() => {});
      }
      assert.ok(held.length > MOST_FILES / 2, `${held.length} connections`);
      await child.said("err", /No connections are taken at http/);
      // All of it while the silent ones still hold on.
      await until("it answers again", isLive);
      const made = () => child.err.split('"event":"run.available"').length;
      const before = made();
      await until("a backup is made again", () => made() > before);
    } finally {
      for (const connection of held) connection.close();
    }
    assert.equal((await child.kill("SIGTERM")).code, 143);
  },
  { skip: process.platform === "linux" ? false : "the limit of open files is set as Linux has it" },
);
