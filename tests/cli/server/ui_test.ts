// `schelly ui`: the link, where it leads, and why it cannot be had.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { type Answer, fakeHost, jsonAnswer } from "../../support/fake_host.ts";

const SOCKET = "unix:/run/schelly/schelly.sock";
const LINK = {
  path: "/ui/link?code=abc-DEF_123",
  address: "http://127.0.0.1:8080/schelly",
  ends: "2026-11-23T00:05:00.000Z",
  caller: "socket",
};
const hostWith = (servers: Record<string, Answer>, env = {}) => fakeHost({ servers, env });

test("ui prints a link at the address that the server names, and for whom it is", async () => {
  const host = hostWith({ [SOCKET]: () => jsonAnswer(LINK) });
  assert.equal(await main(["ui", "--socket", "/run/schelly/schelly.sock"], host), 0);
  assert.deepEqual(host.requests, [`POST ${SOCKET} /ui/link`]);
  assert.equal(host.out(), "http://127.0.0.1:8080/schelly/ui/link?code=abc-DEF_123\n");
  assert.match(host.err(), /Logs in as socket, once, until 2026-11-23T00:05:00.000Z/);
});

test("a server that was named is the one the link leads to", async () => {
  const server = "https://backup.example.org";
  const host = hostWith({ [server]: () => jsonAnswer({ ...LINK, caller: "ops" }) }, {
    SCHELLY_TOKEN: "t0ken",
  });
  assert.equal(await main(["ui", "--server", `${server}/schelly`], host), 0);
  assert.equal(host.out(), `${server}/schelly/ui/link?code=abc-DEF_123\n`);
});

test("a server without a port has no page to open; a strange answer is none", async () => {
  const shut = hostWith({ [SOCKET]: () => jsonAnswer({ ...LINK, address: null }) });
  assert.equal(await main(["ui", "--socket", "/run/schelly/schelly.sock"], shut), 1);
  assert.match(shut.err(), /listens at no TCP port.*server\.public_url/);
  const strange = hostWith({ [SOCKET]: () => jsonAnswer({ ...LINK, path: "@evil.example/" }) });
  assert.notEqual(await main(["ui", "--socket", "/run/schelly/schelly.sock"], strange), 0);
  assert.equal(strange.out(), "");
});

test("--open says when there is no browser, after the link is printed", async () => {
  const host = hostWith({ [SOCKET]: () => jsonAnswer(LINK) });
  assert.equal(await main(["ui", "--open", "--socket", "/run/schelly/schelly.sock"], host), 1);
  assert.match(host.out(), /ui\/link/);
  assert.match(host.err(), /Cannot open a browser by xdg-open: no programs here: open the link by hand/);
});
