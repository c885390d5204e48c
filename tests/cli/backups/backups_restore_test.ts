// `backups restore` and `browse` of a provider elsewhere: through its extension, and in words where it has none.
// Also tests restoring.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { type Answer, fakeHost, jsonAnswer } from "../../support/fake_host.ts";

const SERVER = "http://127.0.0.1:8080";
const PROVIDER = "http://nas:7070";
const CONFIG = `jobs:
  - name: files
    schedule: "0 0 3 * * *"
    provider: { url: "${PROVIDER}/backups", headers: { X-Api-Key: s3cret-key-of-it } }
    retention: { daily: 3 }
`;

/** A host with a server that knows backup b1 and a provider with these extensions. */
function serving(extensions: string, states: string[] = ["running", "done"]) {
  const bodies: unknown[] = [];
  const provider: Answer = async (request) => {
    const url = new URL(request.url);
    if (request.method === "OPTIONS") {
      return new Response(null, { status: 204, headers: { "Schelly-Provider": extensions } });
    }
    if (url.pathname === "/backups/b1/files") {
      if (url.searchParams.get("path") !== "srv") return jsonAnswer({}, 404);
      const entries = [{ path: "srv/a", type: "file", size: 5 }, { path: "srv/sub", type: "folder" }];
      return jsonAnswer({ entries, next: "sub" });
    }
    if (request.method === "POST") bodies.push(await request.json());
    const { operation_id } = bodies.at(-1) as { operation_id: string };
    const state = states.length > 1 ? states.shift() : states[0];
    const message = state === "failed" ? "the disk is full" : `3 files with s3cret-key-of-it`;
    return jsonAnswer(
      { operation_id, id: "b1", state, message, files: 3 },
      request.method === "POST" ? 202 : 200,
    );
  };
  const host = fakeHost({
    env: { SCHELLY_SERVER: SERVER },
    files: { "/home/me/schelly.yaml": CONFIG },
    servers: {
      [SERVER]: () =>
        jsonAnswer({ id: "b1", data_id: "d1", job: "files", status: "available", state: "available" }),
      [PROVIDER]: provider,
    },
  });
  return { host, bodies };
}

/** Until the command ends, time goes on. */
async function run(host: ReturnType<typeof fakeHost>, ...args: string[]): Promise<number> {
  let code: number | undefined;
  const ended = main(["backups", ...args], host).then((value) => code = value);
  while (code === undefined) {
    await host.clock.advance(500);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return await ended;
}

test("backups restore has the provider do it, and waits for its end", async () => {
  const { host, bodies } = serving("list, restore, browse");
  assert.equal(
    await run(host, "restore", "b1", "--to", "/srv/out", "--include", "a", "b/c", "--overwrite"),
    0,
    host.err(),
  );
  const { operation_id: _, ...body } = bodies[0] as Record<string, unknown>;
  assert.deepEqual(body, {
    ...{ target: "/srv/out", include: ["a", "b/c"], dry_run: false, overwrite: true, any_owner: false },
  });
  assert.match(host.out(), /^3 files with .*, in \/srv\/out\n$/);
  assert.doesNotMatch(host.out() + host.err(), /s3cret/);
});

test("backups restore says why it failed", async () => {
  const { host } = serving("restore", ["running", "failed"]);
  assert.equal(await run(host, "restore", "b1", "--to", "/srv/out"), 1);
  assert.match(host.err(), /Cannot restore backup 'b1': the disk is full/);
});

test("without the extension nothing is asked, and it is told what to do by hand", async () => {
  const { host, bodies } = serving("list");
  assert.equal(await run(host, "restore", "b1", "--to", "/srv/out"), 1);
  assert.match(
    host.err(),
    /its provider at http:\/\/nas:7070\/backups does not have this extension.*has the id 'd1'/,
  );
  assert.equal(await run(host, "browse", "b1"), 1);
  assert.equal(bodies.length, 0);
});

test("backups browse shows a page and how to go on; no such folder is not found", async () => {
  const { host } = serving("browse");
  assert.equal(await run(host, "browse", "b1", "/srv/"), 0, host.err());
  assert.match(host.out(), /srv\/a\n.*srv\/sub\//s);
  assert.match(host.err(), /--after 'sub'/);
  assert.equal(await run(host, "browse", "b1", "no"), 5);
  assert.equal(await run(host, "browse", "b1", "../x"), 2);
});

test("without a server the job says whose backup it is", async () => {
  const host = fakeHost({ files: { "/home/me/schelly.yaml": CONFIG } });
  assert.equal(await run(host, "restore", "b1", "--to", "/srv/out", "--job", "nope"), 5);
  assert.match(host.err(), /has no job 'nope': expected files/);
});
