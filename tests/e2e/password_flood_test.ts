// Somebody tries passwords without end: people get in all the same, and the log stays readable.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { systemClock } from "../../src/runtime/clock.ts";
import { basic } from "../support/auth_of.ts";
import { programTest, type Rig, until } from "../support/program.ts";

/** Who waits behind every guess waits for ever; one password takes a fraction of a second. */
const MOST_MS = 30_000;
const RIGHT = "a long enough password";
/** Containers may have no IPv6. */
const hasIpv6 = (() => {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
})();

/** A server on all addresses, with two people; none of them has been here. */
async function start(rig: Rig) {
  const people = ["ann", "bob"].map((name) => `{ name: ${name}, role: viewer, password: "${RIGHT}" }`);
  await writeFile(
    rig.configFile,
    `server: { listen: "${hasIpv6 ? "[::]" : "0.0.0.0"}:0", socket: none, auth: { users: [ ${people} ] } }
state: { url: "file:${rig.folder}/state/schelly.db" }
jobs:
  - { name: a, schedule: "0 0 0 29 2 *", provider: { command: { create: ["true"], delete: ["true"] } } }
`,
  );
  const child = rig.startServer();
  const [, port] = await child.said("err", /Listening on http:\/\/(?:\[::\]|0\.0\.0\.0):(\d+)/);
  return { child, port: port! };
}

/** Asks as somebody from that address. */
async function ask(port: string, from: string, authorization: string): Promise<number> {
  const host = from.includes(":") ? `[${from}]` : "127.0.0.1";
  using client = Deno.createHttpClient({ localAddress: from });
  const answer = await fetch(`http://${host}:${port}/jobs`, { headers: { authorization }, client });
  await answer.body?.cancel();
  return answer.status;
}

/** Tries wrong passwords of ann's, many at once, until it is told to stop; resolves to how each was answered. */
function flood(port: string, from: string, names: readonly string[]) {
  const over = new AbortController();
  const seen: number[] = [];
  const lines = Array.from({ length: 24 }, async (_, line) => {
    using client = Deno.createHttpClient({ localAddress: from });
    for (let nr = 0; !over.signal.aborted; nr++) {
      const authorization = basic(names[nr % names.length]!, `guess ${line} ${nr}`);
      const answer = await fetch(`http://127.0.0.1:${port}/jobs`, { headers: { authorization }, client });
      await answer.body?.cancel();
      seen.push(answer.status);
      if (answer.status === 429) await systemClock.sleep(20);
    }
  });
  return {
    seen,
    async [Symbol.asyncDispose]() {
      over.abort();
      await Promise.all(lines);
    },
  };
}

async function getsIn(port: string, from: string, name: string): Promise<void> {
  const begun = systemClock.monotonic();
  assert.equal(await ask(port, from, basic(name, RIGHT)), 200, `${name} from ${from}`);
  const took = systemClock.monotonic() - begun;
  assert.ok(took < MOST_MS, `${name} from ${from} waited ${Math.round(took)} ms`);
}

programTest("the right password gets in from elsewhere while one address tries wrong ones", async (rig) => {
  const { child, port } = await start(rig);
  {
    await using guesses = flood(port, "127.0.0.1", ["ann"]);
    await until("passwords are turned away", () => guesses.seen.includes(429));
    await getsIn(port, "127.0.0.2", "ann");
    await getsIn(port, hasIpv6 ? "::1" : "127.0.0.3", "bob");
    // Known by now: no work at all, wherever it is sent from.
    await getsIn(port, "127.0.0.1", "ann");
    assert.ok(!guesses.seen.includes(200));
  }
  const told = child.err.match(/"event":"http.flood"/g);
  assert.equal(told?.length, 1);
  assert.match(child.err, /Passwords are turned away.*first from 127\.0\.0\.1 for 'ann'/);
  // Nor a line for each wrong one, once it is told.
  assert.doesNotMatch(child.err.split('"event":"http.flood"')[1]!, /answered 4/);
  assert.doesNotMatch(child.err, /answered 429|guess/);
});

programTest("another name gets in from the very address that a flood upon one comes from", async (rig) => {
  const { port } = await start(rig);
  await using guesses = flood(port, "127.0.0.1", ["ann"]);
  await until("passwords are turned away", () => guesses.seen.includes(429));
  await getsIn(port, "127.0.0.1", "bob");
});

programTest("a flood of ever other names keeps nobody out who comes from elsewhere", async (rig) => {
  const { port } = await start(rig);
  const names = Array.from({ length: 997 }, (_, nr) => `name ${nr}`);
  await using guesses = flood(port, "127.0.0.1", names);
  await until("many were tried", () => guesses.seen.length > 20);
  await getsIn(port, "127.0.0.2", "ann");
});
