// Getting backups back with the real program and the real restic: one file and a whole tree, byte for byte, with the server
// and without it, and nothing written where it should not be. With SCHELLY_TEST_TRANSCRIPT set, all is shown.

import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { PROGRAM, programTest, until } from "../support/program.ts";
import { requireTool } from "../support/require_tool.ts";

const skip = requireTool("restic");

/** Every file below a folder with its content. */
async function contents(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = `${entry.parentPath}/${entry.name}`;
    files.set(path.slice(folder.length), (await readFile(path)).toString("base64"));
  }
  return files;
}

programTest(
  "a lost tree is restored by one command, one file of it by another, also without a server",
  async (rig) => {
    const source = `${rig.folder}/source`;
    await mkdir(`${source}/deep/er`, { recursive: true });
    await writeFile(`${source}/bytes`, crypto.getRandomValues(new Uint8Array(60_000)));
    await writeFile(`${source}/deep/er/a name [with] all*sorts`, "of things");
    const before = await contents(source);
    const server = await rig.server({
      env: { REPOSITORY_PASSWORD: "pw" },
      yaml: `jobs:
  - name: files
    schedule: "0 0 0 29 2 *"
    provider:
      restic: { repository: ${rig.folder}/repository, password: "\${REPOSITORY_PASSWORD}", paths: [${source}], init: true }
      poll_interval: 100ms
    retention: { secondly: 3 }
`,
    });
    const env = { REPOSITORY_PASSWORD: "pw" };
    const cli = (...args: string[]) => rig.cliWith(env, ...args, "--config", rig.configFile);
    const triggered = await rig.cli("jobs", "trigger", "files", "--wait", "--socket", rig.socket);
    assert.equal(triggered.code, 0, triggered.err);
    const { id } = await server.get(`/runs/${triggered.out.trim()}`);
    await rm(source, { recursive: true });

    const shown = await cli("backups", "browse", id, `${source}/deep`, "--json");
    assert.equal(shown.code, 0, shown.err);
    assert.deepEqual(JSON.parse(shown.out).entries.map(({ path, type }: any) => [path, type]), [
      [`${source.slice(1)}/deep/er`, "folder"],
    ]);
    assert.equal((await cli("backups", "browse", id, `${source}/deep`)).code, 0);
    assert.equal((await cli("backups", "browse", id, "no/such")).code, 5);

    const file = `${source.slice(1)}/deep/er/a name [with] all*sorts`;
    const dry = await cli(
      "backups",
      "restore",
      id,
      "--to",
      `${rig.folder}/one`,
      "--include",
      file,
      "--dry-run",
    );
    assert.match(dry.out, /^1 file, 9 B would be restored, into /);
    assert.equal((await readdir(rig.folder)).includes("one"), false);
    const one = await cli("backups", "restore", id, "--to", `${rig.folder}/one`, "--include", file);
    assert.equal(one.code, 0, one.err);
    assert.deepEqual([...(await contents(`${rig.folder}/one`)).keys()], [`/${file}`]);
    assert.equal(await readFile(`${rig.folder}/one/${file}`, "utf8"), "of things");

    const all = await cli("backups", "restore", id, "--to", `${rig.folder}/all`);
    assert.equal(all.code, 0, all.err);
    assert.deepEqual(await contents(`${rig.folder}/all${source}`), before);

    // What is there is not touched unasked, and what is asked for replaces without following links.
    const again = await cli("backups", "restore", id, "--to", `${rig.folder}/all`);
    assert.equal(again.code, 1);
    assert.match(again.err, /not empty/);
    await writeFile(`${rig.folder}/victim`, "untouched");
    await rm(`${rig.folder}/all${source}/bytes`);
    await symlink(`${rig.folder}/victim`, `${rig.folder}/all${source}/bytes`);
    await writeFile(`${rig.folder}/all/mine`, "mine");
    const over = await cli("backups", "restore", id, "--to", `${rig.folder}/all`, "--overwrite");
    assert.equal(over.code, 0, over.err);
    assert.deepEqual(await contents(`${rig.folder}/all${source}`), before);
    assert.equal(await readFile(`${rig.folder}/victim`, "utf8"), "untouched");
    assert.deepEqual((await readdir(`${rig.folder}/all`)).sort(), ["mine", source.split("/")[1]].sort());

    await symlink(rig.folder, `${rig.folder}/link`);
    for (
      const [say, ...args] of [
        [/is a link to/, "--to", `${rig.folder}/link`],
        [/has no 'no\/such'/, "--to", `${rig.folder}/new`, "--include", "no/such"],
        [/lead out of the backup/, "--to", `${rig.folder}/new`, "--include", "../etc/passwd"],
      ] as [RegExp, ...string[]][]
    ) {
      const refused = await cli("backups", "restore", id, ...args);
      assert.equal(refused.code, 1, args.join(" "));
      assert.match(refused.err, say);
    }
    const wrong = await rig.cliWith(
      { REPOSITORY_PASSWORD: "wrong" },
      ...["backups", "restore", id, "--to", `${rig.folder}/new`, "--config", rig.configFile],
    );
    assert.match(wrong.err, /password does not open the repository/);
    assert.doesNotMatch((await readdir(rig.folder)).join(" "), /new/);

    await server.child[Symbol.asyncDispose]();
    const listed = await cli("backups", "list", "--offline", "--job", "files", "--json");
    assert.equal(listed.code, 0, listed.err);
    assert.deepEqual(JSON.parse(listed.out).map((one: any) => [one.id, one.status]), [[id, "available"]]);
    assert.match((await cli("backups", "list", "--offline")).out, new RegExp(id.slice(0, 8)));
    for (const [folder, ...args] of [["alone", id], ["newest", "latest", "--job", "files"]]) {
      const alone = await cli("backups", "restore", ...args, "--to", `${rig.folder}/${folder}`);
      assert.equal(alone.code, 0, alone.err);
      assert.match(alone.err, /No server answers; backup '.*' of job 'files' is known from the state/);
      assert.match(alone.err, /By its storage it is of job 'files', on host '.*', made 20/);
      assert.deepEqual(await contents(`${rig.folder}/${folder}${source}`), before);
    }
    assert.equal((await cli("backups", "browse", "latest", source)).code, 0);

    // Without the state as well its storage alone is asked; and one that another host made is not given back unsaid.
    await rm(`${rig.folder}/state`, { recursive: true });
    const asked = await cli("backups", "restore", id, "--to", `${rig.folder}/asked`);
    assert.equal(asked.code, 0, asked.err);
    assert.match(asked.err, /in the storage of job 'files' itself/);
    const paths = await readFile(rig.configFile, "utf8");
    await writeFile(rig.configFile, paths.replaceAll("name: files", "name: other"));
    const foreign = await cli("backups", "restore", id, "--to", `${rig.folder}/foreign`);
    assert.match(
      foreign.err,
      /warning: it is another's: by its storage it is of job 'files', .*; this is job 'other'/,
    );
  },
  { skip },
);

