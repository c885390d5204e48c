// A repository that two jobs and another machine share, after the state was lost: an import takes the job's own back.

import assert from "node:assert/strict";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { programTest } from "../support/program.ts";
import { requireTool } from "../support/require_tool.ts";

programTest(
  "backups import takes back what is the job's and of this machine, and others only by their ids",
  async (rig) => {
    const repository = `${rig.folder}/repository`;
    for (const name of ["home", "etc"]) {
      await mkdir(`${rig.folder}/${name}`);
      await writeFile(`${rig.folder}/${name}/file`, name);
    }
    const job = (name: string, more = "") =>
      `  - { name: ${name}, schedule: "0 0 0 29 2 *", retention: { daily: 100 }, provider: { use: shared }${more} }\n`;
    const yaml = (jobs: string) =>
      `providers:
  shared:
    restic: { repository: ${repository}, password: secret, paths: [${rig.folder}/home], init: true }
    poll_interval: 100ms
jobs:
${jobs}`;
    const first = await rig.server({ yaml: yaml(job("home") + job("etc")) });
    const mine = await first.backup("home");
    const others = await first.backup("etc");
    await first.kill("SIGTERM");
    // As a Schelly on another machine tags it.
    const tags = ["--tag", "schelly", "--tag", "backup:from-laptop", "--tag", "job:home"];
    const argv = ["restic", "-q", "-r", repository, "--no-cache", "backup", "--host", "laptop", ...tags];
    await rig.tool([argv[0]!, ...argv.slice(1), `${rig.folder}/home`], { RESTIC_PASSWORD: "secret" });

    await rename(`${rig.folder}/state`, `${rig.folder}/lost-state`);
    // The job has another name now.
    const server = await rig.server({ yaml: yaml(job("house", ", renamed_from: home") + job("etc")) });
    const plan = await rig.ask("backups", "import", "--job", "house", "--dry-run");
    assert.deepEqual(plan.imported.map(({ id, job, paths }: any) => [id, job, paths]), [
      [mine.id, "home", [`${rig.folder}/home`]],
    ]);
    const reasons = Object.fromEntries(plan.skipped.map(({ id, why }: any) => [id, why]));
    assert.match(reasons[others.id], /^it is of job 'etc': it comes in only when it is named by its id$/);
    assert.match(reasons["from-laptop"], /^it was made on host 'laptop', and its provider is on '.+': /);
    const shown = await rig.cli(
      "backups",
      "import",
      "--job",
      "house",
      "--dry-run",
      "--socket",
      rig.socket,
    );
    assert.match(shown.out, /WHOSE/);
    assert.match(shown.out, new RegExp(`home on laptop: .*skip`));

    await rig.ask("backups", "import", "--job", "house", "--yes");
    assert.deepEqual((await server.get<any[]>("/backups")).map(({ id }) => id), [mine.id]);
    await rig.ask("backups", "import", "--job", "house", "--id", "from-laptop", "--yes");
    const all = (await server.get<any[]>("/backups")).map(({ id, job }) => [id, job]).sort();
    assert.deepEqual(all, [[mine.id, "house"], ["from-laptop", "house"]].sort());
  },
  { skip: requireTool("restic") },
);
