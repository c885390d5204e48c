// The host over a Backuper led by hand, on real files: what it says, what it remembers, what it never says.
// Also tests backup_cancel.ts, backup_deletions.ts, backup_end.ts, backup_failure.ts, backup_info.ts,
// backup_processes.ts, backup_reads.ts, backup_starts.ts, backup_work.ts, backuper_init.ts,
// body_digest.ts, fences.ts, folder_memory.ts, folder_outputs.ts, fresh_backups.ts, hooks.ts, host_check.ts, host_storage.ts, host_texts.ts,
// host_totals.ts, journal.ts, live_backup.ts, old_outputs.ts, output_ring.ts, running_backups.ts, start_refusals.ts, time_limit.ts
// and unknown_backup.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderError } from "../../../src/domain/errors.ts";
import type { Files } from "../../../src/ports/host.ts";
import { BackupFailure } from "../../../src/provider/host/backup_failure.ts";
import { BusyError } from "../../../src/provider/host/start_refusals.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { systemFiles } from "../../../src/runtime/files.ts";
import { testProvider } from "../../contracts/provider.ts";
import {
  callOf,
  ended,
  HandBackuper,
  infoOf,
  openHost,
  tempFolder,
  until,
} from "../../support/backup_rig.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const refused = (status: number) => (error: unknown) =>
  error instanceof ProviderError && error.kind === "refused" && error.status === status;
/** A GET that says why nothing may be concluded. */
const untold = (why: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ProviderError && error.kind === "unknown" && error.status === 503);
  return why.test(error.message);
};
const unsent = (status: number) => (error: unknown) =>
  error instanceof ProviderError && error.kind === "unsent" && error.status === status;

for (const storage of [false, true]) {
  testProvider(`backup host ${storage ? "with" : "without"} a look into its storage`, async ({ slow }) => {
    const folder = await tempFolder();
    const backuper = new HandBackuper();
    if (storage) backuper.withStorage();
    backuper.atOnce = !slow;
    const provider = await openHost(folder.path, backuper);
    return {
      provider,
      cannotTell: !storage,
      pass: () => systemClock.sleep(1),
      async close() {
        await provider[Symbol.asyncDispose]();
        await folder[Symbol.asyncDispose]();
      },
    };
  });
}

test("create() answers running with a fresh id, and get() the result once it is made", async () => {
  await using folder = await tempFolder();
  const backuper = new HandBackuper();
  await using host = await openHost(folder.path, backuper);
  const created = await host.create(callOf("run-1", { body: { what: "all" } }));
  assert.equal(created.state, "running");
  assert.equal(created.runId, "run-1");
  await until("it began", () => backuper.makings.length === 1);
  assert.deepEqual(backuper.last.task.body, { what: "all" });
  backuper.last.task.progress("half way");
  assert.equal((await infoOf(host, created.id)).message, "half way");
  backuper.last.finish({ dataId: "snap-1", sizeMb: 12.5, message: "12 files" });
  const info = await ended(host, created.id);
  assert.deepEqual(
    { state: info.state, dataId: info.dataId, sizeMb: info.sizeMb, message: info.message },
    { state: "available", dataId: "snap-1", sizeMb: 12.5, message: "12 files" },
  );
});

test("a backup that says it holds no file has size 0, whatever its archive takes", async () => {
  await using folder = await tempFolder();
  const backuper = new HandBackuper();
  await using host = await openHost(folder.path, backuper);
  const sizes: (number | undefined)[] = [];
  for (const result of [{ sizeMb: 0.0001, files: 0 }, { sizeMb: 3, files: 7 }, { files: 7 }, { files: 0 }]) {
    const { id } = await host.create(callOf(`run-${sizes.length}`));
    await until("it began", () => backuper.makings.length === sizes.length + 1);
    backuper.last.finish(result);
    sizes.push((await ended(host, id)).sizeMb);
  }
  assert.deepEqual(sizes, [0, 3, undefined, 0]);
});

