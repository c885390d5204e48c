// The journal of built-ins on the real program: it follows every name, moves with the state, and what is damaged of it
// stops one provider alone. The storage cannot be asked, so only the journal knows.

import assert from "node:assert/strict";
import { copyFile, mkdir, readdir, rm } from "node:fs/promises";
import { programTest, type Rig, type Server } from "../support/program.ts";
import { inState } from "../support/state_rows.ts";

const RARELY = "0 0 0 29 2 *";

/** The commands of a provider, indented by `indent`; they write down what they delete. */
function command(rig: Rig, indent: string): string {
  const store = `${rig.folder}/store`;
  const create = `echo x > ${store}/$SCHELLY_BACKUP_ID; echo '{"data_id": "'$SCHELLY_BACKUP_ID'"}'`;
  const remove = `rm ${store}/$SCHELLY_DATA_ID && echo $SCHELLY_DATA_ID >> ${rig.folder}/deleted`;
  return `${indent}command:
${indent}  create: { shell: ${JSON.stringify(create)} }
${indent}  delete: { shell: ${JSON.stringify(remove)} }
${indent}poll_interval: 100ms
`;
}

const job = (name: string, provider: string, more = "") =>
  `  - name: ${name}\n    schedule: "${RARELY}"\n${more}    retention: { secondly: 100 }\n    provider:${provider}`;

const declared = (rig: Rig, key: string, formerly = "") =>
  `providers:\n  ${key}:\n${command(rig, "    ")}${formerly}jobs:\n${job("files", ` ${key}\n`)}`;
const inline = (rig: Rig, name: string, more = "") =>
  `jobs:\n${job(name, `\n${command(rig, "      ")}`, more)}`;

const stateFile = (rig: Rig) => `${rig.folder}/state/schelly.db`;

/** Every backup still is what it was, and the first one really goes when it is deleted. */
async function deletesTheFirst(rig: Rig, server: Server, made: { id: string }[]): Promise<void> {
  for (const { id } of made) assert.equal((await server.get(`/backups/${id}`)).state, "available");
  const deleted = await rig.cli("backups", "delete", made[0]!.id, "--yes", "--socket", rig.socket);
  assert.equal(deleted.code, 0, deleted.err);
  assert.match(deleted.err, /^Deleted /m);
  assert.equal((await Deno.readTextFile(`${rig.folder}/deleted`)).trim(), made[0]!.id, "delete was called");
  const left = made.slice(1).map(({ id }) => id).sort();
  assert.deepEqual((await readdir(`${rig.folder}/store`)).sort(), left);
  for (const id of left) assert.equal((await server.get(`/backups/${id}`)).state, "available");
}

async function twoBackups(rig: Rig, server: Server, name = "files"): Promise<{ id: string }[]> {
  const made = [await server.backup(name), await server.backup(name)];
  assert.equal(
    (await readdir(`${rig.folder}/state`)).includes("providers"),
    false,
    "one file is all there is",
  );
  return made;
}

programTest("a built-in that was renamed knows its backups by formerly", async (rig) => {
  await mkdir(`${rig.folder}/store`);
  const before = await rig.server({ yaml: declared(rig, "old") });
  const made = await twoBackups(rig, before);
  await before.kill("SIGTERM");
  const after = await rig.server({ yaml: declared(rig, "new", "    formerly: [old]\n") });
  await deletesTheFirst(rig, after, made);
});

programTest("a command that moved from its job to providers knows its backups", async (rig) => {
  await mkdir(`${rig.folder}/store`);
  const before = await rig.server({ yaml: inline(rig, "files") });
  const made = await twoBackups(rig, before);
  const { provider } = await before.get("/jobs/files");
  await before.kill();
  const after = await rig.server({ yaml: declared(rig, "nas", `    formerly: ["${provider}"]\n`) });
  await deletesTheFirst(rig, after, made);
});

programTest(
  "a rename while it runs is taken over by a reload, and one that is taken back too",
  async (rig) => {
    await mkdir(`${rig.folder}/store`);
    const server = await rig.server({ yaml: declared(rig, "old") });
    const made = await twoBackups(rig, server);
    const reload = async (yaml: string) => {
      await rig.configure(yaml);
      const { code, err } = await rig.cli("reload", "--socket", rig.socket);
      assert.equal(code, 0, err);
    };
    await reload(declared(rig, "new", "    formerly: [old]\n"));
    assert.equal((await server.get(`/backups/${made[0]!.id}`)).state, "available");
    await reload(declared(rig, "old"));
    await deletesTheFirst(rig, server, made);
  },
);

programTest(
  "a snapshot of the state on a new machine knows the backups, without a folder of before",
  async (rig) => {
    await mkdir(`${rig.folder}/store`);
    const before = await rig.server({ yaml: declared(rig, "nas") });
    const made = await twoBackups(rig, before);
    const copy = `${rig.folder}/copy.db`;
    await rig.ask("state", "snapshot", copy);
    await before.kill();
    await rm(`${rig.folder}/state`, { recursive: true });
    await mkdir(`${rig.folder}/state`);
    await copyFile(copy, stateFile(rig));
    const after = await rig.server();
    await deletesTheFirst(rig, after, made);
  },
);

programTest(
  "a damaged row of the journal stops its provider alone, and a reload after the repair ends that",
  async (rig) => {
    await mkdir(`${rig.folder}/store`);
    const yaml = `providers:\n  ill:\n${command(rig, "    ")}  well:\n${command(rig, "    ")}jobs:\n` +
      `${job("one", " ill\n")}${job("two", " well\n")}`;
    const before = await rig.server({ yaml });
    const { id } = await before.backup("one");
    await before.kill("SIGTERM");
    await inState(stateFile(rig), "UPDATE journal SET entry = substr(entry, 2)");

    const after = await rig.server();
    const why = new RegExp(`the row of backup '${id}' in table 'journal' \\(provider 'ill'\\) is damaged`);
    await after.backup("two");
    assert.match((await after.get("/jobs/one")).provider_trouble, why);
    assert.equal((await after.get("/jobs/two")).provider_trouble, null);
    const { checks } = await after.get("/readyz?verbose");
    assert.match(checks.find(({ name }: { name: string }) => name === "provider ill").message, why);
    const listed = await rig.cli("jobs", "list", "--socket", rig.socket);
    assert.match(listed.out, /^one +no provider/m);
    assert.match(listed.err, why);
    const shown = await rig.cli("jobs", "show", "one", "--socket", rig.socket);
    assert.match(shown.err, why);
    const start = await after.post("/jobs/one/trigger");
    assert.match(JSON.stringify(start.body), /out of use until this is fixed/);
    assert.equal(
      (await after.get(`/backups/${id}`)).state,
      "available",
      "nothing is concluded of what it made",
    );
    await after.kill("SIGTERM");

    await inState(stateFile(rig), "UPDATE journal SET entry = '{' || entry WHERE provider_key = 'ill'");
    const fixed = await rig.server();
    assert.equal((await fixed.get("/jobs/one")).provider_trouble, null);
    const deleted = await rig.cli("backups", "delete", id, "--yes", "--socket", rig.socket);
    assert.equal(deleted.code, 0, deleted.err);
    assert.equal((await Deno.readTextFile(`${rig.folder}/deleted`)).trim(), id);
  },
);
