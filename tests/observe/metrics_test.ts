// Metrics: the original's names, what events count, what a restart keeps, and text that Prometheus accepts.
// Also tests distribution.ts, event_counters.ts, event_data.ts, exposition.ts, fixed_families.ts, job_counters.ts,
// contact_gauges.ts, figures_gauges.ts, job_gauges.ts, notify_gauges.ts, program_families.ts, registry.ts and upkeep_gauges.ts.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import type { EngineEvent, EventType } from "../../src/ports/events.ts";
import type { ProcessUsage } from "../../src/ports/host.ts";
import type { Json } from "../../src/domain/job.ts";
import type { JobStats } from "../../src/ports/job_facts.ts";
import { everyMetric } from "../support/every_metric.ts";
import { testJob } from "../support/fake_operations.ts";
import { requireTool } from "../support/require_tool.ts";
import { USAGE } from "../support/fake_usage.ts";
import { newMetrics, STARTED_AT as AT, type TestMetrics } from "../support/test_metrics.ts";

function event(
  type: EventType,
  data: Record<string, Json> = {},
  fields: Partial<EngineEvent> = {},
): EngineEvent {
  return { type, level: "info", at: AT, job: "db", message: type, data, ...fields };
}

function statsOf(job: string, fields: Partial<JobStats> = {}): JobStats {
  return {
    job,
    byStatus: { available: 4, failed: 1 },
    byTag: { daily: 4 },
    lastSuccessAt: AT,
    lastKeptAt: AT,
    lastFailureAt: null,
    lastFailureMessage: null,
    lastSizeMb: 12.5,
    lastDurationMs: 90_000,
    totalSizeMb: 50,
    leftovers: 0,
    ...fields,
  };
}