test("create() of one run gives one backup, also at the same time and after a restart", async () => {
  await using folder = await tempFolder();
  const backuper = new HandBackuper();
  const host = await openHost(folder.path, backuper);
  const body = { a: 1, b: [2, { c: 3 }] };
  const [one, two] = await Promise.all([
    host.create(callOf("run-1", { body })),
    host.create(callOf("run-1", { body: { b: [2, { c: 3 }], a: 1 } })),
  ]);
  assert.equal(one.id, two.id);
  await assert.rejects(host.create(callOf("run-1", { body: { a: 2 } })), refused(422));
  backuper.last.finish();
  await ended(host, one.id);
  await host[Symbol.asyncDispose]();

  await using later = await openHost(folder.path, backuper);
  const again = await later.create(callOf("run-1", { body }));
  assert.deepEqual([again.id, again.state], [one.id, "available"]);
  assert.equal((await later.lookup("run-1"))?.id, one.id);
  await assert.rejects(later.create(callOf("run-1", { body: { a: 2 } })), refused(422));
  assert.equal(backuper.makings.length, 1);
  assert.equal(await later.delete(one.id, undefined, 1), "deleted");
  await assert.rejects(later.create(callOf("run-1", { body })), refused(422));
  assert.equal(await later.lookup("run-1"), undefined);
});

test("create() beyond the limit is unsent with 409 and names the one that runs", async () => {
  await using folder = await tempFolder();
  const backuper = new HandBackuper();
  await using host = await openHost(folder.path, backuper, { maxConcurrent: 2 });
  const first = await host.create(callOf("run-1"));
  await host.create(callOf("run-2"));
  await assert.rejects(host.create(callOf("run-3")), (error) => {
    assert.ok(error instanceof BusyError && error.kind === "unsent" && error.status === 409);
    assert.equal(error.id, first.id);
    return error.message.includes(first.id);
  });
  await until("both began", () => backuper.makings.length === 2);
  backuper.makings[0]!.finish();
  await ended(host, first.id);
  await host.create(callOf("run-3"));
});

test("create() never lets two starts pass the limit together", async () => {
  await using folder = await tempFolder();
  await using host = await openHost(folder.path, new HandBackuper());
  const results = await Promise.allSettled([1, 2, 3, 4].map((n) => host.create(callOf(`run-${n}`))));
  assert.equal(results.filter((result) => result.status === "fulfilled").length, 1);
});

test("a Backuper's error becomes failed with its message, reason and what it left", async () => {
  await using folder = await tempFolder();
  const backuper = new HandBackuper();
  await using host = await openHost(folder.path, backuper);
  const { id } = await host.create(callOf("run-1"));
  await until("it began", () => backuper.makings.length === 1);
  backuper.last.fail(new BackupFailure("incomplete", "3 files could not be read", { dataId: "snap-9" }));
  const info = await ended(host, id);
  assert.deepEqual([info.state, info.reason, info.message, info.dataId], [
    "failed",
    "incomplete",
    "3 files could not be read",
    "snap-9",
  ]);
  assert.equal(await host.delete(id, { why: "cleanup" }, 1), "deleted");
  assert.deepEqual(backuper.deletions, [{ id, dataId: "snap-9", body: { why: "cleanup" } }]);
});

test("init() is called before the first backup, and again after it failed", async () => {
  await using folder = await tempFolder();
  const backuper = new HandBackuper();
  backuper.initError = new Error("the disk is not mounted");
  await using host = await openHost(folder.path, backuper);
  await assert.rejects(host.create(callOf("run-1")), (error) => {
    assert.ok(unsent(503)(error));
    return /disk is not mounted/.test((error as Error).message);
  });
  backuper.initError = undefined;
  await host.create(callOf("run-1"));
  await until("it began", () => backuper.makings.length === 1);
  backuper.last.finish();
  await until("room", () => host.totals().running === 0);
  await host.create(callOf("run-2"));
  assert.equal(backuper.inits, 2);
});

