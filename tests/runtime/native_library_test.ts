// The program's own library is loaded from a file that nobody else can open, whatever lies or happens around it.
// Also tests library_leftovers.ts.

import assert from "node:assert/strict";
import { lstat, mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { lstatSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { Buffer } from "node:buffer";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { StoreError } from "../../src/domain/errors.ts";
import { LIBRARY_PREFIX, removeLeftovers } from "../../src/runtime/library_leftovers.ts";
import { libraryFolders, loadPrivately } from "../../src/runtime/native_library.ts";

const LINUX = Deno.build.os === "linux";
/** More than one piece of a copy, and no whole number of them. */
const BYTES = new Uint8Array(2_500_000).map((_, index) => index * 7 + (index >> 8));

/** A temporary folder, and beside it the library as the program holds it. */
async function withFolder(work: (folder: string, library: string) => Promise<void> | void): Promise<void> {
  const root = await mkdtemp(`${tmpdir()}/schelly-library-test-`);
  try {
    await mkdir(`${root}/t`);
    await writeFile(`${root}/index.node`, BYTES);
    await work(`${root}/t`, `${root}/index.node`);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Read by another program: Deno keeps its own from what the system names as an open file. */
function contentOf(path: string): Uint8Array {
  const args = [path.replace("/self/", `/${Deno.pid}/`)];
  return new Deno.Command("cat", { args, stdout: "piped" }).outputSync().stdout;
}

const temp = (path: string) => ({ path, called: "the temporary folder" });

test("what is loaded is the library, in a file and a folder of this user alone, and nothing stays", async () => {
  await withFolder(async (folder, library) => {
    const names: string[] = [];
    for (const _ of [1, 2]) {
      let loads = 0;
      loadPrivately(library, [temp(folder)], (path) => {
        loads++;
        assert.ok(Buffer.compare(contentOf(path), BYTES) === 0);
        const [name, ...others] = readdirSync(folder);
        assert.deepEqual(others, []);
        assert.equal(lstatSync(`${folder}/${name}`).mode & 0o777, 0o700);
        const [file] = readdirSync(`${folder}/${name}`);
        const { mode, uid } = lstatSync(`${folder}/${name}/${file}`);
        assert.deepEqual([mode & 0o777, uid], [0o600, Deno.uid()]);
        names.push(name!, file!);
      });
      assert.equal(loads, 1);
    }
    assert.equal(new Set(names).size, 4, "no name can be known before");
    assert.deepEqual(await readdir(folder), []);
  });
});

test("what is swapped in under its name meanwhile is not what is loaded", { skip: !LINUX }, async () => {
  await withFolder((folder, library) => {
    loadPrivately(library, [temp(folder)], (path) => {
      // Who may rename in the temporary folder puts a folder of the same name there.
      const [name] = readdirSync(folder);
      const [file] = readdirSync(`${folder}/${name}`);
      renameSync(`${folder}/${name}`, `${folder}/aside`);
      mkdirSync(`${folder}/${name}`);
      writeFileSync(`${folder}/${name}/${file}`, "theirs");
      assert.ok(Buffer.compare(contentOf(path), BYTES) === 0);
      assert.equal(statSync(path).size, BYTES.length);
    });
  });
});

test("the next folder is taken where one is missing, read-only, or may not run what lies in it", async () => {
  await withFolder(async (folder, library) => {
    await writeFile(`${folder}/file`, "");
    await mkdir(`${folder}/noexec`);
    await mkdir(`${folder}/good`);
    const loadedFrom: string[] = [];
    const folders = ["missing", "file", "noexec", "good"].map((name) => temp(`${folder}/${name}`));
    loadPrivately(library, folders, () => {
      const at = ["noexec", "good"].find((name) => readdirSync(`${folder}/${name}`).length > 0)!;
      loadedFrom.push(at);
      if (at === "noexec") throw new Error("index.node: failed to map segment from shared object");
    });
    assert.deepEqual(loadedFrom, ["noexec", "good"]);
    assert.deepEqual(await readdir(`${folder}/noexec`), []);
    assert.deepEqual(await readdir(`${folder}/good`), []);
  });
});

test("where no folder will do, one sentence says of each why, and what to do", async () => {
  await withFolder((folder, library) => {
    const folders = [temp(`${folder}/missing`), { path: folder, called: "RUNTIME_DIRECTORY" }];
    assert.throws(() =>
      loadPrivately(library, folders, () => {
        throw new Error("failed to map segment from shared object");
      }), (error) => {
      assert.ok(error instanceof StoreError);
      assert.equal(error.kind, "not_writable");
      assert.equal(
        error.message,
        `Cannot load the library of the state store from the temporary folder '${folder}/missing': ` +
          `it is not there; nor from RUNTIME_DIRECTORY '${folder}': it is mounted noexec, or closed to this user: ` +
          "set TMPDIR to a folder in which this user may write and run programs " +
          "(in a container: --tmpfs /tmp:exec)",
      );
      return true;
    });
  });
});

test("a library that is wrong in itself is told of as it is, and leaves nothing", async () => {
  await withFolder(async (folder, library) => {
    const load = () => {
      throw new Error("version `GLIBC_2.99' not found");
    };
    assert.throws(() => loadPrivately(library, [temp(folder), temp(folder)], load), /GLIBC_2\.99/);
    assert.deepEqual(await readdir(folder), []);
  });
});

test("the folders are the temporary one, then those that a service or session has of its own", () => {
  const paths = (env: Record<string, string>) => libraryFolders(env).map(({ path }) => path);
  assert.deepEqual(paths({}), [tmpdir()]);
  assert.deepEqual(paths({ RUNTIME_DIRECTORY: "/run/a:/run/b", XDG_RUNTIME_DIR: "/run/user/1" }), [
    tmpdir(),
    "/run/a",
    "/run/user/1",
  ]);
  assert.deepEqual(paths({ RUNTIME_DIRECTORY: "", XDG_RUNTIME_DIR: "relative" }), [tmpdir()]);
});

/** What older versions called it. */
const BY_DENO = "schelly436854050065258501113823054255954830378.node";

async function age(path: string): Promise<void> {
  const before = new Date(Date.now() - 3 * 3600_000);
  await utimes(path, before, before);
}

test("copies that were left behind go once nobody can be loading them, and nothing else does", async () => {
  await withFolder(async (folder) => {
    const [killed, fresh, full] = ["killed", "fresh", "full"].map((name) => `${LIBRARY_PREFIX}${name}`);
    for (const name of [killed!, fresh!, full!]) {
      await mkdir(`${folder}/${name}`, { mode: 0o700 });
      await writeFile(`${folder}/${name}/1.node`, "");
    }
    await writeFile(`${folder}/${full}/somebody's`, "");
    await writeFile(`${folder}/${BY_DENO}`, "");
    for (const name of [killed!, full!, BY_DENO]) await age(`${folder}/${name}`);
    // Those of a program that is called otherwise, and what is no number, are not ours to know.
    for (const name of ["other12345678901234567890123.node", "schelly-notes.node", "schelly12.node"]) {
      await writeFile(`${folder}/${name}`, "");
      await age(`${folder}/${name}`);
    }
    removeLeftovers(folder, "/usr/local/bin/schelly");
    assert.deepEqual((await readdir(folder)).sort(), [
      "other12345678901234567890123.node",
      fresh!,
      full!,
      "schelly-notes.node",
      "schelly12.node",
    ]);
    assert.deepEqual(await readdir(`${folder}/${full}`), ["somebody's"]);
    assert.deepEqual(await readdir(`${folder}/${fresh}`), ["1.node"]);
  });
});

test("links and folders under the name of a copy are left alone, with what they lead to", async () => {
  await withFolder(async (folder) => {
    await mkdir(`${folder}/elsewhere`);
    await writeFile(`${folder}/elsewhere/1.node`, "");
    await age(`${folder}/elsewhere`);
    await symlink("elsewhere", `${folder}/${LIBRARY_PREFIX}link`);
    await symlink("elsewhere/1.node", `${folder}/${BY_DENO}`);
    await mkdir(`${folder}/${BY_DENO.replace("schelly4", "schelly5")}`);
    const before = (await readdir(folder)).sort();
    for (const name of before.filter((name) => name.includes("schelly5"))) await age(`${folder}/${name}`);
    const old = new Date(Date.now() - 3 * 3600_000);
    for (const name of [`${LIBRARY_PREFIX}link`, BY_DENO]) {
      Deno.utimeSync(`${folder}/elsewhere/1.node`, old, old);
      const touch = new Deno.Command("touch", { args: ["-h", "-d", "3 hours ago", `${folder}/${name}`] });
      assert.ok((await touch.output()).success);
    }
    removeLeftovers(folder, "/usr/local/bin/schelly");
    assert.deepEqual((await readdir(folder)).sort(), before);
    assert.ok((await lstat(`${folder}/elsewhere/1.node`)).isFile());
  });
});

test("another user's files under such a name stay", { skip: Deno.uid() !== 0 }, async () => {
  await withFolder(async (folder, library) => {
    await mkdir(`${folder}/${LIBRARY_PREFIX}theirs`);
    await writeFile(`${folder}/${LIBRARY_PREFIX}theirs/1.node`, "");
    await writeFile(`${folder}/${BY_DENO}`, "theirs");
    for (const name of [`${LIBRARY_PREFIX}theirs`, BY_DENO]) {
      await age(`${folder}/${name}`);
      await Deno.chown(`${folder}/${name}`, 65534, 65534);
    }
    let loads = 0;
    loadPrivately(library, [temp(folder)], () => {
      removeLeftovers(folder, "/usr/local/bin/schelly");
      loads++;
    });
    assert.equal(loads, 1);
    assert.deepEqual((await readdir(folder)).sort(), [`${LIBRARY_PREFIX}theirs`, BY_DENO].sort());
    assert.deepEqual(await readdir(`${folder}/${LIBRARY_PREFIX}theirs`), ["1.node"]);
  });
});
