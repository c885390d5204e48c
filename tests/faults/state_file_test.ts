// The state file goes wrong under the real program or before it starts: it ends with one clear line and the right
// exit code, and a state is never made anew in silence.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { copyFileSync, existsSync, readFileSync, renameSync, truncateSync, unlinkSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { type LedgerProvider, startLedgerProvider } from "../support/ledger_provider.ts";
import { type Ended, programTest, type Rig, type Server, until } from "../support/program.ts";

/** Opening a sound file may change its header, where the way of its log is noted. */
const HEADER_BYTES = 100;

/** Writes a configuration with one job a second, and answers the provider and the state file. */
async function prepare(rig: Rig): Promise<{ provider: LedgerProvider; file: string }> {
  const provider = startLedgerProvider();
  await rig.configure(
    `jobs:\n  - { name: one, schedule: "* * * * * *", retention: { secondly: 2 }, ` +
      `provider: { url: "${provider.url}", poll_interval: 100ms } }\n`,
    "auth: none",
  );
  return { provider, file: `${rig.folder}/state/schelly.db` };
}

async function makeBackups(server: Server, count: number): Promise<void> {
  await until(`${count} backups are made`, async () => {
    const runs = await server.runs("one");
    return runs.filter((run) => run.state === "available").length >= count;
  });
}

/** It said once, in words, what is wrong. */
function saidOnce({ err }: Ended, pattern: RegExp): void {
  const lines = err.split("\n").filter((line) => pattern.test(line) && !line.includes('"run_id"'));
  assert.equal(lines.length, 1, `expected one line ${pattern} in: ${err}`);
  assert.doesNotMatch(err, /^\s+at |\\n\s+at |A bug was found|internal rule broken/m);
}

/** A start that must fail: only a line, and the file as it was but for so many of its first bytes. */
async function refusedStart(rig: Rig, file: string, pattern: RegExp, besides = 0): Promise<void> {
  const before = readFileSync(file).subarray(besides);
  const ended = await rig.startServer().end();
  assert.equal(ended.code, 1, ended.err);
  saidOnce(ended, pattern);
  assert.equal(ended.err.trim().split("\n").length, 1, ended.err);
  assert.ok(before.equals(readFileSync(file).subarray(besides)), "it was left as it is");
}

const HARM = {
  removed: unlinkSync,
  replaced(file: string) {
    copyFileSync(file, `${file}.other`);
    renameSync(`${file}.other`, file);
  },
  "cut short": (file: string) => truncateSync(file, 512),
};

for (const [what, harm] of Object.entries(HARM)) {
  programTest(`a state file that is ${what} under the program ends it, and is not made anew`, async (rig) => {
    const { provider, file } = await prepare(rig);
    await using _ = provider;
    const server = await rig.server();
    await makeBackups(server, 1);
    harm(file);
    const left = existsSync(file) ? readFileSync(file) : null;
    const ended = await server.child.end();
    assert.equal(ended.code, 1, ended.err);
    saidOnce(ended, new RegExp(`state file '.*': it was ${what} while in use`));
    const now = existsSync(file) ? readFileSync(file) : null;
    // Not by deepEqual, whose account of how two files differ takes more memory than there is.
    assert.equal(now?.length, left?.length, "what is there is left as it is");
    assert.ok(now === null || now.equals(left!), "what is there is left as it is");
  });
}

programTest(
  "a log that is removed under the program ends it, and nothing that was saved is lost",
  async (rig) => {
    const { provider, file } = await prepare(rig);
    await using _ = provider;
    const server = await rig.server();
    await makeBackups(server, 2);
    assert.equal((await server.post("/jobs/one/pause")).status, 200);
    unlinkSync(`${file}-wal`);
    const ended = await server.child.end();
    assert.equal(ended.code, 1, ended.err);
    saidOnce(
      ended,
      /log '.*-wal' of the state: it was removed while in use: .*all that was saved stands in the state/,
    );
    const next = await rig.server();
    assert.ok((await next.get("/jobs/one")).paused, "what was answered is there");
    assert.doesNotMatch(JSON.stringify(await next.get("/readyz?verbose")), /restored/);
  },
);

