// The disk under the state is full or cannot be written: nothing is asked of a provider that was not committed
// before, it shows, and it heals. On small file systems in memory, where mounting is permitted. And the disk of the log.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { readFileSync } from "node:fs";
import process from "node:process";
import { tmpdir } from "node:os";
import { systemClock } from "../../src/runtime/clock.ts";
import { ALL_ABILITIES, startLedgerProvider } from "../support/ledger_provider.ts";
import { PROGRAM, programTest, until } from "../support/program.ts";
import {
  availableIsTrue,
  everyDeleteWasCommitted,
  everyEffectIsKnown,
  everyPostWasCommitted,
  everySlotIsDecidedOnce,
  nothingKeptWasIntended,
  oneEffectForEachSlot,
  readClaims,
} from "./ledger_checks.ts";

function run(...argv: string[]): boolean {
  return spawnSync(argv[0]!, argv.slice(1), { stdio: "ignore" }).status === 0;
}

/** Why there is no small file system; false when there is. */
function cannotMount(): string | false {
  const folder = mkdtempSync(`${tmpdir()}/schelly-mount-`);
  const mounted = run("mount", "-t", "tmpfs", "-o", "size=1m", "none", folder);
  if (mounted) run("umount", folder);
  rmdirSync(folder);
  if (mounted) return false;
  process.stderr.write("skipped: tests that need a small disk, since mounting is not permitted\n");
  return "mounting is not permitted";
}

const skip = cannotMount();

/** Mounts a file system of so many kilobytes at `folder` until disposed. */
function smallDisk(folder: string, kilobytes: number) {
  mkdirSync(folder, { recursive: true });
  assert.ok(run("mount", "-t", "tmpfs", "-o", `size=${kilobytes}k,mode=0700`, "none", folder));
  const filler = `${folder}/filler`;
  return {
    fill() {
      const file = openSync(filler, "w");
      for (let size = 65_536; size >= 1; size = size >> 1) {
        try {
          for (;;) writeSync(file, new Uint8Array(size));
        } catch { /* So much does not fit any more. */ }
      }
      closeSync(file);
    },
    free: () => unlinkSync(filler),
    remount: (mode: "ro" | "rw") => assert.ok(run("mount", "-o", `remount,${mode}`, folder)),
    [Symbol.dispose]: () => void (run("umount", folder) || run("umount", "-l", folder)),
  };
}

programTest("a full disk: no POST without a committed intent, health is red, and it heals", async (rig) => {
  const folder = `${rig.folder}/state`;
  using disk = smallDisk(folder, 6_000);
  await using provider = startLedgerProvider({ abilities: ALL_ABILITIES, durationMs: () => 300 });
  await rig.configure(
    `jobs:\n  - { name: one, schedule: "* * * * * *", retention: { secondly: 3 }, ` +
      `provider: { url: "${provider.url}", poll_interval: 100ms } }\n`,
    "auth: none",
  );
  const server = await rig.server();
  const available = async () => (await server.runs("one")).filter((run) => run.state === "available").length;
  await until("two backups are made", async () => await available() >= 2);
  // In mid-run, so that what the provider knows cannot be saved.
  const before = provider.counts.started!;
  await until("a backup runs", () => provider.counts.started! > before);
  const lines = server.child.err.length;
  disk.fill();
  const readiness = async () => (await server.request("GET", "/readyz?verbose"));
  await until("health is red", async () => (await readiness()).status === 503);
  const { body } = await readiness();
  assert.match(JSON.stringify(body), /the disk is full/);
  const posts = provider.counts.POST;
  const deletes = provider.counts.DELETE;
  const fullMs = 4_000;
  await systemClock.sleep(fullMs);
  assert.equal((await readiness()).status, 503, "and stays so");
  assert.equal(provider.counts.POST, posts, "nothing is begun that cannot be saved");
  assert.equal(provider.counts.DELETE, deletes);
  const chatter = server.child.err.slice(lines).split("\n").filter((line) =>
    /"level":"error"/.test(line)
  ).length;
  assert.ok(chatter > 0 && chatter <= 4, `${chatter} errors since the disk is full: silence or a flood`);

  const freedAt = systemClock.now();
  disk.free();
  await until("it makes backups again", async () => {
    const [newest] = await server.runs("one");
    return newest?.state === "available" && Date.parse(newest.created_at) > freedAt;
  });
  assert.equal((await readiness()).status, 200);
  assert.equal((await server.post("/jobs/one/pause")).status, 200);
  await until("the last run is over", async () => (await server.runs("one"))[0].state !== "running");
  const claims = await readClaims(server);
  everyPostWasCommitted(claims, provider);
  everyEffectIsKnown(claims, provider);
  oneEffectForEachSlot(provider);
  availableIsTrue(claims, provider);
  everyDeleteWasCommitted(claims, provider);
  nothingKeptWasIntended(claims, 3);
  const since = Date.parse(claims.events.find((event) => event.type === "job.added")!.at);
  const paused = Date.parse(claims.events.findLast((event) => event.type === "job.paused")!.at);
  everySlotIsDecidedOnce(claims, "one", 1_000, since, paused);
  assert.equal((await server.kill("SIGTERM")).code, 143);
}, { skip });

