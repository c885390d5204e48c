// A damaged repository in the whole program, with the real restic: its schedule finds it, deletions stop, people are told;
// it is fixed, and deletions go on.

import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { programTest, until } from "../support/program.ts";
import { requireTool } from "../support/require_tool.ts";

/** Turns three bytes in each pack of data; answers what fixes that. */
async function flip(repository: string): Promise<() => Promise<void>> {
  const mends: (() => Promise<void>)[] = [];
  for (const folder of await readdir(`${repository}/data`)) {
    for (const pack of await readdir(`${repository}/data/${folder}`)) {
      const path = `${repository}/data/${folder}/${pack}`;
      const content = await readFile(path);
      if (content.length < 10_000) continue;
      await chmod(path, 0o600);
      await writeFile(path, content.map((byte, at) => at >= 100 && at < 103 ? byte ^ 1 : byte));
      mends.push(() => writeFile(path, content));
    }
  }
  assert.ok(mends.length > 0);
  return async () => {
    for (const mend of mends) await mend();
  };
}

programTest(
  "a damaged repository is found by the schedule, deletions stop, and go on once it is fixed",
  async (rig) => {
    const [source, repository] = [`${rig.folder}/source`, `${rig.folder}/repository`];
    await mkdir(source);
    await writeFile(`${source}/accounts`, crypto.getRandomValues(new Uint8Array(50_000)));
    const told = `${rig.folder}/told`;
    const yaml = (verify: string) =>
      `notify:
  channels: { ops: { type: command, argv: [sh, -c, "cat >> ${told}; echo >> ${told}"] } }
  rules: [{ to: [ops], on: [verification_failed, recovered] }]
providers:
  nas:
    poll_interval: 100ms
    restic: { repository: ${repository}, password: secret, paths: [${source}], init: true, check: never, prune: never }
jobs:
  - name: files
    provider: nas
    schedule: "0 0 0 29 2 *"
    retention: { secondly: 2 }
    verify: ${verify}
`;
    const first = await rig.server({ yaml: yaml("off") });
    await first.backup("files");
    const { id } = await first.backup("files");
    const mend = await flip(repository);
    await first.kill("SIGTERM");

    const server = await rig.server({
      yaml: yaml('{ schedule: "*/2 * * * * *", method: restore, select: newest }'),
    });
    const guard = await until(
      "damage is found",
      async () => (await server.get<any>("/jobs/files")).guards[0],
    );
    assert.equal(guard.guard, "upkeep_failed");
    assert.match(guard.message, /the verification of backup '.*' failed .*accounts/);
    const shown = await server.get<any>(`/backups/${id}`);
    assert.deepEqual([shown.verification, shown.suspect], ["failed", true]);
    const explained = await rig.cli("backups", "explain", id, "--socket", rig.socket);
    assert.match(explained.out, /found that it cannot be restored whole/);
    await until(
      "ops are told",
      async () =>
        /files: a backup cannot be restored \(damaged\)/.test(await readFile(told, "utf8").catch(() => "")),
      150_000,
    );
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    assert.match(metrics, /^schelly_job_verification_failed\{job="files"\} 1$/m);
    await server.kill("SIGTERM");

    // New backups, by hand and good ones, do not lift it; nothing is deleted.
    const second = await rig.server({ yaml: yaml("off") });
    await writeFile(`${source}/accounts`, crypto.getRandomValues(new Uint8Array(60_000)));
    for (let made = 0; made < 3; made++) await second.backup("files");
    const available = async () =>
      (await second.runs("files")).filter(({ state }: { state: string }) => state === "available").length;
    assert.equal(await available(), 5);
    await mend();
    for (const { id: one, verification } of await second.get<any[]>("/backups")) {
      if (verification !== "failed") continue;
      const verified = await rig.cli("backups", "verify", one, "--method", "restore", "--socket", rig.socket);
      assert.equal(verified.code, 0, verified.err);
      assert.match(verified.err, /can be restored: 1 file, .* restored and compared/);
    }
    await until("deletions go on", async () => await available() === 3);
    assert.deepEqual((await second.get<any>("/jobs/files")).guards, []);
    const proved = await second.get<any[]>("/backups?status=available");
    assert.ok(proved.every(({ suspect }) => suspect === false));
    // The two newest, and the newest that was proved, which no policy lets go.
    assert.deepEqual(proved.map((one) => one.id === id), [false, false, true]);
    assert.equal(proved[2].verification, "passed");
  },
  { skip: requireTool("restic") },
);
