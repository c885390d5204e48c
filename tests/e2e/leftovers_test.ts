// What failed, cut-off and incomplete backups of the built-ins leave is gone from the disk after a later good one, and
// stays under a hold, a freeze and `forever`: the real program, files and repository.

import assert from "node:assert/strict";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { programTest, type Rig, type Server, until } from "../support/program.ts";
import { requireTool } from "../support/require_tool.ts";

/** Starts a backup that is to fail, and waits until it has. */
async function failing(server: Server, job: string): Promise<any> {
  const run = await until("a start is accepted", async () => {
    const { status, body } = await server.post(`/jobs/${job}/trigger`);
    return status === 202 && body;
  });
  return await until("it has failed", async () => {
    const { state } = await server.get(`/runs/${run.run_id}`);
    assert.notEqual(state, "available");
    return state !== "running" && await server.get(`/runs/${run.run_id}`);
  });
}

async function parts(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith(".part")).map((name) => name.slice(0, -5));
}

/** A command that leaves a part of a file where `ok` is not there, and runs on where `long` is. */
function yamlOf(folder: string, keepFailed: string): string {
  return `jobs:
  - name: files
    schedule: "0 0 0 29 2 *"
    keep_failed: ${keepFailed}
    provider:
      poll_interval: 100ms
      command:
        create:
          - sh
          - -c
          - >-
            cd ${folder}; echo half > $SCHELLY_BACKUP_ID.part; [ -e long ] && sleep 60;
            [ -e ok ] && mv $SCHELLY_BACKUP_ID.part $SCHELLY_BACKUP_ID.done
        delete:
          - sh
          - -c
          - >-
            cd ${folder}; echo $SCHELLY_OUTCOME >> told; rm -f $SCHELLY_BACKUP_ID.part;
            [ -e $SCHELLY_BACKUP_ID.done ] || exit 3; rm $SCHELLY_BACKUP_ID.done
        list:
          - sh
          - -c
          - >-
            cd ${folder}; for f in *.done; do [ -e $f ] && echo '{"id":"'$(basename $f .done)'"}'; done; true
    retention: { secondly: 100 }
`;
}

async function storage(rig: Rig): Promise<string> {
  const folder = `${rig.folder}/storage`;
  await mkdir(folder);
  return folder;
}

programTest(
  "what a command left when it failed or was cut off goes after a good backup, what is held stays",
  async (rig) => {
    const folder = await storage(rig);
    let server = await rig.server({ yaml: yamlOf(folder, "0s") });
    const [first, held] = [await failing(server, "files"), await failing(server, "files")];
    await writeFile(`${folder}/long`, "");
    const cut = (await server.post("/jobs/files/trigger")).body;
    await until("it has begun", async () => (await parts(folder)).length === 3);
    await server.kill();
    await rm(`${folder}/long`);
    server = await rig.server();
    await until("it was cut off", async () => (await server.get(`/runs/${cut.run_id}`)).reason === "cut_off");
    await rig.ask("backups", "hold", held.id, "--reason", "look at it");
    assert.equal((await parts(folder)).length, 3, "nothing goes before there is a good backup");
    const why = await server.get(`/backups/${first.id}`);
    assert.equal(why.leftover, "What it left stays until a later backup of the job is available.");

    await writeFile(`${folder}/ok`, "");
    await server.backup("files");
    await until("what was left is gone", async () => (await parts(folder)).length === 1);
    assert.deepEqual(await parts(folder), [held.id]);
    const gone = await until("it is on record", async () => {
      const run = await server.get(`/runs/${first.run_id}`);
      return run.state === "deleted" && run;
    });
    assert.equal(gone.ended_as, "failed");
    const explained = await rig.ask("backups", "explain", held.id);
    assert.match(explained.notes.join("\n"), /What it left stays until its hold is released \(look at it\)/);
    assert.match(
      (await server.request<string>("GET", "/metrics")).body,
      /schelly_runs_leftover\{job="files"\} 1\n/,
    );
    await rig.ask("backups", "release", held.id, "--yes");
    await until("the held one is gone, too", async () => (await parts(folder)).length === 0);
    const told = await readdir(folder);
    assert.equal(told.filter((name) => name.endsWith(".done")).length, 1);
  },
);

