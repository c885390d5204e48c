// A job in trouble looks well nowhere: five jobs, of which one fails each time, one has no provider, one is guarded, one
// is paused and one is well, asked for everywhere.

import assert from "node:assert/strict";
import { dailyPattern, freePort, programTest, type Server, until } from "../support/program.ts";

const NEVER = "0 0 0 29 2 *";
const EXPECTED = {
  failing: "failing",
  orphan: "waiting",
  guarded: "guarded",
  resting: "paused",
  sound: "ok",
};

function yaml(url: string, nowhere: number, dueSoon: string, keep: number): string {
  const command = (create: string[]) =>
    `{ poll_interval: 100ms, command: { create: ${JSON.stringify(create)}, delete: ["true"] } }`;
  return `jobs:
  - name: failing
    schedule: "${NEVER}"
    retry: off
    provider: ${command(["sh", "-c", "echo the disk of the database is gone >&2; exit 3"])}
  - name: orphan
    schedule: "${dueSoon}"
    retry_interval: 200ms
    provider: { url: "http://127.0.0.1:${nowhere}/backups", poll_interval: 100ms }
  - name: guarded
    schedule: "${NEVER}"
    provider: { url: "${url}", poll_interval: 100ms }
    retention: { secondly: ${keep}, guard: { policy_change_hold: 0s } }
  - { name: resting, schedule: "${NEVER}", provider: { url: "${url}/", poll_interval: 100ms } }
  - { name: sound, schedule: "${NEVER}", provider: ${command(["echo", "made"])} }
`;
}

const statesOf = async (server: Server) =>
  Object.fromEntries((await server.get("/jobs")).map(({ job, health }: any) => [job, health.state]));

programTest(
  "a job that is in trouble looks well nowhere, and one that is well is named by nobody",
  async (rig) => {
    const provider = await rig.originalProvider({ durationMs: 10 });
    const nowhere = freePort();
    const { pattern } = dailyPattern(5_000);
    const server = await rig.server({ yaml: yaml(provider.url, nowhere, pattern, 100) });
    for (let n = 0; n < 6; n++) await server.backup("guarded");
    await server.backup("resting");
    await server.backup("sound");
    await rig.ask("jobs", "pause", "resting", "--reason", "moving");
    await server.post("/jobs/failing/trigger");
    await rig.configure(yaml(provider.url, nowhere, pattern, 1));
    await rig.ask("reload");
    await rig.cli("retention", "run", "guarded", "--yes", "--socket", rig.socket);
    await until("every job is what it is", async () => {
      const states = await statesOf(server);
      return JSON.stringify(states) === JSON.stringify(EXPECTED);
    });

    const failing = (await server.get("/jobs/failing")).health;
    assert.match(failing.cause, /the disk of the database is gone/);
    assert.match(failing.remedy, /schelly runs list --job failing/);

    const list = await rig.cli("jobs", "list", "--socket", rig.socket);
    for (const [job, state] of Object.entries(EXPECTED)) {
      assert.match(list.out, new RegExp(`^${job} .* ${state} `, "m"));
    }
    assert.match(list.err, /^failing: the disk of the database is gone \(.*\) \(failing since \S+\)/m);
    const show = await rig.cli("jobs", "show", "failing", "--socket", rig.socket);
    assert.match(show.out, /^health +failing$/m);

    const { ready, checks } = await server.get("/readyz?verbose");
    assert.equal(ready, true, "a program that works is not restarted for its jobs");
    const named = checks.filter(({ name }: any) => /^job /.test(name)).map(({ name }: any) => name.slice(4));
    assert.deepEqual(named.sort(), ["failing", "guarded", "orphan"]);

    const metrics = await server.get<string>("/metrics");
    const series = [...metrics.matchAll(/^schelly_job_health\{job="(\w+)",state="(\w+)"\} 1$/gm)];
    assert.deepEqual(Object.fromEntries(series.map(([, job, state]) => [job, state])), EXPECTED);

    const healthcheck = await rig.cli("healthcheck", "--socket", rig.socket);
    assert.deepEqual([healthcheck.code, healthcheck.out], [0, "ready\n"]);
    assert.match(healthcheck.err, /^The server works, but 3 of 5 jobs need a look: see 'schelly status'\.$/m);

    const status = await rig.cli("status", "--socket", rig.socket);
    assert.equal(status.code, 1);
    assert.deepEqual(status.out.match(/^\w+(?=: .* \((?:failing|waiting|guarded)(?: since \S+)?\)$)/gm), [
      "failing",
      "guarded",
      "orphan",
    ]);
    const all = await rig.cli("status", "--json", "--socket", rig.socket);
    assert.deepEqual(JSON.parse(all.out).by_state, {
      failing: 1,
      waiting: 1,
      guarded: 1,
      paused: 1,
      ok: 1,
    });
  },
);
