// The real program, its API and a provider over TCP: what was answered is in force.

import assert from "node:assert/strict";
import { systemClock } from "../../src/runtime/clock.ts";
import { startLedgerProvider } from "../support/ledger_provider.ts";
import { programTest, type Rig, until } from "../support/program.ts";

const BACKUPS = 8;
/** Each call takes twice as long. */
const DELAY_MS = 150;

const ways: Record<string, (rig: Rig, url: string, yaml: (more: string) => string) => Promise<void>> = {
  "a pause": async (_, url) => {
    const answer = await fetch(`${url}/jobs/db/pause`, { method: "POST" });
    assert.equal(answer.status, 200, await answer.text());
  },
  "'enabled: false' and a reload": async (rig, url, yaml) => {
    await rig.configure(yaml("retention: { secondly: 1 }, enabled: false"), "auth: none");
    const answer = await fetch(`${url}/-/reload`, { method: "POST" });
    assert.equal(answer.status, 200, await answer.text());
  },
};

for (const [what, way] of Object.entries(ways)) {
  programTest(`once ${what} is answered, no DELETE comes to the provider`, async (rig) => {
    let delayMs = 0;
    await using provider = startLedgerProvider({ delayMs: () => delayMs });
    const yaml = (more: string) =>
      `jobs:\n  - { name: db, schedule: "0 0 0 29 2 *", ${more}, ` +
      `provider: { url: "${provider.url}", poll_interval: 100ms } }\n`;
    await rig.configure(yaml("retention: keep_all"), "auth: none");
    const server = await rig.server();
    for (let made = 0; made < BACKUPS; made++) await server.backup("db");
    await rig.configure(
      yaml("retention: { secondly: 1, guard: { max_percent: 100, policy_change_hold: 0s } }"),
      "auth: none",
    );
    assert.equal((await server.post("/-/reload")).status, 200);
    delayMs = DELAY_MS;
    void server.post("/jobs/db/retention").catch(() => {});
    const deletes = () => provider.counts.DELETE ?? 0;
    await until("two are being deleted", () => deletes() >= 2);
    await way(rig, server.url, yaml);
    // What had begun before may still be on its way.
    await systemClock.sleep(DELAY_MS / 2);
    const before = deletes();
    await systemClock.sleep(8 * DELAY_MS);
    assert.ok(before < BACKUPS - 1, "the pass was under way");
    assert.equal(deletes(), before);
  });
}
