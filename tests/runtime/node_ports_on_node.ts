// The ports over node: modules, by which the library for providers runs under Node: files, programs, HTTP and HTTPS.
// Run under Node alone: under Deno the library takes Deno's own ways.

import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { test } from "node:test";
import { systemClock } from "../../src/runtime/clock.ts";
import { nodeFiles } from "../../src/runtime/node_files.ts";
import { listenByNode } from "../../src/runtime/node_listen.ts";
import { nodeProcesses } from "../../src/runtime/node_processes.ts";
import { at, tempFolder } from "../support/node_files.ts";

const tcp = { hostname: "127.0.0.1", port: 0 };
const pem = (name: string) => readFileSync(new URL(`../testdata/tls/${name}.pem`, import.meta.url), "utf8");

test("nodeFiles writes whole files with the mode asked for, and leaves nothing beside them", () =>
  at(tempFolder(), async ({ path }) => {
    await nodeFiles.makeFolder(`${path}/a/b`, 0o700);
    await nodeFiles.writeText(`${path}/a/b/f`, "one\n", 0o600);
    await nodeFiles.appendText(`${path}/a/b/f`, "two\n");
    assert.equal(await nodeFiles.readText(`${path}/a/b/f`), "one\ntwo\n");
    await nodeFiles.writeText(`${path}/a/b/f`, "new");
    assert.equal((await nodeFiles.info(`${path}/a/b/f`))!.mode, 0o600, "it keeps the mode it had");
    assert.deepEqual(await nodeFiles.list(`${path}/a/b`), ["f"]);
    assert.equal(nodeFiles.infoSync(`${path}/a/b/f/deeper`), undefined);
    await assert.rejects(nodeFiles.readText(`${path}/none`), { name: "NotFound" });
    await assert.rejects(nodeFiles.remove(`${path}/a`), "a folder with something in it stays");
    await nodeFiles.remove(`${path}/a/b/f`);
    await nodeFiles.remove(`${path}/a/b`);
    assert.deepEqual(await nodeFiles.list(`${path}/a`), []);
  }));

const HOLD = `require("node:child_process").spawn("flock", [process.argv[1], "sh", "-c", "echo held; cat"],
  { stdio: ["pipe", "inherit", "inherit"] }); setTimeout(() => {}, 60_000);`;

test("nodeFiles.lock() is held by one, ends with its process however that ends, and is given back", () =>
  at(tempFolder(), async ({ path: folder }) => {
    const path = `${folder}/owner.lock`;
    const holder = spawn(process.execPath, ["-e", HOLD, path], { stdio: ["ignore", "pipe", "inherit"] });
    await once(holder.stdout, "data");
    assert.deepEqual(await nodeFiles.lock(path), { held: false, why: "taken" });
    holder.kill("SIGKILL");
    let mine = await nodeFiles.lock(path);
    for (let tries = 0; !mine.held && tries < 200; tries++) {
      await systemClock.sleep(10);
      mine = await nodeFiles.lock(path);
    }
    assert.ok(mine.held);
    assert.deepEqual(await nodeFiles.lock(path), { held: false, why: "taken" });
    await mine.release();
    const again = await nodeFiles.lock(path);
    assert.ok(again.held);
    await again.release();
    const folderless = await nodeFiles.lock(`${folder}/none/owner.lock`);
    assert.deepEqual(folderless, { held: false, why: "unsupported" });
  }));

test("nodeProcesses tells lines, codes and signals, and what cannot be started", async () => {
  const lines: string[] = [];
  const argv: [string, ...string[]] = ["sh", "-c", 'cat; echo "$ADDED" >&2; sleep 0.05; exit 3'];
  const result = await nodeProcesses.run({
    argv,
    stdin: "in\n",
    env: { ADDED: "env" },
    onStdoutLine: (line) => lines.push(line),
  });
  assert.deepEqual(result, { code: 3, signal: null, stdout: "in\n", stderr: "env\n" });
  assert.deepEqual(lines, ["in"]);
  const killed = await nodeProcesses.run({ argv: ["sh", "-c", "kill -9 $$"] });
  assert.deepEqual([killed.code, killed.signal], [137, "SIGKILL"]);
  await assert.rejects(nodeProcesses.run({ argv: ["no-such-program"] }), {
    name: "NotFound",
    message:
      "Cannot start 'no-such-program': there is no such program: install it, or give its absolute path",
  });
  await assert.rejects(
    nodeProcesses.run({ argv: ["true"], cwd: "/no/such" }),
    /there is no folder '\/no\/such'/,
  );
});

test("an aborted run of nodeProcesses ends the whole tree: TERM, then KILL", async () => {
  const stop = new AbortController();
  let leader = 0;
  const began = systemClock.monotonic();
  const { signal } = await nodeProcesses.run({
    argv: [
      "sh",
      "-c",
      "trap '' TERM; sh -c 'trap \"\" TERM; sleep 60 & wait; sleep 60' & echo up; wait; sleep 60",
    ],
    signal: stop.signal,
    killAfterMs: 200,
    onStart: (pid) => leader = pid,
    onStdoutLine: () => stop.abort(),
  });
  assert.equal(signal, "SIGKILL");
  assert.ok(systemClock.monotonic() - began < 10_000);
  assert.equal(await nodeProcesses.identity(leader), undefined);
  const own = (await nodeProcesses.identity(process.pid))!;
  assert.equal(await nodeProcesses.fate(process.pid, own), "alive");
  assert.equal(await nodeProcesses.fate(leader, own), "ended");
  assert.equal(nodeProcesses.killGroup(leader, "SIGKILL"), false, "nothing of the group lives");
});

