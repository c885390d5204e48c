// The audit trail of the real program: who came and what they did is in it, and whatever is done to it shows.
// Also tests app/audit_events.ts, cli/server/audit.ts and store/audit/verify_file.ts.

import assert from "node:assert/strict";
import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { meddle } from "../store/audit/rig.ts";
import { basic } from "../support/auth_of.ts";
import { programTest, type Rig, until } from "../support/program.ts";

const JOBS = `jobs:
  - { name: a, schedule: "0 0 0 29 2 *", provider: { command: { create: ["true"], delete: ["true"] } } }
`;
const AUTH = `auth: {
  tokens: [ { name: ops, role: admin, token: "ops-token-0123456789" }, { name: eye, role: viewer, token: "eye-token-0123456789" } ],
  users: [ { name: ann, role: operator, password: "correct horse" } ] }`;

const stateFile = (rig: Rig) => `${rig.folder}/state/schelly.db`;

async function ask(url: string, line: string, authorization?: string, body?: unknown): Promise<number> {
  const [method, path] = line.split(" ") as [string, string];
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  await response.body?.cancel();
  return response.status;
}

/** The trail as `schelly audit list` prints it, without number and time. */
async function trailOf(rig: Rig): Promise<string[]> {
  const { code, out, err } = await rig.cli("audit", "list", "--socket", rig.socket);
  assert.equal(code, 0, err);
  return out.trimEnd().split("\n").map((line) => line.split(" ").slice(2).join(" "));
}

programTest(
  "whoever changes something, is refused or logs in stands in the trail, once a burst",
  async (rig) => {
    await rig.configure(JOBS, AUTH);
    const { url } = await rig.server({ env: { SCHELLY_CONFIG_COMMIT: "abc123" } });
    const ops = "Bearer ops-token-0123456789";
    assert.equal(await ask(url, "PUT /freeze", basic("ann", "correct horse"), { reason: "a move" }), 200);
    assert.equal(await ask(url, "GET /jobs", basic("ann", "correct horse")), 200);
    assert.equal(await ask(url, "DELETE /freeze", ops), 200);
    assert.equal(await ask(url, "POST /-/reload", ops), 200);
    assert.equal(await ask(url, "POST /jobs/a/check", ops), 200);
    assert.equal(await ask(url, "POST /jobs/a/retention?dry_run=true", ops), 200);
    assert.equal(await ask(url, "POST /-/reload", "Bearer eye-token-0123456789"), 403);
    for (let n = 0; n < 40; n++) assert.equal(await ask(url, `GET /jobs/${n}`), 401);
    await rig.ask("state", "snapshot", `${rig.folder}/copy.db`);

    const trail = await trailOf(rig);
    const has = (pattern: RegExp, times = 1) =>
      assert.equal(
        trail.filter((line) => pattern.test(line)).length,
        times,
        `${pattern} in:\n${trail.join("\n")}`,
      );
    has(/^engine\.started: Scheduling 1 job$/);
    has(/^api\.login: ann at 127\.0\.0\.1 logged in$/);
    has(/^freeze\.begun: ann froze all deletions/);
    has(/^api\.changed: ann at 127\.0\.0\.1: PUT \/freeze was answered 200$/);
    has(/^freeze\.ended: ops ended the freeze/);
    has(
      /^config\.reloaded: The configuration was reloaded: nothing changed since: this very configuration is in use/,
    );
    has(/^api\.changed: ops at 127\.0\.0\.1: POST \/-\/reload was answered 200$/);
    has(/^api\.refused: eye at 127\.0\.0\.1: POST \/-\/reload was refused: 403$/);
    has(/^api\.refused: somebody at 127\.0\.0\.1: GET \/jobs\/0 was refused: 401$/);
    has(/^api\.refused/, 2);
    has(/^state\.snapshot: socket had the state copied to/);
    has(/^api\.changed: socket: POST \/state\/snapshot was answered 200$/);
    has(/check|retention/, 0);

    const rows = await rig.ask("audit", "list");
    const started = rows.find(({ type }: { type: string }) => type === "engine.started");
    assert.equal(started.data.config_commit, "abc123");
    const file = await crypto.subtle.digest("SHA-256", await readFile(rig.configFile));
    assert.equal(
      started.data.config_digest,
      Array.from(new Uint8Array(file), (byte) => byte.toString(16).padStart(2, "0")).join(""),
    );
    const reloaded = rows.find(({ type }: { type: string }) => type === "config.reloaded");
    assert.equal(reloaded.data.by, "ops");
    // The copy holds the trail up to where it was made.
    const copied = await rig.cli("audit", "verify", `${rig.folder}/copy.db`, "--json");
    assert.deepEqual([copied.code, JSON.parse(copied.out).whole], [0, true]);
    assert.ok(JSON.parse(copied.out).events < rows.length);
    // Who may not verify.
    assert.equal(await ask(url, "POST /audit/verify", "Bearer eye-token-0123456789", {}), 403);
  },
);

