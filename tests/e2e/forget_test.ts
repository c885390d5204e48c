// A job is over: on the real program it is refused while anything is left, then leaves the lists with all of its history
// kept, over a restart too, and is a job again once it is configured.

import assert from "node:assert/strict";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { programTest, type Rig, until } from "../support/program.ts";

/** A command that keeps files in the folder `store`, and fails where `fail` is there. */
function providers(rig: Rig): string {
  const place = `${rig.folder}/store`;
  const create = `cd ${place}; echo x > $SCHELLY_BACKUP_ID; [ ! -e ../fail ]`;
  const remove = `rm ${place}/$SCHELLY_BACKUP_ID`;
  return `providers:
  store:
    poll_interval: 100ms
    command: { create: { shell: ${JSON.stringify(create)} }, delete: { shell: ${JSON.stringify(remove)} } }
`;
}

const job = (name: string) =>
  `  - { name: ${name}, schedule: "0 0 0 29 2 *", provider: store, keep_failed: forever, retention: { secondly: 9 } }\n`;

async function reload(rig: Rig, yaml: string): Promise<void> {
  await rig.configure(yaml);
  const { code, err } = await rig.cli("reload", "--socket", rig.socket);
  assert.equal(code, 0, err);
}

programTest("a removed job ends by a word, once nothing of it is left, and loses no history", async (rig) => {
  await mkdir(`${rig.folder}/store`);
  const both = `${providers(rig)}jobs:\n${job("a")}${job("b")}`;
  const onlyB = `${providers(rig)}jobs:\n${job("b")}`;
  const cli = (...args: string[]) => rig.cli(...args, "--socket", rig.socket);
  let server = await rig.server({ yaml: both });
  const [first] = [await server.backup("a"), await server.backup("a")];
  await writeFile(`${rig.folder}/fail`, "");
  const { body: failing } = await server.post("/jobs/a/trigger");
  await until("it has failed", async () => (await server.get(`/runs/${failing.run_id}`)).state === "failed");
  await rm(`${rig.folder}/fail`);
  await rig.ask("backups", "hold", first.id, "--reason", "audit");

  const early = await cli("jobs", "forget", "a", "--yes");
  assert.deepEqual(
    [early.code, /'a': it is in the configuration: take it out/.test(early.err)],
    [1, true],
    early.err,
  );
  await reload(rig, onlyB);
  assert.match(
    (await cli("jobs", "list")).err,
    /^a: not in the configuration; its 2 backups at store stay untouched/m,
  );
  const refused = await cli("jobs", "forget", "a", "--yes");
  assert.equal(refused.code, 1);
  assert.match(
    refused.err,
    /still has 2 backups available, 1 failed, .*\(1 of them held.*--job a --all --leftovers'/,
  );
  assert.equal((await readdir(`${rig.folder}/store`)).length, 3, "nothing was changed");
  assert.equal((await server.get("/jobs/a")).remains, 3);

  const all = ["backups", "delete", "--job", "a", "--all", "--leftovers", "--yes"];
  assert.equal((await cli(...all)).code, 0);
  assert.deepEqual(await readdir(`${rig.folder}/store`), [first.id], "what is held stays");
  assert.equal((await cli("jobs", "forget", "a", "--yes")).code, 1);
  await rig.ask("backups", "release", first.id, "--yes");
  assert.equal((await cli(...all)).code, 0);
  assert.match((await cli("jobs", "list")).err, /^a: .*nothing of it is left; `schelly jobs forget a`/m);

  const runs = await rig.ask("runs", "list", "--job", "a");
  const forgotten = await rig.ask("jobs", "forget", "a", "--yes");
  assert.equal(forgotten.job, "a");
  for (const restart of [false, true]) {
    if (restart) {
      await server.kill("SIGTERM");
      server = await rig.server();
    }
    assert.deepEqual((await server.get<any[]>("/jobs")).map(({ job }) => job), ["b"]);
    const { status, body } = await server.request("GET", "/jobs/a");
    assert.equal(status, 404);
    assert.match(
      body.detail,
      /^Job 'a' was forgotten on 20.*Z: what it did is in 'schelly runs list --job a'/,
    );
    assert.doesNotMatch(await (await fetch(`${server.url}/metrics`)).text(), /="a"/);
    assert.doesNotMatch((await cli("jobs", "list")).err, /^a: /m);
    assert.deepEqual(
      await rig.ask("jobs", "forget", "a", "--yes"),
      forgotten,
      "said again it changes nothing",
    );
    assert.deepEqual(await rig.ask("runs", "list", "--job", "a"), runs);
  }
  const told = await server.get<any[]>("/events?job=a&type=job.forgotten");
  assert.deepEqual(told.map(({ data }) => data), [{ by: "socket" }]);
  assert.equal((await cli("jobs", "forget", "none", "--yes")).code, 5);

  await reload(rig, both);
  await server.backup("a");
  assert.deepEqual((await server.get<any[]>("/jobs")).map(({ job }) => job).sort(), ["a", "b"]);
  const after = await rig.ask("runs", "list", "--job", "a");
  for (const { run_id } of runs) {
    assert.ok(after.some((run: any) => run.run_id === run_id), "its history is its own");
  }
});
