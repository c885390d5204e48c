// Verifications, restores and looks inside backups: the host itself and our client over HTTP must say the same, and what
// a restore may write where is the same for every provider.
// Also tests cut_off_tasks.ts, further_calls.ts, gathering.ts, http_browse.ts, http_restore.ts, http_verify.ts, live_tasks.ts,
// restore_merge.ts, restore_target.ts, restore_wire.ts, restore_work.ts, task_book.ts, verification_wire.ts and
// wire_time.ts.

import assert from "node:assert/strict";
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { test } from "node:test";
import type { Provider } from "../../../src/ports/provider.ts";
import type {
  BackupPage,
  BrowseTask,
  RestoreCall,
  RestoreResult,
  RestoreTask,
} from "../../../src/ports/restore.ts";
import type { VerifyResult, VerifyTask } from "../../../src/ports/verification.ts";
import { createHttpProvider } from "../../../src/provider/client/http_provider.ts";
import type { BackupHostOptions } from "../../../src/provider/host/backup_host.ts";
import { BackupFailure } from "../../../src/provider/host/backup_failure.ts";
import { createProviderHandler } from "../../../src/provider/server/server.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { callOf, ended, HandBackuper, openHost, tempFolder, until } from "../../support/backup_rig.ts";
import { httpSpec } from "../../support/http_spec.ts";

const PATIENT = { createMs: 60_000, getMs: 60_000, deleteMs: 60_000 };

/** Verifies and restores as the test says. */
class ProvingBackuper extends HandBackuper {
  verifying: { task: VerifyTask; finish(result: VerifyResult): void; fail(error: Error): void }[] = [];
  restoring: RestoreTask[] = [];
  /** What a restore writes, and how it ends. */
  writes: (task: RestoreTask) => Promise<RestoreResult> = async ({ target }) => {
    await mkdir(`${target}/sub`, { recursive: true });
    await writeFile(`${target}/sub/a.txt`, "from the backup");
    return { files: 1, bytes: 15 };
  };
  entries: BackupPage | undefined = { entries: [{ path: "sub", type: "folder" }], next: "sub" };
  asked: BrowseTask[] = [];

  verify(task: VerifyTask): Promise<VerifyResult> {
    return new Promise((finish, fail) => {
      this.verifying.push({ task, finish, fail });
      task.signal.addEventListener("abort", () => fail(new Error("stopped")));
    });
  }
  async restore(task: RestoreTask): Promise<RestoreResult> {
    this.restoring.push(task);
    return await this.writes(task);
  }
  browse(task: BrowseTask): Promise<BackupPage | undefined> {
    this.asked.push(task);
    return Promise.resolve(task.path === "sub" || task.path === "" ? this.entries : undefined);
  }
}

interface Rig {
  provider:
    & Required<
      Pick<Provider, "verify" | "cancelVerification" | "restore" | "operation" | "cancelOperation" | "browse">
    >
    & Provider;
  backuper: ProvingBackuper;
  /** Id of an available backup. */
  id: string;
  folder: string;
}

/** Runs a test on the host itself, and over HTTP. */
function bothWays(
  name: string,
  body: (rig: Rig) => Promise<void>,
  more: Partial<BackupHostOptions> = {},
): void {
  for (const way of ["the host", "over HTTP"]) {
    test(`${name} (${way})`, async () => {
      await using folder = await tempFolder();
      const backuper = new ProvingBackuper().withStorage();
      backuper.atOnce = true;
      const scratchFolder = `${folder.path}/scratch`;
      await mkdir(scratchFolder);
      await using host = await openHost(`${folder.path}/state`, backuper, {
        restoreRoots: null,
        scratchFolder,
        ...more,
      });
      const handler = createProviderHandler(host, { clock: systemClock });
      const provider = way === "the host"
        ? host
        : createHttpProvider(httpSpec("http://127.0.0.1/backups", { timeouts: PATIENT }), {
          http: handler,
          clock: systemClock,
          sink: { emit() {} },
        });
      const { id } = await host.create(callOf("run-1"));
      const { dataId = id } = await ended(host, id);
      backuper.storage!.set(dataId, { id, dataId });
      backuper.atOnce = false;
      await body({ provider: provider as Rig["provider"], backuper, id, folder: folder.path });
    });
  }
}

