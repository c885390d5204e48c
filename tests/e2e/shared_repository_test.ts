// Two entries of one restic repository in the whole program: one check for both, and what it finds stops the jobs of both.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { damagePacks } from "../support/damaged_repository.ts";
import { programTest, until } from "../support/program.ts";
import { requireTool } from "../support/require_tool.ts";

programTest(
  "damage that the check of one entry finds stops every job that stores in the repository, each until it is approved",
  async (rig) => {
    const [source, repository] = [`${rig.folder}/source`, `${rig.folder}/repository`];
    await mkdir(source);
    await writeFile(`${source}/file`, crypto.getRandomValues(new Uint8Array(50_000)));
    const common = `password: secret, paths: [${source}], init: true, prune: never`;
    const yaml = `providers:
  asks:
    poll_interval: 100ms
    restic: { repository: ${repository}, ${common}, check: { after_deletions: 1, read_data_subset: 100% } }
jobs:
  - { name: one, provider: asks, schedule: "0 0 0 29 2 *", retention: { secondly: 3 } }
  - name: two
    provider: { poll_interval: 100ms, restic: { repository: "local:${repository}/", ${common}, check: never } }
    schedule: "0 0 0 29 2 *"
    retention: { secondly: 3 }
`;
    const first = await rig.server({ yaml });
    await first.backup("one");
    await first.backup("two");
    const { id } = await first.backup("two");
    await damagePacks(repository);
    const { code, err } = await rig.cli("backups", "delete", id, "--yes", "--socket", rig.socket);
    assert.equal(code, 0, err);
    await until("it is deleted", async () => (await first.get<any>(`/backups/${id}`)).state === "deleted");
    const guards = async (of: typeof first, job: string) =>
      (await of.get<any>(`/jobs/${job}`)).guards.map(({ guard }: any) => guard);
    // What is due is looked at again within half a minute.
    await until(
      "the job that asks for no check is stopped too",
      async () => (await guards(first, "two")).length === 1,
      60_000,
    );
    for (const job of ["one", "two"]) assert.deepEqual(await guards(first, job), ["upkeep_failed"]);
    assert.equal((await first.get<any[]>("/events?type=provider.upkeep")).length, 1, "one check, told once");
    const checked = await rig.cli("jobs", "check", "two", "--socket", rig.socket);
    assert.match(checked.out, /last check.*FAILED/);

    const approved = await rig.cli("retention", "approve", "two", "--yes", "--socket", rig.socket);
    assert.equal(approved.code, 0, approved.err);
    await until("it was seen", async () => (await guards(first, "two")).length === 0);
    assert.deepEqual(await guards(first, "one"), ["upkeep_failed"], "by who answers for that job alone");
    await first.kill("SIGTERM");

    const second = await rig.server();
    assert.deepEqual(await guards(second, "one"), ["upkeep_failed"]);
    await second.backup("two");
    assert.deepEqual(await guards(second, "two"), []);
  },
  { skip: requireTool("restic") },
);