programTest(
  "of two commands that would restore into one folder and one inside it the second is refused, until the first is killed",
  async (rig) => {
    await rig.server({
      yaml: `jobs:
  - name: files
    schedule: "0 0 0 29 2 *"
    provider:
      command:
        create: { shell: "true" }
        delete: { shell: "true" }
        restore: { shell: 'echo whole > "$SCHELLY_TARGET/a"; [ ! -e slow ] || { echo > begun; while [ ! -e go ]; do sleep 0.1; done; }' }
        cwd: ${rig.folder}
      poll_interval: 100ms
    retention: { secondly: 3 }
`,
    });
    const triggered = await rig.cli("jobs", "trigger", "files", "--wait", "--socket", rig.socket);
    assert.equal(triggered.code, 0, triggered.err);
    const to = (path: string) => ["backups", "restore", "latest", "--to", `${rig.folder}/${path}`];
    const args = (path: string) => [...to(path), "--config", rig.configFile];
    await writeFile(`${rig.folder}/slow`, "");
    const first = rig.spawn("the first", [...PROGRAM, ...args("srv/outer")]);
    await until("the first is at it", () => stat(`${rig.folder}/begun`).then(() => true, () => false));
    const inner = await rig.cli(...args("srv/outer/inner"));
    assert.equal(inner.code, 1, inner.err);
    assert.match(inner.err, /another restore is filling '.*\/srv\/outer', in which it lies/);
    const same = await rig.cli(...args("srv/outer"));
    assert.match(same.err, /another restore is filling it, and what both write would be mixed/);
    await first.kill();
    await rm(`${rig.folder}/slow`);
    await writeFile(`${rig.folder}/go`, "");

    const after = await rig.cli(...args("srv/outer/inner"));
    assert.equal(after.code, 0, after.err);
    const left = /was cut off before: what it had restored until then is in '(.*)'/.exec(after.err)?.[1];
    assert.equal(await readFile(`${left}/a`, "utf8"), "whole\n");
    assert.equal(await readFile(`${rig.folder}/srv/outer/inner/a`, "utf8"), "whole\n");
    const names = await readdir(rig.folder, { recursive: true });
    assert.deepEqual(names.filter((name) => name.endsWith(".lock")), []);
  },
);
