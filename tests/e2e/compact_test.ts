// The real program makes its state file smaller: while it runs, and by a command while it does not.
// Also tests cli/server/state_compact.ts and cli/server/server_or_none.ts.

import assert from "node:assert/strict";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { createClient } from "@libsql/client/sqlite3";
import { programTest, type Rig } from "../support/program.ts";

const stateFile = (rig: Rig) => `${rig.folder}/state/schelly.db`;

function yaml(url: string): string {
  return `jobs:
  - name: files
    schedule: "0 0 0 29 2 *"
    provider: { url: "${url}", poll_interval: 100ms }
    retention: { secondly: 100 }
`;
}

/** Leaves pages in the idle file that hold nothing; `kind`: as this version makes them, or as earlier ones did. */
async function makeHoles(path: string, kind: "INCREMENTAL" | "NONE"): Promise<void> {
  const client = createClient({ url: `file:${path}` });
  const sql = [
    `PRAGMA auto_vacuum=${kind}`,
    "VACUUM",
    "CREATE TABLE holes AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) " +
    "SELECT randomblob(3000) AS x FROM n",
    "DROP TABLE holes",
    "PRAGMA journal_mode=DELETE",
  ];
  for (const one of sql) await client.execute(one);
  client.close();
}

const sizeOf = (rig: Rig) => statSync(stateFile(rig)).size;

programTest(
  "state compact makes the file of a running server smaller, and the trail says so",
  async (rig) => {
    const provider = await rig.originalProvider({ durationMs: 10 });
    const first = await rig.server({ yaml: yaml(provider.url) });
    await first.backup("files");
    await first.kill("SIGTERM");
    await makeHoles(stateFile(rig), "INCREMENTAL");
    const before = sizeOf(rig);
    const server = await rig.server();
    const dry = await rig.ask("state", "compact", "--dry-run");
    assert.ok(dry.dry_run && !dry.needs_stop && dry.free_bytes > 1_400_000, JSON.stringify(dry));
    assert.equal(sizeOf(rig), before);
    const done = await rig.ask("state", "compact");
    assert.ok(done.bytes_after <= done.bytes_before - done.free_bytes + 16_384, JSON.stringify(done));
    assert.equal(sizeOf(rig), done.bytes_after);
    await server.backup("files");
    const trail = await rig.cli("audit", "list", "--socket", rig.socket);
    assert.match(
      trail.out,
      /state\.compact: socket had the state file compacted from /,
    );
    await server.kill();
    const next = await rig.server();
    assert.deepEqual((await next.get("/jobs/files")).guards, []);
    assert.equal((await next.runs("files")).filter(({ state }) => state === "available").length, 2);
  },
);

programTest("state compact rewrites the file of an earlier version once no server holds it", async (rig) => {
  const provider = await rig.originalProvider({ durationMs: 10 });
  const first = await rig.server({ yaml: yaml(provider.url) });
  await first.backup("files");
  await first.kill("SIGTERM");
  await makeHoles(stateFile(rig), "NONE");
  const server = await rig.server();
  const dry = await rig.cli("state", "compact", "--dry-run", "--socket", rig.socket);
  assert.match(dry.out, /^before +\S+ MB\nfree +\d\.\d MB\n$/);
  assert.match(dry.err, /An earlier version made the file: stop the server/);
  const refused = await rig.cli("state", "compact", "--socket", rig.socket);
  assert.equal(refused.code, 1);
  assert.match(
    refused.err,
    /while Schelly runs: an earlier version made its file, in which \d.\d MB are free: stop/,
  );
  const hidden = await rig.cli("state", "compact", "--config", elsewhere(rig));
  assert.equal(hidden.code, 75, hidden.err);
  assert.match(hidden.err, /a server holds the state but was not found/);

  // A server that was killed leaves its log, and its mark says that the state is in use.
  await server.backup("files");
  await server.kill();
  const before = sizeOf(rig);
  const idle = await rig.cli("state", "compact", "--config", rig.configFile);
  assert.equal(idle.code, 0, idle.err);
  assert.match(idle.out, /^before +\S+ MB\nafter +\S+ kB\nfree +\d\.\d MB\n$/);
  assert.ok(sizeOf(rig) < before / 2);
  assert.equal(statSync(stateFile(rig)).mode & 0o777, 0o600);
  assert.deepEqual(
    readdirSync(`${rig.folder}/state`).filter((name) => name.startsWith("schelly.db")).sort(),
    [
      "schelly.db",
      "schelly.db.mark",
    ],
  );
  const next = await rig.server();
  assert.deepEqual((await next.get("/jobs/files")).guards, [], "it is not taken for a copy");
  assert.equal((await next.runs("files")).filter(({ state }) => state === "available").length, 2);
  assert.equal((await rig.ask("state", "compact", "--dry-run")).needs_stop, false);
});

/** A configuration with the same state, whose server cannot be found. */
function elsewhere(rig: Rig): string {
  const path = `${rig.folder}/elsewhere.yaml`;
  writeFileSync(
    path,
    `server: { listen: "127.0.0.1:1", socket: ${rig.folder}/none.sock, auth: none }\n` +
      `state: { url: "file:${stateFile(rig)}" }\n` +
      'jobs:\n  - { name: a, schedule: "0 0 0 29 2 *", provider: { command: { create: ["true"], delete: ["true"] } } }\n',
  );
  return path;
}
