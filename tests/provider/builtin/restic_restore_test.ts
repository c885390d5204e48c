// Restores of the real restic: what was asked for and nothing else, byte for byte, and no owner lost in silence.
// Also tests restic_browse.ts, restic_damage.ts and restic_tree.ts.

import assert from "node:assert/strict";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import process from "node:process";
import { openBackuper } from "../../../src/provider/builtin/builtin_provider.ts";
import { BackupFailure } from "../../../src/provider/host/backup_failure.ts";
import { createHost } from "../../../src/runtime/host.ts";
import {
  bytes,
  everyResticTest,
  flipPack,
  make,
  type ResticRig,
  resticTest,
} from "../../support/restic_rig.ts";

const signal = new AbortController().signal;

/** The Backuper alone, as a command uses it, and what restores with it. */
function restorer(rig: ResticRig, more: Parameters<ResticRig["spec"]>[0] = {}) {
  const { backuper } = openBackuper(rig.spec(more), createHost());
  return {
    browse: (id: string, path: string, after?: string, limit = 100) =>
      backuper.browse!({ id, dataId: id, path, after, limit, signal }),
    restore: (id: string, target: string, include: string[] = [], dryRun = false) =>
      backuper.restore!({
        id,
        dataId: id,
        target,
        include,
        dryRun,
        signal,
        progress() {},
        output() {},
        started() {},
      }),
  };
}

everyResticTest("one file with an odd name, and a whole tree, come back byte for byte", async (rig) => {
  const odd = "a [odd] n*me?\\ of {mine}";
  const content = bytes(50_000, 1);
  await mkdir(`${rig.data}/${odd}`);
  await writeFile(`${rig.data}/${odd}/file`, content);
  await writeFile(`${rig.data}/a odd name of mine`, "a neighbour");
  await writeFile(`${rig.data}/sub/empty`, "");
  await symlink("../sub/empty", `${rig.data}/sub/link`);
  await using provider = await rig.open();
  const { id } = await make(provider, "run-1");
  const { restore } = restorer(rig);
  const root = rig.data.slice(1);

  const one = await restore(id, `${rig.folder}/one`, [`${root}/${odd}/file`]);
  assert.deepEqual([one.files, one.bytes, one.lost], [1, content.length, undefined]);
  assert.deepEqual(new Uint8Array(await readFile(`${rig.folder}/one/${root}/${odd}/file`)), content);
  assert.deepEqual(await readdir(`${rig.folder}/one/${root}`), [odd]);

  const all = await restore(id, `${rig.folder}/all`);
  assert.equal(all.files, 3);
  const names = async (folder: string) => (await readdir(folder, { recursive: true })).sort();
  assert.deepEqual(await names(`${rig.folder}/all/${root}`), await names(rig.data));
});

everyResticTest(
  "a file whose name is not UTF-8 comes back by the name that is shown, and is counted",
  async (rig) => {
    const make_ = `printf 'one' > "$(printf 'bad \\377\\376 name')"; printf 'two' > 'bad ab name'`;
    await new Deno.Command("sh", { args: ["-c", make_], cwd: rig.data }).output();
    await using provider = await rig.open();
    const { id } = await make(provider, "run-1");
    const { browse, restore } = restorer(rig);
    const root = rig.data.slice(1);
    const shown = (await browse(id, root))!.entries.map(({ path }) => path);
    const odd = shown.find((path) => path.includes("\ufffd"))!;
    assert.equal((await restore(id, `${rig.folder}/odd`, [odd])).files, 1);
    const { stdout } = await new Deno.Command("find", {
      args: [`${rig.folder}/odd`, "-type", "f", "-size", "3c"],
    })
      .output();
    assert.ok(stdout.includes(0xff), "it is there under its own name");
  },
);

everyResticTest("a restore of which restic lacks a file without a word is no success", async (rig) => {
  await writeFile(`${rig.data}/there`, "content");
  await using provider = await rig.open();
  const { id } = await make(provider, "run-1");
  const program = `${rig.folder}/forgetful`;
  await writeFile(
    program,
    '#!/bin/sh\ncase "$1" in restore) mkdir -p "${3#--target=}"; exit 0;; esac\nexec restic "$@"\n',
    {
      mode: 0o755,
    },
  );
  await assert.rejects(
    restorer(rig, { program }).restore(id, `${rig.folder}/out`),
    /restic ended without an error, but 0 of 1 file are there/,
  );
});

