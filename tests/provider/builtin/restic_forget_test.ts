// A deletion is what restic says that it removed, or what the repository then has not: its exit code says neither.

import assert from "node:assert/strict";
import { rename, writeFile } from "node:fs/promises";
import { makeQuickRepository } from "../../support/quick_repository.ts";
import { everyResticTest, make, type ResticRig } from "../../support/restic_rig.ts";

/** A restic before whose `forget` this happens, a shell command; `instead`: it is all that happens. */
async function forgettingAfter(rig: ResticRig, command: string, instead = false): Promise<string> {
  const path = `${rig.folder}/restic-${command.length}`;
  const script = `#!/bin/bash
case " $* " in *" forget "*) ;; *) exec ${rig.program} "$@";; esac
${command}
${instead ? "" : `exec ${rig.program} "$@"`}
`;
  await writeFile(path, script, { mode: 0o755 });
  return path;
}

const LATER_MS = 120_000; // Past the time for which a backup that was just made is not looked up again.

everyResticTest(
  "a repository that is swapped between the look and the deletion is no proof that the backup is gone",
  async (rig) => {
    await writeFile(`${rig.data}/a`, "a");
    const [first, second] = [`${rig.folder}/first`, `${rig.folder}/second`];
    await makeQuickRepository(second, "second");
    const program = await forgettingAfter(
      rig,
      `mv ${rig.repository} ${first}; mv ${second} ${rig.repository}`,
    );
    await using provider = await rig.open({ program });
    const made = await make(provider, "run-1");
    rig.ahead.monotonicMs = LATER_MS;
    await assert.rejects(
      provider.delete(made.id, undefined, 1),
      /is another one \([0-9a-f]{10}\) than the one/,
    );
    await rename(rig.repository, second);
    await rename(first, rig.repository);
    assert.equal((await provider.get(made.id)).found, "yes", "it still counts as a backup");
    assert.deepEqual((await rig.snapshots()).map(({ id }) => id), [made.dataId]);
  },
);

everyResticTest(
  "a forget that ends with 0 and removes nothing is refused, and one that says nothing is looked after",
  async (rig) => {
    await writeFile(`${rig.data}/a`, "a");
    const idle = await rig.open({ program: await forgettingAfter(rig, "exit 0", true) });
    const made = await make(idle, "run-1");
    rig.ahead.monotonicMs = LATER_MS;
    await assert.rejects(
      idle.delete(made.id, undefined, 1),
      /told to forget snapshot [0-9a-f]{8} and ended without an error, but the repository '.*' still has [0-9a-f]{8}: it is tried again$/,
    );
    assert.equal((await idle.get(made.id)).found, "yes");
    await idle[Symbol.asyncDispose]();
    const silent = await forgettingAfter(rig, `${rig.program} "$@" > /dev/null`, true);
    await using provider = await rig.open({ program: silent });
    assert.equal(
      await provider.delete(made.id, undefined, 2),
      "absent",
      "it is gone, and who removed it was not heard",
    );
    assert.deepEqual(await rig.snapshots(), []);
  },
);

everyResticTest("what another restic forgot right before is absent and not deleted", async (rig) => {
  await writeFile(`${rig.data}/a`, "a");
  const program = await forgettingAfter(rig, `${rig.program} forget latest > /dev/null`);
  await using provider = await rig.open({ program });
  const made = await make(provider, "run-1");
  rig.ahead.monotonicMs = LATER_MS;
  assert.equal(await provider.delete(made.id, undefined, 1), "absent");
  assert.deepEqual(await rig.snapshots(), []);
});

everyResticTest("what a prune says after it does not hide that the snapshot was removed", async (rig) => {
  await writeFile(`${rig.data}/a`, "a");
  // More than is kept of any output.
  const program = await forgettingAfter(
    rig,
    `${rig.program} "$@"; head -c 300000 /dev/zero | tr "\\0" "\\n"`,
    true,
  );
  await using provider = await rig.open({ program, prune: true });
  const made = await make(provider, "run-1");
  rig.ahead.monotonicMs = LATER_MS;
  assert.equal(await provider.delete(made.id, undefined, 1), "deleted");
  assert.deepEqual(await rig.snapshots(), []);
});
