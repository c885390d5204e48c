// What another repository in the place of ours has, or has not, is no answer about a backup: whatever came when.

import assert from "node:assert/strict";
import { cp, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { createResticSiblings } from "../../../src/provider/builtin/restic_siblings.ts";
import { callOf } from "../../support/backup_rig.ts";
import { makeQuickRepository } from "../../support/quick_repository.ts";
import { everyResticTest, make, PASSWORD, type ResticRig, resticTest } from "../../support/restic_rig.ts";

const LATER_MS = 120_000; // Past the time for which a backup that was just made is not looked up again.
const ANOTHER = /is another one \([0-9a-f]{10}\) than the one used before \([0-9a-f]{10}\)/;

/** Another repository that has all that ours has, with the same tags, as `restic copy` makes it. */
async function copyOf(rig: ResticRig): Promise<string> {
  const copy = `${rig.folder}/copy`;
  await writeFile(`${rig.folder}/password`, PASSWORD);
  await makeQuickRepository(copy, "second");
  const from = ["--from-repo", rig.repository, "--from-password-file", `${rig.folder}/password`];
  await rig.restic("copy", "--repo", copy, ...from);
  return copy;
}

/** A restic that does this, a shell command, before it looks for snapshots, once there is a file `swap`. */
async function lookingAfter(rig: ResticRig, command: string): Promise<string> {
  const path = `${rig.folder}/restic-after`;
  const script = `#!/bin/bash
case " $* " in *" snapshots "*) ;; *) exec ${rig.program} "$@";; esac
[ -e ${rig.folder}/swap ] && { ${command}; }
exec ${rig.program} "$@"
`;
  await writeFile(path, script, { mode: 0o755 });
  return path;
}

everyResticTest(
  "a backup that another repository has too is not said to be there while that one is in the place of ours",
  async (rig) => {
    await writeFile(`${rig.data}/a`, "a");
    await using provider = await rig.open();
    const made = await make(provider, "run-1");
    rig.ahead.monotonicMs = LATER_MS;
    const copy = await copyOf(rig);
    await rename(rig.repository, `${rig.folder}/first`);
    await rename(copy, rig.repository);
    await assert.rejects(provider.get(made.id), ANOTHER, "it has one with this tag, made of our snapshot");
    await assert.rejects(provider.list(), ANOTHER);
    await assert.rejects(provider.get("of-nobody"), ANOTHER);
    const before = rig.commands.length;
    await assert.rejects(provider.get(made.id), ANOTHER);
    const looked = rig.commands.slice(before).filter(({ argv }) => argv.includes("snapshots"));
    assert.deepEqual(looked, [], "it is not even looked into");

    await rename(rig.repository, copy);
    await rename(`${rig.folder}/first`, rig.repository);
    assert.equal((await provider.get(made.id)).found, "yes");
    assert.equal((await provider.list!()).length, 1);
  },
);

everyResticTest(
  "a repository that comes in the place of ours while it is looked into gives no answer either",
  async (rig) => {
    await writeFile(`${rig.data}/a`, "a");
    const first = await rig.open();
    const made = await make(first, "run-1");
    await first[Symbol.asyncDispose]();
    rig.ahead.monotonicMs = LATER_MS;
    const copy = await copyOf(rig);
    await cp(rig.repository, `${rig.folder}/first`, { recursive: true });
    const program = await lookingAfter(rig, `rm -r ${rig.repository}; cp -r ${copy} ${rig.repository}`);
    await using provider = await rig.open({ program });
    assert.equal((await provider.get(made.id)).found, "yes");
    await writeFile(`${rig.folder}/swap`, "");
    await assert.rejects(provider.get(made.id), ANOTHER);
    await rename(rig.repository, `${rig.folder}/other`);
    await rename(`${rig.folder}/first`, rig.repository);
    await assert.rejects(provider.list(), ANOTHER);
  },
);

resticTest(
  "an entry that never used its repository goes by what the others of it used: no other is believed, and none is made",
  async (rig) => {
    await writeFile(`${rig.data}/a`, "a");
    const siblings = createResticSiblings();
    await using a = await rig.open({ key: "a" }, "a", siblings);
    const made = await make(a, "run-1");
    const copy = await copyOf(rig);
    await rename(rig.repository, `${rig.folder}/first`);
    await mkdir(rig.repository);
    await using b = await rig.open({ key: "b", repository: `local:${rig.repository}/` }, "b", siblings);
    await assert.rejects(
      b.create(callOf("run-2")),
      /is no longer there: .*to begin anew on purpose remove '\S+\/a\/repository.json': provider 'a' used it/,
    );
    await assert.rejects(b.get(made.id));
    await rm(rig.repository, { recursive: true });
    await rename(copy, rig.repository);
    await assert.rejects(b.get(made.id), ANOTHER);
    await assert.rejects(b.list(), ANOTHER);
    await assert.rejects(b.create(callOf("run-2")), ANOTHER);

    await rename(rig.repository, copy);
    await rename(`${rig.folder}/first`, rig.repository);
    assert.equal((await make(b, "run-2")).state, "available");
    // From now on it knows by itself.
    await rm(`${rig.folder}/a/repository.json`);
    await rename(rig.repository, `${rig.folder}/first`);
    await rename(copy, rig.repository);
    await assert.rejects(b.list(), ANOTHER);
  },
);