programTest(
  "what a killed Schelly left to finish by itself stands as a whole, and is not left over",
  async (rig) => {
    const folder = await storage(rig);
    let server = await rig.server({ yaml: yamlOf(folder, "0s") });
    await writeFile(`${folder}/long`, "");
    const cut = (await server.post("/jobs/files/trigger")).body;
    const id = await until("it has begun", async () => (await parts(folder))[0]);
    await server.kill();
    await rm(`${folder}/long`);
    // As a command that outlived it, or a state that was put back: the journal knows less than the storage.
    await writeFile(`${folder}/${id}.done`, "whole");
    server = await rig.server();
    await until(
      "it counts as cut off",
      async () => (await server.get(`/runs/${cut.run_id}`)).reason === "cut_off",
    );
    await writeFile(`${folder}/ok`, "");
    await server.backup("files");
    await server.post("/jobs/files/retention");
    const stays = await until(
      "it is told",
      async () => (await server.get<any[]>("/events?type=delete.retry"))[0],
    );
    assert.match(stays.message, /nobody saw its end, and its storage has a backup of this id/);
    assert.ok((await readdir(folder)).includes(`${id}.done`));
  },
);

programTest("a freeze and forever keep what was left; by hand it goes all the same", async (rig) => {
  const folder = await storage(rig);
  let server = await rig.server({ yaml: yamlOf(folder, "0s") });
  const { id } = await failing(server, "files");
  await rig.ask("freeze", "--reason", "audit");
  await writeFile(`${folder}/ok`, "");
  await server.backup("files");
  await server.post("/jobs/files/retention");
  assert.deepEqual(await parts(folder), [id]);
  await server.kill("SIGTERM");

  server = await rig.server({ yaml: yamlOf(folder, "forever") });
  await rig.ask("unfreeze", "--yes");
  await server.backup("files");
  await server.post("/jobs/files/retention");
  assert.deepEqual(await parts(folder), [id]);
  assert.equal((await server.get(`/backups/${id}`)).leftover, "What it left stays: keep_failed is forever.");
  await rig.ask("backups", "delete", id, "--yes");
  await until("it is gone", async () => (await parts(folder)).length === 0);
});

programTest(
  "an incomplete restic snapshot goes after a complete one, and no other snapshot does",
  async (rig) => {
    const [repository, source] = [`${rig.folder}/repository`, `${rig.folder}/source`];
    await mkdir(source);
    await writeFile(`${source}/file`, "x");
    const server = await rig.server({
      yaml: `jobs:
  - name: home
    schedule: "0 0 0 29 2 *"
    keep_failed: 0s
    provider:
      poll_interval: 100ms
      restic: { repository: ${repository}, init: true, password: p, paths: [${source}, ${rig.folder}/gone] }
    retention: { secondly: 100 }
`,
    });
    const tags = async () => {
      const { code, out } = await new Deno.Command("restic", {
        args: ["-r", repository, "snapshots", "--json", "--no-lock"],
        env: { RESTIC_PASSWORD: "p" },
      }).output().then(({ code, stdout }) => ({ code, out: new TextDecoder().decode(stdout) }));
      assert.equal(code, 0);
      return (JSON.parse(out) as { tags: string[] }[]).map(({ tags }) => tags.includes("incomplete"));
    };
    assert.equal((await failing(server, "home")).reason, "incomplete");
    await failing(server, "home");
    assert.deepEqual(await tags(), [true, true]);
    await mkdir(`${rig.folder}/gone`);
    await server.backup("home");
    await until(
      "the incomplete ones are gone",
      async () => (await tags()).every((incomplete) => !incomplete),
    );
    assert.deepEqual(await tags(), [false]);
  },
  { skip: requireTool("restic") },
);
