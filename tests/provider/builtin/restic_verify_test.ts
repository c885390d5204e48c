// Verifications by the real restic: what passes restic's plain check and cannot be restored fails here, and names the file.
// Also tests command_verify.ts and restored_folder.ts.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { cp, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { test } from "node:test";
import type { CommandProviderSpec, ResticProviderSpec } from "../../../src/domain/provider_spec.ts";
import type { VerifyTask } from "../../../src/ports/verification.ts";
import { createCommandBackuper } from "../../../src/provider/builtin/command.ts";
import { createResticBackuper } from "../../../src/provider/builtin/restic.ts";
import { createHost } from "../../../src/runtime/host.ts";
import { tempFolder } from "../../support/backup_rig.ts";
import { everyResticTest, flipPack, make, type ResticRig, resticTest } from "../../support/restic_rig.ts";

const host = createHost();

async function backedUp(rig: ResticRig): Promise<{ id: string; dataId: string }> {
  await writeFile(`${rig.data}/small.txt`, "hello");
  const noise = () => crypto.getRandomValues(new Uint8Array(65_536));
  await writeFile(`${rig.data}/sub/large`, Buffer.concat([noise(), noise(), noise()]));
  await symlink("small.txt", `${rig.data}/link`);
  await using provider = await rig.open();
  const made = await make(provider, "run-1");
  assert.equal(made.state, "available", made.message ?? "");
  return { id: made.id, dataId: made.dataId! };
}

function notesInMemory() {
  const texts = new Map<string, string>();
  return {
    texts,
    read: (name: string) => Promise.resolve(texts.get(name)),
    write: (name: string, text: string) => Promise.resolve(void texts.set(name, text)),
    toForget: () => "forget it",
  };
}

/** One verification, in a scratch folder of its own. */
async function verify(
  rig: ResticRig,
  backup: { id: string; dataId: string },
  method: VerifyTask["method"],
  more: ResticProviderSpec["verify"] = { parts: 1, maxSizeMb: null, test: null },
  notes = notesInMemory(),
) {
  const scratch = `${rig.folder}/scratch`;
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch);
  const { verify } = createResticBackuper(rig.spec({ verify: more }), host, notes);
  return await verify!({
    ...backup,
    ...{ method, job: "db", scratch, body: undefined, signal: AbortSignal.timeout(60_000) },
    ...{ progress() {}, output() {}, started() {} },
  });
}

everyResticTest(
  "flipped bytes pass the plain check, and fail both verifications, which name the file",
  async (rig) => {
    const backup = await backedUp(rig);
    for (const method of ["check", "restore"] as const) {
      const { passed, message } = await verify(rig, backup, method);
      assert.ok(passed, message ?? "");
      assert.match(message!, /^2 files, /);
    }
    const mend = await flipPack(rig);
    await rig.restic("check");
    for (const method of ["check", "restore"] as const) {
      const { passed, message } = await verify(rig, backup, method);
      assert.equal(passed, false, `${method}: ${message}`);
      assert.match(message!, /sub\/large/);
    }
    await mend();
    const again = await verify(rig, backup, "restore");
    assert.ok(again.passed, again.message ?? "");
    assert.equal(again.files, 2);
    assert.ok(again.durationMs! > 0 && again.bytes! > 60_000);
  },
);

resticTest(
  "checks walk over the parts of the data, one each time, and only the last one of a walk proves what is older than it",
  async (rig) => {
    const backup = await backedUp(rig);
    const notes = notesInMemory();
    const seen: string[] = [];
    const partial: boolean[] = [];
    for (let turn = 0; turn < 4; turn++) {
      const result = await verify(
        rig,
        backup,
        "check",
        { parts: 3, maxSizeMb: null, test: null },
        notes,
      );
      seen.push(/part \d of \d/.exec(result.message!)![0]);
      partial.push(result.partial === true);
    }
    assert.deepEqual(partial, [true, true, false, true]);
    // The first part of this walk was read before it was there.
    await using provider = await rig.open();
    const { id, dataId } = await make(provider, "run-2");
    const later = { id, dataId: dataId! };
    for (const isPart of [true, true]) {
      const found = await verify(rig, later, "check", { parts: 3, maxSizeMb: null, test: null }, notes);
      assert.equal(found.partial, isPart);
    }
    assert.deepEqual(seen, ["part 1 of 3", "part 2 of 3", "part 3 of 3", "part 1 of 3"]);
  },
);

resticTest(
  "what cannot be tried says nothing against the backup; a test in what was restored does",
  async (rig) => {
    const backup = await backedUp(rig);
    const withTest = (line: string) =>
      verify(rig, backup, "restore", {
        parts: 1,
        maxSizeMb: null,
        test: { argv: ["sh", "-c", line], timeoutMs: 10_000 },
      });
    await assert.rejects(
      verify(rig, backup, "restore", { parts: 1, maxSizeMb: 0.01, test: null }),
      /verify.max_size restores 10 kB at most/,
    );
    const good = await withTest(`test "$(cat .${rig.data}/small.txt)" = hello && echo 1 row`);
    assert.deepEqual([good.passed, /its test passed: 1 row/.test(good.message!)], [true, true]);
    const bad = await withTest("echo no rows; exit 1");
    assert.deepEqual([bad.passed, bad.message], [false, "its test failed: no rows"]);
    await assert.rejects(withTest("exit 127"), /says nothing of the backup/);
    const gone = await verify(rig, { id: "other", dataId: "0".repeat(64) }, "restore");
    assert.deepEqual([gone.passed, gone.message], [false, "its snapshot is not in the repository"]);
  },
);

resticTest("a repository that is not the one it was proves nothing", async (rig) => {
  const backup = await backedUp(rig);
  const notes = notesInMemory();
  assert.ok((await verify(rig, backup, "check", undefined, notes)).passed);
  await cp(rig.repository, `${rig.folder}/kept`, { recursive: true });
  await rm(rig.repository, { recursive: true });
  await assert.rejects(verify(rig, backup, "check", undefined, notes), /no longer there/);
});

test("a command proves by its exit code: 0 passed, 1 damaged, any other nothing", async () => {
  await using folder = await tempFolder();
  const verifyBy = (line: string) => {
    const spec = {
      ...{
        kind: "command",
        key: "c",
        create: ["true"],
        delete: ["true"],
        get: null,
        list: null,
        env: {},
        cwd: null,
      },
      ...{ verify: ["sh", "-c", line], timeouts: { createMs: 1, getMs: 1, deleteMs: 1 } },
    } as unknown as CommandProviderSpec;
    return createCommandBackuper(spec, host).verify!({
      ...{ id: "b", dataId: "d", method: "restore", job: "db", scratch: folder.path, body: undefined },
      ...{ signal: AbortSignal.timeout(20_000), progress() {}, output() {}, started() {} },
    });
  };
  const passed = await verifyBy(
    `test -d "$SCHELLY_SCRATCH" && echo "{\\"files\\": 3, \\"message\\": \\"$SCHELLY_DATA_ID by $SCHELLY_VERIFY_METHOD\\"}"`,
  );
  assert.deepEqual([passed.passed, passed.files, passed.message], [true, 3, "d by restore"]);
  const failed = await verifyBy("echo table users is empty; exit 1");
  assert.deepEqual([failed.passed, failed.message], [false, "table users is empty"]);
  await assert.rejects(verifyBy("echo oops >&2; exit 2"), /exit code 2: oops/);
});