test("what only a person can mend is told apart from what may come right by itself", async () => {
  await using folder = await tempFolder();
  const backuper = new HandBackuper();
  await using host = await openHost(folder.path, backuper);
  for (const reason of ["wrong_password", "locked"]) {
    backuper.initError = new BackupFailure(reason, "no");
    await assert.rejects(host.create(callOf("run-1")), (error) => {
      assert.equal((error as ProviderError).unusable, reason === "locked" ? undefined : reason);
      return unsent(503)(error);
    });
  }
});

test("delete() of a running backup ends it and removes what it left; its id is gone for ever", async () => {
  await using folder = await tempFolder();
  const backuper = new HandBackuper();
  const host = await openHost(folder.path, backuper);
  const { id } = await host.create(callOf("run-1"));
  await until("it began", () => backuper.makings.length === 1);
  assert.equal(await host.delete(id, undefined, 1), "deleted");
  assert.ok(backuper.last.task.signal.aborted);
  assert.deepEqual(backuper.deletions.map((one) => one.id), [id]);
  assert.deepEqual(await host.get(id), { found: "gone" });
  assert.deepEqual(await host.list(), []);
  await host[Symbol.asyncDispose]();
  await using later = await openHost(folder.path, backuper);
  assert.deepEqual(await later.get(id), { found: "gone" });
  assert.equal(await later.delete(id, undefined, 1), "gone");
});

test("a cancelled backup that is made in full nevertheless is never available, and is deleted", async () => {
  await using folder = await tempFolder();
  const backuper = new HandBackuper().withStorage();
  backuper.obeys = false;
  await using host = await openHost(folder.path, backuper);
  const { id } = await host.create(callOf("run-1"));
  await until("it began", () => backuper.makings.length === 1);
  const states: string[] = [];
  const deletion = host.delete(id, undefined, 1);
  states.push((await infoOf(host, id)).state);
  backuper.last.finish({ dataId: "snap-1" });
  assert.equal(await deletion, "deleted");
  assert.deepEqual(states, ["running"]);
  assert.equal(backuper.storage!.size, 0);
});

test("delete() answers accepted while a cancel takes long, and it goes when it ends", async () => {
  await using folder = await tempFolder();
  const clock = new FakeClock(Date.UTC(2026, 10, 20));
  const backuper = new HandBackuper();
  backuper.obeys = false;
  await using host = await openHost(folder.path, backuper, { clock });
  const { id } = await host.create(callOf("run-1"));
  await until("it began", () => backuper.makings.length === 1);
  const deletion = host.delete(id, undefined, 1);
  await until("it waits", () => backuper.last.task.signal.aborted);
  await clock.advance(31_000);
  assert.equal(await deletion, "accepted");
  // It was given up as well, since it did not obey for 30 s.
  await until("it is gone", async () => (await host.get(id)).found === "gone");
});

test("a cancel whose remains cannot be removed is failed(cancelled), and says so", async () => {
  await using folder = await tempFolder();
  const backuper = new HandBackuper();
  backuper.deleteError = new Error("storage is read-only");
  await using host = await openHost(folder.path, backuper);
  const { id } = await host.create(callOf("run-1"));
  await until("it began", () => backuper.makings.length === 1);
  await assert.rejects(
    host.delete(id, undefined, 1),
    (error) => error instanceof ProviderError && error.kind === "unknown",
  );
  const info = await infoOf(host, id);
  assert.deepEqual([info.state, info.reason], ["failed", "cancelled"]);
  assert.match(info.message!, /storage is read-only/);
  backuper.deleteError = undefined;
  assert.equal(await host.delete(id, undefined, 1), "deleted");
});

test("delete() that fails keeps the backup; a locked storage is unsent, anything else unknown", async () => {
  await using folder = await tempFolder();
  const backuper = new HandBackuper();
  backuper.atOnce = true;
  await using host = await openHost(folder.path, backuper);
  const { id } = await host.create(callOf("run-1"));
  await ended(host, id);
  backuper.deleteError = new BackupFailure("locked", "locked by another");
  await assert.rejects(host.delete(id, undefined, 1), unsent(503));
  backuper.deleteError = new Error("reset");
  await assert.rejects(
    host.delete(id, undefined, 1),
    (error) => error instanceof ProviderError && error.kind === "unknown",
  );
  assert.equal((await infoOf(host, id)).state, "available");
});

