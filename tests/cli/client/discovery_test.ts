// Which server a command talks to: named ones first, then the socket, then the address of the config.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { type Answer, fakeHost, type FakeHostOptions, jsonAnswer } from "../../support/fake_host.ts";

const HERE: Answer = (request) =>
  new URL(request.url).pathname === "/livez" ? new Response("ok\n") : jsonAnswer([]);

const SOCKET = "unix:/run/schelly/schelly.sock";
const TCP = "http://127.0.0.1:8080";
const YAML = (server: string) =>
  `server: ${server}\njobs:\n  - { name: a, provider: { url: "http://p:7070/backups" } }\n`;

/** The server that `jobs list` ended at, and the exit code. */
async function target(args: string[], options: FakeHostOptions) {
  const host = fakeHost(options);
  const code = await main(["jobs", "list", ...args], host);
  const asked = host.requests.filter((request) => request.includes(" /jobs")).map((request) =>
    request.split(" ")[1]
  );
  return { code, asked, err: host.err(), requests: host.requests };
}

test("--server comes before SCHELLY_SERVER, and both before everything else", async () => {
  const servers = { "http://flag:1": HERE, "http://env:2": HERE, [SOCKET]: HERE, [TCP]: HERE };
  const env = { SCHELLY_SERVER: "http://env:2" };
  assert.deepEqual((await target(["--server", "http://flag:1"], { servers, env })).asked, ["http://flag:1"]);
  assert.deepEqual((await target([], { servers, env })).asked, ["http://env:2"]);
});

test("--server takes a unix socket", async () => {
  const { asked } = await target(["--server", "unix:/tmp/s.sock"], { servers: { "unix:/tmp/s.sock": HERE } });
  assert.deepEqual(asked, ["unix:/tmp/s.sock"]);
});

test("a named server that does not answer is not replaced by another", async () => {
  const { code, requests } = await target(["--server", "http://flag:1"], { servers: { [TCP]: HERE } });
  assert.equal(code, 4);
  assert.deepEqual(requests, ["GET http://flag:1 /jobs?limit=1000"]);
});

test("without a config the default socket comes before the default address", async () => {
  assert.deepEqual((await target([], { servers: { [SOCKET]: HERE, [TCP]: HERE } })).asked, [SOCKET]);
  assert.deepEqual((await target([], { servers: { [TCP]: HERE } })).asked, [TCP]);
});

test("no server at all is one line that names everything tried, exit 4", async () => {
  const { code, err } = await target([], {});
  assert.equal(code, 4);
  assert.match(
    err,
    /^schelly: Cannot reach a running server: tried unix:\/run\/schelly\/schelly\.sock \(.*\) and http:\/\/127\.0\.0\.1:8080 \(connection refused\): .*--server or SCHELLY_SERVER\n$/,
  );
});

test("the config says where the socket and the address are", async () => {
  const files = { "/home/me/schelly.yaml": YAML("{ listen: 0.0.0.0:9000, socket: /tmp/mine.sock }") };
  const both = { "unix:/tmp/mine.sock": HERE, "http://127.0.0.1:9000": HERE };
  assert.deepEqual((await target([], { files, servers: both })).asked, ["unix:/tmp/mine.sock"]);
  const tcp = { "http://127.0.0.1:9000": HERE, [TCP]: HERE };
  assert.deepEqual((await target([], { files, servers: tcp })).asked, ["http://127.0.0.1:9000"]);
});

test("--config names another config, --socket another socket", async () => {
  const files = {
    "/home/me/schelly.yaml": YAML("{ listen: 127.0.0.1:1 }"),
    "/b.yaml": YAML('{ listen: "[::]:2" }'),
  };
  const servers = { "http://127.0.0.1:1": HERE, "http://[::1]:2": HERE, "unix:/x": HERE };
  assert.deepEqual((await target(["--config", "/b.yaml"], { files, servers })).asked, ["http://[::1]:2"]);
  assert.deepEqual((await target(["--socket", "/x"], { files, servers })).asked, ["unix:/x"]);
});

