// The install script puts everything in its place under another root, and the uninstall script leaves what is the user's.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Child } from "../support/program.ts";
import { requireFile } from "../support/require_tool.ts";

const binary = requireFile("SCHELLY_TEST_BINARY", "the compiled program");
const DEPLOY = fileURLToPath(new URL("../../deploy", import.meta.url));

const INSTALLED = [
  "/opt/s/bin/schelly",
  "/opt/s/share/bash-completion/completions/schelly",
  "/opt/s/share/fish/vendor_completions.d/schelly.fish",
  "/opt/s/share/man/man1/schelly.1",
  "/opt/s/share/zsh/site-functions/_schelly",
  "/usr/lib/systemd/system/schelly.service",
  "/usr/lib/sysusers.d/schelly.conf",
  "/usr/lib/tmpfiles.d/schelly.conf",
];

test("install.sh fills a root, twice; uninstall.sh empties it but for the configuration", {
  skip: binary.skip,
}, async () => {
  const folder = await mkdtemp(`${tmpdir()}/schelly-install-`);
  const root = `${folder}/root`;
  const run = async (script: string) => {
    const env = { PATH: "/usr/bin:/bin", DESTDIR: root, PREFIX: "/opt/s" };
    const ended = await new Child(script, ["sh", `${folder}/archive/deploy/${script}`], env, folder).end();
    assert.equal(ended.code, 0, ended.err);
    return ended.out;
  };
  try {
    // As the archive lays it out.
    await mkdir(`${folder}/archive/deploy/systemd`, { recursive: true });
    await Deno.copyFile("path" in binary ? binary.path : "", `${folder}/archive/schelly`);
    for (const name of ["install.sh", "uninstall.sh", "systemd"]) await copy(name, folder);
    await run("install.sh");
    assert.match(await run("install.sh"), /Installing schelly \d/);
    const all = files(root);
    // A page of the manual for each command.
    const isPage = (path: string) => /\/schelly-[a-z0-9-]+\.1$/.test(path);
    assert.ok(
      all.filter(isPage).length > 80 && all.includes("/opt/s/share/man/man1/schelly-jobs-list.1"),
      all.join("\n"),
    );
    assert.deepEqual(all.filter((path) => !isPage(path)), INSTALLED);
    assert.equal((Deno.statSync(`${root}/opt/s/bin/schelly`).mode ?? 0) & 0o777, 0o755);
    assert.match(
      await readFile(`${root}/usr/lib/systemd/system/schelly.service`, "utf8"),
      /^ExecStart=\/opt\/s\/bin\/schelly run --config \/etc\/schelly\/schelly\.yaml$/m,
    );
    assert.match(await readFile(`${root}/opt/s/share/man/man1/schelly.1`, "utf8"), /^\.TH SCHELLY 1/);

    await mkdir(`${root}/etc/schelly`, { recursive: true });
    await writeFile(`${root}/etc/schelly/schelly.yaml`, "jobs: []\n");
    assert.match(await run("uninstall.sh"), new RegExp(`Kept: ${root}/etc/schelly`));
    assert.deepEqual(files(root), ["/etc/schelly/schelly.yaml"]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("install.sh says what is missing when the program is not beside it", async () => {
  const folder = await mkdtemp(`${tmpdir()}/schelly-install-`);
  try {
    await mkdir(`${folder}/archive/deploy/systemd`, { recursive: true });
    await copy("install.sh", folder);
    const env = { PATH: "/usr/bin:/bin", DESTDIR: `${folder}/root` };
    const ended = await new Child("install.sh", ["sh", `${folder}/archive/deploy/install.sh`], env, folder)
      .end();
    assert.equal(ended.code, 1);
    assert.match(ended.err, /no program at .*\/archive\/schelly: unpack the whole archive/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

async function copy(name: string, folder: string): Promise<void> {
  if (!Deno.statSync(`${DEPLOY}/${name}`).isDirectory) {
    return await Deno.copyFile(`${DEPLOY}/${name}`, `${folder}/archive/deploy/${name}`);
  }
  for (const entry of Deno.readDirSync(`${DEPLOY}/${name}`)) await copy(`${name}/${entry.name}`, folder);
}

/** Every file below a folder, sorted, from its root on. */
function files(root: string, path = ""): string[] {
  return [...Deno.readDirSync(root + path)].flatMap(({ name, isDirectory }) =>
    isDirectory ? files(root, `${path}/${name}`) : [`${path}/${name}`]
  ).sort();
}
