// What `backups explain` shows of the server's answer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { fakeHost, jsonAnswer } from "../../support/fake_host.ts";

const SERVER = "http://127.0.0.1:8080";

async function explain(answer: unknown, ...args: string[]) {
  const host = fakeHost({ env: { SCHELLY_SERVER: SERVER }, servers: { [SERVER]: () => jsonAnswer(answer) } });
  const code = await main(["backups", "explain", "b1", ...args], host);
  return { code, out: host.out(), err: host.err(), requests: host.requests };
}

const KEPT = {
  id: "b1",
  run_id: "r1",
  job: "a",
  state: "available",
  kept: true,
  tags: ["daily"],
  reasons: ["daily 3 of 7 (2026-11-20)"],
  levels: [
    { level: "daily", period: "2026-11-20", reference: 3, limit: 7, rank: 3, instead: null },
    {
      level: "weekly",
      period: "week of 2026-11-15",
      reference: 6,
      limit: 4,
      rank: null,
      instead: { id: "b2", run_id: "r2" },
    },
    { level: "yearly", period: "2026", reference: "L", limit: 1, rank: 2, instead: null },
  ],
  fate: { fate: "goes", at: "2026-11-28T03:00:00.000Z" },
  notes: ["It is kept as daily 3 of 7 (2026-11-20, reference 3)."],
};

test("backups explain shows how a backup stands at each level and until when it is kept", async () => {
  const { code, out, requests } = await explain(KEPT, "--job", "a");
  assert.equal(code, 0);
  assert.deepEqual(requests, [`GET ${SERVER} /backups/b1/explain?job=a`]);
  assert.equal(
    out,
    `b1 of job a, available: kept until about 2026-11-28T03:00:00.000Z

LEVEL   PERIOD              REFERENCE  PLACE             KEEPS IT
daily   2026-11-20          3          3 of 7            yes
weekly  week of 2026-11-15  SAT        b2 stands for it  no
yearly  2026                last       2 of 1            no

  It is kept as daily 3 of 7 (2026-11-20, reference 3).
`,
  );
});

test("backups explain of what is gone, or of an older server's answer, shows the sentences alone", async () => {
  const gone = {
    id: "b1",
    job: "a",
    state: "deleted",
    kept: false,
    tags: [],
    reasons: [],
    notes: ["It was deleted."],
  };
  assert.equal((await explain(gone)).out, "b1 of job a, deleted: not kept\n  It was deleted.\n");
});

test("backups explain --json prints the answer unchanged", async () => {
  assert.deepEqual(JSON.parse((await explain({ ...KEPT, newer: 1 }, "--json")).out), { ...KEPT, newer: 1 });
});