test("secrets of the config are not needed to find the server", async () => {
  const auth = "{ listen: 127.0.0.1:3, auth: { tokens: [ { name: x, role: admin, token_file: /gone } ] } }";
  const files = { "/home/me/schelly.yaml": YAML(auth) };
  const { asked, err } = await target([], { files, servers: { "http://127.0.0.1:3": HERE } });
  assert.deepEqual(asked, ["http://127.0.0.1:3"], err);
});

test("a config that cannot be used is refused rather than another server asked, exit 3", async () => {
  const files = { "/home/me/schelly.yaml": YAML("{ listn: 127.0.0.1:3 }") };
  const { code, err, requests } = await target([], { files, servers: { [TCP]: HERE, [SOCKET]: HERE } });
  assert.equal(code, 3);
  assert.match(err, /listn/);
  assert.match(err, /--server URL or SCHELLY_SERVER names one without it/);
  assert.deepEqual(requests, []);
});

test("a config that is broken elsewhere finds its server", async () => {
  const text = YAML("{ listen: 127.0.0.1:3, socket: /tmp/mine.sock }").replace("provider", "provder") +
    "}{\n\t";
  const servers = { "http://127.0.0.1:3": HERE, "unix:/tmp/mine.sock": HERE, [TCP]: HERE };
  const { asked, err } = await target([], { files: { "/home/me/schelly.yaml": text }, servers });
  assert.deepEqual(asked, ["unix:/tmp/mine.sock"], err);
});

test("a door that is sure is asked beside one that the config cannot tell of, which is not", async () => {
  const files = { "/home/me/schelly.yaml": YAML("{ listn: 127.0.0.1:3, socket: /tmp/mine.sock }") };
  const socket = await target([], { files, servers: { "unix:/tmp/mine.sock": HERE, [TCP]: HERE } });
  assert.deepEqual(socket.asked, ["unix:/tmp/mine.sock"], socket.err);
  const gone = await target([], { files, servers: { [TCP]: HERE } });
  assert.deepEqual([gone.code, gone.asked], [3, []]);
});

test("the token is not sent over the socket, whose opener is admin anyway", async () => {
  let sent: string | null = "";
  const servers = {
    [SOCKET]: ((request) => {
      sent = request.headers.get("authorization");
      return HERE(request);
    }) as Answer,
  };
  await target([], { servers, env: { SCHELLY_TOKEN: "t" } });
  assert.equal(sent, null);
});

test("a refusal over TCP tells why the socket was not used", async () => {
  const answer: Answer = (request) =>
    request.url.endsWith("/livez")
      ? new Response("ok")
      : jsonAnswer({ detail: "This needs the role admin" }, 403);
  const { code, err } = await target([], { servers: { [TCP]: answer } });
  assert.equal(code, 1);
  assert.match(
    err,
    /role admin; asked http:\/\/127\.0\.0\.1:8080; not asked: unix:\/run\/schelly\/schelly\.sock \(/,
  );
});

test("a socket that is there and does not answer in time is said to be, and no other door is tried", async () => {
  const slow: Answer = () => Promise.reject(new DOMException("Signal timed out.", "TimeoutError"));
  const { code, err, requests } = await target([], { servers: { [SOCKET]: slow, [TCP]: HERE } });
  assert.equal(code, 4);
  assert.match(err, /The server at unix:\S+ did not answer within 3 s: it is there, but busy or stopped/);
  assert.deepEqual(requests, [`GET ${SOCKET} /livez`]);
});

test("who is refused without tokens is told what to set, not to give a token that there is not", async () => {
  const answer: Answer = (request) =>
    request.url.endsWith("/livez") ? new Response("ok") : jsonAnswer({
      detail:
        "This needs the role operator: set server.socket and ask there, or give a token with the role " +
        "operator in server.auth.tokens",
    }, 403);
  const { err } = await target([], { servers: { [TCP]: answer } });
  assert.match(
    err,
    /set server\.socket .* server\.auth\.tokens, then by --token-file or SCHELLY_TOKEN; asked http\S+; not asked: .*\n$/,
  );
});