programTest(
  "a hold that a removed log and kill -9 took along is not lost unseen: nothing is deleted",
  async (rig) => {
    const { provider, file } = await prepare(rig);
    await using _ = provider;
    const first = await rig.server();
    await makeBackups(first, 2);
    await first.kill("SIGTERM");
    const server = await rig.server();
    const [held] = (await server.runs("one")).filter((run) => run.state === "available");
    assert.equal(
      (await server.request("PUT", `/backups/${held.id}/hold`, { body: { reason: "audit" } })).status,
      200,
    );
    unlinkSync(`${file}-wal`);
    await server.kill("SIGKILL");
    await nothingGoesBeforeApproval(rig, provider, held.id);
  },
);

programTest(
  "a copy of the same boot that is put back is noticed, and what it forgot is not deleted",
  async (rig) => {
    const { provider, file } = await prepare(rig);
    await using _ = provider;
    const server = await rig.server();
    await makeBackups(server, 2);
    const copied = ["", "-wal"].map((suffix) => [suffix, readFileSync(file + suffix)] as const);
    const [held] = (await server.runs("one")).filter((run) => run.state === "available");
    assert.equal(
      (await server.request("PUT", `/backups/${held.id}/hold`, { body: { reason: "audit" } })).status,
      200,
    );
    await server.kill("SIGTERM");
    for (const [suffix, bytes] of copied) writeFileSync(file + suffix, bytes);
    await nothingGoesBeforeApproval(rig, provider, held.id);
  },
);

/** Starts on a state that went back in time: it says so, and keeps what it does not know to be held. */
async function nothingGoesBeforeApproval(rig: Rig, provider: LedgerProvider, held: string): Promise<void> {
  const deleted = provider.counts.deleted;
  const server = await rig.server();
  assert.match(JSON.stringify(await server.get("/readyz?verbose")), /older than the one that ran last/);
  await makeBackups(server, 5);
  assert.equal(provider.counts.deleted, deleted);
  assert.ok(provider.backups().has(held));
}

programTest(
  "a state file that is gone at the next start is said, and nothing is deleted until approved",
  async (rig) => {
    const { provider, file } = await prepare(rig);
    await using _ = provider;
    const first = await rig.server();
    await makeBackups(first, 2);
    await first.kill("SIGTERM");
    const [id] = provider.backups().keys();
    const deleted = provider.counts.deleted;
    unlinkSync(file);
    const second = await rig.server();
    assert.match(JSON.stringify(await second.get("/readyz?verbose")), /restored or emptied/);
    assert.match(second.child.err, /"level":"error"[^\n]*restored or emptied/);
    await makeBackups(second, 4);
    assert.equal(provider.counts.deleted, deleted);
    assert.ok(provider.backups().has(id!), "what the lost state had is untouched");

    const { digest } = await second.get("/jobs/one/retention");
    assert.equal((await second.post("/jobs/one/retention/approve", { digest })).status, 200);
    await until("deletions go on", () => (provider.counts.deleted ?? 0) > (deleted ?? 0));
    assert.ok(provider.backups().has(id!), "what the lost state had is still untouched");
  },
);

programTest(
  "a state that was cut short, is newer, or is none at all is refused and left as it is",
  async (rig) => {
    const { provider, file } = await prepare(rig);
    await using _ = provider;
    const server = await rig.server();
    await makeBackups(server, 2);
    assert.equal((await server.kill("SIGTERM")).code, 143);
    const good = readFileSync(file);

    truncateSync(file, Math.floor(good.length / 2 / 4096) * 4096);
    await refusedStart(rig, file, /is damaged/);
    truncateSync(file, 777);
    await refusedStart(rig, file, /is damaged/);

    const newer = Buffer.from(good);
    newer.writeUInt32BE(999, 60);
    writeFileSync(file, newer);
    await refusedStart(rig, file, /its schema is version 999/, HEADER_BYTES);

    writeFileSync(file, "Dear diary, today I backed up everything.\n".repeat(200));
    await refusedStart(rig, file, /not a Schelly state file/);

    const scratched = Buffer.from(good);
    scratched.fill(0x5a, 4096, 3 * 4096);
    writeFileSync(file, scratched);
    await refusedStart(rig, file, /is damaged/, HEADER_BYTES);

    writeFileSync(file, good);
    const again = await rig.server();
    await makeBackups(again, 2);
  },
);
