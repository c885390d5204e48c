// The original's compose example and environment, with a provider of the original's manners in its own process:
// who swaps the image must find everything as published.

import assert from "node:assert/strict";
import { programTest, type Rig, until } from "../support/program.ts";

/** Fields of the original, then ours. */
const FIELDS = ["id", "data_id", "status", "start_time", "end_time", "custom_data", "size", "tags"];
const MORE_FIELDS = [
  ...["job", "run_id", "slot", "period_time", "state", "size_mb", "reasons", "kept_for"],
  ...["hold", "suspect", "suspect_reason", "rejected", "leftover", "ended_as", "verified_at", "verification"],
  "lock",
];

const METRICS = [
  "schelly_backup_last_size_mbytes",
  "schelly_backup_last_time_seconds",
  'schelly_backup_tasks_total{.*status="run"',
  'schelly_backup_trigger_total{.*status="success"',
  'schelly_backup_materialized_total{.*status="success"',
  "schelly_backup_tag_total",
  "schelly_backup_warn_total",
  "schelly_retention_tasks_total",
  'schelly_retention_backup_delete_total{.*status="success"',
  "schelly_retention_backup_delete_retries_total",
  'schelly_webhook_invocation_bucket{operation="create",status="success"',
  'schelly_webhook_invocation_sum{operation="info",status="success"',
  'schelly_webhook_invocation_count{operation="delete",status="success"',
  'schelly_api_invocations_total{status="success"',
  'schelly_sql_total{status="success"',
];

function composeEnv(rig: Rig, url: string, dataDir: string): Record<string, string> {
  return {
    BACKUP_NAME: "Some Data",
    BACKUP_CRON_STRING: "0/3 * * * * *",
    RETENTION_MINUTELY: "10",
    WEBHOOK_URL: url,
    WEBHOOK_HEADERS: "X-Api-Key=the-key-itself,X-Tenant=home",
    WEBHOOK_BODY: '{"verbose": true}',
    WEBHOOK_DELETE_BODY: '{"force": "yes"}',
    GRACE_TIME_SECONDS: "3600",
    LISTEN_IP: "127.0.0.1",
    LISTEN_PORT: "0",
    LOG_LEVEL: "warning",
    DATA_DIR: `${rig.folder}/${dataDir}`,
  };
}

programTest("the original's environment runs its compose example as published", async (rig) => {
  const provider = await rig.originalProvider({ durationMs: 100 });
  const failing = await rig.originalProvider({ name: "failing", durationMs: 100, failEvery: 2 });
  const unlucky = await rig.server({ envOnly: true, env: composeEnv(rig, failing.url, "unlucky") });
  const second = rig.startServer({ envOnly: true, env: composeEnv(rig, failing.url, "unlucky") });
  const server = await rig.server({ envOnly: true, env: composeEnv(rig, provider.url, "data") });
  assert.match(server.child.err, /keeps minutely 10@L/);
  assert.match(server.child.err, /keeps no daily backups: the original's image would have filled in 4@L/);

  const triggered = await until("a trigger between two slots", async () => {
    const answer = await server.post("/backups");
    return answer.status === 409 ? undefined : answer;
  });
  assert.equal(triggered.status, 202);
  assert.equal(triggered.body.status, "running");
  assert.equal(typeof triggered.body.id, "string");
  for (const name of ["id", "status", "start_time", "end_time", "custom_data"]) {
    assert.ok(name in triggered.body);
  }

  const [newest] = await until("four backups", async () => {
    const backups = await server.get<any[]>("/backups");
    return backups.length >= 4 && backups.some(({ status }) => status === "deleted") && backups[0].end_time &&
      backups;
  });
  assert.deepEqual(Object.keys(newest).sort(), [...FIELDS, ...MORE_FIELDS].sort());
  assert.deepEqual(
    { job: newest.job, status: newest.status, data_id: newest.data_id, size: newest.size },
    { job: "some-data", status: "available", data_id: `data-${newest.id}`, size: 12.5 },
  );
  const byTag = await server.get<any[]>("/backups?status=available&tag=minutely");
  assert.ok(byTag.length >= 1 && byTag.length <= 3, `${byTag.length} minutely backups`);
  const there = (await server.get<any[]>("/backups?status=available")).map(({ id }) => id).sort();
  const metrics = await server.get<string>("/metrics");
  assert.deepEqual(METRICS.filter((name) => !new RegExp(`^${name}`, "m").test(metrics)), []);

  const { err } = await server.kill("SIGTERM");
  assert.ok(!err.includes("the-key-itself"), "a header's value is in the log");
  const calls = (await provider.ledger()).filter(({ kind }) => kind === "call");
  for (const { headers } of calls) {
    assert.equal(headers!["x-api-key"], "the-key-itself");
    assert.equal(headers!["x-tenant"], "home");
  }
  const bodies = (method: string) =>
    new Set(calls.filter((call) => call.method === method).map(({ body }) => body));
  assert.deepEqual([...bodies("POST")], ['{"verbose":true}']);
  assert.deepEqual([...bodies("DELETE")], ['{"force":"yes"}']);
  const effects = (await provider.ledger()).filter(({ kind }) => kind === "effect");
  const deleted = new Set(effects.filter(({ effect }) => effect === "deleted").map(({ id }) => id));
  const alive = effects.filter(({ effect, id }) => effect === "available" && !deleted.has(id)).map(({ id }) =>
    id
  );
  for (const id of there) {
    assert.ok(alive.includes(id) || deleted.has(id), `${id} is claimed, and is not there`);
  }

  const refused = await second.end();
  assert.equal(refused.code, 75, "a second one on the same DATA_DIR");
  assert.match(refused.err, /^schelly: Cannot open the state file '.*': .*another process holds it.*\n$/);

  // A failed run of the original is a 404 for ever: it blocks its job for half a minute, not for good.
  const after = await until("a backup after a failed one", async () => {
    const runs = await unlucky.runs();
    const lost = runs.findIndex(({ state }) => state === "lost");
    return lost > 0 && runs.slice(0, lost).some(({ state }) => state === "available") && runs;
  }, 50_000);
  assert.equal(after.find(({ state }) => state === "lost").status, "error");
  const slots = after.filter(({ state }) => state === "skipped");
  assert.ok(slots.every(({ reason }) => reason === "still_running"), "every slot in between has its reason");
  const known = (await failing.ledger()).filter(({ effect }) => effect === "available").map(({ id }) => id);
  for (const { id, state } of after) if (state === "available") assert.ok(known.includes(id));
});