/** Files whose appends fail while `full`. */
function fillableFiles(): Files & { full: boolean } {
  return Object.assign(Object.create(systemFiles) as Files, {
    full: false,
    appendText(this: { full: boolean }, path: string, text: string) {
      return this.full
        ? Promise.reject(new Error("no space left on device"))
        : systemFiles.appendText(path, text);
    },
    writeText(this: { full: boolean }, path: string, text: string, mode?: number) {
      return this.full
        ? Promise.reject(new Error("no space left on device"))
        : systemFiles.writeText(path, text, mode);
    },
  });
}

test("create() starts nothing that it cannot write down first", async () => {
  await using folder = await tempFolder();
  const files = fillableFiles();
  const backuper = new HandBackuper();
  await using host = await openHost(folder.path, backuper, { files });
  files.full = true;
  await assert.rejects(host.create(callOf("run-1")), unsent(503));
  assert.equal(backuper.makings.length, 0);
  assert.equal(await host.lookup("run-1"), undefined);
  files.full = false;
  assert.equal((await host.create(callOf("run-1"))).state, "running");
});

test("a made backup is not said to be available before that is on disk", async () => {
  await using folder = await tempFolder();
  const files = fillableFiles();
  const clock = new FakeClock(Date.UTC(2026, 10, 20));
  const backuper = new HandBackuper();
  await using host = await openHost(folder.path, backuper, { files, clock });
  const { id } = await host.create(callOf("run-1"));
  await until("it began", () => backuper.makings.length === 1);
  files.full = true;
  backuper.last.finish();
  await until("the trouble shows", async () => /no space left/.test((await infoOf(host, id)).message ?? ""));
  assert.equal((await infoOf(host, id)).state, "running");
  files.full = false;
  await clock.advance(5_000);
  assert.equal((await ended(host, id)).state, "available");
});

test("a half-written last line of the journal is dropped, a damaged one in the middle is refused", async () => {
  await using folder = await tempFolder();
  const backuper = new HandBackuper();
  backuper.atOnce = true;
  const path = `${folder.path}/backups.jsonl`;
  let host = await openHost(folder.path, backuper);
  const { id } = await host.create(callOf("run-1"));
  await ended(host, id);
  await host[Symbol.asyncDispose]();
  await systemFiles.appendText(path, '{"id":"torn","sta');
  host = await openHost(folder.path, backuper);
  assert.equal((await infoOf(host, id)).state, "available");
  assert.deepEqual((await host.list()).map((one) => one.id), [id]);
  await host[Symbol.asyncDispose]();

  const lines = (await systemFiles.readText(path)).split("\n");
  lines.splice(1, 0, '{"id":"broken"}');
  await systemFiles.writeText(path, lines.join("\n"));
  await assert.rejects(openHost(folder.path, backuper), (error) => {
    assert.ok(error instanceof ProviderError);
    return /backups\.jsonl.*line 2 is damaged/.test(error.message);
  });
});

test("an append that failed half-way leaves no half line in the middle of the journal", async () => {
  await using folder = await tempFolder();
  const files = fillableFiles();
  const whole = files.appendText;
  let tear = false;
  files.appendText = async function (path, text) {
    if (!tear) return await whole.call(files, path, text);
    tear = false;
    await systemFiles.appendText(path, text.slice(0, 20));
    throw new Error("no space left on device");
  };
  const backuper = new HandBackuper();
  const host = await openHost(folder.path, backuper, { files });
  tear = true;
  await assert.rejects(host.create(callOf("run-1")), unsent(503));
  const { id } = await host.create(callOf("run-2"));
  await until("it began", () => backuper.makings.length === 1);
  backuper.last.finish();
  await ended(host, id);
  await host[Symbol.asyncDispose]();
  await using later = await openHost(folder.path, backuper);
  assert.deepEqual((await later.list()).map((one) => one.id), [id]);
});

