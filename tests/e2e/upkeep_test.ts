// The upkeep of a repository in the whole program: what it did stands in the audit trail, readiness and metrics.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { damagePacks } from "../support/damaged_repository.ts";
import { programTest, until } from "../support/program.ts";
import { requireTool } from "../support/require_tool.ts";

programTest(
  "a repository is checked after a deletion, and damage shows wherever somebody looks",
  async (rig) => {
    const [source, repository] = [`${rig.folder}/source`, `${rig.folder}/repository`];
    await mkdir(source);
    await writeFile(`${source}/file`, crypto.getRandomValues(new Uint8Array(50_000)));
    const yaml = `providers:
  nas:
    poll_interval: 100ms
    restic:
      repository: ${repository}
      password: secret
      paths: [${source}]
      init: true
      check: { after_deletions: 1, read_data_subset: 100% }
jobs:
  - { name: files, provider: nas, schedule: "0 0 0 29 2 *", retention: { secondly: 3 } }
`;
    const first = await rig.server({ yaml });
    await first.backup("files");
    const { id } = await first.backup("files");
    await damagePacks(repository);
    const { code, err } = await rig.cli("backups", "delete", id, "--yes", "--socket", rig.socket);
    assert.equal(code, 0, err);
    await until("it is deleted", async () => (await first.get(`/backups/${id}`)).state === "deleted");
    assert.equal(
      (await first.get<any>("/readyz?verbose")).checks.every(({ ok }: { ok: boolean }) => ok),
      true,
    );
    await first.kill("SIGTERM");

    // What is due is looked at when the program starts.
    const server = await rig.server();
    const told = await until(
      "it is checked",
      async () => (await server.get<any[]>("/events?type=provider.upkeep"))[0],
    );
    assert.equal(told.level, "error");
    assert.match(
      told.message,
      /^The check of provider 'nas' failed: Cannot check the repository.*deleted of a job whose guard 'upkeep_failed' stands$/,
    );
    const ready = await server.get<any>("/readyz?verbose");
    assert.equal(ready.ready, true);
    const shown = ready.checks.find(({ name }: { name: string }) => name === "check of provider nas");
    assert.deepEqual([shown.ok, shown.fatal], [false, false]);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    assert.match(metrics, /^schelly_provider_upkeep_success\{provider="nas",task="check"\} 0$/m);
    assert.match(metrics, /^schelly_provider_upkeep_timestamp_seconds\{.*task="check"\} \d{10}/m);
    const checked = await rig.cli("jobs", "check", "files", "--socket", rig.socket);
    assert.equal(checked.code, 1);
    assert.match(checked.out, /last check.*FAILED/);
    // The one snapshot that can still be restored may be the oldest: none goes.
    for (let made = 0; made < 4; made++) await server.backup("files");
    const [guard] = (await server.get<any>("/jobs/files")).guards;
    assert.equal(guard.guard, "upkeep_failed");
    const available = async (of: typeof server) =>
      (await of.runs("files")).filter(({ state }) => state === "available").length;
    assert.equal(await available(server), 5);
    await server.kill("SIGTERM");

    // It is known at once after the next start, and told no second time.
    const third = await rig.server();
    const again = await third.get<any>("/readyz?verbose");
    assert.ok(again.checks.some(({ name, ok }: any) => name === "check of provider nas" && !ok));
    assert.equal((await third.get<any[]>("/events?type=provider.upkeep")).length, 1);
    assert.equal((await third.get<any>("/jobs/files")).guards[0].guard, "upkeep_failed");
    const approved = await rig.cli("retention", "approve", "files", "--yes", "--socket", rig.socket);
    assert.equal(approved.code, 0, approved.err);
    await until("deletions go on, since an operator has seen it", async () => await available(third) === 3);
    const since = await rig.cli("jobs", "check", "files", "--socket", rig.socket);
    assert.match(since.out, /last check.*FAILED/);
    assert.doesNotMatch(since.out, /deleted until/, "nor does it say that nothing is");
  },
  { skip: requireTool("restic") },
);
