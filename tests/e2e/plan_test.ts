// A plan against the real server and its state: it foresees what the edit then does.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { programTest } from "../support/program.ts";

const job = (url: string, retention: string) =>
  `jobs:\n  - name: db\n    schedule: "0 0 0 1 1 *"\n    timezone: UTC\n` +
  `    provider: { url: "${url}", poll_interval: 100ms, headers: { X-Key: "geheim" } }\n` +
  `    retention: { ${retention}, guard: { max_percent: 100, policy_change_hold: 0s } }\n`;

programTest(
  "plan foresees against a running server and its state what a reload then deletes",
  async (rig) => {
    const provider = await rig.originalProvider();
    const server = await rig.server({ yaml: job(provider.url, "secondly: 100") });
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) ids.push((await server.backup("db")).id);
    await writeFile(`${rig.folder}/new.yaml`, job(provider.url, "secondly: 2"));
    const plan = async (...args: string[]) =>
      await rig.cli("plan", "-f", `${rig.folder}/new.yaml`, "--json", ...args);

    const live = await plan("--socket", rig.socket, "--max-deletes", "2");
    assert.equal(live.code, 6, live.err);
    const view = JSON.parse(live.out);
    assert.deepEqual(view.jobs[0].settings, [{ key: "retention.secondly", old: "100@L", new: "2@L" }]);
    assert.deepEqual(view.jobs[0].backups.remove.map(({ id }: { id: string }) => id), ids.slice(0, 3));
    assert.deepEqual(view.jobs[0].backups.deletes_now, { before: 0, after: 3 });
    assert.doesNotMatch(live.out, /geheim/);

    const state = ["--state", `${rig.folder}/state/schelly.db`];
    const held = await plan(...state);
    assert.equal(held.code, 75, held.err);
    assert.equal((await server.kill("SIGTERM")).code, 143);
    const still = await plan(...state);
    assert.equal(still.code, 0, still.err);
    assert.deepEqual(JSON.parse(still.out).jobs[0].backups.deletes_now, { before: 0, after: 3 });

    // Looking at the state left nothing behind that a start would take for a restored one.
    const after = await rig.server({ yaml: job(provider.url, "secondly: 2") });
    const passed = await rig.ask("retention", "show", "db");
    assert.deepEqual(passed.remove.map(({ id }: { id: string }) => id), ids.slice(0, 3));
    assert.deepEqual(passed.guards, []);
    await after.kill("SIGTERM");
  },
);

programTest("plan against no server ends with 4, on one line", async (rig) => {
  await rig.configure(job("http://127.0.0.1:9/b", "daily: 2"));
  const ended = await rig.cli("plan", "-f", rig.configFile, "--config", rig.configFile);
  assert.deepEqual([ended.code, ended.out], [4, ""]);
  assert.match(ended.err, /^schelly: Cannot reach a running server: tried [^\n]+\n$/);
});
