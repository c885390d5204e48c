// What restic says of a backup may be long, cut off, or not heard at all: what lies in the repository decides.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { everyResticTest, make, type ResticRig } from "../../support/restic_rig.ts";

/** A restic whose `backup` says what this makes of the real one's output, a shell filter. */
async function speakingAs(rig: ResticRig, filter: string): Promise<string> {
  const path = `${rig.folder}/restic-${filter.length}`;
  const script = `#!/bin/bash
case " $* " in *" backup "*) ;; *) exec ${rig.program} "$@";; esac
${rig.program} "$@" > ${rig.folder}/said 2>&1
code=$?
${filter} < ${rig.folder}/said
exit $code
`;
  await writeFile(path, script, { mode: 0o755 });
  return path;
}

everyResticTest(
  "a backup whose output is longer than any buffer is made, and what it said is read whole",
  async (rig) => {
    await writeFile(`${rig.data}/a`, "content");
    // Status lines of 3 MB, 30 MB in all, before the real ones, and a summary of more than 64 KiB.
    const long = (length: number) => `head -c ${length} /dev/zero | tr '\\0' x`;
    const program = await speakingAs(
      rig,
      `{ for n in 1 2 3 4 5 6 7 8 9 10; do printf '{"message_type":"status","current_files":["'; ${
        long(3e6)
      }; ` +
        `printf '"]}\\n'; done; pad=$(${long(1e5)}); ` +
        `sed 's/^{.*summary"/{"pad":"'"$pad"'","message_type":"summary"/'; }`,
    );
    await using provider = await rig.open({ program });
    const made = await make(provider, "run-1");
    assert.equal(made.state, "available", `${made.message}`);
    assert.match(made.message!, /^snapshot [0-9a-f]{8}: 1 file, 7 B/, "the summary was read whole");
    assert.equal(made.dataId, (await rig.snapshots())[0]!.id);
  },
);

everyResticTest("a backup whose end is not heard is settled by its tag in the repository", async (rig) => {
  await writeFile(`${rig.data}/a`, "content");
  const cut = await rig.open({ program: await speakingAs(rig, "head -c -60") });
  const first = await make(cut, "run-1");
  assert.equal(first.state, "available", `${first.message}`);
  await cut[Symbol.asyncDispose]();
  const program = await speakingAs(rig, "cat > /dev/null");
  await using silent = await rig.open({ program });
  const second = await make(silent, "run-2");
  assert.equal(second.state, "available", `${second.message}`);
  assert.deepEqual((await rig.snapshots()).map(({ id }) => id), [first.dataId, second.dataId]);

  // restic before 0.18 ends with 0 where a path is not there, and only says so.
  await using partly = await rig.open({ program, paths: [`${rig.data}/`, `${rig.folder}/away`] }, "partly");
  const third = await make(partly, "run-3");
  assert.equal(third.state, "failed", `${third.message}`);
  assert.equal(third.reason, "incomplete");
  assert.match(third.message!, /^'.*\/away' is not there: put back or take out of paths$/);
});

everyResticTest(
  "a snapshot with more paths than fit into a pipe is found again, deleted and listed",
  async (rig) => {
    const paths: string[] = [];
    await mkdir(`${rig.data}/many`);
    for (let n = 0; n < 700; n++) {
      const path = `${rig.data}/many/${"x".repeat(120)}${n}`;
      await writeFile(path, "");
      paths.push(path);
    }
    await using provider = await rig.open({ paths });
    const made = await make(provider, "run-1");
    assert.equal(made.state, "available", `${made.message}`);
    rig.ahead.monotonicMs = 120_000;
    assert.equal((await provider.get(made.id)).found, "yes");
    assert.equal((await provider.list())[0]!.paths!.length, 700);
    assert.equal(await provider.delete(made.id, undefined, 1), "deleted");
  },
);

everyResticTest(
  "a snapshot that `restic tag` gave a new id is shown under it, with our run as proof, and deleted",
  async (rig) => {
    await using provider = await rig.open();
    await writeFile(`${rig.data}/a`, "content");
    const made = await make(provider, "run-1");
    rig.ahead.monotonicMs = 120_000;
    for (const tag of ["kept", "twice"]) {
      await rig.restic("tag", "--add", tag, `${(await rig.snapshots())[0]!.id}`);
      const [snapshot] = await rig.snapshots();
      assert.notEqual(snapshot!.id, made.dataId);
      const answer = await provider.get(made.id);
      assert.ok(answer.found === "yes");
      assert.deepEqual([answer.backup.dataId, answer.backup.runId], [snapshot!.id, "run-1"]);
    }
    assert.equal(await provider.delete(made.id, undefined, 1), "deleted");
    assert.deepEqual(await rig.snapshots(), []);
  },
);