const call = (verificationId: string, method: "check" | "restore" = "check") => ({
  ...{ verificationId, method, fence: 1, job: "job" },
});
const into = (target: string, more: Partial<RestoreCall> = {}): RestoreCall => ({
  ...{ operationId: "op-1", target, include: [], dryRun: false, overwrite: false, anyOwner: false },
  ...more,
});

async function verification(provider: Provider, id: string) {
  const answer = await provider.get(id);
  assert.ok(answer.found === "yes");
  return answer.backup.verification;
}

async function restored({ provider, id }: Rig, asked: RestoreCall) {
  await provider.restore(id, asked);
  await until(
    "the restore ended",
    async () => (await provider.operation(asked.operationId))?.state !== "running",
  );
  return (await provider.operation(asked.operationId))!;
}

bothWays("a verification runs, is told with the backup, and one asked for twice is one", async (rig) => {
  const { provider, backuper, id, folder } = rig;
  assert.deepEqual(await provider.capabilities(), {
    ...{
      idempotency: true,
      list: true,
      lookup: true,
      fence: true,
      verify: true,
      restore: true,
      browse: true,
    },
  });
  assert.equal((await provider.verify(id, call("v-1", "restore"))).state, "running");
  await until("it began", () => backuper.verifying.length === 1);
  const { task, finish } = backuper.verifying[0]!;
  assert.deepEqual([task.id, task.method, task.job], [id, "restore", "job"]);
  assert.ok(task.scratch.startsWith(`${folder}/scratch/`));
  assert.equal((await stat(task.scratch)).mode & 0o777, 0o700);
  await writeFile(`${task.scratch}/restored`, "x");
  await mkdir(`${task.scratch}/locked`);
  await writeFile(`${task.scratch}/locked/file`, "x");
  await chmod(`${task.scratch}/locked`, 0o500);
  task.progress("half way");
  assert.equal((await verification(provider, id))?.message, "half way");
  assert.equal((await provider.verify(id, call("v-1", "restore"))).state, "running");
  await assert.rejects(provider.verify(id, call("v-2")), { kind: "unsent", status: 409 });
  await assert.rejects(provider.delete(id, undefined, 1), { status: 503 });
  finish({ passed: true, message: "all there", bytes: 7, files: 1, durationMs: 1200 });
  await until("it ended", async () => (await verification(provider, id))?.state !== "running");
  const { at, ...report } = (await verification(provider, id))!;
  assert.ok(at > 0);
  assert.deepEqual(report, {
    ...{ state: "passed", method: "restore", message: "all there", bytes: 7, files: 1, durationMs: 1200 },
    verificationId: "v-1",
  });
  assert.deepEqual(await readdir(`${folder}/scratch`), []);
  assert.equal((await provider.verify(id, call("v-1"))).state, "passed");
  assert.equal(backuper.verifying.length, 1);
});

bothWays(
  "damage is failed, everything else inconclusive, and who asks for what is not there is told so",
  async (rig) => {
    const { provider, backuper, id } = rig;
    const end = async (asked: string, how: (one: ProvingBackuper["verifying"][number]) => void) => {
      await provider.verify(id, call(asked));
      await until("it began", () => backuper.verifying.length > 0);
      how(backuper.verifying.pop()!);
      await until("it ended", async () => (await verification(provider, id))?.state !== "running");
      return await verification(provider, id);
    };
    const damaged = await end("v-1", ({ finish }) => finish({ passed: false, message: "pack 1 is damaged" }));
    assert.deepEqual([damaged?.state, damaged?.message], ["failed", "pack 1 is damaged"]);
    const locked = await end("v-2", ({ fail }) => fail(new Error("locked")));
    assert.deepEqual([locked?.state, locked?.message], ["inconclusive", "locked"]);
    await provider.verify(id, call("v-3"));
    await provider.cancelVerification(id, "v-3");
    assert.equal((await verification(provider, id))?.state, "inconclusive");
    await provider.cancelVerification(id, "never");
    await assert.rejects(provider.verify("nobody", call("v-4")), { kind: "refused", status: 404 });
    await assert.rejects(provider.verify(id, { ...call("v-5"), fence: 0 }), { status: 412 });
  },
);

