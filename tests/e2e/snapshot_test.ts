// A real copy of the state, put back: nothing is deleted until somebody has looked; holds and the freeze outlive a kill.
// Also tests app/operations/snapshot_view.ts, cli/server/state_forget.ts and cli/server/state_snapshot.ts.

import assert from "node:assert/strict";
import { copyFile, mkdir, rm, stat, writeFile } from "node:fs/promises";
import { programTest, type Rig, until } from "../support/program.ts";

const DAILY = "0 0 0 29 2 *";

function yaml(url: string, keep: number): string {
  return `jobs:
  - name: files
    schedule: "${DAILY}"
    provider: { url: "${url}", poll_interval: 100ms }
    retention: { secondly: ${keep}, guard: { policy_change_hold: 0s } }
`;
}

const stateFile = (rig: Rig) => `${rig.folder}/state/schelly.db`;
const deletes = (ledger: { method?: string }[]) => ledger.filter(({ method }) => method === "DELETE").length;

programTest(
  "a snapshot put back latches the guard, deletes nothing, and an approval releases it",
  async (rig) => {
    const provider = await rig.originalProvider({ durationMs: 10 });
    const first = await rig.server({ yaml: yaml(provider.url, 100) });
    for (let n = 0; n < 3; n++) await first.backup("files");
    const copy = `${rig.folder}/copy.db`;
    const made = await rig.ask("state", "snapshot", copy);
    assert.deepEqual([made.path, made.jobs, made.available], [copy, 1, 3]);
    assert.equal((await stat(copy)).mode & 0o777, 0o600);
    const again = await rig.cli("state", "snapshot", copy, "--socket", rig.socket);
    assert.equal(again.code, 1);
    assert.match(again.err, /something is there already/);
    await first.backup("files");
    await first.kill("SIGTERM");

    for (const rest of ["-wal", "-shm"]) await rm(`${stateFile(rig)}${rest}`, { force: true });
    await copyFile(copy, stateFile(rig));
    const second = await rig.server({ yaml: yaml(provider.url, 1) });
    const { checks } = await second.get("/readyz?verbose");
    const guard = checks.find(({ name }: { name: string }) => name === "guard restored_store of job files");
    assert.match(guard.message, /the state is a copy made at/);
    assert.match(await second.get("/metrics"), /schelly_job_guarded\{job="files",guard="restored_store"\} 1/);
    await second.backup("files");
    await second.post("/jobs/files/retention");
    assert.equal(deletes(await provider.ledger()), 0);

    const approved = await rig.cli("retention", "approve", "files", "--yes", "--socket", rig.socket);
    assert.equal(approved.code, 0, approved.err);
    await until("the approved set is gone", async () => deletes(await provider.ledger()) === 3);
    assert.deepEqual((await second.get("/jobs/files")).guards, []);
  },
);

