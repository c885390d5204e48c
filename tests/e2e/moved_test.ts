// A job's provider URL is edited to that of another provider, which happens to know the same ids.

import assert from "node:assert/strict";
import { copyFile } from "node:fs/promises";
import { programTest, type Server, until } from "../support/program.ts";

async function makeBackups(server: Server, count: number): Promise<void> {
  for (let made = 0; made < count; made++) await server.backup("files");
}

programTest(
  "nothing is deleted at a provider where it was not made, though the id exists there",
  async (rig) => {
    const yaml = (url: string) =>
      `jobs:
  - name: files
    schedule: "0 0 0 29 2 *"
    provider: { url: "${url}", poll_interval: 100ms }
    retention: { secondly: 2, guard: { policy_change_hold: 0s } }
`;
    const old = await rig.originalProvider({ name: "old", durationMs: 10 });
    const before = await rig.server({ yaml: yaml(old.url) });
    await makeBackups(before, 2);
    const ids = (await before.get<any[]>("/backups")).map(({ id }) => id);
    await before.kill("SIGTERM");

    await copyFile(old.ledgerFile, `${rig.folder}/new.jsonl`);
    const moved = await rig.originalProvider({ name: "new", durationMs: 10 });
    const copied = (await moved.ledger()).length;
    const after = await rig.server({ yaml: yaml(moved.url) });
    await makeBackups(after, 3);
    const deleted = await until("retention has deleted a backup of the new provider", async () => {
      const calls = (await moved.ledger()).slice(copied).filter(({ effect }) => effect === "deleted");
      return calls.length > 0 && calls;
    });
    assert.ok(deleted.every(({ id }) => !ids.includes(id!)));
    const asked = (await moved.ledger()).slice(copied).filter(({ kind }) => kind === "call").map(({ path }) =>
      path
    );
    for (const id of ids) assert.ok(!asked.some((path) => path!.endsWith(`/${id}`)), `${id} was asked for`);
    const rows = await after.get<any[]>("/backups?status=available");
    for (const id of ids) assert.ok(rows.some((row) => row.id === id), `backup ${id} is still on record`);
    assert.equal((await old.ledger()).filter(({ method }) => method === "DELETE").length, 0);
  },
);