test("the journal does not grow with what has changed often", async () => {
  await using folder = await tempFolder();
  const backuper = new HandBackuper();
  backuper.atOnce = true;
  await using host = await openHost(folder.path, backuper, {
    // No sync to disk: the point is the number of lines.
    files: Object.assign(Object.create(systemFiles) as Files, {
      appendText: (path: string, text: string) => Deno.writeTextFile(path, text, { append: true }),
    }),
    maxConcurrent: 50,
  });
  for (let round = 0; round < 30; round++) {
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, n) => host.create(callOf(`run-${round}-${n}`))),
    );
    for (const { id } of made) await ended(host, id);
    await Promise.all(made.map(({ id }) => host.delete(id, undefined, 1)));
  }
  const lines = (await systemFiles.readText(`${folder.path}/backups.jsonl`)).split("\n").length;
  assert.ok(lines < 1_500, `${lines} lines for 600 tombstones`);
});

test("a host that is closed cuts its running backup off, which stays failed(cut_off)", async () => {
  await using folder = await tempFolder();
  const backuper = new HandBackuper();
  const host = await openHost(folder.path, backuper);
  const { id } = await host.create(callOf("run-1"));
  await until("it began", () => backuper.makings.length === 1);
  await host[Symbol.asyncDispose]();
  await assert.rejects(host.create(callOf("run-2")), unsent(503));
  await using later = await openHost(folder.path, backuper);
  const info = await infoOf(later, id);
  assert.deepEqual([info.state, info.reason, info.runId], ["failed", "cut_off", "run-1"]);
});

test("createBackupHost() refuses a folder whose host is alive", async () => {
  await using folder = await tempFolder();
  await using _host = await openHost(folder.path, new HandBackuper());
  await assert.rejects(
    openHost(folder.path, new HandBackuper()),
    /process \d+ keeps its backups there and is alive/,
  );
});

test("get() asks the storage again later: what vanished is not claimed, trouble concludes nothing", async () => {
  await using folder = await tempFolder();
  const clock = new FakeClock(Date.UTC(2026, 10, 20));
  const backuper = new HandBackuper().withStorage();
  backuper.atOnce = true;
  await using host = await openHost(folder.path, backuper, { clock });
  const { id } = await host.create(callOf("run-1"));
  await ended(host, id);
  await clock.advance(61_000);
  assert.equal((await infoOf(host, id)).state, "available");
  const look = backuper.get!;
  backuper.get = () => Promise.reject(new Error("network is down"));
  await assert.rejects(
    host.get(id),
    (error) =>
      error instanceof ProviderError && error.kind === "unknown" && /network is down/.test(error.message),
  );
  backuper.get = look;
  backuper.storage!.clear();
  assert.deepEqual(await host.get(id), { found: "no" });
  assert.deepEqual(await host.list(), []);
  assert.equal(await host.delete(id, undefined, 1), "absent");
});

test("get() gives up on a storage that does not answer", async () => {
  await using folder = await tempFolder();
  const clock = new FakeClock(Date.UTC(2026, 10, 20));
  const backuper = new HandBackuper();
  backuper.get = () => new Promise(() => {});
  await using host = await openHost(folder.path, backuper, { clock, getLimitMs: 10_000 });
  const asked = assert.rejects(host.get("some-id"), (error) => (error as ProviderError).status === 504);
  await clock.advance(10_000);
  await asked;
});

test("a lost journal: what the storage names by our id is known again, what it does not name is not", async () => {
  await using folder = await tempFolder();
  const backuper = new HandBackuper().withStorage();
  backuper.storage!.set("snap-1", { id: "our-id", dataId: "snap-1", runId: "run-1" });
  backuper.storage!.set("snap-2", { id: "", dataId: "snap-2" });
  await using host = await openHost(folder.path, backuper);
  assert.equal((await infoOf(host, "our-id")).dataId, "snap-1");
  await assert.rejects(host.get("snap-2"), untold(/something of this name, and does not say/));
  await assert.rejects(host.delete("snap-2", undefined, 1), refused(422));
  assert.deepEqual((await host.list()).map((one) => one.id), ["our-id"]);
  assert.equal((await host.lookup("run-1"))?.id, "our-id");
  assert.equal(await host.delete("our-id", undefined, 1), "deleted");
  assert.deepEqual(await host.get("our-id"), { found: "gone" });
  assert.deepEqual(backuper.deletions.map((one) => one.dataId), ["snap-1"]);
});

