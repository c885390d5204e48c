// Locks of a repository: ours go once their process has surely ended, those of others never while they could be alive.
// Also tests restic_location.ts, restic_processes.ts and restic_unlock.ts.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { ProviderError } from "../../../src/domain/errors.ts";
import {
  createResticLocks,
  removableLocks,
  type ResticLock,
} from "../../../src/provider/builtin/restic_locks.ts";
import { resticLocation } from "../../../src/provider/builtin/restic_location.ts";
import { createLockKeeper } from "../../../src/provider/builtin/restic_unlock.ts";
import { createHost } from "../../../src/runtime/host.ts";
import { callOf, ended, until } from "../../support/backup_rig.ts";
import { bytes, everyResticTest, make, PASSWORD, type ResticRig } from "../../support/restic_rig.ts";

const host = createHost();
const NOW = Date.UTC(2026, 10, 20, 12);
const MINUTE = 60_000;

function lock(more: Partial<ResticLock> = {}): ResticLock {
  return {
    id: "1",
    host: "h",
    user: "u",
    pid: 7,
    time: NOW,
    exclusive: false,
    isLeft: false,
    seenMs: 0,
    ...more,
  };
}

test("removableLocks() takes what we left, and others only when all are old and stood still while we looked", () => {
  const fresh = lock({ time: NOW - 5 * MINUTE });
  const old = lock({ time: NOW - 31 * MINUTE, seenMs: 10 * MINUTE });
  const left = lock({ isLeft: true });
  assert.deepEqual(removableLocks([], true, NOW), []);
  assert.deepEqual(removableLocks([left, fresh], true, NOW), [left]);
  assert.deepEqual(
    removableLocks([old, fresh], true, NOW),
    [],
    "one is alive, so the old one may be its machine's",
  );
  assert.deepEqual(removableLocks([old, left], true, NOW), [old, left]);
  assert.deepEqual(removableLocks([old, left], false, NOW), [left], "one could not be read");
  assert.deepEqual(removableLocks([{ ...old, time: NOW - 30 * MINUTE }], true, NOW), []);
  assert.deepEqual(
    removableLocks([{ ...old, time: NOW + 99 * MINUTE }], true, NOW),
    [],
    "a clock that is ahead",
  );
  // Its clock is behind, ours is ahead, or both slept: it would have been renewed since we saw it first.
  assert.deepEqual(removableLocks([{ ...old, seenMs: 9 * MINUTE }], true, NOW), []);
});

test("where only restic gets at the locks, an operator's word never takes one that was not named", async () => {
  const [one, two] = ["a".repeat(64), "b".repeat(64)];
  let there = [one, two];
  let [unlocks, told] = [0, 0];
  let removes = true;
  const result = (stdout: string) => Promise.resolve({ code: 0, signal: null, stdout, stderr: "" });
  const restic = (args: string[]) => {
    if (args[0] === "list") return result(there.join("\n"));
    if (args[0] === "cat") {
      return result(JSON.stringify({ time: "2026-11-20T12:00:00Z", hostname: "h", username: "u", pid: 7 }));
    }
    assert.deepEqual(args, ["unlock"], "never with --remove-all: a lock could come meanwhile");
    unlocks++;
    if (removes) there = [];
    return result("");
  };
  const nobody = {
    ready: () => Promise.resolve(),
    started: () => Promise.resolve(() => {}),
    hasLeft: () => Promise.resolve(false),
    workerOf: () => undefined,
  };
  const location = { command: (id: string) => `rm ${id}` };
  const keeper = createLockKeeper({
    ...{ clock: host.clock, location },
    locks: createResticLocks(host.clock, location, nobody),
    inTime: (_what, work) => work(restic, new AbortController().signal),
    failure: () => assert.fail("the locks can be listed"),
    removed: () => void told++,
  });
  const answers = await keeper.unlock([one]);
  assert.deepEqual([answers[0]!.outcome, unlocks], ["refused", 0]);
  assert.match(answers[0]!.message, new RegExp(`it could take the other locks too: rm ${one}$`));
  removes = false;
  const stubborn = await keeper.unlock([one, two]);
  assert.deepEqual(stubborn.map(({ outcome }) => outcome), ["refused", "refused"]);
  assert.match(stubborn[1]!.message, new RegExp(`takes it for one that is at work: rm ${two}$`));
  removes = true;
  const both = await keeper.unlock([two, one]);
  assert.deepEqual(both.map(({ id, outcome }) => [id, outcome]), [[two, "removed"], [one, "removed"]]);
  assert.equal(told, 2);
});

