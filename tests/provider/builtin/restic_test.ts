// The built-in `restic` with the real program: real repositories, restored and compared byte for byte.
// Also tests restic_program.ts, restic_repository.ts and restic_upkeep.ts.

import assert from "node:assert/strict";
import { chmod, cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import type { ProviderError } from "../../../src/domain/errors.ts";
import type { ResticProviderSpec } from "../../../src/domain/provider_spec.ts";
import type { BackupHost } from "../../../src/provider/host/backup_host.ts";
import { createHost } from "../../../src/runtime/host.ts";
import { callOf, infoOf, until } from "../../support/backup_rig.ts";
import { makeQuickRepository } from "../../support/quick_repository.ts";
import { bytes, make, PASSWORD, resticTest } from "../../support/restic_rig.ts";

const host = createHost();

resticTest(
  "three restic backups restore byte for byte, and deleting one forgets that snapshot alone",
  async (rig) => {
    await using provider = await rig.open({ tags: ["nightly"], exclude: ["*.tmp"] });
    await writeFile(`${rig.data}/skip.tmp`, "not this");
    const made = [];
    for (const n of [1, 2, 3]) {
      await writeFile(`${rig.data}/sub/big`, bytes(300_000, n));
      await writeFile(`${rig.data}/n`, String(n));
      const info = await make(provider, `run-${n}`);
      assert.equal(info.state, "available", `${info.message}`);
      assert.match(info.message!, /^snapshot [0-9a-f]{8}: 2 files, 300 kB, /);
      assert.ok(Math.abs(info.sizeMb! - 0.300001) < 1e-9);
      made.push(info);
    }
    const [first, second, third] = made as [typeof made[0], typeof made[0], typeof made[0]];
    const snapshots = await rig.snapshots();
    assert.deepEqual(snapshots.map((one) => one.id), made.map((one) => one.dataId));
    assert.deepEqual(
      snapshots[0]!.tags.toSorted(),
      [`backup:${first.id}`, "job:job", "nightly", "run:run-1", "schelly"],
    );
    assert.deepEqual(
      (await provider.list()).map((one) => one.id).toSorted(),
      made.map((one) => one.id).toSorted(),
    );

    assert.equal(await provider.delete(second.id, undefined, 1), "deleted");
    assert.deepEqual(await provider.get(second.id), { found: "gone" });
    assert.deepEqual((await rig.snapshots()).map((one) => one.id), [first.dataId, third.dataId]);
    for (const [info, n] of [[first, 1], [third, 3]] as const) {
      const target = `${rig.folder}/restored-${n}`;
      await rig.restic("restore", info.dataId!, "--target", target);
      assert.deepEqual(new Uint8Array(await readFile(`${target}${rig.data}/sub/big`)), bytes(300_000, n));
      assert.equal(await readFile(`${target}${rig.data}/n`, "utf8"), String(n));
      await assert.rejects(readFile(`${target}${rig.data}/skip.tmp`));
    }
    // Neither the password nor the repository may be read from the process list.
    for (const { argv } of rig.commands) {
      assert.ok(
        !argv.some((part) => part.includes(PASSWORD) || part.includes(rig.repository)),
        argv.join(" "),
      );
    }
  },
);

resticTest("a dry run says what a backup would add, and writes nothing", async (rig) => {
  await using provider = await rig.open();
  await writeFile(`${rig.data}/a`, bytes(200_000, 1));
  await make(provider, "run-1");
  await writeFile(`${rig.data}/a`, bytes(200_000, 2));
  await writeFile(`${rig.data}/sub/b`, bytes(100_000, 3));
  const before = [
    await rig.restic("list", "packs"),
    await rig.restic("list", "index"),
    await rig.snapshots(),
  ];
  const look = async () => (await provider.check({ dryRun: true })).at(-1)!;
  const result = await look();
  assert.deepEqual([result.name, result.ok], ["dry run", true]);
  assert.match(
    result.message,
    /^a backup now would add 30\d kB: 1 file new and 1 changed of 2 files, 300 kB$/,
  );
  assert.deepEqual(
    [await rig.restic("list", "packs"), await rig.restic("list", "index"), await rig.snapshots()],
    before,
  );
  assert.ok(!(await provider.check()).some(({ name }) => name === "dry run"), "only when asked for");
  await rm(rig.data, { recursive: true });
  const without = await look();
  assert.equal(without.ok, false);
  assert.match(without.message, /^not tried: .*is not there: put back or take out of paths$/);
});

resticTest("a snapshot that was made by hand is taken in once it bears a backup's tags", async (rig) => {
  await using provider = await rig.open();
  await writeFile(`${rig.data}/a`, "a");
  await rig.restic("backup", rig.data);
  assert.deepEqual(await provider.list(), []);
  await rig.restic("tag", "--add", "schelly", "--add", "backup:before", "--add", "job:home", "latest");
  const [listed] = await provider.list();
  assert.deepEqual([listed!.id, typeof listed!.startTime], ["before", "number"]);
  const { host: here } = await provider.capabilities();
  assert.deepEqual([listed!.job, listed!.host, listed!.paths], ["home", here, [rig.data]]);
  assert.equal((await infoOf(provider, "before")).state, "available");
  assert.equal(await provider.delete("before", undefined, 1), "deleted");
  assert.deepEqual(await rig.snapshots(), []);
});

resticTest(
  "a journal that was lost: backups are known again by their tags, foreign snapshots are not ours",
  async (rig) => {
    await writeFile(`${rig.data}/a`, "a");
    let provider = await rig.open();
    const made = await make(provider, "run-1");
    await provider[Symbol.asyncDispose]();
    await rig.restic("backup", rig.data, "--tag", "by-hand");
    await using other = await rig.open({}, "new-state");
    provider = other;
    assert.equal((await infoOf(provider, made.id)).dataId, made.dataId);
    assert.equal((await provider.lookup("run-1"))?.id, made.id);
    assert.deepEqual((await provider.list()).map((one) => one.id), [made.id]);
    assert.equal((await provider.get("never-made")).found, "no");
    assert.equal(await provider.delete(made.id, undefined, 1), "deleted");
    assert.deepEqual((await rig.snapshots()).map((one) => one.tags), [["by-hand"]]);
  },
);

resticTest(
  "a path that is not there makes the backup failed(incomplete) though restic ends with 0",
  async (rig) => {
    await writeFile(`${rig.data}/a`, "a");
    await using provider = await rig.open({ paths: [rig.data, `${rig.folder}/vanished`] });
    const info = await make(provider, "run-1");
    assert.deepEqual([info.state, info.reason], ["failed", "incomplete"]);
    assert.ok(info.message!.startsWith(`'${rig.folder}/vanished' is not there`), `${info.message}`);
    const [snapshot] = await rig.snapshots();
    assert.ok(snapshot!.tags.includes("incomplete"));
    assert.equal(info.dataId, snapshot!.id);
    // Even without the journal nobody takes it for a whole one.
    await using other = await rig.open({}, "new-state");
    const seen = await infoOf(other, info.id);
    assert.deepEqual([seen.state, seen.reason], ["failed", "incomplete"]);
    assert.deepEqual(await other.list(), []);
    assert.equal(await other.delete("never-made", undefined, 1), "absent");
    assert.equal(await other.delete(info.id, undefined, 1), "deleted");
    assert.deepEqual(await rig.snapshots(), []);
  },
);

resticTest("a backup of an empty folder is made, and says that it holds nothing", async (rig) => {
  await rm(`${rig.data}/sub`, { recursive: true });
  await using provider = await rig.open();
  const info = await make(provider, "run-1");
  assert.deepEqual([info.state, info.sizeMb], ["available", 0]);
});

resticTest(
  "an unreadable file fails the backup, or is taken and named with on_incomplete: accept",
  async (rig) => {
    // Nobody, root included, can read this file to its end.
    const paths = [rig.data, "/proc/self/mem"];
    const failing = await rig.open({ paths });
    const failed = await make(failing, "run-1");
    await failing[Symbol.asyncDispose]();
    assert.deepEqual([failed.state, failed.reason], ["failed", "incomplete"]);
    assert.match(failed.message!, /\/proc\/self\/mem/);
    await using accepting = await rig.open({ paths, onIncomplete: "accept" });
    const taken = await make(accepting, "run-2");
    assert.equal(taken.state, "available");
    assert.match(taken.message!, /some files could not be read: \/proc\/self\/mem/);
  },
);

resticTest(
  "delete() of a running backup ends restic, and its lock does not hinder what follows",
  async (rig) => {
    await writeFile(`${rig.data}/small`, "small");
    await using provider = await rig.open();
    const before = await make(provider, "run-1");
    await provider[Symbol.asyncDispose]();
    await writeFile(`${rig.data}/big`, bytes(3_000_000, 7));
    const slow = await rig.open({ limitUpload: 1 });
    const { id } = await slow.create(callOf("run-2"));
    const locks = () => rig.locks();
    await until("restic holds its lock", async () => (await locks()).length > 0);
    await until("it says how far it is", async () => / % /.test((await infoOf(slow, id)).message ?? ""));
    assert.equal(await slow.delete(id, undefined, 1), "deleted");
    await slow[Symbol.asyncDispose]();
    assert.deepEqual((await rig.snapshots()).map((one) => one.id), [before.dataId]);
    await using after = await rig.open();
    assert.equal(await after.delete(before.id, undefined, 1), "deleted");
    assert.equal((await make(after, "run-3")).state, "available");
  },
);

resticTest(
  "a missing repository is made only where that is wanted, and never in the place of one that was there",
  async (rig) => {
    await writeFile(`${rig.data}/a`, "a");
    await rm(rig.repository, { recursive: true });
    const strict = await rig.open({ init: false });
    await assert.rejects(
      strict.create(callOf("run-1")),
      /there is no repository at.*restic init.*init: true/,
    );
    await strict[Symbol.asyncDispose]();
    const making = await rig.open();
    assert.equal((await make(making, "run-1")).state, "available");
    await making[Symbol.asyncDispose]();

    await rename(rig.repository, `${rig.folder}/unmounted`);
    await mkdir(rig.repository);
    const blind = await rig.open();
    await assert.rejects(blind.create(callOf("run-2")), /is no longer there: is its disk mounted/);
    assert.equal((await blind.check()).find((one) => one.name === "repository opens")!.ok, false);
    assert.deepEqual(await host.files.list(rig.repository), []);
    await rig.restic("init");
    await assert.rejects(
      blind.create(callOf("run-2")),
      /is another one \([0-9a-f]+\) than the one used before/,
    );
    await rm(rig.repository, { recursive: true });
    await cp(`${rig.folder}/unmounted`, rig.repository, { recursive: true });
    assert.equal((await make(blind, "run-2")).state, "available");
    await blind[Symbol.asyncDispose]();
  },
);

resticTest(
  "another repository with the same password, or none, in the place of the one in use is noticed by whatever comes next",
  async (rig) => {
    await writeFile(`${rig.data}/a`, "a");
    const second = `${rig.folder}/second`;
    await makeQuickRepository(second, "second");
    await using provider = await rig.open({ prune: true });
    const [one, two] = [await make(provider, "run-1"), await make(provider, "run-2")];
    rig.ahead.monotonicMs = 120_000; // Past the time for which a backup that was just made is not looked up again.
    assert.equal(await provider.delete(two.id, undefined, 1), "deleted");
    const first = `${rig.folder}/first`;
    await rename(rig.repository, first);
    await rename(second, rig.repository);
    const ANOTHER =
      /is another one \([0-9a-f]{10}\) than the one used before \([0-9a-f]{10}\): is its disk mounted/;
    const refused = await make(provider, "run-3");
    assert.equal(refused.state, "failed");
    assert.match(refused.message!, ANOTHER);
    assert.equal((await rig.snapshots()).length, 0, "nothing is written into another's repository");
    await assert.rejects(provider.get(one.id), ANOTHER, "that it has none is no proof");
    await assert.rejects(provider.list(), ANOTHER);
    await assert.rejects(provider.delete(one.id, undefined, 1), ANOTHER);

    await rename(rig.repository, second);
    await mkdir(rig.repository);
    const GONE = /is no longer there: is its disk mounted/;
    assert.match((await make(provider, "run-4")).message!, GONE);
    await assert.rejects(provider.get(one.id));
    await assert.rejects(provider.delete(one.id, undefined, 1), GONE);
    assert.deepEqual(
      await host.files.list(rig.repository),
      [],
      "and none is made there, in spite of init: true",
    );

    await rm(rig.repository, { recursive: true });
    await rename(first, rig.repository);
    assert.equal((await make(provider, "run-5")).state, "available");
    assert.equal((await provider.get(one.id)).found, "yes");
    // On purpose: as the message says, without a restart.
    await rename(rig.repository, first);
    await rename(second, rig.repository);
    await rm(`${rig.folder}/state/repository.json`);
    assert.equal((await make(provider, "run-6")).state, "available");
    assert.equal((await rig.snapshots()).length, 1);
  },
);

resticTest(
  "a repository is known again without a start of restic, also once its config was rewritten",
  async (rig) => {
    await using provider = await rig.open();
    await writeFile(`${rig.data}/a`, "a");
    await make(provider, "run-1");
    const looks = () => rig.commands.filter(({ argv }) => argv.includes("config")).length;
    await make(provider, "run-2");
    const before = looks();
    assert.equal((await make(provider, "run-3")).state, "available");
    assert.equal(looks(), before);
    const config = `${rig.repository}/config`;
    const bytes = await readFile(config);
    await chmod(config, 0o600);
    await writeFile(config, Uint8Array.of(...bytes, 1));
    assert.match((await make(provider, "run-4")).message!, /Cannot open the repository/);
    await writeFile(config, bytes);
    assert.equal((await make(provider, "run-5")).state, "available");
    assert.ok(looks() > before, "other bytes are no proof of another one: restic is asked");
  },
);

resticTest(
  "check() names a wrong password, a missing path and a missing program, and changes nothing",
  async (rig) => {
    const before = (await host.files.list(`${rig.repository}/keys`)).length;
    const look = async (more: Partial<ResticProviderSpec>, state: string) => {
      await using provider = await rig.open(more, state);
      return (await provider.check()).filter((one) => !one.ok).map((one) => `${one.name}: ${one.message}`);
    };
    assert.deepEqual(await look({}, "s1"), []);
    const wrong = await look({ password: "wrong", paths: [`${rig.folder}/vanished`] }, "s2");
    assert.equal(wrong.length, 2);
    assert.match(wrong[0]!, /repository opens: .*password does not open the repository/);
    assert.match(wrong[1]!, /vanished' is not there/);
    const [program] = await look({ program: "no-such-restic" }, "s3");
    assert.match(program!, /restic found: 'no-such-restic' was not found/);
    assert.equal((await host.files.list(`${rig.repository}/keys`)).length, before);
    assert.deepEqual(await host.files.list(`${rig.repository}/snapshots`), []);
  },
);

resticTest(
  "a restic backup takes several paths, and leaves out by file, by marker and by cache tag",
  async (rig) => {
    const other = `${rig.folder}/other`;
    for (const folder of ["cache", "marked"]) await mkdir(`${rig.data}/${folder}`);
    await mkdir(other);
    await writeFile(`${rig.data}/keep`, "keep");
    await writeFile(`${rig.data}/by-file.log`, "out");
    await writeFile(`${rig.data}/marked/.nobackup`, "");
    await writeFile(`${rig.data}/marked/inside`, "out");
    await writeFile(`${rig.data}/cache/CACHEDIR.TAG`, "Signature: 8a477f597d28d172789f06886806bc55");
    await writeFile(`${rig.data}/cache/inside`, "out");
    await writeFile(`${other}/second`, "path");
    await writeFile(`${rig.folder}/patterns`, "*.log\n");
    await using provider = await rig.open({
      paths: [rig.data, other],
      excludeFiles: [`${rig.folder}/patterns`],
      excludeIfPresent: [".nobackup"],
      excludeCaches: true,
      host: "elsewhere",
      oneFileSystem: true,
      compression: "max",
      readConcurrency: 2,
      limitDownload: 100_000,
      options: { "local.layout": "default" },
    });
    const made = await make(provider, "run-1");
    assert.equal(made.state, "available", `${made.message}`);
    const listed = (await rig.restic("ls", made.dataId!)).split("\n").filter((path) =>
      path.startsWith(rig.folder)
    );
    const files = listed.map((path) => path.slice(rig.folder.length));
    for (const there of ["/data/keep", "/other/second"]) assert.ok(files.includes(there), there);
    for (const gone of ["/data/by-file.log", "/data/marked/inside", "/data/cache/inside"]) {
      assert.ok(!files.includes(gone), gone);
    }
    const [snapshot] = JSON.parse(await rig.restic("snapshots", "--json", "--no-lock"));
    assert.equal(snapshot.hostname, "elsewhere");
    const backup = rig.commands.find(({ argv }) => argv.includes("backup"))!;
    assert.ok(["--compression=max", "--limit-download=100000"].every((flag) => backup.argv.includes(flag)));
    assert.equal(backup.env!.RESTIC_READ_CONCURRENCY, "2");
    const checks = await provider.check();
    assert.ok(checks.every(({ ok }) => ok), JSON.stringify(checks));
    await rm(`${rig.folder}/patterns`);
    const missing = (await provider.check()).filter(({ ok }) => !ok);
    assert.deepEqual(missing.map(({ name }) => name), [`exclude file ${rig.folder}/patterns`]);
  },
);

resticTest(
  "a deletion waits for the check that is due after the one before it, and is refused when it finds damage",
  async (rig) => {
    await using provider = await rig.open({
      checkUpkeep: { schedule: null, afterDeletions: 1, readDataSubset: "100%" },
    });
    const made = [];
    for (const name of ["1", "2", "3"]) {
      await writeFile(`${rig.data}/file`, bytes(50_000, Number(name)));
      made.push(await make(provider, `run-${name}`));
    }
    const checks = () => rig.events.filter(({ data }) => data?.task === "check").map(({ level }) => level);
    // On a machine under load the check outlasts the wait of a deletion, which is then asked for again.
    const becomes = async (id: string): Promise<string> => {
      for (let tries = 1;; tries++) {
        try {
          return await provider.delete(id, undefined, 1);
        } catch (error) {
          const { kind, message } = error as ProviderError;
          assert.equal(kind, "unsent");
          if (tries === 20 || !/is running|comes before the next/.test(message)) return message;
        }
      }
    };
    assert.equal(await becomes(made[0]!.id), "deleted");
    assert.equal(await becomes(made[1]!.id), "deleted");
    assert.deepEqual(checks(), ["info"], "between the two");
    for (const folder of await host.files.list(`${rig.repository}/data`)) {
      for (const pack of await host.files.list(`${rig.repository}/data/${folder}`)) {
        const path = `${rig.repository}/data/${folder}/${pack}`;
        const content = await readFile(path);
        await chmod(path, 0o600);
        await writeFile(path, content.map((byte, at) => at === 100 ? byte ^ 1 : byte));
      }
    }
    assert.match(await becomes(made[2]!.id), /just found damaged/);
    assert.deepEqual(checks(), ["info", "error"]);
    assert.equal((await provider.list()).length, 1);
  },
);

resticTest(
  "prune after deletions frees the space, once no backup runs, and check tells of damage",
  async (rig) => {
    await writeFile(`${rig.data}/big`, bytes(2_000_000, 3));
    const upkeep = { pruneUpkeep: { schedule: null, afterDeletions: 1 } };
    const first = await rig.open(upkeep);
    const made = await make(first, "run-1");
    await writeFile(`${rig.data}/big`, bytes(2_000_000, 4));
    const kept = await make(first, "run-2");
    assert.equal(await first.delete(made.id, undefined, 1), "deleted");
    await first[Symbol.asyncDispose]();
    assert.deepEqual(rig.events, [], "it is not yet time to look");

    const told = (task: string) => rig.events.filter(({ data }) => data?.task === task && data.news === true);
    // What was counted outlives a restart, and is looked at then.
    await using second = await rig.open(upkeep);
    await until("it is pruned", () => told("prune").length === 1, 20_000);
    assert.match(
      told("prune")[0]!.message,
      /^The prune of provider 'restic' went well: freed .*MiB, .*MiB left$/,
    );
    const look = async (provider: BackupHost) =>
      (await provider.check()).find(({ name }) => /^last /.test(name))!;
    assert.match((await look(second)).message, /went well: freed/);
    await second[Symbol.asyncDispose]();
    await rig.restic("restore", kept.dataId!, "--target", `${rig.folder}/restored`);
    assert.deepEqual(
      new Uint8Array(await readFile(`${rig.folder}/restored${rig.data}/big`)),
      bytes(2_000_000, 4),
    );

    const [folder] = await host.files.list(`${rig.repository}/data`).then(async (names) => {
      for (const name of names) {
        if ((await host.files.list(`${rig.repository}/data/${name}`)).length > 0) return [name];
      }
      return [];
    });
    const [pack] = await host.files.list(`${rig.repository}/data/${folder}`);
    const damaged = `${rig.repository}/data/${folder}/${pack}`;
    const content = await readFile(damaged);
    await chmod(damaged, 0o600);
    await writeFile(damaged, content.map((byte, at) => at === 100 ? byte ^ 1 : byte));
    const checking = {
      checkUpkeep: { schedule: null, afterDeletions: 1, readDataSubset: "100%" },
    };
    await writeFile(
      `${rig.folder}/state/upkeep.json`,
      JSON.stringify({ check: { triedAt: 0, deletions: 1, interrupted: 0, last: null } }),
    );
    await using third = await rig.open(checking);
    await until("it is checked", () => told("check").length === 1, 20_000);
    assert.equal(told("check")[0]!.level, "error");
    assert.equal(typeof told("check")[0]!.data!.damaged_since, "number");
    assert.match(
      told("check")[0]!.message,
      /Cannot check the repository: restic ended with exit code 1: .*nothing is deleted of a job whose guard 'upkeep_failed' stands$/,
    );
    const failed = await look(third);
    assert.deepEqual([failed.name, failed.ok], ["last check", false]);
  },
);
