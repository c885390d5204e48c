// `schelly provider test` against whole providers in processes of their own: ours, the original's, and the one
// without our library of the guide for authors, each also killed in the middle of a backup.

import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { examine, example, restoreRoot, slowTar, type Tested } from "../support/examine_provider.ts";
import { freePort, PROGRAM, programTest, type Rig } from "../support/program.ts";
import { mayLack, requireTool } from "../support/require_tool.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A create body with which a backup fails, and what makes it fail. */
const FAILING = ["--failing-body", '{"fail": true}'];
const FAILS_ON_DEMAND = 'case "$SCHELLY_BODY" in *fail*) exit 1;; esac';

/** Prints a file of a backup. */
const entryLine = (path: string) => `echo '${JSON.stringify({ path, type: "file" })}'`;
const LACKS_PATH = 'case "$SCHELLY_INCLUDE" in *no-such*) exit 3;; esac';

function served(rig: Rig, args: string[], env: Record<string, string> = {}): Tested {
  const address = `127.0.0.1:${freePort()}`;
  const common = ["--listen", address, "--state-folder", `${rig.folder}/journal`];
  common.push("--restore-root", restoreRoot(rig));
  return {
    start: () => rig.spawn("provider", [...PROGRAM, "provider", "serve", ...args, ...common], env),
    ready: ["err", /Serving .* at http/],
    url: `http://${address}/backups`,
  };
}

programTest("provider serve command keeps the whole protocol, also when it is killed", async (rig) => {
  await mkdir(`${rig.folder}/store`);
  await writeFile(`${rig.folder}/token`, "the-token\n", { mode: 0o600 });
  const tested = served(rig, [
    ...["command", "--token-file", `${rig.folder}/token`],
    ...["--create", `sleep 1; ${FAILS_ON_DEMAND}; echo > "store/$SCHELLY_BACKUP_ID"`],
    ...["--delete", 'rm -f "store/$SCHELLY_DATA_ID"', "--get", 'test -e "store/$SCHELLY_DATA_ID" || exit 3'],
    ...["--verify", 'sleep 1; test -e "store/$SCHELLY_DATA_ID"'],
    ...["--browse", '[ -z "$SCHELLY_PATH" ] || exit 3; ' + ["a", "b"].map(entryLine).join("; ")],
    ...["--restore", `sleep 1; ${LACKS_PATH}; cp "store/$SCHELLY_DATA_ID" "$SCHELLY_TARGET/a"`],
  ]);
  await examine(rig, tested, "command", "--token-file", `${rig.folder}/token`, ...FAILING);
  assert.deepEqual(await readdir(`${rig.folder}/store`), [], "nothing is left in the storage");
});

programTest("provider serve restic keeps the whole protocol, also when it is killed", async (rig) => {
  await mkdir(`${rig.folder}/source`);
  await writeFile(`${rig.folder}/source/file`, "content");
  await writeFile(`${rig.folder}/source/other`, "more content");
  const tested = served(
    rig,
    [
      "restic",
      "--repository",
      `${rig.folder}/repository`,
      "--path",
      `${rig.folder}/source`,
      "--pre",
      `sleep 1; ${FAILS_ON_DEMAND}`,
    ],
    { RESTIC_PASSWORD: "secret" },
  );
  await examine(rig, tested, "restic", ...FAILING);
}, { skip: requireTool("restic") });

programTest("provider serve backy2 keeps the whole protocol, also when it is killed", async (rig) => {
  await writeFile(`${rig.folder}/disk`, "sector\n".repeat(100_000));
  const args = ["backy2", "--source", `file://${rig.folder}/disk`, "--pre", FAILS_ON_DEMAND];
  const tested = served(rig, args, {
    TARGET_DATA_PATH: `${rig.folder}/store`,
    PROTECT_YOUNG_BACKUP_DAYS: "0",
  });
  // A start of Python for each look into the storage takes longer than half of the usual limit on a busy machine.
  await examine(rig, tested, "backy2", "--timeout", "40s", ...FAILING);
}, { skip: mayLack("backy2", ["-V"]) });

programTest("the original's provider keeps the base", async (rig) => {
  const port = freePort();
  const argv = [
    ...[Deno.execPath(), "run", "-q", "-A", "--config", `${ROOT}deno.json`],
    ...[`${ROOT}tests/support/original_provider.ts`, "--ledger", `${rig.folder}/ledger.jsonl`],
    ...["--port", String(port), "--duration-ms", "1000"],
  ];
  const tested: Tested = {
    start: () => rig.spawn("original provider", argv),
    ready: ["out", /"url"/],
    url: `http://127.0.0.1:${port}/backups`,
  };
  await examine(rig, tested, "original");
});

programTest("the guide's provider in Python keeps the base", async (rig) => {
  const env = await slowTar(rig);
  const file = `${rig.folder}/tar_provider.py`;
  await writeFile(file, await example("python"));
  const port = String(freePort());
  const folders = [`${rig.folder}/source`, `${rig.folder}/store`];
  const tested: Tested = {
    start: () => rig.spawn("tar provider", ["python3", file, ...folders, port, restoreRoot(rig)], env),
    ready: ["out", /Serving http/],
    url: `http://127.0.0.1:${port}/backups`,
  };
  await examine(rig, tested, "Python");
  assert.deepEqual(await readdir(`${rig.folder}/store`), []);
}, { skip: requireTool("python3", ["--version"]) });

programTest(
  "provider mock keeps the whole protocol with ids that need encoding, and loses answers on demand",
  async (rig) => {
    const port = freePort();
    const url = `http://127.0.0.1:${port}/backups`;
    const flags = ["--listen", `127.0.0.1:${port}`, "--duration", "1s", "--odd-ids", "true"];
    flags.push("--restore-root", restoreRoot(rig));
    const tested: Tested = {
      start: () => rig.spawn("mock", [...PROGRAM, "provider", "mock", ...flags]),
      ready: ["err", /Pretending to be a provider/],
      url,
    };
    // It keeps everything in memory: a restart forgets all, and says so.
    const skip = ["--skip", "restart,restart-keeps,restart-starts,restart-idempotency"];
    await examine(rig, tested, "mock", ...skip, ...FAILING);
    const settings = await fetch(`http://127.0.0.1:${port}/mock`, {
      method: "PUT",
      body: '{"lost_rate": 1}',
    });
    assert.equal((await settings.json()).lost_rate, 1);
    const lost = async () => (await fetch(url, { method: "POST" })).text();
    await assert.rejects(lost());
    const there = await (await fetch(url)).json();
    assert.deepEqual(
      there.map(({ status }: { status: string }) => status),
      ["running"],
      "it was done all the same",
    );
  },
);