everyResticTest(
  "what the backup does not have is told before anything is written, as is a wrong password",
  async (rig) => {
    await writeFile(`${rig.data}/a`, "content");
    await using provider = await rig.open();
    const { id } = await make(provider, "run-1");
    const { restore } = restorer(rig);
    await assert.rejects(
      restore(id, `${rig.folder}/out`, ["no/such", rig.data.slice(1)]),
      /has no 'no\/such': 'browse' shows what it has; nothing was written/,
    );
    await assert.rejects(
      restore(id, `${rig.folder}/out`, ["a"]),
      ({ message }: Error) =>
        message.includes(`has no 'a': it has '${rig.data.slice(1)}/a'; nothing was written`),
    );
    const dry = await restore(id, `${rig.folder}/out`, [], true);
    assert.match(dry.message!, /^1 file, 7 B would be restored/);
    await assert.rejects(restore("nobody", `${rig.folder}/out`), /no snapshot of backup 'nobody'/);
    const reason = (word: string) => (error: unknown) =>
      error instanceof BackupFailure && error.reason === word;
    await assert.rejects(
      restorer(rig, { password: "wrong" }).restore(id, `${rig.folder}/out`),
      reason("wrong_password"),
    );
    assert.equal((await readdir(rig.folder)).includes("out"), false);
  },
);

everyResticTest("a folder is shown in pages by name, and what is none is told apart", async (rig) => {
  for (const name of ["a", "b", "c"]) await writeFile(`${rig.data}/${name}`, name);
  await using provider = await rig.open();
  const { id } = await make(provider, "run-1");
  const { browse } = restorer(rig);
  const root = rig.data.slice(1);
  const first = await browse(id, root, undefined, 2);
  assert.deepEqual(first?.entries.map(({ path, type, size }) => [path, type, size]), [
    [`${root}/a`, "file", 1],
    [`${root}/b`, "file", 1],
  ]);
  const second = await browse(id, root, first!.next, 2);
  assert.deepEqual(second?.entries.map(({ path, type }) => [path, type]), [
    [`${root}/c`, "file"],
    [`${root}/sub`, "folder"],
  ]);
  assert.equal(second!.next, undefined);
  assert.deepEqual((await browse(id, ""))?.entries.map(({ path }) => path), [root.split("/")[0]]);
  assert.deepEqual((await browse(id, `${root}/sub`))?.entries, []);
  assert.equal(await browse(id, `${root}/a`), undefined, "a file");
  assert.equal(await browse(id, `${root}/no`), undefined);
});

everyResticTest(
  "a restore of damaged data names the files that it could not restore, and restores the others",
  async (rig) => {
    await writeFile(`${rig.data}/broken`, bytes(3_000_000, 1));
    await using provider = await rig.open();
    const { id } = await make(provider, "run-1");
    await flipPack(rig);
    await writeFile(`${rig.data}/sound`, "sound");
    const { id: later } = await make(provider, "run-2");
    const { restore } = restorer(rig);
    const names = new RegExp(`1 file could not be restored whole: .*${rig.data}/broken`);
    await assert.rejects(restore(id, `${rig.folder}/out`), names);
    await assert.rejects(restore(later, `${rig.folder}/later`), names);
    assert.equal(await readFile(`${rig.folder}/later${rig.data}/sound`, "utf8"), "sound");
  },
);

resticTest("owners that this user cannot give back are told, though restic ends with 0", async (rig) => {
  await writeFile(`${rig.data}/a`, "content");
  await using provider = await rig.open();
  const { id } = await make(provider, "run-1");
  await mkdir(`${rig.folder}/bin`);
  await writeFile(`${rig.folder}/bin/id`, "#!/bin/sh\necho 4321\n", { mode: 0o755 });
  const env = { ...rig.spec().env, PATH: `${rig.folder}/bin:${process.env.PATH}` };
  const { lost } = await restorer(rig, { env }).restore(id, `${rig.folder}/out`);
  assert.match(lost ?? "", /^the owner or group of \d+ files and folders cannot be restored by this user/);
});

resticTest("a disk that is full is told as that, not as a number of errors", async (rig) => {
  await writeFile(`${rig.data}/a`, "content");
  await using provider = await rig.open();
  const { id } = await make(provider, "run-1");
  const program = `${rig.folder}/full-restic`;
  const says = "echo 'write /x: no space left on device' >&2; echo 'Fatal: There were 7 errors' >&2; exit 1";
  const script = `#!/bin/sh\nfor a; do [ "$a" != restore ] || { ${says}; }; done\nexec restic "$@"\n`;
  await writeFile(program, script, { mode: 0o755 });
  await assert.rejects(
    restorer(rig, { program }).restore(id, `${rig.folder}/out`),
    { message: "the disk is full (no space left on device): 1 file, 7 B do not fit there" },
  );
});
