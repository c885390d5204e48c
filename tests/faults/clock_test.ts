// The real program under a clock that is wrong for a while, moved by libfaketime while it runs.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { systemClock } from "../../src/runtime/clock.ts";
import { startLedgerProvider } from "../support/ledger_provider.ts";
import { programTest, until } from "../support/program.ts";
import { missing } from "../support/require_tool.ts";

const HOUR = 3_600_000;
const LIBRARY = [
  "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
  "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
  "/usr/lib/faketime/libfaketimeMT.so.1",
].find((path) => existsSync(path));
/** Longer than housekeeping, and the ticker, ever wait. */
const LOOKS_MS = 33_000;

if (LIBRARY === undefined) {
  test(
    "the program under a wrong clock",
    { skip: missing("libfaketime", "libfaketime is not installed") },
    () => {},
  );
} else {
  programTest(
    "36 hours ahead for half a minute: no hold ends, and nothing is deleted, whoever asks",
    async (rig) => {
      await using provider = startLedgerProvider();
      const file = `${rig.folder}/faketime`;
      const setClock = (offset: string) => writeFile(file, offset);
      await setClock("+0");
      await rig.configure(
        `jobs:\n  - { name: db, schedule: "0 0 0 29 2 *", retention: { secondly: 2 }, ` +
          `provider: { url: "${provider.url}", poll_interval: 100ms } }\n`,
        "auth: none",
      );
      const env = {
        LD_PRELOAD: LIBRARY,
        FAKETIME_TIMESTAMP_FILE: file,
        FAKETIME_NO_CACHE: "1",
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
      };
      let server = await rig.server({ env });
      const ids: string[] = [];
      const deletes = () => provider.counts.DELETE ?? 0;
      const has = (id: string) => server.get(`/backups/${id}`);
      for (let made = 0; made < 4; made++) {
        ids.push((await server.backup("db")).id);
        if (made > 0) continue;
        const body = { reason: "an audit", until: new Date(systemClock.now() + HOUR).toISOString() };
        assert.equal((await server.request("PUT", `/backups/${ids[0]}/hold`, { body })).status, 200);
      }
      const [held, gone, , newest] = ids as [string, string, string, string];
      await until("what nobody holds is deleted", async () => (await has(gone)).state === "deleted");
      const before = deletes();

      await setClock("+36h");
      // Within the 30 s before anything looks at the clock by itself.
      const answer = await server.post("/jobs/db/retention");
      assert.equal(answer.status, 200);
      assert.equal((await has(held)).state, "available");
      const byHand = await server.request("DELETE", `/backups/${newest}`);
      assert.equal(byHand.status, 409);
      assert.match(byHand.body.detail, /the clock, which says .* is in doubt until .*schelly clock trust/);
      await systemClock.sleep(LOOKS_MS);
      const [job] = await server.get<{ guards: { guard: string }[] }[]>("/jobs");
      assert.deepEqual(job!.guards.map(({ guard }) => guard), ["untrusted_clock"]);
      await server.post("/jobs/db/retention");
      await server.kill();
      server = await rig.server({ env });
      await server.post("/jobs/db/retention");
      assert.equal((await has(held)).hold?.reason, "an audit", "a restart in doubt ends nothing either");

      await setClock("+0");
      await until(
        "the doubt is over by itself",
        async () => (await server.get<{ guards: unknown[] }[]>("/jobs"))[0]!.guards.length === 0,
      );
      assert.equal((await server.post("/clock/trust")).status, 200);
      await server.post("/jobs/db/retention");
      assert.equal((await has(held)).state, "available");
      assert.equal((await has(held)).hold?.reason, "an audit");
      assert.equal(deletes(), before);
      const again = await server.request("DELETE", `/backups/${newest}`);
      assert.equal(again.status, 202, JSON.stringify(again.body));
    },
  );
}