test("lockPlace() knows the command of each backend that removes one lock, and tells no password", () => {
  const command = (repository: string) => resticLocation(repository, {}, host).command("abc");
  assert.equal(command("/srv/a b/"), "rm -f '/srv/a b/locks/abc'");
  assert.equal(command("local:backups"), `rm -f ${host.files.workingFolder()}/backups/locks/abc`);
  assert.equal(
    command("rest:https://ann:secret@nas:8000/ann/"),
    "curl -X DELETE -u ann https://nas:8000/ann/locks/abc",
  );
  assert.equal(
    command("s3:s3.amazonaws.com/bucket/folder"),
    "aws s3 rm --endpoint-url https://s3.amazonaws.com s3://bucket/folder/locks/abc",
  );
  assert.equal(
    command("s3:http://minio:9000/bucket"),
    "aws s3 rm --endpoint-url http://minio:9000 s3://bucket/locks/abc",
  );
  assert.equal(command("sftp:ann@nas:/srv/repo"), "ssh ann@nas rm -f /srv/repo/locks/abc");
  assert.equal(command("sftp://ann@nas//srv/repo"), "ssh ann@nas rm -f /srv/repo/locks/abc");
  assert.equal(command("rclone:remote:repo"), "rclone deletefile remote:repo/locks/abc");
  assert.equal(command("gs:bucket:/folder"), "gsutil rm gs://bucket/folder/locks/abc");
  assert.equal(command("b2:bucket:folder"), "b2 rm b2://bucket/folder/locks/abc");
  assert.equal(
    command("azure:box:/folder"),
    "az storage blob delete --container-name box --name folder/locks/abc",
  );
  assert.equal(command("swift:box:/"), "swift delete box locks/abc");
});

/** Somebody else's restic, which holds its lock until it is ended. */
async function stranger(rig: ResticRig): Promise<{ id: string; end(): Promise<void> }> {
  const before = await rig.locks();
  let pid = 0;
  const over = host.processes.run({
    argv: ["sh", "-c", "sleep 99 | restic backup --stdin"],
    env: {
      RESTIC_PASSWORD: PASSWORD,
      RESTIC_REPOSITORY: rig.repository,
      RESTIC_CACHE_DIR: `${rig.folder}/c`,
    },
    onStart: (started) => void (pid = started),
  });
  const there = async () => (await rig.locks()).filter((id) => !before.includes(id));
  await until("the stranger holds its lock", async () => (await there()).length === 1, 20_000);
  const [id] = await there();
  return {
    id: id!,
    async end() {
      host.processes.killGroup(pid, "SIGKILL");
      await over;
    },
  };
}

/** A restic of the provider that is killed while it holds its lock. */
async function leaveLock(rig: ResticRig): Promise<void> {
  const before = await rig.locks();
  await writeFile(`${rig.data}/big`, bytes(3_000_000, rig.pids.length));
  const provider = await rig.open({ limitUpload: 1 });
  const { id } = await provider.create(callOf(`killed-${rig.pids.length}`));
  await until("it holds its lock", async () => (await rig.locks()).length > before.length, 20_000);
  host.processes.killGroup(rig.pids.at(-1)!, "SIGKILL");
  assert.equal((await ended(provider, id)).state, "failed");
  await provider[Symbol.asyncDispose]();
}

everyResticTest(
  "a lock that a killed restic of ours left goes alone: the one of a living stranger stays, and nothing is pruned",
  async (rig) => {
    await writeFile(`${rig.data}/a`, "a");
    const first = await rig.open();
    const made = await make(first, "run-1");
    await first[Symbol.asyncDispose]();
    rig.pace = 10;
    const other = await stranger(rig);
    await leaveLock(rig);
    assert.equal((await rig.locks()).length, 2);
    await using provider = await rig.open({ prune: true });
    const refusal = await provider.delete(made.id, undefined, 1).then(() => undefined, (error) => error);
    assert.match(
      refusal?.message ?? "it was deleted",
      /locked by another restic, which may be at work: .* on \S+ \(PID \d+\), renewed last 20\d\d-.*Z: rm -f \S+$/,
    );
    assert.ok(refusal.message.endsWith(`${rig.repository}/locks/${other.id}`), refusal.message);
    assert.equal(refusal.status, 503);
    assert.deepEqual(await rig.locks(), [other.id]);
    assert.equal(rig.events.filter(({ message }) => /^Removed the lock of /.test(message)).length, 1);
    assert.equal((await rig.snapshots()).length, 1);

    // Killed, it leaves a lock that nobody can tell from a living one, until it was not renewed for long enough.
    await other.end();
    await assert.rejects(provider.delete(made.id, undefined, 1), /locked by another restic/);
    rig.ahead.wallMs = 31 * MINUTE;
    await assert.rejects(
      provider.delete(made.id, undefined, 1),
      /locked by another restic/,
      "the wall clock alone",
    );
    rig.ahead.monotonicMs = 11 * MINUTE;
    assert.equal(await provider.delete(made.id, undefined, 1), "deleted");
    assert.deepEqual(await rig.locks(), []);
    assert.match(rig.events.at(-1)!.message, /nobody renews it any more$/);
  },
);

