// Restores and lists by commands: what they are told, and what is made of their words.

import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import type { CommandProviderSpec } from "../../../src/domain/provider_spec.ts";
import { openBackuper } from "../../../src/provider/builtin/builtin_provider.ts";
import { createHost } from "../../../src/runtime/host.ts";
import { tempFolder } from "../../support/backup_rig.ts";

const signal = new AbortController().signal;
const of = { id: "b1", dataId: "d1", signal };

function backuperOf(scripts: { restore?: string; browse?: string }) {
  const argv = (script: string | undefined): [string, ...string[]] | null =>
    script === undefined ? null : ["sh", "-c", script];
  const spec = {
    ...{
      kind: "command",
      key: "c",
      env: {},
      cwd: null,
      create: ["true"],
      delete: ["true"],
      get: null,
      list: null,
    },
    ...{ timeouts: { createMs: 1, getMs: 1, deleteMs: 1 }, createBody: undefined, deleteBody: undefined },
    ...{ restore: argv(scripts.restore), browse: argv(scripts.browse) },
  } as unknown as CommandProviderSpec;
  return openBackuper(spec, createHost()).backuper;
}

async function restore(script: string, include: string[] = [], dryRun = false) {
  await using folder = await tempFolder();
  const tools = { progress() {}, output() {}, started() {} };
  const task = { ...of, ...tools, target: folder.path, include, dryRun };
  return { result: await backuperOf({ restore: script }).restore!(task), names: await readdir(folder.path) };
}

test("restore is told where and what, and its last line says how it went", async () => {
  const said = `printf '%s' "$SCHELLY_INCLUDE" | tr '\\n' '+'; echo " $SCHELLY_BACKUP_ID $SCHELLY_DATA_ID"`;
  const plain = await restore(`touch "$SCHELLY_TARGET/x"; ${said}`, ["a b", "c"]);
  assert.deepEqual(plain, { result: { message: "a b+c b1 d1" }, names: ["x"] });
  const { result } = await restore(`echo '{"files": 2, "bytes": 9, "lost": "owners", "message": "m"}'`);
  assert.deepEqual(result, { files: 2, bytes: 9, lost: "owners", message: "m" });
});

test("a restore that fails says why; one that is only tried is refused and runs nothing", async () => {
  await assert.rejects(restore("echo gone >&2; exit 3"), /does not have what was asked for: gone/);
  await assert.rejects(
    restore("echo no space >&2; exit 1"),
    /restore command 'sh' ended with exit code 1: no space/,
  );
  const many = `for n in 1 2 3 4 5 6 7; do echo "cannot read f$n" >&2; done; echo 7 files failed >&2; exit 1`;
  await assert.rejects(
    restore(many),
    /exit code 1: 7 files failed \(before that: cannot read f1; .*; cannot read f5 and 2 lines more\)/,
  );
  await assert.rejects(restore(`echo '{"files": "many"}'`), /Cannot read the last line/);
  await assert.rejects(restore("exit 0", [], true), /cannot be tried/);
  await assert.rejects(restore("exit 0", ["a\nb"]), /line break/);
  assert.equal(backuperOf({}).restore, undefined);
});

test("browse pages by name what comes in any order, and nothing that lies elsewhere", async () => {
  const lines = ["s/c", "s/a", "s/b/deep", "t", "s/b", "s"].map((path) =>
    JSON.stringify({ path, type: "file", size: 1 })
  );
  const { browse } = backuperOf({
    browse: `[ "$SCHELLY_PATH" = s ] || exit 3; printf '%s\\n' '${lines.join("' '")}'`,
  });
  const page = async (after?: string) => await browse!({ ...of, path: "s", after, limit: 2 });
  const names = (entries: { path: string }[] = []) => entries.map(({ path }) => path);
  const first = await page();
  assert.deepEqual([names(first?.entries), first?.next], [["s/a", "s/b"], "b"]);
  const second = await page(first!.next);
  assert.deepEqual([names(second?.entries), second?.next], [["s/c"], undefined]);
  assert.equal(await browse!({ ...of, path: "no", after: undefined, limit: 2 }), undefined);
  const bad = backuperOf({ browse: `echo '{"path": "../x"}'` });
  await assert.rejects(
    bad.browse!({ ...of, path: "", after: undefined, limit: 2 }),
    /lead out of the backup/,
  );
});