test("where its storage is not the one it was, a verification is told so at once", async () => {
  await using folder = await tempFolder();
  const backuper = new ProvingBackuper().withStorage();
  backuper.atOnce = true;
  await using first = await openHost(folder.path, backuper);
  const { id } = await first.create(callOf("run-1"));
  await ended(first, id);
  await first[Symbol.asyncDispose]();
  await using host = await openHost(folder.path, backuper);
  const http = createProviderHandler(host, { clock: systemClock });
  const spec = httpSpec("http://127.0.0.1/backups", { timeouts: PATIENT });
  const client = createHttpProvider(spec, { http, clock: systemClock, sink: { emit() {} } });
  for (const reason of ["no_repository", "other_repository"]) {
    backuper.get = () => Promise.reject(new BackupFailure(reason, "is its disk mounted?"));
    const told = { unusable: reason, message: /is its disk mounted\?/ };
    await assert.rejects(host.verify!(id, call("v-1")), told);
    await assert.rejects(client.verify!(id, call("v-1")), told);
    await assert.rejects(client.get(id), told);
  }
  assert.equal(backuper.verifying.length, 0);
});

bothWays(
  "a backup that is due ends a verification and does not wait for it",
  async ({ provider, backuper, id }) => {
    await provider.verify(id, call("v-1"));
    await until("it began", () => backuper.verifying.length === 1);
    await provider.create(callOf("run-2"));
    assert.match((await verification(provider, id))?.message ?? "", /a backup was due/);
    await until("the backup began", () => backuper.makings.length === 2);
    await assert.rejects(provider.verify(id, call("v-2")), { status: 409 });
  },
);

bothWays("a restore fills a new folder and says what it wrote; a dry run makes nothing", async (rig) => {
  const { backuper, folder, provider, id } = rig;
  const dry = await restored(
    rig,
    into(`${folder}/new/er`, { operationId: "op-0", dryRun: true, include: ["/sub/"] }),
  );
  assert.deepEqual([dry.state, dry.dryRun], ["done", true]);
  assert.deepEqual(backuper.restoring[0]!.include, ["sub"]);
  backuper.writes = async (
    { target },
  ) => (await writeFile(`${target}/a.txt`, "abc"), { files: 1, bytes: 3, message: "done" });
  const { startedAt, endedAt, ...done } = await restored(rig, into(`${folder}/new/est`));
  assert.ok(startedAt > 0 && endedAt! >= startedAt);
  assert.deepEqual(done, {
    ...{ operationId: "op-1", id, state: "done", target: `${folder}/new/est`, dryRun: false },
    ...{ message: "done", files: 1, bytes: 3 },
  });
  assert.equal(await readFile(`${folder}/new/est/a.txt`, "utf8"), "abc");
  assert.equal(
    (await provider.restore(id, into("/elsewhere"))).target,
    `${folder}/new/est`,
    "asked for twice",
  );
  assert.equal(backuper.restoring.length, 2);
  assert.equal(await provider.operation("never"), undefined);
});

