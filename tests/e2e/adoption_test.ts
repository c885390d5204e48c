// Taking over what was there before: the original's record and a provider's list, shown first, written on a word.

import assert from "node:assert/strict";
import { createClient } from "@libsql/client";
import { freePort, PROGRAM, programTest, until } from "../support/program.ts";

programTest(
  "migrate and import take over what the provider has, and nothing of it goes unseen",
  async (rig) => {
    const url = `http://127.0.0.1:${freePort()}/backups`;
    const flags = ["--listen", new URL(url).host, "--duration", "10ms"];
    await rig.spawn("mock", [...PROGRAM, "provider", "mock", ...flags]).said(
      "err",
      /Pretending to be a provider/,
    );
    const ids: string[] = [];
    const headers = { "content-type": "application/json" };
    for (let n = 0; n < 4; n++) {
      const { id } = await (await fetch(url, { method: "POST", body: "{}", headers })).json();
      await until(
        "it is made",
        async () => (await (await fetch(`${url}/${id}`)).json()).status === "available",
      );
      ids.push(id);
    }
    const file = `${rig.folder}/sqlite.db`;
    const client = createClient({ url: `file:${file}` });
    await client.batch([
      "CREATE TABLE materialized_backup (id TEXT NOT NULL, data_id TEXT NOT NULL, status TEXT NOT NULL, " +
      "start_time TIMESTAMP NOT NULL, end_time TIMESTAMP NOT NULL, custom_data TEXT NOT NULL, size REAL, PRIMARY KEY(id))",
      ...[...ids.slice(0, 3), "gone"].map((id, day) => ({
        sql: "INSERT INTO materialized_backup VALUES (?, ?, 'available', ?, ?, '', 1.5)",
        args: [id, id, `2026-01-0${day + 1} 23:59:59.5+00:00`, `2026-01-0${day + 1} 23:59:59.9+00:00`],
      })),
    ], "write");
    client.close();
    const server = await rig.server({
      yaml: `jobs:
  - { name: db, schedule: "0 0 0 29 2 *", provider: { url: "${url}" }, retention: { daily: 2 } }
`,
    });
    const order = ["migrate", "--from-sqlite", file, "--job", "db"];
    const plan = await rig.ask(...order);
    assert.deepEqual(
      plan.imported.map(({ id }: { id: string }) => id),
      ids.slice(0, 3),
    );
    assert.deepEqual(
      plan.skipped.map(({ id, why }: { id: string; why: string }) => [id, why]),
      [["gone", "the provider does not have it any more"]],
    );
    assert.deepEqual(plan.would_delete, [{ id: ids[0], period_time: "2026-01-01T23:59:59.500Z" }]);
    assert.deepEqual(plan.levels_lost, ["weekly 4@L", "monthly 3@L", "yearly 2@L"]);
    assert.deepEqual(await server.get("/backups"), [], "nothing was written");

    await rig.ask(...order, "--yes");
    const { imported } = await rig.ask("backups", "import", "--job", "db", "--yes");
    assert.deepEqual(imported.map(({ id }: { id: string }) => id), [ids[3]], "what is known comes in once");
    await until("retention looked", async () => (await rig.ask("jobs", "show", "db")).guards.length > 0);
    const { guards, available } = await rig.ask("jobs", "show", "db");
    assert.deepEqual([available, guards.map((one: { guard: string }) => one.guard)], [4, ["first_policy"]]);
    assert.equal((await (await fetch(url)).json()).length, 4, "nothing is deleted unseen");
    await rig.ask("retention", "approve", "db", "--yes");
    await until("the oldest two went", async () => (await (await fetch(url)).json()).length === 2);
  },
);
