// restic end to end on a tree of 1 GB, through the whole program; too large for every day. Prints a transcript:
//   deno run -A tests/e2e/restic_large.ts [megabytes]
// create, cancel in the middle, create, restore, compare, delete, prune, check.

import assert from "node:assert/strict";
import { mkdir, open, readdir, readFile } from "node:fs/promises";
import process from "node:process";
import { systemClock } from "../../src/runtime/clock.ts";
import { Rig, until } from "../support/program.ts";

const megabytes = Number(process.argv[2] ?? 1000);
const PASSWORD = "a long enough password";
const FILE_MB = 4;
/** A backup of 1 GB on a busy machine. */
const PATIENCE_MS = 15 * 60_000;

const begun = systemClock.monotonic();
function say(line: string): void {
  const at = ((systemClock.monotonic() - begun) / 1000).toFixed(1).padStart(6);
  process.stdout.write(`${at} s  ${line}\n`);
}

/** Files that restic can neither compress nor share. */
async function makeTree(folder: string): Promise<number> {
  const block = new Uint8Array(65_536);
  let files = 0;
  for (let written = 0; written < megabytes; written += FILE_MB) {
    const sub = `${folder}/${String(files % 20).padStart(2, "0")}`;
    await mkdir(sub, { recursive: true });
    const file = await open(`${sub}/file-${files++}`, "w");
    for (let at = 0; at < FILE_MB * 1e6; at += block.length) {
      await file.write(crypto.getRandomValues(block), 0, Math.min(block.length, FILE_MB * 1e6 - at));
    }
    await file.close();
  }
  return files;
}

/** Path and digest of every file. */
async function digests(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = `${entry.parentPath}/${entry.name}`;
    const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(await readFile(path)));
    found.set(path.slice(folder.length), new Uint8Array(digest).toHex());
  }
  return found;
}

await using rig = new Rig();
const [source, repository] = [`${rig.folder}/source`, `${rig.folder}/repository`];
const files = await makeTree(source);
say(`made ${files} files, ${megabytes} MB`);
const before = await digests(source);

const server = await rig.server({
  env: { REPOSITORY_PASSWORD: PASSWORD },
  yaml: `jobs:
  - name: tree
    schedule: "0 0 0 29 2 *"
    provider:
      restic:
        repository: ${repository}
        password: "\${REPOSITORY_PASSWORD}"
        paths: [${source}]
        init: true
        prune: { after_deletions: 1 }
      poll_interval: 200ms
      timeout: { get: 60s }
    retention: { secondly: 10 }
`,
});
const env = { RESTIC_PASSWORD: PASSWORD };
const restic = (...args: [string, ...string[]]) =>
  rig.tool(["restic", "-q", "-r", repository, "--no-cache", ...args], env);
const size = async () =>
  Math.round(Number((await rig.tool(["du", "-sk", repository])).split("\t")[0]) * 1.024 / 1000);
const snapshots = async () => JSON.parse(await restic("snapshots", "--json", "--no-lock")) ?? [];

async function start(): Promise<string> {
  const { body } = await server.post("/jobs/tree/trigger");
  say(`started run ${body.run_id}`);
  return body.run_id;
}

async function finished(id: string) {
  return await until("the backup is available", async () => {
    const backup = await server.get(`/runs/${id}`);
    assert.ok(backup.state === "running" || backup.state === "available", JSON.stringify(backup));
    return backup.state === "available" && backup;
  }, PATIENCE_MS);
}

const cancelled = await start();
const half = await until("it is in the middle", async () => {
  const { custom_data: message, state } = await server.get(`/runs/${cancelled}`);
  assert.equal(state, "running", "it was over before it could be cancelled: take more megabytes");
  const percent = Number(/^(\d+) %/.exec(message ?? "")?.[1] ?? 0);
  return percent >= 20 && message;
}, PATIENCE_MS);
say(`in the middle: ${half}`);
const gone = await rig.cli("runs", "cancel", cancelled, "--yes", "--socket", rig.socket);
assert.equal(gone.code, 0, gone.err);
await until(
  "it is cancelled",
  async () => (await server.get(`/backups/${cancelled}`)).state === "cancelled",
  60_000,
);
const none = await snapshots();
assert.deepEqual(none, []);
say(`cancelled: no snapshot, ${await size()} MB in the repository`);

const whole = await finished(await start());
say(`available: ${whole.custom_data}`);
const target = `${rig.folder}/restored`;
// A restore of 1 GB may take longer than other commands.
const restoring = rig.spawn("restic restore", [
  ...["restic", "-q", "-r", repository, "--no-cache", "restore", whole.data_id, "--target", target],
], env);
assert.equal((await restoring.ended).code, 0, restoring.err);
const after = await digests(`${target}${source}`);
assert.deepEqual(after, before);
say(`restored and compared: ${after.size} files, all SHA-256 digests equal`);

const again = await finished(await start());
say(`available: ${again.custom_data}`);
const deleted = await rig.cli("backups", "delete", whole.id, "--yes", "--socket", rig.socket);
assert.equal(deleted.code, 0, deleted.err);
await until(
  "it is deleted",
  async () => (await server.get(`/backups/${whole.id}`)).state === "deleted",
  60_000,
);
assert.deepEqual((await snapshots()).map(({ id }: { id: string }) => id), [again.data_id]);
say("deleted the first: the second is still there");
const pruned = await until("it is pruned", async () => {
  return (await server.get<any[]>("/events?type=provider.upkeep"))[0];
}, PATIENCE_MS);
say(pruned.message);
say(`${await size()} MB in the repository`);
const checking = rig.spawn(
  "restic check",
  ["restic", "-r", repository, "--no-cache", "check", "--read-data"],
  env,
);
assert.equal((await checking.ended).code, 0, checking.err);
say("restic check --read-data: no errors were found");
