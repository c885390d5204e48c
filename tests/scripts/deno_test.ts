// Where no Deno is on PATH, scripts/deno.sh runs the one that is pinned by its digest, and none that is another.

import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { requireTool } from "../support/require_tool.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const lock = JSON.parse(await readFile(`${ROOT}scripts/deno/package-lock.json`, "utf8"));
const { dependencies } = JSON.parse(await readFile(`${ROOT}scripts/deno/package.json`, "utf8"));

test("the lock pins one version, whoever asks, and the digests of what a release is built with", async () => {
  const { "": root, "node_modules/deno": deno, ...programs } = lock.packages;
  assert.deepEqual(root.dependencies, dependencies);
  const version = dependencies.deno;
  assert.equal(deno.version, version);
  for (const [path, { version: found, resolved }] of Object.entries<any>(programs)) {
    assert.deepEqual([found, resolved], [version, undefined], path);
    assert.equal(deno.optionalDependencies[path.replace("node_modules/", "")], version);
  }
  for (const one of [deno, programs["node_modules/@deno/linux-x64-glibc"]]) {
    assert.match(one.integrity, /^sha512-[A-Za-z0-9+/]{86}==$/);
  }
  assert.ok((await readFile(`${ROOT}Dockerfile`, "utf8")).includes(`denoland/deno:bin-${version}`));
});

/** A checkout with scripts/ alone, and an npm beside it that gives what it is told; and the PATH to find it by. */
async function withNpm(
  npm: string,
  work: (run: () => Promise<Deno.CommandOutput>) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(`${tmpdir()}/schelly-deno-`);
  try {
    await cp(`${ROOT}scripts/deno`, `${folder}/scripts/deno`, { recursive: true });
    await cp(`${ROOT}scripts/deno.sh`, `${folder}/scripts/deno.sh`);
    await mkdir(`${folder}/bin`);
    for (const tool of ["sh", "awk", "sed", "grep", "cp", "mkdir", "chmod", "dirname", "uname", "cat"]) {
      const { stdout } = await new Deno.Command("sh", { args: ["-c", `command -v ${tool}`] }).output();
      await symlink(new TextDecoder().decode(stdout).trim(), `${folder}/bin/${tool}`);
    }
    await writeFile(`${folder}/bin/npm`, `#!/bin/sh\n${npm}`, { mode: 0o755 });
    const options = { args: ["--version"], env: { PATH: `${folder}/bin` }, clearEnv: true };
    await work(() => new Deno.Command(`${folder}/scripts/deno.sh`, options).output());
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Puts a program where npm would; it says that it is the pinned Deno. */
const install = (name: string) =>
  `test "$1" = ci || exit 1; cd "$3"; test -f package-lock.json || exit 1
mkdir -p node_modules/@deno/${name}; p=node_modules/@deno/${name}/deno
printf '#!/bin/sh\\necho "deno ${dependencies.deno}"\\n' >$p; chmod +x $p`;

const skip = requireTool("sh", ["-c", "true"]);

test("it is fetched by the lock, and what has no digest there is told of", { skip }, async () => {
  await withNpm(install("linux-x64-glibc"), async (run) => {
    const { code, stdout, stderr } = await run();
    const err = new TextDecoder().decode(stderr);
    assert.equal(code, 0, err);
    assert.equal(new TextDecoder().decode(stdout), `deno ${dependencies.deno}\n`);
    assert.doesNotMatch(err, /No digest/);
  });
  await withNpm(install("unknown-kind"), async (run) => {
    const { code, stderr } = await run();
    assert.equal(code, 0);
    assert.match(new TextDecoder().decode(stderr), /No digest of @deno\/unknown-kind@[\d.]+ is pinned/);
  });
});

test(
  "what npm leaves out because its digest is another is not run, and the reason is said",
  { skip },
  async () => {
    await withNpm(`cd "$3"; mkdir -p node_modules/deno`, async (run) => {
      const { code, stderr } = await run();
      assert.equal(code, 1);
      assert.match(
        new TextDecoder().decode(stderr),
        /its digest is not the one of scripts\/deno\/package-lock\.json/,
      );
    });
  },
);
