// Backups that turn out too small, from the command that reports their size to the operator's word on them.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { programTest, type Rig, until } from "../support/program.ts";

programTest(
  "suspects evict nothing, survive a restart, and are accepted or rejected by hand",
  async (rig: Rig) => {
    const size = (mb: number) => writeFile(`${rig.folder}/size`, `{"size_mb": ${mb}}\n`);
    await size(500);
    await writeFile(`${rig.folder}/deleted`, "");
    let server = await rig.server({
      yaml: `jobs:
  - name: files
    schedule: "0 0 0 29 2 *"
    provider:
      poll_interval: 100ms
      command:
        create: [cat, ${rig.folder}/size]
        delete: [sh, -c, "echo \\"$SCHELLY_BACKUP_ID\\" >> ${rig.folder}/deleted"]
    retention: { secondly: 3 }
`,
    });
    const good = [];
    for (let n = 0; n < 3; n++) good.push(await server.backup("files"));
    await size(0);
    const small = [];
    for (let n = 0; n < 3; n++) small.push(await server.backup("files"));
    assert.deepEqual(small.map((run) => run.suspect), [true, true, true]);
    assert.match(small[0].suspect_reason, /^it is empty; the median of the last 3 has 500 MB/);

    await server.kill();
    server = await rig.server();
    const ids = async () =>
      (await server.get("/backups?status=available")).map((backup: any) => backup.id).toSorted();
    const all = [...good, ...small].map((run) => run.id).toSorted();
    assert.deepEqual(await ids(), all, "nothing was deleted");
    const listed = await rig.ask("backups", "list", "--suspect");
    assert.equal(listed.length, 3);
    const job = await rig.ask("jobs", "show", "files");
    assert.deepEqual([job.suspects, job.guards.map((guard: any) => guard.guard)], [3, ["newest_suspect"]]);
    const ready = await server.request("GET", "/readyz?verbose");
    assert.equal(ready.status, 200);
    assert.match(JSON.stringify(ready.body), /guard newest_suspect of job files/);
    const metrics = (await server.request<string>("GET", "/metrics")).body;
    assert.match(metrics, /schelly_job_suspects\{job="files"\} 3/);
    assert.match(metrics, /schelly_job_guarded\{job="files",guard="newest_suspect"\} 1/);

    const silent = await rig.cli("backups", "reject", small[0].id, "--socket", rig.socket);
    assert.deepEqual([silent.code, /needs --yes/.test(silent.err)], [2, true]);
    for (const run of small.slice(0, 2)) await rig.ask("backups", "reject", run.id, "--yes");
    assert.deepEqual(await ids(), all, "the newest one is suspect still");
    await rig.ask("backups", "accept", small[2].id, "--yes");
    await until("the rejected and the oldest are gone", async () => (await ids()).length === 3);
    assert.deepEqual(await ids(), [good[1], good[2], small[2]].map((run) => run.id).toSorted());
    const again = await rig.cli("backups", "accept", good[2].id, "--yes", "--socket", rig.socket);
    assert.equal(again.code, 1);
    assert.match(again.err, /is not suspect: there is nothing to accept/);
  },
);
