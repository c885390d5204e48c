// A blackout on the real program: what is due in it waits or is skipped, views say so, and what people ask for runs.

import assert from "node:assert/strict";
import { programTest, until } from "../support/program.ts";

programTest("in a blackout nothing starts by itself, and views say why and until when", async (rig) => {
  // Around now, with a break half a day away: the test takes less than an hour.
  const hour = (of: number) => `${String((new Date().getUTCHours() + of + 24) % 24).padStart(2, "0")}:00`;
  const windows = JSON.stringify([`${hour(-2)}-${hour(3)}`]);
  const job = (name: string, blackout: string) =>
    `  - name: ${name}
    schedule: "* * * * * *"
    timezone: UTC
    blackout: ${blackout}
    provider: { command: { create: ["true"], delete: ["true"] } }
`;
  const yaml = `jobs:\n${job("waits", windows)}${job("skips", `{ windows: ${windows}, then: skip }`)}`;
  const server = await rig.server({ yaml });
  const jobOf = async (name: string) => await server.get(`/jobs/${name}`);
  const skipped = async () => await server.runs("skips");
  await until("skipped slots", async () => (await skipped())[0]?.slots > 1);
  const rows = await skipped();
  assert.deepEqual(
    [rows.length, rows[0].state, rows[0].reason],
    [1, "skipped", "blackout"],
    "one row that grows",
  );

  const waits = await jobOf("waits");
  assert.equal(waits.next_waits, "blackout");
  assert.equal(waits.next_slot.slice(11, 16), hour(3));
  assert.deepEqual(await server.runs("waits"), [], "its slots are still open");
  assert.equal(waits.health.well, true);

  await server.backup("waits");
  assert.equal((await server.runs("waits")).length, 1);
});