test("a new journal: backups of a storage that cannot be asked are neither gone nor deleted", async () => {
  await using folder = await tempFolder();
  const backuper = new HandBackuper();
  await using host = await openHost(folder.path, backuper);
  await assert.rejects(host.get("our-id"), untold(/can neither look a backup up nor list them/));
  await assert.rejects(host.delete("our-id", undefined, 1), (error) => {
    assert.ok(refused(422)(error));
    return /^Cannot delete backup 'our-id', nor tell how .* the journal .* does not know it/.test(
      (error as Error).message,
    );
  });
  assert.equal(backuper.deletions.length, 0);
});

test("a new journal: what a list lacks is gone, unless it does not tell whose its items are", async () => {
  await using folder = await tempFolder();
  const backuper = new HandBackuper().withStorage();
  // By data id only: what the lost journal knew.
  backuper.get = (_id, dataId) => Promise.resolve(backuper.storage!.get(dataId));
  backuper.storage!.set("snap-1", { id: "our-id", dataId: "snap-1" });
  await using host = await openHost(folder.path, backuper);
  assert.equal((await infoOf(host, "our-id")).dataId, "snap-1");
  assert.deepEqual(await host.get("other-id"), { found: "no" });
  assert.equal(await host.delete("other-id", undefined, 1), "absent");
  backuper.storage!.set("snap-2", { id: "", dataId: "snap-2" });
  await assert.rejects(host.get("other-id"), untold(/lists 1 without the id of their backup/));
  await assert.rejects(host.delete("other-id", undefined, 1), refused(422));
  assert.equal(backuper.deletions.length, 0);
  assert.equal(await host.delete("our-id", undefined, 1), "deleted");
  assert.deepEqual(backuper.deletions.map((one) => one.dataId), ["snap-1"]);
});

test("a look-up without a list is believed once backups show that it goes by their ids", async () => {
  for (const dataId of [undefined, "snap-1"]) {
    await using folder = await tempFolder();
    const backuper = new HandBackuper().withStorage();
    backuper.list = undefined;
    await using host = await openHost(folder.path, backuper);
    await assert.rejects(host.get("our-id"), untold(/by names of its own, which only the journal knows/));
    await assert.rejects(host.delete("our-id", undefined, 1), refused(422));
    const { id } = await host.create(callOf("run-1"));
    await until("it began", () => backuper.makings.length === 1);
    backuper.last.finish(dataId === undefined ? {} : { dataId });
    await ended(host, id);
    if (dataId === undefined) assert.deepEqual(await host.get("our-id"), { found: "no" });
    else await assert.rejects(host.get("our-id"), untold(/by names of its own/));
  }
});

test("a look-up that says whatever it is asked for vouches for nothing that a list lacks, nor for a way out of the storage", async () => {
  await using folder = await tempFolder();
  const backuper = new HandBackuper().withStorage();
  const asked: string[] = [];
  backuper.get = (id) => {
    asked.push(id);
    return Promise.resolve({ id, dataId: id });
  };
  await using host = await openHost(folder.path, backuper);
  await assert.rejects(host.get("victim"), untold(/something of this name, and does not list it/));
  await assert.rejects(host.delete("victim", undefined, 1), refused(422));
  assert.deepEqual(asked, ["victim", "victim"]);
  for (const id of ["../victim", "a\\b", "..", "a\nb"]) {
    assert.deepEqual(await host.get(id), { found: "no" }, id);
    assert.equal(await host.delete(id, undefined, 1), "absent");
  }
  backuper.list = undefined;
  await assert.rejects(host.get("../victim"), untold(/led out of its storage by it: none is asked/));
  await assert.rejects(host.delete("../victim", undefined, 1), refused(422));
  assert.equal(asked.length, 2, "no program was asked");
  const named = { id: "host/2026-11-20", dataId: "host/2026-11-20" };
  backuper.storage!.set(named.dataId, named);
  backuper.list = () => Promise.resolve([named]);
  assert.equal(
    await host.delete("host/2026-11-20", undefined, 1),
    "deleted",
    "the storage names it so itself",
  );
  assert.deepEqual(backuper.deletions.map(({ id }) => id), ["host/2026-11-20"]);
});