programTest(
  "a kill breaks no trail; an edit of the file shows, and a head kept elsewhere proves it",
  async (rig) => {
    await rig.configure(JOBS);
    const first = await rig.server();
    const kept = (await rig.cli("audit", "head", "--socket", rig.socket)).out.trim();
    const freezes = Array.from(
      { length: 12 },
      (_, n) => rig.cli("freeze", "--reason", `move ${n}`, "--socket", rig.socket),
    );
    await freezes[0];
    await first.child.kill("SIGKILL");
    await Promise.all(freezes);

    const second = await rig.server();
    const verified = await rig.cli("audit", "verify", "--head", kept, "--socket", rig.socket);
    assert.equal(verified.code, 0, verified.err);
    assert.match(verified.out, /audit trail\s+whole/);
    assert.match(verified.out, /kept head\s+proved/);
    const head = (await rig.cli("audit", "head", "--socket", rig.socket)).out.trim();
    assert.equal((await rig.cli("audit", "verify", stateFile(rig))).code, 75, "a server holds the file");
    await second.child.kill("SIGTERM");

    const copy = `${rig.folder}/copy.db`;
    await copyFile(stateFile(rig), copy);
    const offline = (...args: string[]) => rig.cli("audit", "verify", ...args);
    const idle = await offline(copy, "--head", head);
    assert.equal(idle.code, 0, idle.err + idle.out);
    await meddle(copy, "UPDATE events SET message = 'nobody froze anything' WHERE type = 'freeze.begun'");
    const changed = await offline(copy);
    assert.equal(changed.code, 1);
    assert.match(changed.err, /The audit trail is broken: event \d+ does not fit: its digest/);
    assert.equal((await rig.cli("audit", "verify", copy, "--json")).code, 1);

    // Without a running server the file of the configuration is looked through, and its end is cut by who knows how.
    assert.equal((await offline("--config", rig.configFile)).code, 0);
    await meddle(
      stateFile(rig),
      "DELETE FROM events WHERE link = (SELECT max(link) FROM events)",
      "UPDATE audit_head SET (link, digest) = (SELECT link, digest FROM events ORDER BY link DESC LIMIT 1)",
    );
    const cut = await offline("--config", rig.configFile);
    assert.equal(cut.code, 0, cut.err);
    assert.match(cut.err, /That nobody wrote it anew as a whole only a head proves/);
    const found = await offline("--config", rig.configFile, "--head", head);
    assert.equal(found.code, 1);
    assert.match(found.err, /ends with number \d+, before number \d+ of the kept head: its end was cut off/);

    assert.equal((await offline("--head", "abc")).code, 2);
    const none = await offline(`${rig.folder}/none.db`);
    assert.deepEqual([none.code, /there is no state at/.test(none.err)], [1, true]);
    await writeFile(`${rig.folder}/empty.db`, "");
    assert.match((await offline(`${rig.folder}/empty.db`)).err, /it is empty/);
    await rm(copy);
  },
);

programTest("an edit of the file says who edited, and how long events stay counts at once", async (rig) => {
  await rig.configure(JOBS);
  const { child } = await rig.server();
  await writeFile(
    rig.configFile,
    `${await readFile(rig.configFile, "utf8")}events: { keep: 30d, audit_keep: 800d }\n`,
  );
  await child.said("err", /config\.reloaded.*events stay 30d now, those of the audit trail 800d/);
  const rows = async () => await rig.ask("audit", "list");
  await until(
    "it is in the trail",
    async () => (await rows()).some(({ type }: { type: string }) => type === "config.reloaded"),
  );
  const reloaded = (await rows()).find(({ type }: { type: string }) => type === "config.reloaded");
  assert.equal(reloaded.data.by, "an edit of the files");
});