test("listenByNode hands on method, path, headers and body, and gives the answer back", async () => {
  const listener = await listenByNode({ tcp }, async (request, peer) => {
    const { pathname, search } = new URL(request.url);
    const body = await request.text();
    const told = { method: request.method, pathname, search, key: request.headers.get("X-Key"), body, peer };
    return new Response(JSON.stringify(told), { status: 202, headers: { "X-Answer": "yes" } });
  });
  try {
    const answer = await fetch(`${listener.address}/a%2Fb?q=1`, {
      method: "POST",
      headers: { "X-Key": "k" },
      body: "ö",
    });
    assert.equal(answer.status, 202);
    assert.equal(answer.headers.get("X-Answer"), "yes");
    const { peer, ...told } = await answer.json();
    assert.deepEqual(told, { method: "POST", pathname: "/a%2Fb", search: "?q=1", key: "k", body: "ö" });
    assert.match(peer.remote, /^127\.0\.0\.1:\d+$/);
    const port = Number(new URL(listener.address).port);
    await assert.rejects(listenByNode({ tcp: { ...tcp, port } }, () => new Response()), {
      name: "AddressInUse",
    });
  } finally {
    await listener.close(1_000);
  }
  await assert.rejects(fetch(listener.address));
});

test("listenByNode answers a call whose long body nobody reads, and the next one too", async () => {
  const listener = await listenByNode({ tcp }, (request) => {
    return new Response(null, { status: request.method === "POST" ? 413 : 204 });
  });
  try {
    const refused = await fetch(listener.address, { method: "POST", body: new Uint8Array(200_000) });
    assert.equal(refused.status, 413);
    await refused.body?.cancel();
    assert.equal((await fetch(listener.address)).status, 204);
  } finally {
    await listener.close(1_000);
  }
});

test("listenByNode lives on when a body goes on after nobody wants it any more", async () => {
  const listener = await listenByNode({ tcp }, async (request) => {
    if (request.url.endsWith("/begun")) {
      const reader = request.body!.getReader();
      await reader.read();
      await reader.cancel();
    } else {
      // A look at the credentials takes so long.
      for (let turns = 0; turns < 5; turns++) await undefined;
      await request.body!.cancel();
    }
    return new Response(null, { status: 401 });
  });
  try {
    for (const path of ["/unread", "/begun"]) {
      const socket = connect(Number(new URL(listener.address).port), "127.0.0.1");
      // What is sent after the answer does not arrive.
      socket.on("error", () => {});
      const closed = new Promise((resolve) => socket.resume().on("close", resolve));
      // Half of it.
      const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n\r\n`;
      socket.write(head + "x".repeat(1_000_000));
      await closed;
      const next = await fetch(listener.address, { method: "POST", body: "small" });
      assert.deepEqual([next.status, next.headers.get("connection")], [401, "close"], path);
    }
  } finally {
    await listener.close(1_000);
  }
});

test("listenByNode hands on a body that breaks off as one that does", async () => {
  let ended: (end: unknown) => void;
  const end = new Promise((resolve) => ended = resolve);
  const listener = await listenByNode({ tcp }, async (request) => {
    await request.text().then(() => ended("whole"), ended);
    return new Response();
  });
  try {
    const socket = connect(Number(new URL(listener.address).port), "127.0.0.1");
    socket.write(
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc",
      () => socket.destroy(),
    );
    assert.match(String(await end), /aborted/);
  } finally {
    await listener.close(1_000);
  }
});

test("listenByNode lives on when a connection cannot be taken", async () => {
  const listener = await listenByNode({ tcp }, () => new Response(null, { status: 204 }));
  const channel = "http.server.request.start";
  let server: { _handle: { onconnection(code: number): void } } | undefined;
  const seen = (message: unknown) => server = (message as { server: typeof server }).server;
  subscribe(channel, seen);
  try {
    assert.equal((await fetch(listener.address)).status, 204);
    // As the machine tells it when there is no file left to open: EMFILE, of which nobody else can be told.
    for (let times = 0; times < 3; times++) server!._handle.onconnection(-24);
    assert.equal((await fetch(listener.address)).status, 204);
  } finally {
    unsubscribe(channel, seen);
    await listener.close(1_000);
  }
});

test("listenByNode serves HTTPS, and refuses a certificate that is none", async () => {
  const tls = { cert: pem("cert"), key: pem("key") };
  const listener = await listenByNode({ tcp: { ...tcp, tls } }, (request) => new Response(request.url));
  try {
    assert.match(listener.address, /^https:\/\/127\.0\.0\.1:\d+$/);
    const text = await new Promise<string>((resolve, reject) => {
      const request = httpsRequest(`${listener.address}/x`, { ca: tls.cert }, (answer) => {
        answer.setEncoding("utf8").on("data", resolve);
      });
      request.on("error", reject).end();
    });
    assert.equal(text, `${listener.address}/x`);
    await assert.rejects(listener.renew({ cert: "no", key: "no" }), { name: "InvalidCertificate" });
    await listener.renew({ cert: pem("other_cert"), key: pem("other_key") });
    const status = await new Promise((resolve, reject) => {
      const options = { ca: pem("other_cert"), agent: false } as const;
      httpsRequest(listener.address, options, (answer) => resolve(answer.resume().statusCode))
        .on("error", reject).end();
    });
    assert.equal(status, 200);
  } finally {
    await listener.close(1_000);
  }
  const bad = listenByNode({ tcp: { ...tcp, tls: { cert: "no", key: "no" } } }, () => new Response());
  await assert.rejects(bad, {
    name: "InvalidCertificate",
    message: /the certificate or its key cannot be used/,
  });
});