test("a storage that finds by id is believed with a new journal, and says what is not whole", async () => {
  await using folder = await tempFolder();
  const backuper = Object.assign(new HandBackuper().withStorage(), { findsById: true });
  backuper.list = undefined;
  backuper.storage!.set("snap-1", { id: "our-id", dataId: "snap-1", incomplete: true });
  await using host = await openHost(folder.path, backuper);
  assert.deepEqual(await host.get("other-id"), { found: "no" });
  assert.equal(await host.delete("other-id", undefined, 1), "absent");
  const info = await infoOf(host, "our-id");
  assert.deepEqual([info.state, info.reason], ["failed", "incomplete"]);
  assert.equal(await host.delete("our-id", undefined, 1), "deleted");
  assert.equal(backuper.storage!.size, 0);
});

test("a lower fence of the same job is refused, also after a restart; another job's is not", async () => {
  await using folder = await tempFolder();
  const backuper = new HandBackuper();
  backuper.atOnce = true;
  const host = await openHost(folder.path, backuper);
  const { id } = await host.create(callOf("run-1", { fence: 7 }));
  await ended(host, id);
  await host[Symbol.asyncDispose]();
  await using later = await openHost(folder.path, backuper);
  await assert.rejects(later.create(callOf("run-2", { fence: 6 })), refused(412));
  await assert.rejects(later.delete(id, undefined, 6), refused(412));
  const other = await later.create(callOf("run-3", { fence: 1, job: "other" }));
  await ended(later, other.id);
  assert.equal(await later.delete(id, undefined, 8), "deleted");
});

test("a fence that is higher than it can be locks nobody out, however it comes", async () => {
  await using folder = await tempFolder();
  const backuper = new HandBackuper();
  backuper.atOnce = true;
  await using host = await openHost(folder.path, backuper);
  const huge = 999_999_999_999_999;
  const starts = [callOf("run-1", { fence: huge }), callOf("run-2", { fence: 1_000_001, job: "other" })];
  for (const call of starts) await assert.rejects(host.create(call), refused(400));
  const { id } = await host.create(callOf("run-3", { fence: 900_000 }));
  await ended(host, id);
  await assert.rejects(host.delete(id, undefined, huge), refused(400));
  // Of another job of the same Schelly, which is called for the first time.
  const other = await host.create(callOf("run-4", { fence: 1_900_000, job: "other" }));
  await ended(host, other.id);
  await assert.rejects(host.create(callOf("run-5", { fence: 2_900_001 })), {
    message:
      "Cannot believe the fence 2900001 of a call for job 'job': it goes up by one with each start of a Schelly, " +
      "and the highest so far was 1900000: expected at most 2900000",
  });
  assert.equal(await host.delete(id, undefined, 900_001), "deleted");
});

test("a backup that takes longer than its limit is ended and failed(too_long)", async () => {
  await using folder = await tempFolder();
  const clock = new FakeClock(Date.UTC(2026, 10, 20));
  const backuper = new HandBackuper();
  await using host = await openHost(folder.path, backuper, { clock, createLimitMs: 3_600_000 });
  const { id } = await host.create(callOf("run-1"));
  await until("it began", () => backuper.makings.length === 1);
  await clock.advance(3_600_000);
  const info = await ended(host, id);
  assert.deepEqual([info.state, info.reason], ["failed", "too_long"]);
  assert.ok(backuper.last.task.signal.aborted);
});

