// `backups restore` and `browse` of a provider elsewhere: through its extension, and in words where it has none.
// Also tests restoring.ts and server_restore.ts.

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
function serving(extensions: string, states: string[] = ["running", "done"], dataId = "d1") {
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
        jsonAnswer({ id: "b1", data_id: dataId, job: "files", status: "available", state: "available" }),
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

test("a backup of the original's providers is told with the command that restores it, on standard output", async () => {
  const { host } = serving("", [], "5f2c9a1e");
  assert.equal(await run(host, "restore", "b1", "--to", "/srv/out", "--include", "etc/fstab"), 1);
  assert.match(host.out(), /^restic -r \S+ restore 5f2c9a1e --target \/srv\/out --include \/etc\/fstab\n$/);
  assert.match(host.err(), /a snapshot of restic: what stands above restores it there/);
  const other = serving("", [], "7f4a1c2e-0000-4000-8000-0123456789ab").host;
  assert.equal(await run(other, "restore", "b1", "--to", "/srv/out"), 1);
  assert.match(other.out(), /^backy2 restore 7f4a1c2e-\S+ file:\/\/\/srv\/out\/7f4a1c2e-\S+\.img\n$/);
});

/** A server that restores, and ends it when it is told to. */
function restoring(states: string[], message = "3 files restored") {
  const asked: string[] = [];
  let isCancelled = false;
  const host = fakeHost({
    env: { SCHELLY_SERVER: SERVER },
    servers: {
      async [SERVER](request) {
        const { pathname, search } = new URL(request.url);
        const body = request.method === "POST" ? await request.text() : "";
        asked.push(`${request.method} ${pathname}${search} ${body}`.trim());
        if (pathname.endsWith("/cancel")) isCancelled = true;
        const state = isCancelled ? "failed" : states.length > 1 ? states.shift() : states[0];
        const said = isCancelled ? "it was cancelled" : message;
        return jsonAnswer({ operation_id: "o1", id: "b1", state, message: said }, 202);
      },
    },
  });
  return { host, asked };
}

test("backups restore --on-server has the server do it, needs no configuration, and waits for its end", async () => {
  const { host, asked } = restoring(["running", "running", "done"]);
  const args = ["restore", "b1", "--on-server", "--to", "/srv/restored/a", "--include", "etc"];
  assert.equal(await run(host, ...args), 0, host.err());
  assert.match(host.out(), /^3 files restored, in \/srv\/restored\/a\n$/);
  assert.match(asked[0]!, /^POST \/backups\/b1\/restore \{"target":"\/srv\/restored\/a","include":\["etc"\]/);
  assert.deepEqual(asked.slice(1), ["GET /operations/o1", "GET /operations/o1"]);
  const failing = restoring(["running", "failed"], "the disk is full").host;
  assert.equal(await run(failing, "restore", "b1", "--on-server", "--to", "/srv/restored/a"), 1);
  assert.match(failing.err(), /Cannot restore backup 'b1': the disk is full/);
});

test("backups restore --on-server that is interrupted has the server end it", async () => {
  const { host, asked } = restoring(["running"]);
  const ended = run(host, "restore", "b1", "--on-server", "--to", "/srv/restored/a");
  while (asked.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  host.signal("SIGINT");
  assert.equal(await ended, 130);
  assert.ok(asked.some((line) => line.startsWith("POST /operations/o1/cancel")));
  assert.match(host.err(), /it was cancelled/);
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
