// A configuration with relative paths, and a Schelly that is started from somewhere else.

import assert from "node:assert/strict";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { PROGRAM, programTest, type Rig, until } from "../support/program.ts";
import { makeQuickRepository, QUICK_PASSWORD } from "../support/quick_repository.ts";
import { requireTool } from "../support/require_tool.ts";

const at = (rig: Rig) => ["--socket", rig.socket];

/** The configuration is in `etc` below the folder that everything is started in. */
async function configure(rig: Rig): Promise<void> {
  await mkdir(`${rig.folder}/etc`, { recursive: true });
  await writeFile(`${rig.folder}/etc/pw`, QUICK_PASSWORD, { mode: 0o600 });
  await writeFile(
    `${rig.folder}/etc/schelly.yaml`,
    `server: { listen: "127.0.0.1:0", socket: ${rig.socket} }
state: { url: "file:../state/schelly.db" }
jobs:
  - name: files
    schedule: "0 0 0 29 2 *"
    provider:
      poll_interval: 100ms
      restic:
        { repository: repo, password_file: pw, paths: [data], prune: never, check: never, init: true, env: { RESTIC_CACHE_DIR: ${rig.folder}/cache } }
`,
  );
}

async function started(rig: Rig) {
  const child = rig.spawn("schelly run", [...PROGRAM, "run", "--config", "etc/schelly.yaml"]);
  await child.said("err", /Listening on http/);
  return child;
}

async function backUp(rig: Rig): Promise<void> {
  const { code, err } = await until("it may start", async () => {
    const ended = await rig.cli("jobs", "trigger", "files", "--wait", ...at(rig));
    return ended.code === 4 ? undefined : ended;
  }, 60_000);
  assert.equal(code, 0, err);
}

const pathsOf = async (rig: Rig, repository: string) =>
  JSON.parse(
    await rig.tool(["restic", "-r", repository, "snapshots", "--json", "--no-lock"], {
      RESTIC_PASSWORD: QUICK_PASSWORD,
    }),
  ).map(({ paths }: { paths: string[] }) => paths);

programTest("relative paths lead from the configuration, wherever Schelly was started", async (rig) => {
  await configure(rig);
  await makeQuickRepository(`${rig.folder}/etc/repo`, "first");
  await mkdir(`${rig.folder}/etc/data`);
  await writeFile(`${rig.folder}/etc/data/file`, "data");
  await started(rig);
  await backUp(rig);
  assert.deepEqual(await pathsOf(rig, `${rig.folder}/etc/repo`), [[`${rig.folder}/etc/data`]]);
  const check = await rig.cli("jobs", "check", "files", ...at(rig));
  assert.equal(check.code, 0, check.out);
  assert.match(check.out, new RegExp(`path ${rig.folder}/etc/data +ok`));
}, { skip: requireTool("restic") });

programTest(
  "what was backed up by where Schelly was started goes on, and is never begun anew",
  async (rig) => {
    await configure(rig);
    await makeQuickRepository(`${rig.folder}/repo`, "first");
    await mkdir(`${rig.folder}/data`);
    await writeFile(`${rig.folder}/data/file`, "data");
    const first = await started(rig);
    await first.said("err", /was found where Schelly was started/);
    await backUp(rig);
    assert.deepEqual(await pathsOf(rig, `${rig.folder}/repo`), [[`${rig.folder}/data`]]);
    await first.kill("SIGTERM");

    // Its disk is away: with `init: true` a new one would be made in the configuration's folder.
    await rename(`${rig.folder}/repo`, `${rig.folder}/away`);
    await rename(`${rig.folder}/data`, `${rig.folder}/etc/data`);
    const second = await started(rig);
    const refused = await rig.cli("jobs", "trigger", "files", "--wait", ...at(rig));
    assert.equal(refused.code, 1, refused.err);
    assert.match(refused.err + refused.out, /is no longer there/);
    // The disk is there again, and what was read is not: what lies at the same path elsewhere is not read in its place.
    await second.kill("SIGTERM");
    await rename(`${rig.folder}/away`, `${rig.folder}/repo`);
    await started(rig);
    const elsewhere = await rig.cli("jobs", "trigger", "files", "--wait", ...at(rig));
    assert.equal(elsewhere.code, 1, elsewhere.err);
    assert.match(elsewhere.err + elsewhere.out, /'data' of paths led to '.*' until now/);
    const backups = await rig.ask<{ status: string }[]>("backups", "list");
    assert.deepEqual(backups.map(({ status }) => status).filter((status) => status !== "error"), [
      "available",
    ]);
  },
  { skip: requireTool("restic") },
);
