// Where the server of a configuration listens, also of one that is broken: what is still sure of it, and what is not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { findServerPlace } from "../../src/config/server_place.ts";
import { MemoryFiles } from "../support/memory_files.ts";

const JOBS = 'jobs:\n  - { name: a, provider: { url: "http://p:7070/backups" } }\n';

/** `listen` and `socket` as they were found; those that are only supposed end with a question mark. */
async function doors(
  files: Record<string, string>,
  request: { env?: Record<string, string>; config?: string } = {},
): Promise<[listen: string, socket: string] | null> {
  const { env = {}, config } = request;
  const found = await findServerPlace({
    config,
    env,
    files: new MemoryFiles({ "/run/schelly/other": "", ...files }),
  });
  if (found === null) return null;
  const { listen, socket, supposed } = found;
  const mark = (door: "listen" | "socket") => supposed.includes(door) ? "?" : "";
  return [
    `${listen === null ? "none" : `${listen.hostname}:${listen.port}`}${mark("listen")}`,
    `${socket ?? "none"}${mark("socket")}`,
  ];
}

const yaml = (text: string) => ({ "/home/me/schelly.yaml": text });
const DEFAULTS = ["127.0.0.1:8080", "/run/schelly/schelly.sock"];
const SUPPOSED = DEFAULTS.map((door) => `${door}?`);
const MINE = ["127.0.0.1:9000", "/tmp/mine.sock"];
const SERVER = 'server: { listen: "127.0.0.1:9000", socket: /tmp/mine.sock }\n';

test("what is broken elsewhere leaves the doors as sure as they were", async () => {
  const breaks: Record<string, string> = {
    "nothing": JOBS,
    "an unknown key": JOBS.replace("provider", "provder"),
    "a wrong value": "jobs: 7\n",
    "no jobs at all": "",
    "a tab": `jobs:\n\t- name: a\n`,
    "an open quote at the end": 'jobs:\n  - { name: "a }\n',
    "an open bracket": "jobs:\n  - { name: a, provider: { url: x\n",
    "an unset variable": JOBS.replace("http://p", "${NOT_SET}"),
    "a duplicate key": `${JOBS}log: { level: info }\nlog: { level: info }\n`,
    "an alias without an anchor": "jobs: [ *nothing ]\n",
    "a tag": "jobs: !secret x\n",
    "two documents": `${JOBS}---\n${JOBS}`,
    "an absent secret file": JOBS.replace("provider: {", "provider: { headers_file: { X-Key: /gone },"),
  };
  for (const [what, jobs] of Object.entries(breaks)) {
    assert.deepEqual(await doors(yaml(SERVER + jobs)), MINE, `${what}, below`);
    assert.deepEqual(
      await doors(yaml(`log: {}\n${jobs}`)),
      DEFAULTS,
      `${what}, without a section of the server`,
    );
  }
  assert.deepEqual(
    await doors(yaml(`${JOBS}${SERVER.replace(" }", ", auth: { tokens: [ { name: 7 } ] } }")}`)),
    MINE,
  );
});

test("a door that cannot be read is only supposed where it is by default", async () => {
  const both: Record<string, string> = {
    "a mistyped key of the section": SERVER.replace("listen", "listn").replace("socket", "sokcet") + JOBS,
    "a mistyped section": SERVER.replace("server", "sever") + JOBS,
    "a section of another name": SERVER.replace("server", "http") + JOBS,
    "a section that is no mapping": `server: [ "listen: 127.0.0.1:9000", "socket: /x" ]\n${JOBS}`,
    "a control character": SERVER + JOBS + "\u0001",
    "an alias that contains itself": `${SERVER}jobs: &a [ *a ]\n`,
    "variables that are not set here": 'server: { listen: "${LISTEN}", socket: "${PLACE}/schelly.sock" }\n' +
      JOBS,
  };
  for (const [what, text] of Object.entries(both)) assert.deepEqual(await doors(yaml(text)), SUPPOSED, what);
  assert.deepEqual(await doors({}, { config: "/gone.yaml" }), SUPPOSED, "a file that is not there");

  const one = async (server: string) => await doors(yaml(`server: ${server}\n${JOBS}`));
  const [listen, socket] = MINE;
  assert.deepEqual(await one(`{ listn: "127.0.0.1:9000", socket: ${socket} }`), [SUPPOSED[0], socket]);
  assert.deepEqual(await one(`{ listen: "${listen}", sockt: /x }`), [listen, SUPPOSED[1]]);
  assert.deepEqual(await one(`{ listen: 9000, socket: ${socket} }`), [SUPPOSED[0], socket]);
  assert.deepEqual(await one(`{ listen: "nowhere", socket: none }`), [SUPPOSED[0], "none"]);
  assert.deepEqual(await one(`{ listen: none, socket: ${socket} }`), ["none", socket]);
  assert.deepEqual(await one(`{ listen: "\${L:-${listen}}", socket: ${socket} }`), MINE);
});

test("variables come before files, and a folder of files may say it in any of them", async () => {
  const env = { SCHELLY_LISTEN: "0.0.0.0:7", SCHELLY_SOCKET: "s.sock" };
  assert.deepEqual(await doors(yaml(SERVER + JOBS), { env }), ["0.0.0.0:7", "/home/me/s.sock"]);
  assert.deepEqual(await doors(yaml(`server: { listn: x }\n${JOBS}`), { env }), [
    "0.0.0.0:7",
    "/home/me/s.sock",
  ]);
  const folder = { "/etc/s/a.yaml": "jobs: [\n", "/etc/s/b.yaml": "server: { socket: ./here.sock }\n" };
  assert.deepEqual(await doors(folder, { config: "/etc/s" }), [DEFAULTS[0], "/etc/s/here.sock"]);
  const twice = { ...folder, "/etc/s/c.yaml": "server: { socket: none }\n" };
  assert.deepEqual(await doors(twice, { config: "/etc/s" }), [SUPPOSED[0], "none"]);
  const inline = { SCHELLY_CONFIG_YAML: SERVER + "jobs: {" };
  assert.deepEqual(await doors({}, { env: inline }), MINE);
  assert.deepEqual(await doors({}, { env: { WEBHOOK_URL: "http://p", LISTEN_PORT: "81" } }), [
    "127.0.0.1:81",
    DEFAULTS[1],
  ]);
  assert.equal(await doors({}), null);
});