bothWays("a restore is refused in words, and writes nothing, where it should not write", async (rig) => {
  const { provider, backuper, id, folder } = rig;
  await mkdir(`${folder}/full`);
  await writeFile(`${folder}/full/mine`, "mine");
  await mkdir(`${folder}/outside`);
  await symlink(`${folder}/outside`, `${folder}/link`);
  await symlink(`${folder}/nowhere`, `${folder}/dangling`);
  const no = async (asked: RestoreCall, why: RegExp) =>
    await assert.rejects(provider.restore(id, asked), (error: Error & { status?: number }) => {
      assert.match(error.message, why);
      assert.equal(error.status, 422);
      return true;
    });
  await no(into(`${folder}/full`), /not empty/);
  await no(into(`${folder}/full/mine`), /no folder/);
  await no(into(`${folder}/full/mine/deep`), /no folder/);
  await no(into(`${folder}/link`), new RegExp(`a link to '${folder}/outside'`));
  await no(into(`${folder}/dangling/x`), /link to nothing/);
  await no(into("relative"), /absolute/);
  await no(into(`${folder}/a/../b`), /without '\.\.'/);
  await no(into(`${folder}/fine`, { include: ["../../etc/passwd"] }), /lead out of the backup/);
  await no(into(`${folder}/fine`, { include: ["sub", ""] }), /'': it names no path/);
  await assert.rejects(provider.restore("nobody", into(`${folder}/fine`)), { status: 404 });
  assert.deepEqual((await readdir(folder)).sort(), [
    "dangling",
    "full",
    "link",
    "outside",
    "scratch",
    "state",
  ]);
  assert.equal(backuper.restoring.length, 0);
});

test("restores stay in the folders that are named, also behind links; with none named there is none", async () => {
  await using folder = await tempFolder();
  const backuper = new ProvingBackuper().withStorage();
  backuper.atOnce = true;
  await mkdir(`${folder.path}/root`);
  await mkdir(`${folder.path}/outside`);
  await symlink(`${folder.path}/outside`, `${folder.path}/root/out`);
  const restoreRoots = [`${folder.path}/root`];
  await using host = await openHost(`${folder.path}/state`, backuper, { restoreRoots });
  const { id } = await host.create(callOf("run-1"));
  const { dataId = id } = await ended(host, id);
  backuper.storage!.set(dataId, { id, dataId });
  for (const target of ["root/out/x", "outside", "root-else"]) {
    await assert.rejects(
      host.restore!(id, into(`${folder.path}/${target}`)),
      /folders that are named to it alone/,
      target,
    );
  }
  assert.equal((await host.restore!(id, into(`${folder.path}/root/x/y`))).state, "running");
  let named: string[] = [];
  await using asked = await openHost(`${folder.path}/asked`, backuper, { restoreRoots: () => named });
  const other = into(`${folder.path}/root/z`, { operationId: "op-2" });
  const { id: second } = await asked.create(callOf("run-2"));
  await ended(asked, second);
  await assert.rejects(asked.restore!(second, other), /none is named/);
  named = restoreRoots;
  assert.equal(asked.isAtWork(), false);
  assert.equal((await asked.restore!(second, other)).state, "running", "as it is now, not as it was");
  assert.equal(asked.isAtWork(), true, "whoever replaces it now would end the restore");
  await using none = await openHost(`${folder.path}/none`, backuper);
  assert.equal(none.restore, undefined);
  assert.equal((await none.capabilities()).restore, undefined);
});

