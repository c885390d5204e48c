// `backups verify`: asks, follows it to its end, and its exit code tells how that was; and how `jobs show` tells of proofs.
// Also tests job_verification.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { fakeHost, jsonAnswer } from "../../support/fake_host.ts";

const SERVER = "http://127.0.0.1:8080";
const ONE = { verification_id: "v1", id: "b1", job: "db", method: "restore" };

/** Runs the command while the clock of its host goes on. */
async function play(args: string[], host: ReturnType<typeof fakeHost>): Promise<number> {
  const done = main(args, host);
  await host.clock.advance(10_000);
  return await done;
}

/** A server whose verification ends so at the second look. */
function serving(end: object) {
  let looks = 0;
  return fakeHost({
    env: { SCHELLY_SERVER: SERVER },
    servers: {
      [SERVER]: (request) =>
        request.method === "POST" ? jsonAnswer({ ...ONE, state: "intent" }, 202) : jsonAnswer({
          verifications: [
            looks++ === 0 ? { ...ONE, state: "running", message: "reading" } : { ...ONE, ...end },
          ],
        }),
    },
  });
}

test("backups verify tells how it ends, and its exit code too", async () => {
  const good = serving({ state: "passed", message: "3 files", restore_seconds: 2 });
  assert.equal(await play(["backups", "verify", "b1", "--method", "restore"], good), 0);
  assert.ok(good.requests.includes(`POST ${SERVER} /backups/b1/verify?method=restore`));
  assert.match(good.err(), /reading[^]*Backup 'b1' can be restored: 3 files \(restored in 2 s\)/);
  const bad = serving({ state: "failed", message: "a.txt: wrong digest" });
  assert.equal(await play(["backups", "verify", "b1", "--json"], bad), 1);
  assert.equal(JSON.parse(bad.out()).state, "failed");
});

test("backups verify --no-wait asks, and goes", async () => {
  const host = serving({ state: "passed" });
  assert.equal(await main(["backups", "verify", "b1", "--no-wait"], host), 0);
  assert.equal(host.requests.filter((line) => line.startsWith("GET")).length, 0);
  assert.equal(await main(["backups", "verify", "b1", "--method", "hope"], host), 2);
});

test("jobs show tells when the next proof comes and of what, and what was proved last", async () => {
  const verification = {
    ...{ schedule: "@weekly", select: "each_level", method: "restore", every_seconds: 1 },
    next_at: "2026-11-29T05:00:00.000Z",
    next_pick: { id: "b7", run_id: "r7", level: "yearly" },
    ...{ running: null, proved_at: "2026-11-22T05:00:00.000Z", proved_id: "b1" },
    last: { state: "inconclusive", at: "2026-11-25T05:00:00.000Z", message: "no space" },
    restore: {
      bytes: 1_200_000_000,
      seconds: 60,
      bytes_per_second: 20_000_000,
      median_seconds: 55.5,
      median_of: 10,
    },
  };
  const job = { job: "db", guards: [], unmanaged: [], verification };
  const host = fakeHost({ env: { SCHELLY_SERVER: SERVER }, servers: { [SERVER]: () => jsonAnswer(job) } });
  assert.equal(await main(["jobs", "show", "db", "--utc"], host), 0);
  assert.match(host.out(), /next proof +2026-11-29T05:00.* by restore, of b7 \(yearly\)/);
  assert.match(host.out(), /last proved +2026-11-22T05:00.*, b1/);
  assert.match(host.out(), /last proof +inconclusive 2026-11-25T05:00.*: no space/);
  assert.match(host.out(), /restore took +60 s for 1\.2 GB, 4\.5 s more than the median of the 10 before/);
});