test("a failing pre command stops the backup; post runs whatever became of pre and the backup", async () => {
  await using folder = await tempFolder();
  const log = `${folder.path}/log`;
  const hook = (script: string) => ({
    argv: ["sh", "-c", script] as [string, ...string[]],
    timeoutMs: 10_000,
  });
  const backuper = new HandBackuper();
  const post = hook(
    `echo "post $SCHELLY_OUTCOME $SCHELLY_REASON$SCHELLY_RUN_ID" >> ${log}; echo unmounting; exit 4`,
  );
  const pre = hook(`[ "$SCHELLY_RUN_ID" = run-1 ] && { echo no space >&2; exit 9; }; echo pre >> ${log}`);
  await using host = await openHost(`${folder.path}/state`, backuper, { pre, post });

  const stopped = await ended(host, (await host.create(callOf("run-1"))).id);
  assert.deepEqual([stopped.state, stopped.reason], ["failed", "pre"]);
  assert.match(
    stopped.message!,
    /pre command 'sh' ended with exit code 9: no space: the backup was not begun/,
  );
  assert.equal(backuper.makings.length, 0);

  const made = await host.create(callOf("run-2"));
  await until("it began", () => backuper.makings.length === 1);
  backuper.last.finish({ message: "fine" });
  const info = await ended(host, made.id);
  assert.equal(info.state, "available");
  assert.equal(info.message, "fine; The post command 'sh' ended with exit code 4");
  assert.match((await host.output(made.id))!, /unmounting/);

  const failing = await host.create(callOf("run-3"));
  await until("it began", () => backuper.makings.length === 2);
  backuper.last.fail(new Error("disk full"));
  assert.match((await ended(host, failing.id)).message!, /^disk full; The post command/);

  const cancelled = await host.create(callOf("run-4"));
  await until("it began", () => backuper.makings.length === 3);
  await host.delete(cancelled.id, undefined, 1);
  assert.equal(
    await systemFiles.readText(log),
    "post failed prerun-1\npre\npost available run-2\npre\npost failed run-3\npre\npost cancelled run-4\n",
  );
});

test("output() keeps the last 64 KiB, without secrets, also after a restart", async () => {
  await using folder = await tempFolder();
  const backuper = new HandBackuper();
  const host = await openHost(folder.path, backuper, { secrets: ["hunter2", "ab"] });
  const { id } = await host.create(callOf("run-1"));
  await until("it began", () => backuper.makings.length === 1);
  const { task } = backuper.last;
  for (let line = 0; line < 5_000; line++) task.output(`line ${line} of a long story`);
  task.output("the password is hunter2, about");
  task.progress("logging in with hunter2");
  assert.equal((await infoOf(host, id)).message, "logging in with <redacted>");
  backuper.last.fail(new Error("hunter2 was refused"));
  assert.equal((await ended(host, id)).message, "<redacted> was refused");
  await host[Symbol.asyncDispose]();
  await using later = await openHost(folder.path, backuper);
  const output = (await later.output(id))!;
  assert.ok(output.length <= 66_000 && output.length > 60_000);
  assert.ok(output.startsWith("[earlier output was dropped]\n"));
  assert.ok(output.endsWith("the password is <redacted>, about\n"));
  assert.doesNotMatch(await systemFiles.readText(`${folder.path}/backups.jsonl`), /hunter2/);
  assert.equal(await later.output("never-made"), undefined);
});

test("check() tells of a journal that cannot be written and of the Backuper's own trouble", async () => {
  await using folder = await tempFolder();
  const files = fillableFiles();
  const backuper = Object.assign(new HandBackuper(), {
    check: () => Promise.reject(new Error("no such bucket")),
  });
  await using host = await openHost(folder.path, backuper, { files });
  files.full = true;
  const results = await host.check();
  assert.deepEqual(results.map((result) => [result.name, result.ok]), [
    ["journal writable", false],
    ["storage", false],
  ]);
  files.full = false;
});

test("get() believes the maker of a new backup for a while, and asks the storage where it is to be asked anew", async () => {
  await using folder = await tempFolder();
  const backuper = new HandBackuper().withStorage();
  backuper.atOnce = true;
  await using host = await openHost(folder.path, backuper);
  const { id } = await host.create(callOf("run-1"));
  await ended(host, id);
  backuper.storage!.clear();
  assert.equal((await host.get(id)).found, "yes", "who follows it is told what became of it");
  assert.equal((await host.get(id, { anew: true })).found, "no");
});