programTest(
  "state snapshot copies an idle file, notices a copy elsewhere, and refuses what is not there",
  async (rig) => {
    const provider = await rig.originalProvider({ durationMs: 10 });
    const server = await rig.server({ yaml: yaml(provider.url, 100) });
    await server.backup("files");
    await server.kill("SIGTERM");
    const copy = `${rig.folder}/idle.db`;
    const idle = await rig.cli("state", "snapshot", "idle.db", "--config", rig.configFile, "--json");
    assert.equal(idle.code, 0, idle.err);
    assert.equal(JSON.parse(idle.out).available, 1);
    assert.match(idle.err, /remove the state's -wal and -shm files/);
    // On a new machine no mark tells that it was restored: the copy tells by itself.
    await rm(`${rig.folder}/state`, { recursive: true });
    const empty = await rig.cli("state", "snapshot", `${rig.folder}/x.db`, "--config", rig.configFile);
    assert.equal(empty.code, 1);
    assert.match(empty.err, /there is none at/);
    await rig.tool(["mkdir", `${rig.folder}/state`]);
    await copyFile(copy, stateFile(rig));
    const moved = await rig.server();
    assert.deepEqual((await moved.get("/jobs/files")).guards.map(({ guard }: { guard: string }) => guard), [
      "restored_store",
    ]);
    await moved.kill("SIGTERM");
    const next = await rig.server();
    assert.equal((await next.get("/jobs/files")).guards.length, 1, "what was latched stays");
    const seen = await rig.cli("retention", "approve", "files", "--yes", "--socket", rig.socket);
    assert.match(seen.err, /is not guarded any more/);
    assert.deepEqual((await next.get("/jobs/files")).guards, [], "also where there is nothing to remove");
  },
);

programTest(
  "a hold and a freeze that were acknowledged outlive kill -9, and show everywhere",
  async (rig) => {
    const provider = await rig.originalProvider({ durationMs: 10 });
    const before = await rig.server({ yaml: yaml(provider.url, 1) });
    const kept = await before.backup("files");
    const held = await rig.ask("backups", "hold", kept.id, "--reason", "audit", "--owner", "finance");
    assert.equal(held[0].hold.owner, "finance");
    await before.kill();
    const after = await rig.server();
    for (let n = 0; n < 2; n++) await after.backup("files");
    await until("the other one is gone", async () => deletes(await provider.ledger()) === 1);
    assert.equal((await after.get(`/backups/${kept.id}`)).hold.reason, "audit");

    const frozen = await rig.ask("freeze", "--reason", "moving the storage");
    assert.equal(frozen.frozen, true);
    await after.kill();
    const last = await rig.server();
    await last.backup("files");
    await last.post("/jobs/files/retention");
    assert.equal(deletes(await provider.ledger()), 1);
    const metrics = await last.get<string>("/metrics");
    assert.match(metrics, /^schelly_frozen 1$/m);
    assert.match(metrics, /^schelly_backups_held\{job="files"\} 1$/m);
    const { checks } = await last.get("/readyz?verbose");
    assert.match(
      checks.find(({ name }: { name: string }) => name === "freeze").message,
      /moving the storage/,
    );
    const byHand = await rig.cli("backups", "delete", kept.id, "--yes", "--socket", rig.socket);
    assert.equal(byHand.code, 1);
    assert.match(
      byHand.err,
      /deletions are frozen by someone on this machine \(socket\) since \S+, until somebody releases it \(moving the storage\)/,
    );

    assert.equal((await rig.cli("unfreeze", "--yes", "--socket", rig.socket)).code, 0);
    await until("deletions go on", async () => deletes(await provider.ledger()) === 2);
    const still = await rig.cli("backups", "delete", kept.id, "--yes", "--socket", rig.socket);
    assert.match(still.err, /it is held by finance \(audit\)/);
    assert.equal((await rig.cli("backups", "release", kept.id, "--yes", "--socket", rig.socket)).code, 0);
    await until("the released one is gone", async () => deletes(await provider.ledger()) === 3);
  },
);

programTest(
  "a job that left the configuration shows as unmanaged and is deleted only on purpose",
  async (rig) => {
    const provider = await rig.originalProvider({ durationMs: 10 });
    const other = (url: string) =>
      `jobs:
  - name: other
    schedule: "${DAILY}"
    provider: { url: "${url}", poll_interval: 100ms }
    retention: { secondly: 5 }
`;
    const before = await rig.server({ yaml: yaml(provider.url, 1) });
    await before.backup("files");
    await before.kill("SIGTERM");
    const server = await rig.server({ yaml: other(provider.url) });
    const jobs = await rig.ask("jobs", "list");
    const files = jobs.find(({ job }: { job: string }) => job === "files");
    assert.deepEqual([files.managed, files.available, files.unmanaged.length], [false, 1, 1]);
    assert.match(await server.get("/metrics"), /^schelly_backups_unmanaged\{job="files",provider=".*"\} 1$/m);
    assert.equal(deletes(await provider.ledger()), 0);
    const gone = await rig.cli(
      "backups",
      "delete",
      "--job",
      "files",
      "--all",
      "--yes",
      "--socket",
      rig.socket,
    );
    assert.equal(gone.code, 0, gone.err);
    assert.equal(deletes(await provider.ledger()), 1);
    assert.equal((await rig.ask("jobs", "show", "files")).available, 0);
  },
);

programTest("over TCP the state is copied below one folder only, at the socket anywhere", async (rig) => {
  const job =
    'jobs:\n  - { name: a, schedule: "0 0 0 29 2 *", provider: { command: { create: ["true"], delete: ["true"] } } }\n';
  const write = (snapshots: string) =>
    writeFile(
      rig.configFile,
      `server: { listen: "127.0.0.1:0", socket: ${rig.socket}, auth: none }\n` +
        `state: { url: "file:${rig.folder}/state/schelly.db"${snapshots} }\n${job}`,
    );
  await write("");
  await mkdir(`${rig.folder}/copies`);
  const server = await rig.server();
  const copy = async (path: string) =>
    (await server.post("/state/snapshot", { path: `${rig.folder}/${path}` })).status;
  assert.equal(await copy("copies/a.db"), 403);
  await write(`, snapshots: { to: ./copies }`);
  const reloaded = await server.post("/-/reload");
  assert.equal(reloaded.status, 200);
  assert.match(
    reloaded.body.messages.join("; "),
    /^copies of the state .* over TCP may go below '.*\/copies' now$/,
  );
  assert.equal(await copy("copies/a.db"), 200);
  assert.equal((await stat(`${rig.folder}/copies/a.db`)).mode & 0o777, 0o600);
  assert.deepEqual([await copy("b.db"), await copy("copies/../b.db"), await copy("state/schelly.db")], [
    403,
    403,
    403,
  ]);
  const local = await rig.cli("state", "snapshot", `${rig.folder}/b.db`, "--socket", rig.socket);
  assert.equal(local.code, 0, local.err);
});
