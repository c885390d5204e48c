// A command that is written in a job has the job's name in its key. On the real program its backups follow the job
// through every rename, and never come to another job that takes the name.

import assert from "node:assert/strict";
import { mkdir, readdir } from "node:fs/promises";
import { programTest, type Rig, type Server } from "../support/program.ts";

/** A command that keeps files in the folder `store`, and writes down what it deletes. */
function command(rig: Rig, store: string): string {
  const place = `${rig.folder}/${store}`;
  const create = `echo x > ${place}/$SCHELLY_BACKUP_ID; echo '{"data_id": "'$SCHELLY_BACKUP_ID'"}'`;
  const remove = `rm ${place}/$SCHELLY_DATA_ID && echo $SCHELLY_DATA_ID >> ${rig.folder}/deleted-${store}`;
  return `command: { create: { shell: ${JSON.stringify(create)} }, delete: { shell: ${
    JSON.stringify(remove)
  } } }, poll_interval: 100ms`;
}

const job = (name: string, provider: string, more = "") =>
  `  - { name: ${name}, schedule: "0 0 0 29 2 *", retention: { secondly: 100 }, ${more}provider: ${provider} }\n`;
const inline = (rig: Rig, store = "store") => `{ ${command(rig, store)} }`;

async function begun(rig: Rig): Promise<{ server: Server; made: { id: string }[] }> {
  await Promise.all(["store", "other"].map((name) => mkdir(`${rig.folder}/${name}`)));
  const server = await rig.server({ yaml: `jobs:\n${job("a", inline(rig))}` });
  return { server, made: [await server.backup("a"), await server.backup("a")] };
}

async function reload(rig: Rig, yaml: string): Promise<void> {
  await rig.configure(yaml);
  const { code, err } = await rig.cli("reload", "--socket", rig.socket);
  assert.equal(code, 0, err);
}

/** The first really goes, by a call of the command; the others stay as they are. */
async function deletesTheFirst(rig: Rig, server: Server, made: { id: string }[], job: string): Promise<void> {
  const shown = await server.get(`/jobs/${job}`);
  assert.deepEqual([shown.available, shown.unmanaged], [made.length, []]);
  for (const { id } of made) assert.equal((await server.get(`/backups/${id}`)).state, "available");
  const [first, ...others] = made;
  const deleted = await rig.cli("backups", "delete", first!.id, "--yes", "--socket", rig.socket);
  assert.match(deleted.err, /^Deleted /m);
  assert.equal((await Deno.readTextFile(`${rig.folder}/deleted-store`)).trim(), first!.id);
  assert.deepEqual((await readdir(`${rig.folder}/store`)).sort(), others.map(({ id }) => id).sort());
  for (const { id } of others) assert.equal((await server.get(`/backups/${id}`)).state, "available");
}

programTest("a job renamed by renamed_from alone keeps the backups of its command", async (rig) => {
  const { server, made } = await begun(rig);
  await server.kill("SIGTERM");
  const after = await rig.server({ yaml: `jobs:\n${job("b", inline(rig), "renamed_from: a, ")}` });
  made.push(await after.backup("b"));
  await deletesTheFirst(rig, after, made, "b");
});

programTest("a renamed_from that is written late brings the command's backups along", async (rig) => {
  const { server, made } = await begun(rig);
  await reload(rig, `jobs:\n${job("b", inline(rig))}`);
  made.push(await server.backup("b"));
  await reload(rig, `jobs:\n${job("b", inline(rig), "renamed_from: a, ")}`);
  await deletesTheFirst(rig, server, made, "b");
});

programTest("a new job that takes the name does not get at what the command of before made", async (rig) => {
  const { server, made } = await begun(rig);
  await reload(rig, `jobs:\n${job("b", inline(rig), "renamed_from: a, ")}`);
  await reload(rig, `jobs:\n${job("b", inline(rig))}${job("a", inline(rig, "other"))}`);
  const other = await server.backup("a");
  const [mine, its] = [await server.get("/jobs/b"), await server.get("/jobs/a")];
  assert.deepEqual(mine.unmanaged, [{ provider: "command:a", available: 2 }]);
  assert.deepEqual([its.available, its.unmanaged], [1, []]);
  const refused = await rig.cli("backups", "delete", made[0]!.id, "--yes", "--socket", rig.socket);
  assert.notEqual(refused.code, 0);
  assert.equal((await server.get(`/backups/${made[0]!.id}`)).state, "available");
  assert.equal((await readdir(`${rig.folder}/store`)).length, 2);

  const asking = job("b", `{ ${command(rig, "store")}, formerly: ["command:a"] }`);
  await rig.configure(`jobs:\n${asking}${job("a", inline(rig, "other"))}`);
  const { code, err } = await rig.cli("reload", "--socket", rig.socket);
  assert.notEqual(code, 0);
  assert.match(err, /move the commands under `providers` first/);
  await reload(rig, `providers:\n  other: ${inline(rig, "other")}\njobs:\n${asking}${job("a", "other")}`);
  await deletesTheFirst(rig, server, made, "b");
  assert.deepEqual(await readdir(`${rig.folder}/other`), [other.id]);
});

programTest(
  "the backups of a removed job with a command are all deleted once its key is declared",
  async (rig) => {
    const { server } = await begun(rig);
    await reload(rig, "jobs: []\n");
    const all = ["backups", "delete", "--job", "a", "--all", "--yes", "--socket", rig.socket];
    const refused = await rig.cli(...all);
    assert.notEqual(refused.code, 0);
    assert.match(refused.err, /made at provider 'command:a'.*formerly: \["command:a"\]/);
    assert.equal((await readdir(`${rig.folder}/store`)).length, 2);
    await reload(rig, `providers:\n  old: { ${command(rig, "store")}, formerly: ["command:a"] }\njobs: []\n`);
    const deleted = await rig.cli(...all);
    assert.equal(deleted.code, 0, deleted.err);
    assert.deepEqual(await readdir(`${rig.folder}/store`), []);
    assert.equal((await server.get("/jobs/a")).available, 0);
  },
);

programTest(
  "a provider that is renamed twice with the last name alone says which backups it leaves",
  async (rig) => {
    await mkdir(`${rig.folder}/store`);
    const yaml = (name: string, formerly: string) =>
      `providers:\n  ${name}: { ${command(rig, "store")}${formerly} }\njobs:\n${job("a", name)}`;
    const server = await rig.server({ yaml: yaml("one", "") });
    const made = [await server.backup("a")];
    await reload(rig, yaml("two", ", formerly: [one]"));
    made.push(await server.backup("a"));
    await reload(rig, yaml("three", ", formerly: [two]"));
    // By the command or by the look at the file, whichever comes first.
    await server.child.said(
      "err",
      /config\.reloaded.*1 backup of job 'a' at 'one', no longer its provider.*put 'one' into formerly of 'three'/,
    );
    assert.deepEqual((await server.get("/jobs/a")).unmanaged, [{ provider: "one", available: 1 }]);
    await reload(rig, yaml("three", ", formerly: [one, two]"));
    await deletesTheFirst(rig, server, made, "a");
  },
);
