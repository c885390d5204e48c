// The recovery sheet of the whole program: what it says is run by a shell that knows nothing else, with the server running
// and with it dead, and restores byte for byte; none of the secrets planted in the configuration is on it.
// Also tests cli/server/recovery_sheet.ts, app/operations/recovery.ts, app/recovery/sheet_facts.ts and api/recovery.ts.

import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createHost } from "../../src/runtime/host.ts";
import { programTest, until } from "../support/program.ts";
import { requireTool } from "../support/require_tool.ts";

const host = createHost();
const PLANTED = [
  "correct-horse-1",
  "correct-horse-2",
  "correct-horse-3",
  "correct-horse-4",
  "correct-horse-5",
];

/** The shell lines under a job's heading that restore; into `to`. */
function restoreLines(sheet: string, job: string, to: string): string {
  const part = sheet.split(`## Job ${job}\n`)[1]!.split("\n## ")[0]!;
  const lines = [...part.matchAll(/```sh\n([^]*?)\n```/g)].map(([, text]) => text!).at(-1)!;
  assert.match(lines, new RegExp(`/restore/${job}`));
  return lines.replaceAll(`/restore/${job}`, to);
}

/** In an environment that has nothing but the tools. */
async function inShell(lines: string): Promise<void> {
  const env = { PATH: host.env.PATH!, HOME: "/nonexistent" };
  const { code, stderr } = await host.processes.run({
    argv: ["bash", "-euc", lines],
    env,
    clearEnv: true,
  });
  assert.equal(code, 0, stderr);
}

programTest(
  "the commands on the recovery sheet restore byte for byte, while the server runs and when it is dead",
  async (rig) => {
    const [source, repository] = [`${rig.folder}/so urce`, `${rig.folder}/repo's itory`];
    await mkdir(`${source}/sub`, { recursive: true });
    const data = crypto.getRandomValues(new Uint8Array(50_000));
    await writeFile(`${source}/sub/file`, data);
    await writeFile(`${rig.folder}/password`, PLANTED[0]!, { mode: 0o600 });
    await mkdir(`${rig.folder}/sheets`);
    const yaml = `recovery_sheet: { to: sheets, keep: 2 }
providers:
  nas.one:
    poll_interval: 100ms
    restic:
      repository: ${JSON.stringify(repository)}
      password_file: password
      paths: [${JSON.stringify(source)}]
      init: true
  far:
    restic: { repository: "rest:https://me:${PLANTED[1]}@far.test/r", password: ${
      PLANTED[2]
    }, paths: [/etc], env: { B2_ACCOUNT_KEY: ${PLANTED[3]} } }
  http: { url: "http://me:${PLANTED[4]}@127.0.0.1:9/b", headers: { X-Api-Key: ${PLANTED[0]} } }
jobs:
  - { name: files, provider: nas.one, schedule: "0 0 0 29 2 *" }
  - { name: far, provider: far, schedule: "0 0 0 29 2 *" }
  - { name: http, provider: http, schedule: "0 0 0 29 2 *" }
`;
    const server = await rig.server({ yaml });
    const { id } = await server.backup("files");
    const asked = await rig.cli("recovery-sheet", "--socket", rig.socket);
    assert.equal(asked.code, 0, asked.err);
    assert.match(asked.out, new RegExp(id));
    assert.doesNotMatch(asked.out, /could not be read/);
    await inShell(restoreLines(asked.out, "files", `${rig.folder}/restored`));
    assert.deepEqual(new Uint8Array(await readFile(`${rig.folder}/restored${source}/sub/file`)), data);

    const written = await until("it is written by itself", async () => {
      const names = (await readdir(`${rig.folder}/sheets`)).sort();
      return names.length === 2 ? names : undefined;
    });
    assert.deepEqual(written.map((name) => name.replace(/\d/g, "0")), [
      "recovery-sheet-0000-00-00T00-00-00Z.html",
      "recovery-sheet-0000-00-00T00-00-00Z.md",
    ]);
    assert.equal((await stat(`${rig.folder}/sheets/${written[0]}`)).mode & 0o777, 0o600);
    const snapshot = `${rig.folder}/copy.db`;
    assert.equal((await rig.cli("state", "snapshot", snapshot, "--socket", rig.socket)).code, 0);
    await server.kill("SIGKILL");

    const config = ["--config", rig.configFile];
    const dead = await rig.cli("recovery-sheet", ...config);
    assert.equal(dead.code, 0, dead.err);
    assert.match(dead.out, new RegExp(id));
    await inShell(restoreLines(dead.out, "files", `${rig.folder}/dead`));
    assert.deepEqual(new Uint8Array(await readFile(`${rig.folder}/dead${source}/sub/file`)), data);

    const html = await rig.cli("recovery-sheet", ...config, "--html", "--output", `${rig.folder}/sheet.html`);
    assert.equal(html.code, 0, html.err);
    const page = await readFile(`${rig.folder}/sheet.html`, "utf8");
    assert.match(page, /^<!doctype html>[^]*<h2>Job files<\/h2>/);

    // The configuration is lost; then the state is, too.
    await rename(rig.configFile, `${rig.folder}/elsewhere.yaml`);
    const bySnapshot = await rig.cli("recovery-sheet", "--state", snapshot);
    assert.equal(bySnapshot.code, 0, bySnapshot.err);
    assert.match(bySnapshot.out, new RegExp(`configuration cannot be read[^]*\\| ${id} \\|`));
    await rm(`${rig.folder}/state.db`, { force: true });
    const byConfig = await rig.cli(
      ...["recovery-sheet", "--config", `${rig.folder}/elsewhere.yaml`, "--state", `${rig.folder}/gone.db`],
    );
    assert.equal(byConfig.code, 0, byConfig.err);
    assert.match(byConfig.out, /Cannot read the state '[^']*gone\.db'/);
    await inShell(restoreLines(byConfig.out, "files", `${rig.folder}/lost`).replace(" ID ", " latest "));
    assert.deepEqual(new Uint8Array(await readFile(`${rig.folder}/lost${source}/sub/file`)), data);
    const nothing = await rig.cli("recovery-sheet", "--state", `${rig.folder}/gone.db`);
    assert.equal(nothing.code, 1);
    assert.match(nothing.err, /Cannot make a recovery sheet of nothing/);

    for (const text of [asked.out, dead.out, page, bySnapshot.out, byConfig.out]) {
      for (const secret of PLANTED) assert.ok(!text.includes(secret), secret);
    }
    for (const name of written) {
      const text = await readFile(`${rig.folder}/sheets/${name}`, "utf8");
      for (const secret of PLANTED) assert.ok(!text.includes(secret), secret);
    }
  },
  { skip: requireTool("restic") },
);

programTest("a recovery sheet that cannot be written shows in status", async (rig) => {
  const yaml = `recovery_sheet: { to: gone }
jobs:
  - { name: files, provider: { command: { create: ["true"], delete: ["true"] } }, schedule: "0 0 0 29 2 *" }
`;
  const server = await rig.server({ yaml });
  const notes = async () =>
    (await server.get<any>("/status")).notes.filter(({ name }: { name: string }) =>
      name === "recovery sheet"
    );
  const [note] = await until(
    "it is told",
    async () => (await notes()).length > 0 ? await notes() : undefined,
  );
  assert.equal(note.wrong, true);
  assert.match(
    note.message,
    /^Cannot write the recovery sheet to '.*\/gone': .*expected a folder that is there/,
  );
});
