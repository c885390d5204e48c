// Where callers come in: which doors are opened, and that those which opened close when another one cannot be.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Doors } from "../../src/app/doors.ts";
import type { ServerConfig } from "../../src/config/values/config.ts";
import type { Listener, ListenSpec, RequestHandler } from "../../src/ports/host.ts";

const SERVER: ServerConfig = {
  listen: { hostname: "127.0.0.1", port: 8080 },
  socket: "/run/schelly.sock",
  tls: null,
  auth: { kind: "none" },
  stopTimeoutMs: 30_000,
};

function rigWith(refuses: (spec: ListenSpec) => boolean = () => false) {
  const asked: ListenSpec[] = [];
  const behind: RequestHandler[] = [];
  const closed: string[] = [];
  const host = {
    listen(spec: ListenSpec, handler: RequestHandler): Promise<Listener> {
      asked.push(spec);
      behind.push(handler);
      if (refuses(spec)) return Promise.reject(new Error("address in use"));
      const address = "tcp" in spec ? "tcp" : "unix";
      return Promise.resolve({
        address,
        renew: () => Promise.resolve(),
        close: () => Promise.resolve(void closed.push(address)),
      });
    },
  };
  return { asked, behind, closed, doors: new Doors(host) };
}

const answer = () => Promise.resolve(new Response());

test("both doors open and close; the certificate is the port's", async () => {
  const { asked, closed, doors } = rigWith();
  const tls = { certFile: "/c.pem", keyFile: "/k.pem", cert: "C", key: "K" };
  await doors.open({ ...SERVER, tls }, answer);
  assert.deepEqual(asked, [
    { tcp: { hostname: "127.0.0.1", port: 8080, tls } },
    { unix: { path: "/run/schelly.sock" } },
  ]);
  assert.deepEqual(doors.addresses, ["tcp", "unix"]);
  assert.equal(doors.tcp!.address, "tcp");
  await doors[Symbol.asyncDispose]();
  assert.deepEqual(closed, ["tcp", "unix"]);
});

test("open doors lead to whoever is behind them now, and open once", async () => {
  const { asked, behind, closed, doors } = rigWith();
  const who = (name: string) => () => Promise.resolve(new Response(name));
  const peer = { local: false, remote: "127.0.0.1:1" };
  await doors.open(SERVER, who("standby"), {
    standing: () => "known",
    peerOf: () => ({ ...peer, remote: "1" }),
  });
  await doors.open(SERVER, who("active"), {
    standing: () => "unknown",
    peerOf: () => ({ ...peer, remote: "2" }),
  });
  assert.equal(asked.length, 2);
  const request = new Request("http://a/");
  assert.equal(asked[0]!.standing!(request, peer), "unknown");
  assert.equal(asked[0]!.peerOf!(peer, undefined).remote, "2");
  for (const door of behind) assert.equal(await (await door(request, peer)).text(), "active");
  await doors[Symbol.asyncDispose]();
  await doors[Symbol.asyncDispose]();
  assert.deepEqual(closed, ["tcp", "unix"], "each once");
});

test("a door that the configuration does not have stays shut", async () => {
  const { asked, doors } = rigWith();
  await doors.open({ ...SERVER, listen: null }, answer);
  assert.deepEqual(asked, [{ unix: { path: "/run/schelly.sock" } }]);
  assert.equal(doors.tcp, undefined);
});

test("where the second one cannot be opened, the first one is closed with the rest", async () => {
  const { closed, doors } = rigWith((spec) => "unix" in spec);
  await assert.rejects(doors.open(SERVER, answer), /address in use/);
  await doors[Symbol.asyncDispose]();
  assert.deepEqual(closed, ["tcp"]);
});