programTest("a full disk under jobs_dir: the job of before stays, whole and in force", async (rig) => {
  const folder = `${rig.folder}/jobs.d`;
  using disk = smallDisk(folder, 256);
  await rig.configure(
    `providers: { store: { command: { create: ["true"], delete: ["true"] } } }\njobs_dir: jobs.d\n`,
    "auth: { tokens: [{ name: ops, role: admin, token: 0123456789abcdef0123456789abcdef }] }",
  );
  const server = await rig.server();
  const headers = { authorization: "Bearer 0123456789abcdef0123456789abcdef" };
  const put = (name: string, grace_time: string) =>
    server.request("PUT", `/jobs/${name}`, {
      body: { schedule: "0 0 0 29 2 *", provider: "store", grace_time },
      headers,
    });
  assert.equal((await put("db", "1h")).status, 201);
  const before = readFileSync(`${folder}/db.yaml`, "utf8");
  disk.fill();
  for (const name of ["db", "new"]) {
    const { status, body } = await put(name, "2h");
    assert.equal(status, 409, JSON.stringify(body));
    assert.match(body.detail, /cannot be written: .*No space left on device.*: nothing was changed/);
  }
  assert.equal(readFileSync(`${folder}/db.yaml`, "utf8"), before);
  const jobs = await (await fetch(`${server.url}/jobs`, { headers })).json();
  assert.deepEqual(jobs.map(({ job }: { job: string }) => job), ["db"]);
  // Taking out needs no room.
  assert.equal((await server.request("DELETE", "/jobs/db", { headers })).status, 200);
  disk.free();
  assert.equal((await put("db", "2h")).status, 201);
}, { skip });

programTest(
  "a state folder that cannot be written ends the start with one line and exit code 73",
  async (rig) => {
    const folder = `${rig.folder}/state`;
    using disk = smallDisk(folder, 6_000);
    await using provider = startLedgerProvider();
    await rig.configure(
      `jobs:\n  - { name: one, schedule: "* * * * * *", provider: { url: "${provider.url}", poll_interval: 100ms } }\n`,
    );
    disk.remount("ro");
    const fresh = await rig.startServer().end();
    assert.equal(fresh.code, 73, fresh.err);
    assert.match(fresh.err, /^schelly: Cannot open the state file '.*'.*: expected an existing folder/);
    assert.equal(fresh.err.trim().split("\n").length, 1);

    disk.remount("rw");
    const server = await rig.server();
    await until("a backup is made", async () => (await server.runs("one"))[0]?.state === "available");
    assert.equal((await server.kill("SIGTERM")).code, 143);
    disk.remount("ro");
    const before = readFileSync(`${folder}/schelly.db`);
    const refused = await rig.startServer().end();
    assert.equal(refused.code, 73, refused.err);
    assert.match(refused.err, /^schelly: Cannot open the state file '.*'.*expected a file and a folder/);
    assert.equal(refused.err.trim().split("\n").length, 1);
    assert.ok(before.equals(readFileSync(`${folder}/schelly.db`)));

    // With the log that a crash left: it would have to be written to before anything can be read.
    disk.remount("rw");
    const crashing = await rig.server();
    await crashing.kill("SIGKILL");
    assert.ok(existsSync(`${folder}/schelly.db-wal`));
    disk.remount("ro");
    const crashed = await rig.startServer().end();
    assert.equal(crashed.code, 73, crashed.err);
    assert.match(crashed.err, /^schelly: Cannot open the state file '.*': Read-only file system.*: expected/);
    assert.equal(crashed.err.trim().split("\n").length, 1);

    disk.remount("rw");
    disk.fill();
    const full = await rig.startServer().end();
    assert.equal(full.code, 73, full.err);
    assert.match(full.err, /^schelly: Cannot .*'.*: .*(the disk is full|No space left)/);
    assert.equal(full.err.trim().split("\n").length, 1);
  },
  { skip },
);

programTest("a log that cannot be written keeps nothing from starting or being answered", async (rig) => {
  await rig.configure(
    "jobs: [ { name: a, provider: { command: { create: ['true'], delete: ['true'] } } } ]\n",
  );
  const child = rig.spawn("schelly run", [
    ...["sh", "-c", 'exec "$@" 2>/dev/full', "sh"],
    ...[...PROGRAM, "run", "--config", rig.configFile],
  ]);
  await until("it answers", async () => (await rig.cli("jobs", "list", "--socket", rig.socket)).code === 0);
  assert.equal((await child.kill("SIGTERM")).code, 143);
}, { skip: existsSync("/dev/full") ? false : "nothing here is always full" });
