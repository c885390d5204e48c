// Questions that cost the real program much, asked all at once by one caller: it answers the others meanwhile, starts what
// is due, and says what is too much.

import assert from "node:assert/strict";
import { systemClock } from "../../src/runtime/clock.ts";
import { programTest, until } from "../support/program.ts";

const JOBS = 30;
const LEAST_LOOKS = 20;

programTest("a wave of questions holds up neither slots nor other callers", async (rig) => {
  const jobs = Array.from(
    { length: JOBS },
    (_, at) =>
      `  - { name: job-${at}, schedule: "0 0 0 29 2 *", provider: { command: { create: ["true"], delete: ["true"] } } }`,
  );
  await rig.configure(
    `jobs:\n${jobs.join("\n")}\n  - name: due\n    schedule: "*/2 * * * * *"\n` +
      '    provider: { poll_interval: 100ms, command: { create: ["true"], delete: ["true"] } }\n',
    'auth: { tokens: [ { name: ann, role: viewer, token: "token-of-ann-0123456789" }, ' +
      '{ name: bob, role: viewer, token: "token-of-bob-0123456789" } ] }',
  );
  const server = await rig.server();
  const as = (name: string) => ({ authorization: `Bearer token-of-${name}-0123456789` });
  const get = (name: string, path: string) => server.request("GET", path, { headers: as(name) });
  const slots = async () =>
    (await get("bob", "/runs?job=due&limit=1000")).body as { state: string; reason: string }[];
  await until("it runs", async () => (await slots()).some(({ state }) => state === "available"));

  let looks = 0;
  let over = false;
  const watching = (async () => {
    for (; !over; looks++) {
      assert.equal((await get("bob", "/jobs/due")).status, 200);
      await systemClock.sleep(20);
    }
  })();
  const end = new Date(systemClock.now() + 30_000_000).toISOString();
  const heavy = new URLSearchParams({ schedule: "* * * * * *", policy: "secondly=25000", until: end });
  const asked = [
    ...Array.from({ length: JOBS }, (_, at) => get("ann", `/jobs/job-${at}/retention`)),
    ...Array.from({ length: JOBS }, (_, at) => get("ann", `/jobs/job-${at}/coverage`)),
    ...Array.from({ length: JOBS }, () => get("ann", "/coverage")),
    ...Array.from({ length: 12 }, () => get("ann", `/jobs/job-0/forecast?${heavy}`)),
    get("bob", "/jobs/job-1/forecast"),
  ];
  const answers = await Promise.all(asked);
  over = true;
  await watching;
  assert.deepEqual([...new Set(answers.slice(0, 3 * JOBS).map(({ status }) => status))], [200]);
  const forecasts = answers.slice(3 * JOBS, -1);
  const refused = forecasts.filter(({ status }) => status === 503);
  assert.ok(refused.length >= 5, `${refused.length} refused`);
  assert.match(
    refused[0]!.body.detail,
    /questions of this kind of ann wait already, one is worked on at a time/,
  );
  assert.equal(answers.at(-1)!.status, 200, "the other caller has a place");
  // However fast or slow the machine is: he who has to wait for a wave gets an answer or two meanwhile.
  assert.ok(looks >= LEAST_LOOKS, `${looks} answers beside ${asked.length} questions`);
  const missed = (await slots()).filter(({ state, reason }) =>
    state === "skipped" && reason !== "still_running"
  );
  assert.deepEqual(missed, []);

  // Words that stand there again and again are one; very many are none.
  const words = (count: number) => Array.from({ length: count }, () => "available").join(",");
  assert.equal((await get("ann", `/runs?status=${words(30)}`)).status, 200);
  const tooMany = await get("ann", `/runs?status=${words(500)}`);
  assert.equal(tooMany.status, 400);
  assert.doesNotMatch(JSON.stringify(tooMany.body), new RegExp(rig.folder));
});