/** The value of one series, by its name with labels; undefined when it is not there. */
async function value(metrics: TestMetrics, series: string): Promise<number | undefined> {
  const line = (await metrics.render()).split("\n").find((line) => line.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

test("createMetrics() keeps the original's names and labels", async () => {
  const metrics = newMetrics();
  const cases: [EngineEvent, string, number][] = [
    [event("run.due"), 'schelly_backup_tasks_total{job="db",status="run"}', 1],
    [
      event("run.skipped", { reason: "still_running", slots: 1 }),
      'schelly_backup_tasks_total{job="db",status="skipped"}',
      1,
    ],
    [event("run.started", { id: "b1" }), 'schelly_backup_trigger_total{job="db",status="success"}', 1],
    [event("run.retry", { kind: "unsent" }), 'schelly_backup_trigger_total{job="db",status="retry"}', 1],
    [event("run.failed", { reason: "refused" }), 'schelly_backup_trigger_total{job="db",status="error"}', 1],
    [event("run.available"), 'schelly_backup_materialized_total{job="db",status="success"}', 1],
    [event("run.found", { was: "lost" }), 'schelly_backup_materialized_total{job="db",status="success"}', 2],
    [
      event("run.found", { was: "missing" }),
      'schelly_backup_materialized_total{job="db",status="success"}',
      2,
    ],
    [event("run.failed", { id: "b1" }), 'schelly_backup_materialized_total{job="db",status="error"}', 1],
    [event("run.lost", { id: "b2" }), 'schelly_backup_materialized_total{job="db",status="error"}', 2],
    [event("run.cancelled"), 'schelly_backup_materialized_total{job="db",status="cancelled"}', 1],
    [event("retention.pass"), 'schelly_backup_tag_total{job="db",status="success"}', 1],
    [event("retention.error"), 'schelly_backup_tag_total{job="db",status="error"}', 1],
    [
      event("clock.jump", {}, { level: "warning" }),
      'schelly_backup_warn_total{job="db",status="warning"}',
      1,
    ],
    [event("job.error", {}, { level: "error" }), 'schelly_backup_warn_total{job="db",status="error"}', 1],
    [event("retention.pass"), 'schelly_retention_tasks_total{job="db"}', 3],
    [event("delete.done"), 'schelly_retention_backup_delete_total{job="db",status="success"}', 1],
    [event("delete.error"), 'schelly_retention_backup_delete_total{job="db",status="error"}', 1],
    [event("delete.retry"), 'schelly_retention_backup_delete_retries_total{job="db"}', 1],
    [event("http.request", { status: 200 }), 'schelly_api_invocations_total{status="success",code="200"}', 1],
    [event("http.request", { status: 404 }), 'schelly_api_invocations_total{status="error",code="404"}', 1],
    [event("store.commit", { changes: 3, duration_ms: 4 }), 'schelly_sql_total{status="success"}', 1],
    [event("store.error"), 'schelly_sql_total{status="error"}', 1],
  ];
  for (const [told, series, expected] of cases) {
    metrics.emit(told);
    assert.equal(await value(metrics, series), expected, series);
  }
});

test("createMetrics() times calls to providers in the original's buckets", async () => {
  const metrics = newMetrics();
  for (const duration_ms of [50, 100, 400, 20_000]) {
    metrics.emit(event("provider.call", { operation: "info", status: 200, provider: "a", duration_ms }));
  }
  const labels = 'operation="info",status="success",provider="a",code="200"';
  const bucket = (le: string) => value(metrics, `schelly_webhook_invocation_bucket{${labels},le="${le}"}`);
  assert.deepEqual([await bucket("0.1"), await bucket("1"), await bucket("10"), await bucket("+Inf")], [
    2,
    3,
    3,
    4,
  ]);
  assert.equal(await value(metrics, `schelly_webhook_invocation_count{${labels}}`), 4);
  assert.equal(await value(metrics, `schelly_webhook_invocation_sum{${labels}}`), 20.55);
});

test("createMetrics() calls a call's answer success or error, with its code beside", async () => {
  const metrics = newMetrics();
  const cases: [Record<string, Json>, string][] = [
    [{ operation: "delete", status: 404 }, 'operation="delete",status="success",provider="a",code="404"'],
    [{ operation: "info", status: 404 }, 'operation="info",status="error",provider="a",code="404"'],
    [{ operation: "create", status: "error" }, 'operation="create",status="error",provider="a",code="error"'],
    [
      { operation: "create", status: 202, unreadable: true },
      'operation="create",status="error",provider="a",code="202"',
    ],
  ];
  for (const [data, labels] of cases) {
    metrics.emit(event("provider.call", { ...data, provider: "a", duration_ms: 5 }));
    assert.equal(await value(metrics, `schelly_webhook_invocation_count{${labels}}`), 1, labels);
  }
});

test("createMetrics() counts before the first scrape, between two, and what a scrape has shown no second time", async () => {
  const metrics = newMetrics();
  const commit = event("store.commit", { changes: 2, duration_ms: 750 });
  const request = event("http.request", { status: 200, method: "GET", route: "/jobs", duration_ms: 20 });
  const told = async () => [
    await value(metrics, 'schelly_sql_total{status="success"}'),
    await value(metrics, "schelly_store_changes_total"),
    await value(metrics, "schelly_store_commit_duration_seconds_count"),
    await value(metrics, "schelly_store_commit_duration_seconds_sum"),
    await value(metrics, 'schelly_store_commit_duration_seconds_bucket{le="0.5"}'),
    await value(metrics, 'schelly_store_commit_duration_seconds_bucket{le="1"}'),
    await value(
      metrics,
      'schelly_http_request_duration_seconds_bucket{method="GET",route="/jobs",le="0.05"}',
    ),
  ];
  for (let i = 0; i < 3; i++) metrics.emit(commit);
  metrics.emit(request);
  assert.deepEqual(await told(), [3, 6, 3, 2.25, 0, 3, 1]);
  assert.deepEqual(await told(), [3, 6, 3, 2.25, 0, 3, 1]);
  metrics.emit(commit);
  metrics.emit(request);
  assert.deepEqual(await told(), [4, 8, 4, 3, 0, 4, 2]);
});

test("createMetrics() counts every slot of a range as skipped, and missed ones apart", async () => {
  const metrics = newMetrics();
  metrics.emit(event("run.skipped", { reason: "missed", slots: 40 }));
  metrics.emit(event("run.skipped", { reason: "disabled", slots: null }));
  assert.equal(await value(metrics, 'schelly_backup_tasks_total{job="db",status="skipped"}'), 41);
  assert.equal(await value(metrics, 'schelly_slots_missed_total{job="db"}'), 40);
});

test("setJobs() shows each job's state as the store and the engine have it", async () => {
  const metrics = newMetrics();
  const guards = [{ guard: "max_percent", since: null, latched: true, message: "x" }];
  const running = { run_id: "r", state: "running" as const, since: null, message: null };
  metrics.setJobs(
    [statsOf("db")],
    [testJob("db", { guards, running }), testJob("new", { paused: true, enabled: false, next_slot: null })],
    new Map([["db", 86_400_000]]),
  );
  const expected: Record<string, number | undefined> = {
    'schelly_backup_last_size_mbytes{job="db"}': 12.5,
    'schelly_backup_last_time_seconds{job="db"}': 90,
    'schelly_job_last_success_timestamp_seconds{job="db"}': AT / 1000,
    'schelly_job_last_success_timestamp_seconds{job="new"}': undefined,
    'schelly_job_expected_interval_seconds{job="db"}': 86_400,
    'schelly_job_next_slot_timestamp_seconds{job="db"}': Date.UTC(2026, 2, 2, 23, 59, 59) / 1000,
    'schelly_job_next_slot_timestamp_seconds{job="new"}': undefined,
    'schelly_job_running{job="db"}': 1,
    'schelly_job_running{job="new"}': 0,
    'schelly_job_paused{job="new"}': 1,
    'schelly_job_enabled{job="new"}': 0,
    'schelly_job_guarded{job="db",guard="max_percent"}': 1,
    'schelly_runs{job="db",status="available"}': 4,
    'schelly_backups_stored{job="db",tag="daily"}': 4,
    'schelly_backups_size_mbytes{job="db"}': 50,
    'schelly_backup_tasks_total{job="new",status="run"}': 0,
    'schelly_backup_materialized_total{job="new",status="error"}': 0,
  };
  for (const [series, number] of Object.entries(expected)) {
    assert.equal(await value(metrics, series), number, series);
  }
});

test("setJobs() drops every series of a job that went, and starts a returned one at zero", async () => {
  const metrics = newMetrics();
  metrics.setJobs([statsOf("db"), statsOf("old")], [testJob("db"), testJob("old")], new Map([["old", 1]]));
  metrics.emit(event("run.available", {}, { job: "old" }));
  metrics.emit(event("delete.done", {}, { job: "old" }));
  assert.match(await metrics.render(), /job="old"/);
  metrics.setJobs([statsOf("db"), statsOf("old")], [testJob("db")]);
  assert.doesNotMatch(await metrics.render(), /job="old"/);
  metrics.setJobs([], [testJob("db"), testJob("old")]);
  assert.equal(await value(metrics, 'schelly_backup_materialized_total{job="old",status="success"}'), 0);
});

test("createMetrics() tells of the build, the start and the last reload", async () => {
  const metrics = newMetrics();
  assert.equal(await value(metrics, 'schelly_build_info{version="1.2.3",commit="abc"}'), 1);
  assert.equal(await value(metrics, "process_start_time_seconds"), AT / 1000);
  assert.equal(await value(metrics, "schelly_config_last_reload_successful"), 1);
  metrics.emit(event("config.invalid", {}, { at: AT + 5000 }));
  assert.equal(await value(metrics, "schelly_config_last_reload_successful"), 0);
  assert.equal(await value(metrics, "schelly_config_last_reload_success_timestamp_seconds"), AT / 1000);
  metrics.emit(event("config.reloaded", {}, { at: AT + 9000 }));
  assert.equal(await value(metrics, "schelly_config_last_reload_successful"), 1);
  assert.equal(await value(metrics, "schelly_config_last_reload_success_timestamp_seconds"), AT / 1000 + 9);
});

test("createMetrics() counts the log lines that nobody read", async () => {
  let dropped = 0;
  const metrics = newMetrics({ logDropped: () => dropped });
  assert.equal(await value(metrics, "schelly_log_dropped_total"), 0);
  dropped = 12;
  assert.equal(await value(metrics, "schelly_log_dropped_total"), 12);
});

test("createMetrics() tells what the program takes of its machine, and nothing of what cannot be known", async () => {
  let usage: ProcessUsage = USAGE;
  const metrics = newMetrics({ usage: () => Promise.resolve(usage) });
  const FIGURES = [
    "process_cpu_seconds_total",
    "process_cpu_user_seconds_total",
    "process_cpu_system_seconds_total",
    "process_resident_memory_bytes",
    "process_virtual_memory_bytes",
    "schelly_heap_used_bytes",
    "process_open_fds",
    "process_max_fds",
  ];
  const figures = () => Promise.all(FIGURES.map((name) => value(metrics, name)));
  assert.deepEqual(await figures(), [3, 2.5, 0.5, 8e7, 3e9, 2e7, 24, 1024]);
  usage = { ...USAGE, virtual: undefined, openFiles: undefined, maxFiles: undefined };
  assert.deepEqual(await figures(), [3, 2.5, 0.5, 8e7, undefined, 2e7, undefined, undefined]);
});

test("createMetrics() tells how long what is ready waits for its turn", async () => {
  let now = 0;
  const clock = {
    monotonic: () => now,
    yield() {
      now += 250;
      return Promise.resolve();
    },
  };
  assert.equal(await value(newMetrics({ clock }), "nodejs_eventloop_lag_seconds"), 0.25);
});

test("createMetrics() has few series for many odd requests", async () => {
  const metrics = newMetrics();
  for (let i = 0; i < 1000; i++) {
    metrics.emit(event("http.request", { status: 404, method: `M${i}`, route: "none", duration_ms: 1 }));
  }
  assert.equal(
    await value(metrics, 'schelly_http_request_duration_seconds_count{method="other",route="none"}'),
    1000,
  );
  assert.ok((await metrics.render()).match(/^schelly_http_request_duration_seconds/gm)!.length < 12);
});

test("createMetrics() shares nothing between two instances", async () => {
  const [one, other] = [newMetrics(), newMetrics()];
  one.emit(event("run.available"));
  one.emit(event("provider.odd"));
  await one.render();
  assert.equal(await value(other, 'schelly_backup_materialized_total{job="db",status="success"}'), undefined);
  assert.equal(await value(other, "schelly_provider_odd_total"), undefined);
  assert.equal(await value(one, "schelly_provider_odd_total"), 1);
});

test("render() escapes labels, so that no name can forge a series", async () => {
  const metrics = newMetrics();
  metrics.emit(event("run.due", {}, { job: 'a"} 1\nforged_total{x="\\' }));
  const text = await metrics.render();
  assert.doesNotMatch(text, /^forged_total/m);
  assert.ok(
    text.includes('schelly_backup_tasks_total{job="a\\"} 1\\nforged_total{x=\\"\\\\",status="run"} 1'),
  );
});

test(
  "render() writes text that promtool takes without a complaint, of a program to which everything happened",
  {
    skip: requireTool("promtool", ["--version"]),
  },
  async () => {
    const input = await everyMetric();
    const check = spawnSync("promtool", ["check", "metrics"], { input, encoding: "utf8" });
    const complaints = `${check.stdout}${check.stderr}`.split("\n").filter((line) => line !== "");
    assert.deepEqual(complaints, [], input);
  },
);

test("render() writes 100,000 series of 10,000 jobs without keeping anybody waiting long", async () => {
  const metrics = newMetrics();
  const names = Array.from({ length: 10_000 }, (_, i) => `job-${i}`);
  metrics.setJobs(names.map((name) => statsOf(name)), names.map((name) => testJob(name)));
  let took = Infinity;
  for (let round = 0; round < 3; round++) {
    const started = performance.now();
    const text = await metrics.render();
    took = Math.min(took, performance.now() - started);
    assert.ok(text.split("\n").length > 100_000);
  }
  // The best of three, and ten times the target, for machines that are busy with other things.
  assert.ok(took < 500, `${took} ms`);
});

test("render() loads the library of the registry at the first scrape, and no start does", () => {
  const address = (path: string) => JSON.stringify(new URL(`../../${path}`, import.meta.url).href);
  const script = `import Module from "node:module";
    import ${address("src/app/app.ts")};
    import { newMetrics } from ${address("tests/support/test_metrics.ts")};
    const loaded = () => Object.keys(Module._cache).some((path) => path.includes("/prom-client/"));
    const metrics = newMetrics();
    const before = loaded();
    await metrics.render();
    process.stdout.write(JSON.stringify([before, loaded()]));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["eval", "--quiet", "--no-check", script], {
    encoding: "utf8",
  });
  assert.equal(stdout, "[false,true]", stderr);
});

test("setJobs() counts what is held, and of a job nobody manages only that its backups exist", async () => {
  const metrics = newMetrics();
  const unmanaged = [{ provider: "old", available: 2 }];
  metrics.setJobs([statsOf("db"), statsOf("left")], [
    testJob("db", { held: 3, unmanaged }),
    testJob("left", { managed: false, unmanaged: [{ provider: "p", available: 4 }] }),
  ]);
  metrics.setStops({ isFrozen: true, isClockInDoubt: false });
  const text = await metrics.render();
  assert.match(text, /^schelly_backups_held\{job="db"\} 3$/m);
  assert.match(text, /^schelly_backups_unmanaged\{job="db",provider="old"\} 2$/m);
  assert.match(text, /^schelly_backups_unmanaged\{job="left",provider="p"\} 4$/m);
  assert.match(text, /^schelly_frozen 1$/m);
  assert.deepEqual(text.match(/^.*job="left".*$/gm)?.length, 1);
  metrics.setStops({ isFrozen: false, isClockInDoubt: true });
  const later = await metrics.render();
  assert.match(later, /^schelly_frozen 0$/m);
  assert.match(later, /^schelly_clock_in_doubt 1$/m);
});

test("figures of storages are gauges by provider, without those that nobody knows", async () => {
  const metrics = newMetrics();
  const figures = {
    ...{ measuredAt: 1_000, storedBytes: 118, dataBytes: 117, neededBytes: 2 },
    ...{ restoredBytes: null, snapshots: 3 },
  };
  metrics.setUpkeep([], [
    { provider: "nas", figures },
    { provider: "far", figures: { ...figures, storedBytes: null, dataBytes: null } },
  ]);
  const text = await metrics.render();
  assert.match(text, /^schelly_provider_storage_bytes\{provider="nas"\} 118$/m);
  assert.match(text, /^schelly_provider_storage_dead_bytes\{provider="nas"\} 115$/m);
  assert.match(text, /^schelly_provider_storage_snapshots\{provider="far"\} 3$/m);
  assert.match(text, /^schelly_provider_storage_measured_timestamp_seconds\{provider="far"\} 1$/m);
  assert.doesNotMatch(text, /storage_(dead_)?bytes\{provider="far"\}|restored/);
});

test("whether a provider answers is told by provider and host", async () => {
  const metrics = newMetrics();
  metrics.setContacts([
    { provider: "nas@a", host: "a", contact: { answeredAt: AT, trouble: null } },
    {
      provider: "nas@b",
      host: "b",
      contact: { answeredAt: null, trouble: { since: 1, calls: 1, message: "" } },
    },
  ]);
  const lines = (await metrics.render()).split("\n").filter((line) =>
    /^schelly_provider_(up|ans)/.test(line)
  );
  assert.deepEqual(lines, [
    'schelly_provider_up{provider="nas@a",host="a"} 1',
    'schelly_provider_up{provider="nas@b",host="b"} 0',
    `schelly_provider_answered_timestamp_seconds{provider="nas@a",host="a"} ${AT / 1000}`,
  ]);
});