bothWays(
  "with overwrite, files of the same path are replaced, others stay, and no link is followed",
  async (rig) => {
    const { backuper, folder } = rig;
    const target = `${folder}/full`;
    await mkdir(`${target}/sub`, { recursive: true });
    await mkdir(`${folder}/outside`);
    await writeFile(`${folder}/outside/victim`, "untouched");
    await writeFile(`${target}/sub/a.txt`, "old");
    await writeFile(`${target}/sub/mine`, "mine");
    await symlink(`${folder}/outside/victim`, `${target}/victim`);
    backuper.writes = async ({ target: into }) => {
      await mkdir(`${into}/sub`);
      await writeFile(`${into}/sub/a.txt`, "new");
      await writeFile(`${into}/victim`, "new");
      await symlink("a.txt", `${into}/sub/link`);
      return {};
    };
    assert.equal((await restored(rig, into(target, { overwrite: true }))).state, "done");
    assert.equal(await readFile(`${folder}/outside/victim`, "utf8"), "untouched");
    assert.equal(await readFile(`${target}/victim`, "utf8"), "new");
    assert.equal(await readFile(`${target}/sub/a.txt`, "utf8"), "new");
    assert.equal(await readFile(`${target}/sub/mine`, "utf8"), "mine");
    assert.equal(await readlink(`${target}/sub/link`), "a.txt");
    assert.deepEqual((await readdir(target)).sort(), ["sub", "victim"]);

    backuper.writes = async (
      { target: into },
    ) => (await mkdir(`${into}/victim/deep`, { recursive: true }), {});
    const inTheWay = await restored(rig, into(target, { overwrite: true, operationId: "op-2" }));
    assert.match(
      inTheWay.message,
      /'.*victim' is a file, and a folder in the backup.*restored until then is in/,
    );
    assert.equal(await readFile(`${target}/victim`, "utf8"), "new");

    backuper.writes = () => Promise.reject(new Error("wrong password"));
    const failed = await restored(rig, into(target, { overwrite: true, operationId: "op-3" }));
    assert.deepEqual([failed.state, failed.message], ["failed", "wrong password"]);
    assert.equal((await readdir(target)).filter((name) => name.includes("op-3")).length, 0);
  },
);

bothWays(
  "whatever takes the place of the folder while a restore runs is not followed, nor filled",
  async (rig) => {
    const { backuper, folder } = rig;
    await mkdir(`${folder}/outside`);
    const swap = async (target: string) => {
      await rename(target, `${target}.away`).catch(() => {});
      await symlink(`${folder}/outside`, target);
    };
    for (const [at, kind] of ["empty", "new", "full"].entries()) {
      const target = `${folder}/in/${kind}`;
      await mkdir(`${folder}/in`, { recursive: true });
      if (kind !== "new") await mkdir(target);
      if (kind === "full") await writeFile(`${target}/mine`, "mine");
      backuper.writes = async (task) => {
        await swap(target);
        await mkdir(`${task.target}/sub`, { recursive: true });
        await writeFile(`${task.target}/sub/a.txt`, "from the backup");
        return {};
      };
      const asked = into(target, { operationId: `op-${at}`, overwrite: kind === "full" });
      const ended = await restored(rig, asked);
      assert.equal(ended.state, "failed", kind);
      assert.match(ended.message, /something else in the place of '.*'.*restored until then is in '(.*)'$/);
      const kept = /is in '(.*)'$/.exec(ended.message)![1]!;
      assert.equal(await readFile(`${kept}/sub/a.txt`, "utf8"), "from the backup");
      assert.equal((await stat(kept)).mode & 0o777, 0o700);
    }
    backuper.writes = async (
      task,
    ) => (await rename(task.target, `${folder}/taken`), await swap(task.target), {});
    const taken = await restored(rig, into(`${folder}/in/more`, { operationId: "op-9" }));
    assert.match(taken.message, /something else in the place of '.*\.schelly-restore-op-9'/);
    backuper.writes = async () => {
      await rename(`${folder}/in`, `${folder}/in.away`);
      await symlink(`${folder}/outside`, `${folder}/in`);
      return {};
    };
    await mkdir(`${folder}/in/last`);
    assert.equal((await restored(rig, into(`${folder}/in/last`, { operationId: "op-10" }))).state, "failed");
    assert.deepEqual(await readdir(`${folder}/outside`), []);
  },
);

bothWays("what is put into an empty folder while a restore runs is not replaced", async (rig) => {
  const target = `${rig.folder}/empty`;
  await mkdir(target);
  rig.backuper.writes = async (task) => {
    await writeFile(`${task.target}/a`, "from the backup");
    await writeFile(`${target}/a`, "mine");
    return {};
  };
  assert.match((await restored(rig, into(target))).message, /nothing of it is replaced; what was restored/);
  assert.equal(await readFile(`${target}/a`, "utf8"), "mine");
});

