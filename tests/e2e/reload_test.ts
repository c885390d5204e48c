// Edits of the configuration while the real program runs: every way a file arrives, and many edits under load.
// Also tests app/app.ts, app/provider_set.ts and config/fingerprint.ts.

import assert from "node:assert/strict";
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import process from "node:process";
import { programTest, type Rig, type Server, until } from "../support/program.ts";
import { reloadUnderLoad } from "../support/reload_load.ts";

function jobs(...names: string[]): string {
  const lines = names.map((name) =>
    `  - { name: ${name}, schedule: "0 0 0 29 2 *", provider: { command: { create: ["true"], delete: ["true"] } } }\n`
  );
  return `jobs:\n${lines.join("")}`;
}

function ground(rig: Rig): string {
  return `server: { listen: "127.0.0.1:0", socket: ${rig.socket} }\n` +
    `state: { url: "file:${rig.folder}/state/schelly.db" }\n`;
}

async function jobsAre(server: Server, ...names: string[]): Promise<void> {
  await until(`the jobs are ${names}`, async () => {
    const found = await server.get<{ job: string; managed: boolean }[]>("/jobs");
    return found.filter(({ managed }) => managed).map(({ job }) => job).toSorted().join() === names.join();
  });
}

programTest(
  "an edited file is taken over, however it was written; a bad one changes nothing",
  async (rig) => {
    const file = rig.configFile;
    const server = await rig.server({ yaml: jobs("a") });
    await jobsAre(server, "a");

    await rig.configure(jobs("a", "b"));
    await jobsAre(server, "a", "b");

    await writeFile(`${file}.new`, ground(rig) + jobs("a", "c"));
    await rename(`${file}.new`, file);
    await jobsAre(server, "a", "c");
    await server.child.said("err", /job 'b' removed, its backups stay untouched/);

    await rig.configure(`${jobs("a", "d")}jbos: []\n`);
    await server.child.said("err", /config\.invalid.*unknown key 'jbos'/);
    await jobsAre(server, "a", "c");
    const ready = await server.request("GET", "/readyz?verbose");
    assert.equal(ready.status, 200);
    assert.match(JSON.stringify(ready.body), /unknown key 'jbos'/);

    await rm(file);
    await server.child.said("err", /config\.invalid.*there is no such file/);
    await rig.configure(jobs("a", "e"));
    await jobsAre(server, "a", "e");
  },
);

programTest("a mounted folder whose link is swapped is taken over, again and again", async (rig) => {
  const mount = `${rig.folder}/mount`;
  /** As the kubelet does it: a new folder, a new link, one rename. */
  const publish = async (version: number, text: string) => {
    await mkdir(`${mount}/..v${version}`, { recursive: true });
    await writeFile(`${mount}/..v${version}/schelly.yaml`, text);
    await symlink(`..v${version}`, `${mount}/..data_tmp`);
    await rename(`${mount}/..data_tmp`, `${mount}/..data`);
    await rm(`${mount}/..v${version - 1}`, { recursive: true, force: true });
  };
  await publish(1, ground(rig) + jobs("a"));
  await symlink("..data/schelly.yaml", `${mount}/schelly.yaml`);
  const server = await rig.server({ args: ["--config", `${mount}/schelly.yaml`] });
  await jobsAre(server, "a");
  await publish(2, ground(rig) + jobs("a", "b"));
  await jobsAre(server, "a", "b");
  await publish(3, ground(rig) + jobs("a", "c"));
  await jobsAre(server, "a", "c");
});

programTest("a folder of files is watched, and secret files with it", async (rig) => {
  const folder = `${rig.folder}/conf`;
  const secret = `${rig.folder}/secrets/key`;
  await mkdir(folder);
  await mkdir(`${rig.folder}/secrets`);
  await writeFile(secret, "old");
  await writeFile(`${folder}/10-server.yaml`, ground(rig) + jobs("a"));
  await writeFile(
    `${folder}/20-more.yaml`,
    `jobs:\n  - { name: b, schedule: "0 0 0 29 2 *", provider: { url: "http://127.0.0.1:9/b", ` +
      `headers_file: { X-Key: ${secret} } } }\n`,
  );
  const server = await rig.server({ args: ["--config", folder] });
  await jobsAre(server, "a", "b");
  await writeFile(`${folder}/30-third.yaml`, jobs("c"));
  await jobsAre(server, "a", "b", "c");
  await rm(`${folder}/30-third.yaml`);
  await jobsAre(server, "a", "b");
  await writeFile(secret, "new");
  await server.child.said("err", /provider 'http:\/\/127\.0\.0\.1:9\/b' changed/);
  await rm(secret);
  await server.child.said("err", /config\.invalid.*secrets\/key' is not there/);
  // Without any edit of the configuration itself: it is tried again.
  await writeFile(secret, "newest");
  await until("it is taken over", () => (server.child.err.match(/9\/b' changed/g) ?? []).length === 2);
  assert.doesNotMatch(server.child.err, /newest/);
});

programTest("an edit waits for a built-in that makes a backup under its old settings", async (rig) => {
  const job = (sign: string) =>
    `jobs:
  - name: a
    schedule: "0 0 0 29 2 *"
    provider:
      poll_interval: 100ms
      command:
        create: [sh, -c, "echo ${sign} >> ${rig.folder}/done; while [ ! -e ${rig.folder}/go ]; do sleep 0.05; done"]
        delete: ["true"]
`;
  const server = await rig.server({ yaml: job("old") });
  const { body } = await server.post("/jobs/a/trigger");
  await rig.configure(job("new"));
  await server.child.said("err", /settings of .* changed while it makes or restores a backup/);
  await writeFile(`${rig.folder}/go`, "");
  await until("it ends", async () => (await server.get(`/runs/${body.run_id}`)).state === "available");
  await server.child.said("err", /config\.reloaded.*provider .* changed/);
  await server.backup("a");
  assert.equal(await rig.tool(["cat", `${rig.folder}/done`]), "old\nnew\n");
});

programTest("reloads under load lose no slot, decide none twice, and begin none twice", async (rig) => {
  const figures = await reloadUnderLoad(rig, { jobs: 20, reloads: 60, overMs: 8_000 });
  assert.deepEqual(
    [figures.refused, figures.lost, figures.doubled, figures.begunTwice],
    [0, [], [], []],
    JSON.stringify(figures),
  );
  assert.ok(figures.ran > figures.slots / 2, JSON.stringify(figures));
}, { skip: process.platform === "linux" ? false : "memory and open files are read from /proc" });