everyResticTest(
  "after a crash a lock of ours goes once its process is proved to have ended, and stays while that is not seen",
  async (rig) => {
    await writeFile(`${rig.data}/a`, "a");
    const first = await rig.open();
    const made = await make(first, "run-1");
    await first[Symbol.asyncDispose]();
    rig.pace = 10;
    await leaveLock(rig);
    // As a crash leaves it: nobody noted the end.
    const path = `${rig.folder}/state/processes.json`;
    const noted = JSON.parse(await host.files.readText(path)) as {
      identity: string;
      endedAt: number | null;
    }[];
    const write = (change: (identity: string) => string) =>
      writeFile(
        path,
        JSON.stringify(noted.map((one) => ({ ...one, endedAt: null, identity: change(one.identity) }))),
      );
    // Of another container on this machine.
    await write((identity) => identity.replace(/pid:\[\d+\]/, "pid:[1]"));
    const blind = await rig.open();
    await assert.rejects(blind.delete(made.id, undefined, 1), /locked by another restic/);
    await blind[Symbol.asyncDispose]();
    assert.equal((await rig.locks()).length, 1);

    await write((identity) => identity);
    await using provider = await rig.open();
    assert.equal(await provider.delete(made.id, undefined, 1), "deleted");
    assert.deepEqual(await rig.locks(), []);
  },
);

everyResticTest(
  "the locks of a repository are shown with whose they are, and an operator removes one and no other",
  async (rig) => {
    await leaveLock(rig);
    const left = (await rig.locks())[0]!;
    const other = await stranger(rig);
    await using provider = await rig.open();
    const state = async () => {
      const { locks, unread } = await provider.locks!();
      assert.equal(unread, 0);
      return Object.fromEntries(locks.map((one) => [one.id, one]));
    };
    const shown = await state();
    assert.equal(shown[left]?.state, "left");
    assert.equal(shown[other.id]?.state, "foreign");
    assert.equal(shown[other.id]?.exclusive, false);
    assert.match(shown[other.id]!.why, /remove it only when that has surely ended/);
    assert.ok(shown[other.id]!.command.endsWith(`/locks/${other.id}`));
    assert.equal((await rig.locks()).length, 2, "looking removes none");

    const absent = "0".repeat(64);
    const escape = "../config";
    assert.deepEqual(
      (await provider.unlock!([absent, escape, other.id])).map(({ outcome }) => outcome),
      ["absent", "absent", "removed"],
    );
    assert.deepEqual(await rig.locks(), [left]);
    assert.match(rig.events.at(-1)!.message, /^Removed the lock of .*: an operator said so$/);
    await other.end();

    // The lock of our own backup at work stays, whoever asks.
    await writeFile(`${rig.data}/big`, bytes(3_000_000, 77));
    await using slow = await rig.open({ limitUpload: 1 }, "slow");
    const { id } = await slow.create(callOf("slow"));
    await until("it holds its lock", async () => (await rig.locks()).length === 2, 20_000);
    const working = (await rig.locks()).find((one) => one !== left)!;
    assert.deepEqual(
      (await slow.unlock!([working])).map(({ outcome, message }) => [outcome, message]),
      [["refused", "a restic of this provider is at work under it: it goes when that ends"]],
    );
    assert.equal((await rig.locks()).length, 2);
    await slow.delete(id, undefined, 1);
  },
);

everyResticTest(
  "a failed backup that is not there is not gone while another restic here may be saving it",
  async (rig) => {
    await using provider = await rig.open({ paths: [`${rig.folder}/nothing`] });
    const { id } = await provider.create(callOf("run-1"));
    assert.equal((await ended(provider, id)).state, "failed");
    const other = await stranger(rig);
    await assert.rejects(
      provider.delete(id, undefined, 1),
      (error) =>
        error instanceof ProviderError && error.kind === "unsent" &&
        /has no snapshot of it, and a restic of .* is at work there, which may still be saving it/.test(
          error.message,
        ),
    );
    await other.end();
    await rig.restic("unlock", "--remove-all");
    assert.equal(await provider.delete(id, undefined, 2), "deleted");
  },
);

everyResticTest(
  "a restic that takes locks is written down before it begins, whenever this program is killed",
  async (rig) => {
    await using provider = await rig.open();
    assert.equal((await make(provider, "run-1")).state, "available");
    assert.ok(rig.admitted.length > 0);
    for (const { pid, kept } of rig.admitted) {
      assert.match(kept, new RegExp(`"pid":${pid},"identity":"[^"]+","host":`));
    }
  },
);
