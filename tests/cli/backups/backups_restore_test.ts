// `backups restore` and `browse` of a provider elsewhere: through its extension, and in words where it has none.
// Also tests known_backups.ts, restore_word.ts, restoring.ts and server_restore.ts.

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
function serving(
  extensions: string,
  states: string[] = ["running", "done"],
  dataId = "d1",
  known: Record<string, unknown> = {},
  answers: { tty?: boolean; confirms?: boolean } = {},
) {
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
  const backup = { id: "b1", data_id: dataId, job: "files", status: "available", state: "available" };
  const host = fakeHost({
    env: { SCHELLY_SERVER: SERVER },
    files: { "/home/me/schelly.yaml": CONFIG },
    ...answers,
    servers: {
      [SERVER]: (request) =>
        new URL(request.url).pathname === "/backups"
          ? jsonAnswer([{ ...backup, id: "b2", ...known }, backup])
          : jsonAnswer({ ...backup, ...known }),
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

const DAMAGED = {
  verification: "failed",
  verified_at: "2026-11-20T03:00:00.000Z",
  suspect: true,
  suspect_reason: "its verification failed: a.txt: wrong digest",
};

test("what is known against a backup is said to whoever restores it, who has to say that it is meant", async () => {
  const restore = async (
    known: object,
    answers: { tty?: boolean; confirms?: boolean },
    ...more: string[]
  ) => {
    const { host, bodies } = serving("restore", ["done"], "d1", { ...known }, answers);
    const code = await run(host, "restore", "b1", "--to", "/srv/out", ...more);
    return { code, err: host.err(), begun: bodies.length };
  };
  const refused = await restore(DAMAGED, {});
  assert.deepEqual([refused.code, refused.begun], [1, 0]);
  assert.match(
    refused.err,
    /warning: .*it is damaged: its verification of 2026-11-20T03:00:00.000Z failed: .*a\.txt/,
  );
  assert.match(refused.err, /without a word: .*--anyway .*'latest' with --job files/);
  assert.deepEqual([(await restore(DAMAGED, {}, "--anyway")).code], [0]);
  assert.equal((await restore(DAMAGED, { tty: true, confirms: false })).begun, 0);
  assert.equal((await restore(DAMAGED, { tty: true, confirms: true })).code, 0);
  const dry = await restore(DAMAGED, {}, "--dry-run");
  assert.equal(dry.code, 0, "writes nothing, so needs no word");
  assert.match(dry.err, /warning: .*it is damaged/);
  const suspect = await restore({ suspect: true, suspect_reason: "0 MB is under min_size" }, {});
  assert.match(suspect.err, /it is suspect: 0 MB is under min_size/);
  const rejected = await restore({ rejected: true }, {});
  assert.match(rejected.err, /somebody rejected it/);
  assert.doesNotMatch((await restore({}, {})).err, /warning/);
});

test("latest is the newest backup that nothing is known against, and says what it passes over", async () => {
  const { host, bodies } = serving("restore", ["done"], "d1", DAMAGED);
  assert.equal(await run(host, "restore", "latest", "--to", "/srv/out"), 0, host.err());
  assert.equal(bodies.length, 1);
  assert.match(host.err(), /that nothing is known against is b1; newer, and passed over: b2 \(it is damaged/);
});

test("an include that names nothing is refused, and not taken for all", async () => {
  const { host, bodies } = serving("restore");
  for (const path of ["", " "]) {
    assert.equal(await run(host, "restore", "b1", "--to", "/srv/out", `--include=${path}`), 2);
  }
  assert.match(host.err(), /--include '': it names no path/);
  assert.equal(bodies.length, 0);
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
        if (pathname === "/backups/b1") return jsonAnswer({ id: "b1", job: "files", status: "available" });
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

test("what the server refuses to restore is no invalid configuration", async () => {
  const problem = {
    status: 422,
    title: "Not valid",
    detail: "Cannot restore into '/etc': restore.roots allows",
  };
  const host = fakeHost({
    env: { SCHELLY_SERVER: SERVER },
    servers: {
      [SERVER]: (request) =>
        request.method === "GET"
          ? jsonAnswer({ id: "b1", job: "files", status: "available" })
          : jsonAnswer(problem, 422),
    },
  });
  assert.equal(await run(host, "restore", "b1", "--on-server", "--to", "/etc"), 1);
  assert.match(host.err(), /Cannot restore into '\/etc'/);
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
