// Somebody opens more connections than there can be, and says nothing or half of something: the server answers everybody
// else all the while, and goes on making backups; as often as it happens.

import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import process from "node:process";
import {
  daemon,
  filesOf,
  flood,
  FLOOD_JOBS,
  limited,
  peakOf,
  provider,
  skipFloods as skip,
  statusOver,
  waves,
} from "../support/flood.ts";
import { PROGRAM, programTest, until } from "../support/program.ts";

programTest(
  "waves of silent connections keep nobody out of a server, nor a backup from being made",
  async (rig) => {
    const target = await daemon(rig, 256);
    const made = () => target.child.err.split('"event":"run.available"').length;
    const before = made();
    await waves(rig, target, 256, 600, ["", "GET / HTTP/1.1\r\nHost", "PRI * HTTP/2.0\r\n", ""]);
    await until("a backup is made", () => made() > before);
    assert.doesNotMatch(target.child.err, /too many open files|os error|"level":"error"/i);
    assert.equal(target.child.err.match(/Too many connections at \S+, from 127\.0\.0\.1 by now/g)?.length, 1);
    // As a cleaner of temporary files does it.
    await rm(rig.socket);
    const answers = async () => await statusOver("http://localhost/livez", { socket: rig.socket }) === 200;
    await until("the socket is there again", answers);
    assert.equal((await target.child.kill("SIGTERM")).code, 143);
  },
  { skip },
);

programTest("waves of silent connections keep nobody out of a served provider", async (rig) => {
  const target = await provider(rig, 256);
  await waves(rig, target, 256, 600, ["", "GET / HTTP/1.1\r\nHost", ""]);
  assert.equal((await target.child.kill("SIGTERM")).code, 143);
}, { skip });

programTest("half greetings by TLS leave a server its files, its socket and its backups", async (rig) => {
  const folder = new URL("../testdata/tls", import.meta.url).pathname;
  await rig.configure(FLOOD_JOBS, `tls: { cert_file: ${folder}/cert.pem, key_file: ${folder}/key.pem }`);
  const child = limited(rig, 256, "schelly run", ["run", "--config", rig.configFile]);
  const [, url] = await child.said("err", /Listening on (https:\/\/[\d.]+:\d+)/);
  const idle = await peakOf(rig, child);
  const held = await flood(url!, 500, "\x16\x03\x01\x02");
  try {
    const made = () => child.err.split('"event":"run.available"').length;
    const before = made();
    await until("backups are made", () => made() > before + 1);
    assert.equal(await statusOver("http://localhost/livez", { socket: rig.socket }), 200);
    const files = await filesOf(rig, child);
    assert.ok(files < 128, `${files} files`);
    const grown = await peakOf(rig, child) - idle;
    process.stdout.write(
      `500 half greetings by TLS, 256 files: ${Math.round(grown)} MiB more, ${files} files\n`,
    );
    assert.ok(grown < 60, `memory grew by ${grown} MiB`);
  } finally {
    for (const connection of held) connection.close();
  }
  const cert = await Deno.readTextFile(`${folder}/cert.pem`);
  using client = Deno.createHttpClient({ caCerts: [cert], poolMaxIdlePerHost: 0 });
  const live = async () => (await fetch(`${url}/livez`, { client })).status === 200;
  await until("the port answers when they have gone", () => live().catch(() => false));
  assert.equal((await child.kill("SIGTERM")).code, 143);
}, { skip });

programTest("half requests that come and go leave nothing behind", async (rig) => {
  const { child, url } = await provider(rig, 256);
  const { hostname, port } = new URL(url);
  const comeAndGo = async (times: number) => {
    for (let nr = 0; nr < times; nr++) {
      using connection = await Deno.connect({ hostname, port: Number(port) });
      await connection.write(new TextEncoder().encode("GET / HTTP"));
    }
  };
  await comeAndGo(500);
  const before = await peakOf(rig, child);
  await comeAndGo(6_000);
  const grown = await peakOf(rig, child) - before;
  process.stdout.write(`6,000 half requests one after the other: ${Math.round(grown)} MiB more\n`);
  // Kept, each holds 8 KiB.
  assert.ok(grown < 24, `memory grew by ${grown} MiB`);
}, { skip });

programTest("a machine without a word on its limits is served as long as there are files", async (rig) => {
  // Where no program can be started that reads the limit.
  await rig.configure(FLOOD_JOBS.replaceAll("true", "/bin/true"));
  const child = rig.spawn("schelly run", [
    ...["sh", "-c", 'ulimit -n 128; PATH=/nowhere exec "$@"', "sh"],
    ...[...PROGRAM, "run", "--config", rig.configFile],
  ]);
  const [, url] = await child.said("err", /Listening on (http:\/\/[\d.]+:\d+)/);
  const live = async () => await statusOver(`${url}/livez`) === 200;
  for (const words of ["", "GET / HTTP/1.1\r\nHost"]) {
    const held = await flood(url!, 300, words);
    await until("it answers", live);
    for (const connection of held) connection.close();
  }
  await until("it answers when they have gone", live);
  assert.equal((await child.kill("SIGTERM")).code, 143);
}, { skip });

programTest("connections that say nothing, or half of something, do not hold up a stop", async (rig) => {
  const folder = new URL("../testdata/tls", import.meta.url).pathname;
  for (const server of ["", `tls: { cert_file: ${folder}/cert.pem, key_file: ${folder}/key.pem }`]) {
    await rig.configure(FLOOD_JOBS, server);
    const child = rig.startServer();
    const [, url] = await child.said("err", /Listening on (https?:\/\/[\d.]+:\d+)/);
    // Nothing; half a request; half of a promise to speak HTTP/2; half of a greeting by TLS.
    const words = ["", "GET / HTTP/1.1\r\nHost", "PRI * HTTP/2.0\r\n", "\x16\x03\x01\x02"];
    const held = await Promise.all(words.map((said) => flood(url!, 1, said)));
    const live = async () => await statusOver("http://localhost/livez", { socket: rig.socket }) === 200;
    await until("it answers", live);
    try {
      assert.equal((await child.kill("SIGTERM")).code, 143);
    } finally {
      for (const connection of held.flat()) connection.close();
    }
  }
});
