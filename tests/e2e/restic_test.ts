// The restic built-in in the real program: backups are restored byte for byte, and retention removes exactly the
// snapshots it should. With SCHELLY_TEST_TRANSCRIPT set, all command lines and their output go to standard output.

import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { programTest, type Rig, until } from "../support/program.ts";
import { requireTool } from "../support/require_tool.ts";

const skip = requireTool("restic");
const PASSWORD = "correct-horse-battery-staple";

interface Snapshot {
  id: string;
  time: string;
}

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

/** restic, but each command line is written down first. */
async function wrapper(rig: Rig): Promise<{ path: string; argv: string }> {
  const path = `${rig.folder}/restic-wrapper`;
  const argv = `${rig.folder}/argv.txt`;
  await writeFile(path, `#!/bin/sh\nprintf '%s\\n' "$*" >> '${argv}'\nexec restic "$@"\n`);
  await chmod(path, 0o755);
  return { path, argv };
}

programTest(
  "run makes restic backups that restore byte for byte, and removes just the snapshot that must go",
  async (rig) => {
    const repository = `${rig.folder}/repository`;
    const source = `${rig.folder}/source`;
    const { path: program, argv } = await wrapper(rig);
    await mkdir(`${source}/sub`, { recursive: true });
    await writeFile(`${source}/bytes`, crypto.getRandomValues(new Uint8Array(50_000)));
    await writeFile(`${source}/sub/a name with spaces`, "");
    const server = await rig.server({
      env: { REPOSITORY_PASSWORD: PASSWORD },
      yaml: `jobs:
  - name: files
    schedule: "0 0 0 29 2 *"
    provider:
      restic: { repository: ${repository}, password: "\${REPOSITORY_PASSWORD}", paths: [${source}], init: true, program: ${program} }
      poll_interval: 100ms
    retention: { secondly: 3 }
`,
    });
    const restic = (...args: [string, ...string[]]) =>
      rig.tool(["restic", "-q", "-r", repository, "--no-cache", ...args], { RESTIC_PASSWORD: PASSWORD });
    const snapshots = async () => JSON.parse(await restic("snapshots", "--json")) as Snapshot[];

    const trigger = async (): Promise<{ id: string; data_id: string }> => {
      const { code, out, err } = await rig.cli("jobs", "trigger", "files", "--wait", "--socket", rig.socket);
      assert.equal(code, 0, err);
      return await server.get(`/runs/${out.trim()}`);
    };

    const made: { id: string; data_id: string }[] = [];
    const sources: Map<string, string>[] = [];
    for (const day of [1, 2, 3]) {
      await writeFile(`${source}/sub/diary`, `written on day ${day}\n`.repeat(day * 1_000));
      sources.push(await contents(source));
      made.push(await trigger());
    }
    assert.deepEqual((await snapshots()).map(({ id }) => id), made.map(({ data_id }) => data_id));

    await restic("restore", made[1]!.data_id, "--target", `${rig.folder}/restored`);
    assert.deepEqual(await contents(`${rig.folder}/restored${source}`), sources[1]);

    made.push(await trigger());
    await until(
      "the oldest backup is deleted",
      async () => (await server.get(`/backups/${made[0]!.id}`)).state === "deleted",
    );
    const kept = made.slice(1).map(({ data_id }) => data_id);
    assert.deepEqual((await snapshots()).map(({ id }) => id), kept);
    const listed = await server.get<any[]>("/backups?status=available");
    assert.deepEqual(listed.map((backup) => backup.data_id).reverse(), kept);
    await rig.cli("backups", "list", "--socket", rig.socket);
    await rig.cli("backups", "explain", made[1]!.id, "--socket", rig.socket);
    await restic("check", "--read-data");

    const { err } = await server.kill("SIGTERM");
    assert.ok(!err.includes(PASSWORD), "the password is in the log");
    assert.ok(!(await readFile(argv, "utf8")).includes(PASSWORD), "the password is in a command line");
    assert.match(await readFile(argv, "utf8"), /forget/);
    for (const entry of await readdir(`${rig.folder}/state`, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = `${entry.parentPath}/${entry.name}`;
      assert.ok(!(await readFile(path)).includes(PASSWORD), `the password is in ${path}`);
    }
  },
  { skip },
);