bothWays("owners that are lost fail a restore unless that is accepted", async (rig) => {
  rig.backuper.writes = async (
    { target },
  ) => (await writeFile(`${target}/a`, ""), { lost: "2 files lost their owner" });
  const strict = await restored(rig, into(`${rig.folder}/one`));
  assert.deepEqual(strict.state, "failed");
  assert.match(strict.message, /everything is there, but 2 files lost their owner/);
  const loose = await restored(rig, into(`${rig.folder}/two`, { operationId: "op-2", anyOwner: true }));
  assert.equal(loose.state, "done");
});

bothWays(
  "a restore that is cancelled says where the rest is, and a second one at a time is refused",
  async (rig) => {
    const { provider, backuper, id, folder } = rig;
    backuper.writes = async ({ target, signal }) => {
      await writeFile(`${target}/half`, "");
      signal.throwIfAborted();
      await new Promise((_, fail) => signal.addEventListener("abort", () => fail(new Error("stopped"))));
      return {};
    };
    await provider.restore(id, into(`${folder}/one`));
    await until("it began", () => backuper.restoring.length === 1);
    await assert.rejects(provider.restore(id, into(`${folder}/two`, { operationId: "op-2" })), {
      status: 409,
    });
    await provider.cancelOperation("op-1");
    const operation = await provider.operation("op-1");
    assert.equal(operation?.state, "failed");
    assert.match(operation!.message, /it was cancelled; what was restored until then is in '.*one'/);
  },
);

bothWays(
  "what lies in a backup comes in pages; no such folder is told apart",
  async ({ provider, backuper, id }) => {
    backuper.entries = {
      entries: [{ path: "sub/a", type: "file", size: 3, modifiedAt: 1_700_000_000_000 }, {
        path: "sub/b",
        type: "link",
      }],
      next: "b",
    };
    assert.deepEqual(await provider.browse(id, "sub", "x y", 2), backuper.entries);
    const { path, after, limit } = backuper.asked[0]!;
    assert.deepEqual({ path, after, limit }, { path: "sub", after: "x y", limit: 2 });
    assert.equal(await provider.browse(id, "no", undefined, 10), undefined);
  },
);

test("what a crash cut off is told so, its scratch folder goes, and it does not run for ever", async () => {
  await using folder = await tempFolder();
  const scratch = `${folder.path}/schelly-verify-1`;
  await mkdir(`${scratch}/deep`, { recursive: true });
  await mkdir(`${folder.path}/state`);
  const entry = {
    ...{ id: "b-1", state: "running", method: null, target: null, dryRun: false, message: "", files: null },
    ...{ bytes: null, durationMs: null, startedAt: 1, endedAt: null, scratch: null, processes: [] },
    ...{ machine: null, maker: null },
  };
  const noted = [
    { ...entry, kind: "verification", taskId: "v-1", method: "restore", scratch },
    {
      ...{ ...entry, kind: "restore", taskId: "op-1", target: "/srv/restored" },
      gathered: "/srv/.schelly-restore-op-1",
    },
  ];
  await writeFile(`${folder.path}/state/tasks.json`, JSON.stringify(noted));
  await using host = await openHost(`${folder.path}/state`, new ProvingBackuper(), { restoreRoots: null });
  assert.deepEqual((await readdir(folder.path)).sort(), ["state"]);
  const operation = await host.operation!("op-1");
  assert.equal(operation?.state, "failed");
  assert.match(operation!.message, /cut off.*restored until then is in '\/srv\/.schelly-restore-op-1'/);
  const kept = JSON.parse(await readFile(`${folder.path}/state/tasks.json`, "utf8"));
  assert.deepEqual(kept.map((one: typeof entry) => [one.state, one.scratch]), [["inconclusive", null], [
    "failed",
    null,
  ]]);
});
