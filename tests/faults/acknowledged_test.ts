// The real program, its API and a provider over TCP: what was answered is in force.

import assert from "node:assert/strict";
import { systemClock } from "../../src/runtime/clock.ts";
import { startLedgerProvider } from "../support/ledger_provider.ts";
import { programTest, type Rig, until } from "../support/program.ts";

const BACKUPS = 8;
/** At a time, of the provider. */
const CALLS = 2;
/** In which a pass that went on would be seen to. */
const WATCHED_MS = 1_500;

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
    const gate = Promise.withResolvers<void>();
    let isHeld = false;
    await using provider = startLedgerProvider({
      gate() {
        isHeld ||= (provider.counts.DELETE ?? 0) > 2;
        return isHeld ? gate.promise : undefined;
      },
    });
    const yaml = (more: string) =>
      `jobs:\n  - { name: db, schedule: "0 0 0 29 2 *", ${more}, ` +
      `provider: { url: "${provider.url}", poll_interval: 100ms, max_concurrent: ${CALLS} } }\n`;
    await rig.configure(yaml("retention: keep_all"), "auth: none");
    const server = await rig.server();
    for (let made = 0; made < BACKUPS; made++) await server.backup("db");
    await rig.configure(
      yaml("retention: { secondly: 1, guard: { max_percent: 100, policy_change_hold: 0s } }"),
      "auth: none",
    );
    assert.equal((await server.post("/-/reload")).status, 200);
    void server.post("/jobs/db/retention").catch(() => {});
    const deletes = () => provider.counts.DELETE ?? 0;
    // Both have come, so that none is on its way.
    await until("the pass waits for the provider", () => isHeld && provider.underWay() === CALLS);
    await way(rig, server.url, yaml);
    const before = deletes();
    gate.resolve();
    await until("what was under way is answered", () => provider.underWay() === 0);
    await systemClock.sleep(WATCHED_MS);
    assert.ok(before < BACKUPS - 1, "the pass was under way");
    assert.equal(deletes(), before);
  });
}
