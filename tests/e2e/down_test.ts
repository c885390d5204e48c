// A provider that is down when a backup is due.

import assert from "node:assert/strict";
import { dailyPattern, freePort, programTest, until } from "../support/program.ts";
import { systemClock } from "../../src/runtime/clock.ts";

programTest(
  "a provider that comes up within grace time gets exactly one backup for the slot it missed",
  async (rig) => {
    const port = freePort();
    const { pattern, slot } = dailyPattern(5_000);
    const server = await rig.server({
      yaml: `jobs:
  - name: files
    schedule: "${pattern}"
    provider: { url: "http://127.0.0.1:${port}/backups", poll_interval: 100ms }
    retry_interval: 200ms
    grace_time: 1m
`,
    });
    const [waiting] = await until("the start was tried twice", async () => {
      const runs = await server.runs();
      return runs[0]?.attempts >= 2 && runs;
    });
    assert.ok(["intent", "sending"].includes(waiting.state), waiting.state);
    assert.deepEqual(await server.get("/backups"), [], "nothing is claimed");

    const provider = await rig.originalProvider({ port, durationMs: 50 });
    const [run] = await until("the backup is available", async () => {
      const runs = await server.runs();
      return runs[0]?.state === "available" && runs;
    });
    await systemClock.sleep(600);
    assert.equal((await server.runs()).length, 1);
    assert.equal(Date.parse(run.slot), slot);
    assert.equal(Date.parse(run.period_time), slot, "it counts for the time it was due");
    assert.equal(run.maybe_duplicate, false);
    const started = (await provider.ledger()).filter(({ effect }) => effect === "started");
    assert.deepEqual(started.map(({ id }) => id), [run.id]);
  },
);
