// What a configuration is read as: every key, every default, and what jobs share.
// Also tests build_builtin.ts, build_job.ts, build_jobs.ts, build_provider.ts, build_providers.ts,
// build_retention.ts, build_schedule.ts, dates.ts, durations.ts and load.ts.

import { test } from "node:test";
import assert from "node:assert/strict";
import { instantOf } from "../../src/config/values/dates.ts";
import type {
  Backy2ProviderSpec,
  CommandProviderSpec,
  HttpProviderSpec,
  ResticProviderSpec,
} from "../../src/domain/provider_spec.ts";
import { DEFAULT_POLICY, formatPolicy } from "../../src/domain/policy.ts";
import { issuesOf, load, notesOf } from "../support/load_text.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test("loadConfig() fills every default of the smallest file", async () => {
  const config = await load(
    'jobs:\n  - name: postgres\n    provider: { url: "http://schelly-restic:7070/backups" }\n',
  );
  assert.deepEqual(config.source, { kind: "file", path: "schelly.yaml" });
  assert.deepEqual(config.server, {
    listen: { hostname: "127.0.0.1", port: 8080 },
    socket: null,
    tls: null,
    auth: { kind: "default" },
    stopTimeoutMs: 30_000,
  });
  assert.deepEqual(config.log, { level: "info", format: "auto" });
  assert.deepEqual(config.state, { url: "file:/var/lib/schelly/schelly.db", token: null });
  assert.deepEqual([...config.providers], [["http://schelly-restic:7070/backups", {
    kind: "http",
    key: "http://schelly-restic:7070/backups",
    url: "http://schelly-restic:7070/backups",
    headers: {},
    formerly: [],
    maxConcurrent: 1,
    timeouts: { createMs: MINUTE, getMs: 10_000, deleteMs: 10 * MINUTE },
    pollIntervalMs: 5_000,
    verifyBeforeDelete: true,
    createBody: undefined,
    deleteBody: undefined,
  }]]);
  assert.deepEqual(config.jobs, [{
    name: "postgres",
    label: "postgres",
    renamedFrom: null,
    enabled: true,
    from: null,
    to: null,
    schedule: "59 59 23 * * *",
    scheduleDerived: true,
    timezone: "UTC",
    jitterMs: 0,
    missedRuns: "latest",
    startDeadlineMs: null,
    providerKey: "http://schelly-restic:7070/backups",
    providerKeys: ["http://schelly-restic:7070/backups"],
    createBody: undefined,
    deleteBody: undefined,
    createTimeoutMs: MINUTE,
    deleteTimeoutMs: 10 * MINUTE,
    pollIntervalMs: 5_000,
    verifyBeforeDelete: true,
    reconcileMs: 86_400_000,
    graceMs: HOUR,
    maxDurationMs: null,
    retryIntervalMs: 5_000,
    onUnknown: "retry",
    retry: { attempts: 2, afterMs: 10 * MINUTE },
    suspicion: { minSizeMb: null, minPercent: 20 },
    retention: { ...DEFAULT_POLICY, levels: { ...DEFAULT_POLICY.levels } },
    retentionSchedule: null,
    maxDeletesPerPass: 10,
    keepFailed: { ms: Infinity, isSet: false },
    guard: { maxPercent: 50, policyChangeHoldMs: HOUR },
    promises: [],
  }]);
  assert.deepEqual(config.notes, []);
});

test("loadConfig() keeps for 7 days what runs of built-ins left, for ever what is behind HTTP, until it is set", async () => {
  const { jobs } = await load(`defaults: { provider: { command: { create: [make], delete: [drop] } } }
jobs:
  - { name: a }
  - { name: b, provider: { url: "http://p/b" } }
  - { name: c, keep_failed: forever }
  - { name: d, provider: { url: "http://p/b" }, keep_failed: 0s }
`);
  assert.deepEqual(jobs.map(({ keepFailed: { ms, isSet } }) => [ms / (24 * HOUR), isSet]), [
    [7, false],
    [Infinity, false],
    [Infinity, true],
    [0, true],
  ]);
});

test("loadConfig() takes every key of a job", async () => {
  const { jobs: [job] } = await load(`jobs:
  - name: a
    renamed_from: b
    enabled: false
    from: 2026-11-20
    to: 2026-11-30T06:00:00+01:00
    schedule: "0 3 * * *"
    timezone: Europe/Berlin
    jitter: 5m
    missed_runs: skip
    start_deadline: 4h
    provider: { url: "http://p/b", body: [1], delete_body: { x: true } }
    grace_time: 1h30m
    max_duration: 6h
    retry_interval: 500ms
    on_unknown: skip
    keep_failed: 12h
    min_size: 10MiB
    suspect: { min_percent: 50 }
    retention:
      hourly: 6
      daily: 7@3
      weekly: 4/SUN
      week_starts: monday
      schedule: "30 4 * * *"
      min_keep: 2
      min_age: 2d
      keep_oldest: true
      verified: prefer
      max_deletes_per_pass: unlimited
      guard: { max_percent: 30, policy_change_hold: 0s }
`);
  assert.equal(job!.renamedFrom, "b");
  assert.equal(job!.enabled, false);
  assert.equal(new Date(job!.from!).toISOString(), "2026-11-19T23:00:00.000Z");
  assert.equal(new Date(job!.to!).toISOString(), "2026-11-30T05:00:00.000Z");
  assert.equal(job!.scheduleDerived, false);
  assert.equal(job!.timezone, "Europe/Berlin");
  assert.equal(job!.jitterMs, 5 * MINUTE);
  assert.equal(job!.missedRuns, "skip");
  assert.equal(job!.startDeadlineMs, 4 * HOUR);
  assert.deepEqual(job!.createBody, [1]);
  assert.deepEqual(job!.deleteBody, { x: true });
  assert.equal(job!.graceMs, 90 * MINUTE);
  assert.equal(job!.maxDurationMs, 6 * HOUR);
  assert.equal(job!.retryIntervalMs, 500);
  assert.equal(job!.onUnknown, "skip");
  assert.deepEqual(job!.suspicion, { minSizeMb: 10.48576, minPercent: 50 });
  assert.equal(
    formatPolicy(job!.retention),
    "hourly=6@L,daily=7@3,weekly=4@SUN,week_starts=monday,min_keep=2,min_age=2d,keep_oldest=true,verified=prefer",
  );
  assert.match(job!.retentionSchedule!, /30 4 \* \* \*/);
  assert.equal(job!.maxDeletesPerPass, Infinity);
  assert.deepEqual(job!.keepFailed, { ms: 12 * HOUR, isSet: true });
  assert.deepEqual(job!.guard, { maxPercent: 30, policyChangeHoldMs: 0 });
});

test("loadConfig() reads keep_last and keep_within, alone and beside levels", async () => {
  const { jobs } = await load(`defaults: { schedule: "0 3 * * *", provider: { url: "http://p/b" } }
jobs:
  - { name: last, retention: { keep_last: 5 } }
  - { name: within, retention: { keep_within: 30d } }
  - { name: beside, retention: { daily: 7, keep_last: 5, keep_within: 2d12h } }
  - { name: same, retention: { keep_last: 5, min_keep: 5, daily: 0 } }
  - { name: old, retention: { min_keep: 5 } }
`);
  const rest = "min_age=0s,keep_oldest=false";
  assert.deepEqual(jobs.map(({ retention }) => formatPolicy(retention)), [
    `keep_last=5,week_starts=sunday,${rest}`,
    `keep_last=1,keep_within=30d,week_starts=sunday,${rest}`,
    `daily=7@L,keep_within=2d12h,week_starts=sunday,min_keep=5,${rest}`,
    `keep_last=5,week_starts=sunday,${rest}`,
    `daily=4@L,weekly=4@L,monthly=3@L,yearly=2@L,week_starts=sunday,min_keep=5,${rest}`,
  ]);
});

test("loadConfig() reads keep_all as a policy that keeps everything", async () => {
  const { jobs: [job] } = await load(
    'jobs: [{ name: a, schedule: "0 3 * * *", retention: keep_all, provider: { url: "http://p/b" } }]\n',
  );
  assert.equal(job!.retention.keepAll, true);
  assert.equal(Object.values(job!.retention.levels).every(({ count }) => count === 0), true);
});

test("instantOf() lets a day begin and end on the clock of its zone", () => {
  const iso = (text: string, zone: string, edge: "start" | "end") =>
    new Date(instantOf(text, zone, edge)!).toISOString();
  assert.equal(iso("2026-12-31", "UTC", "start"), "2026-12-31T00:00:00.000Z");
  assert.equal(iso("2026-12-31", "UTC", "end"), "2027-01-01T00:00:00.000Z");
  assert.equal(iso("2026-03-29", "Europe/Berlin", "start"), "2026-03-28T23:00:00.000Z");
  assert.equal(iso("2026-03-29", "Europe/Berlin", "end"), "2026-03-29T22:00:00.000Z");
  // No midnight in Sao Paulo on 2018-11-04: the day begins at 01:00.
  assert.equal(iso("2018-11-04", "America/Sao_Paulo", "start"), "2018-11-04T03:00:00.000Z");
  assert.equal(instantOf("2026-02-29", "UTC", "start"), undefined);
  assert.equal(instantOf("2026-13-01", "UTC", "start"), undefined);
  assert.equal(instantOf("2026-01-01T25:00:00Z", "UTC", "start"), undefined);
});

test("loadConfig() merges defaults key by key, retention levels included", async () => {
  const { jobs: [a, b, c, d] } = await load(`defaults:
  timezone: Europe/Berlin
  grace_time: 2h
  provider: { url: "http://p/b", headers: { X-A: one } }
  retention: { daily: 7, weekly: 4, guard: { max_percent: 20, policy_change_hold: 5m } }
jobs:
  - name: a
  - name: b
    timezone: UTC
    provider: { url: "http://q/b" }
    retention: { daily: 0, monthly: 2, guard: { max_percent: 90 } }
  - name: c
    schedule: "0 3 * * *"
    retention: keep_all
  - name: d
    retention: { weekly: 0 }
`);
  assert.equal(a!.timezone, "Europe/Berlin");
  assert.equal(a!.graceMs, 2 * HOUR);
  assert.equal(a!.providerKey, "http://p/b");
  assert.match(formatPolicy(a!.retention), /^daily=7@L,weekly=4@L,week/);
  assert.equal(b!.timezone, "UTC");
  assert.equal(b!.providerKey, "http://q/b");
  assert.match(formatPolicy(b!.retention), /^weekly=4@L,monthly=2@L,week/);
  assert.deepEqual(b!.guard, { maxPercent: 90, policyChangeHoldMs: 5 * MINUTE });
  assert.equal(c!.retention.keepAll, true);
  assert.match(formatPolicy(d!.retention), /^daily=7@L,week/);
});

test("loadConfig() blames the defaults for what stands in them", async () => {
  assert.deepEqual(
    await issuesOf(`defaults: { retention: { daily: 7@99 } }
jobs:
  - { name: a, provider: { url: "http://p/b" } }
  - { name: b, provider: { url: "http://p/b" } }
  - { name: c, provider: { url: "http://p/b" }, retention: { daily: 1@88 } }
`).then((issues) => issues.map((issue) => issue.split(": ").slice(0, 2).join(": "))),
    ["schelly.yaml:1:33: defaults.retention.daily", "schelly.yaml:5:69: jobs[2].retention.daily"],
  );
});

test("loadConfig() knows an inline provider by its normalised URL, without credentials", async () => {
  const { jobs, providers } = await load(`jobs:
  - { name: a, provider: { url: "HTTP://me:p%40ss@Host.Example:80/backups/", formerly: ["http://old:80/b/", nas] } }
`);
  assert.equal(jobs[0]!.providerKey, "http://host.example/backups");
  assert.deepEqual(jobs[0]!.providerKeys, ["http://host.example/backups", "http://old/b", "nas"]);
  const spec = providers.get("http://host.example/backups") as HttpProviderSpec;
  assert.equal(spec.url, "http://host.example/backups");
  assert.deepEqual(spec.headers, { Authorization: `Basic ${btoa("me:p@ss")}` });
});

test("loadConfig() shares a provider between jobs, each with its own bodies", async () => {
  const { jobs, providers } = await load(`providers:
  nas: { url: "http://p/b", max_concurrent: 3, body: { all: 1 }, timeout: { delete: 1h } }
jobs:
  - { name: a, provider: nas }
  - { name: b, provider: { use: nas, create_body: { only: b } } }
  - { name: c, provider: { url: "http://q/b", body: 1 } }
  - { name: d, provider: { url: "http://q/b/", body: 2 } }
`);
  assert.deepEqual([...providers.keys()], ["nas", "http://q/b"]);
  assert.deepEqual(jobs.map((job) => job.providerKey), ["nas", "nas", "http://q/b", "http://q/b"]);
  assert.deepEqual(jobs.map((job) => job.createBody), [{ all: 1 }, { only: "b" }, 1, 2]);
  assert.deepEqual(jobs.map((job) => job.deleteBody), [{ all: 1 }, { all: 1 }, 1, 2]);
  assert.equal(jobs[1]!.deleteTimeoutMs, HOUR);
  assert.equal(providers.get("nas")!.maxConcurrent, 3);
});

test("loadConfig() refuses two descriptions of one provider", async () => {
  assert.deepEqual(
    await issuesOf(`jobs:
  - { name: a, provider: { url: "http://p/b", headers: { X-A: "1" } } }
  - { name: b, provider: { url: "http://P:80/b/", headers: { X-A: "2" }, poll_interval: 9s } }
`),
    [
      "schelly.yaml:3:26: jobs[1].provider: differs in poll_interval, headers from the same provider (http://p/b) at " +
      "schelly.yaml:2: expected one description of it (put it under providers and use its name)",
    ],
  );
});

test("loadConfig() refuses a former key that another provider has", async () => {
  const issues = await issuesOf(`providers:
  a: { url: "http://a/b", formerly: [b] }
  b: { url: "http://b/b" }
  c: { url: "http://c/b", formerly: [old] }
  d: { url: "http://d/b", formerly: [old] }
jobs: [{ name: x, provider: a }]
`);
  assert.deepEqual(issues.map((issue) => issue.replace(/: expected .*/, "")), [
    "schelly.yaml:2:37: providers.a.formerly: 'b' belongs to the provider b",
    "schelly.yaml:5:37: providers.d.formerly: 'old' belongs to the provider c",
  ]);
});

test("loadConfig() warns of one service under two names", async () => {
  assert.deepEqual(
    await notesOf(`providers: { a: { url: "http://p/b" } }
jobs:
  - { name: x, provider: a }
  - { name: y, provider: { url: "http://p/b/" } }
`),
    [
      "warning schelly.yaml:4:26: jobs[1].provider: calls the same service as the provider a: they do not wait for " +
      "each other (use one entry of providers for both)",
    ],
  );
});

test("loadConfig() warns of one service that is spelt in two ways", async () => {
  const notes = await notesOf(`jobs:
  - { name: x, provider: { url: "http://127.0.0.1:7711/b" } }
  - { name: y, provider: { url: "http://LOCALHOST:7711/b/" } }
`);
  assert.equal(notes.length, 1);
  assert.match(
    notes[0]!,
    /^warning .*jobs\[1\].provider: calls the same service as the provider http:\/\/127.0.0.1:7711\/b: they do not wait/,
  );
});

test("loadConfig() builds a restic provider with its defaults", async () => {
  const { jobs, providers } = await load(
    `jobs:
  - name: home
    provider:
      restic: { repository: "rest:https://me:pw@host/repo", password_file: pw, paths: [/home], pre: [sync], create_limit: 6h }
`,
    { files: { "/home/me/pw": "x\n" } },
  );
  assert.equal(jobs[0]!.providerKey, "restic:rest:https://host/repo");
  const spec = providers.get("restic:rest:https://host/repo") as ResticProviderSpec;
  assert.deepEqual(
    { ...spec, timeouts: undefined },
    {
      kind: "restic",
      key: "restic:rest:https://host/repo",
      formerly: [],
      maxConcurrent: 1,
      timeouts: undefined,
      pollIntervalMs: 5_000,
      verifyBeforeDelete: true,
      repository: "rest:https://me:pw@host/repo",
      program: "restic",
      passwordFile: "/home/me/pw",
      password: null,
      paths: ["/home"],
      exclude: [],
      excludeFiles: [],
      excludeIfPresent: [],
      excludeCaches: false,
      tags: [],
      host: null,
      oneFileSystem: false,
      limitUpload: null,
      limitDownload: null,
      compression: null,
      readConcurrency: null,
      options: {},
      lockWaitMs: 600_000,
      init: false,
      prune: false,
      pruneUpkeep: { schedule: { pattern: "46 20 * * 5", timezone: "UTC" }, afterDeletions: null },
      checkUpkeep: {
        schedule: { pattern: "7 22 * * 0", timezone: "UTC" },
        afterDeletions: null,
        readDataSubset: null,
      },
      onIncomplete: "fail",
      env: {},
      extraBackupArgs: [],
      pre: { argv: ["sync"], timeoutMs: 2 * HOUR },
      post: null,
      createLimitMs: 6 * HOUR,
      createBody: undefined,
      deleteBody: undefined,
    },
  );
});

test("loadConfig() takes the upkeep of a repository in the time zone of defaults, and backy2 by its own file", async () => {
  const { providers } = await load(
    `defaults: { timezone: Europe/Berlin }
providers:
  r:
    restic:
      { repository: /r, paths: [/x], password: x, prune: { after_deletions: 20 }, check: { schedule: "0 5 1 * *", read_data_subset: 5% } }
  b: { backy2: { source: "rbd://p/i@s", config_file: backy.cfg, cleanup: { schedule: "@daily" } } }
jobs: [{ name: a, provider: r }, { name: b, provider: b }]
`,
    { files: { "/home/me/backy.cfg": "x" } },
  );
  const restic = providers.get("r") as ResticProviderSpec;
  assert.equal(restic.prune, false);
  assert.deepEqual(restic.pruneUpkeep, { schedule: null, afterDeletions: 20 });
  assert.deepEqual(restic.checkUpkeep, {
    schedule: { pattern: "0 5 1 * *", timezone: "Europe/Berlin" },
    afterDeletions: null,
    readDataSubset: "5%",
  });
  const backy2 = providers.get("b") as Backy2ProviderSpec;
  assert.deepEqual(backy2.config, { file: "/home/me/backy.cfg" });
  assert.equal(backy2.cleanupUpkeep?.schedule?.pattern, "@daily");
});

test("loadConfig() runs a command line by bash only where a shell is asked for", async () => {
  const { providers } = await load(
    'providers: { c: { command: { create: { shell: "a | b" }, delete: [rm], pre: { shell: sync, timeout: 5s } } } }\n' +
      "jobs: [{ name: a, provider: c }]\n",
  );
  const spec = providers.get("c") as CommandProviderSpec;
  assert.deepEqual(spec.create, ["bash", "-euo", "pipefail", "-c", "a | b"]);
  assert.deepEqual(spec.delete, ["rm"]);
  assert.deepEqual(spec.pre, { argv: ["bash", "-euo", "pipefail", "-c", "sync"], timeoutMs: 5_000 });
});

test("loadConfig() takes restic's password from the environment of its command", async () => {
  const text = `jobs: [{ name: a, provider: { restic: { repository: /r, paths: [/x] } } }]\n`;
  const { providers } = await load(text, { env: { RESTIC_PASSWORD_COMMAND: "pass show restic" } });
  assert.equal((providers.get("restic:/r") as ResticProviderSpec).password, null);
});

test("loadConfig() knows a command by the job it is written in, so that editing it keeps its backups", async () => {
  const text = `jobs:
  - name: a
    provider:
      command: { create: [dump, "--token=\${T}", "two words"], delete: [rm], env: { A: "\${T}" }, cwd: work }
`;
  const one = await load(text, { env: { T: "geheim" } });
  const two = await load(text, { env: { T: "anders" } });
  assert.equal(one.jobs[0]!.providerKey, "command:a");
  assert.equal(one.jobs[0]!.providerKey, two.jobs[0]!.providerKey);
  const spec = one.providers.get(one.jobs[0]!.providerKey) as CommandProviderSpec;
  assert.deepEqual(spec.create, ["dump", "--token=geheim", "two words"]);
  assert.deepEqual(spec.env, { A: "geheim" });
  assert.equal(spec.cwd, "/home/me/work");
  assert.equal(spec.get, null);
});

const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----";
const KEY = "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----";

test("loadConfig() takes the server's settings, with paths relative to the file", async () => {
  const config = await load(null, {
    flags: { config: "/etc/schelly/main.yaml" },
    files: {
      "/etc/schelly/main.yaml": `server:
  listen: "[::1]:0"
  socket: run/s.sock
  tls: { cert_file: tls/c.pem, key_file: /k.pem }
  auth: { tokens: [ { name: a, role: admin, token_file: tokens/a } ] }
  stop_timeout: 1m
log: { level: debug, format: json }
state: { url: "libsql://db.example/", token: tok }
jobs: []
`,
      "/etc/schelly/tls/c.pem": `${CERTIFICATE}\n`,
      "/k.pem": `${KEY}\n`,
      "/etc/schelly/tokens/a": "0123456789abcdef\n",
    },
  });
  assert.deepEqual(config.server, {
    listen: { hostname: "::1", port: 0 },
    socket: "/etc/schelly/run/s.sock",
    tls: { certFile: "/etc/schelly/tls/c.pem", keyFile: "/k.pem", cert: CERTIFICATE, key: KEY },
    auth: {
      kind: "named",
      // SHA-256 of the token.
      tokens: [{
        name: "a",
        role: "admin",
        hash: "9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f",
      }],
      users: [],
      openMetrics: false,
    },
    stopTimeoutMs: MINUTE,
  });
  assert.deepEqual(config.log, { level: "debug", format: "json" });
  assert.deepEqual(config.state, { url: "libsql://db.example", token: "tok", durability: "strong" });
});

test("loadConfig() turns listening off by none and opens everything by auth: none", async () => {
  const { server } = await load("server: { listen: none, socket: none, auth: none }\njobs: []\n");
  assert.deepEqual([server.listen, server.socket, server.auth], [null, null, { kind: "none" }]);
});

test("loadConfig() listens on the usual socket where its folder exists", async () => {
  const config = await load("jobs: []\n", { prepare: (files) => files.putFolder("/run/schelly") });
  assert.equal(config.server.socket, "/run/schelly/schelly.sock");
});

test("loadConfig() reads state files by relative, absolute and URL-like paths", async () => {
  for (
    const [written, expected] of [
      ["file:s.db", "file:/home/me/s.db"],
      ["file:./d/s.db", "file:/home/me/d/s.db"],
      ["file:/d/s.db", "file:/d/s.db"],
      ["file:///d/s.db", "file:/d/s.db"],
    ]
  ) {
    const config = await load(`state: { url: "${written}" }\njobs: []\n`);
    assert.equal(config.state.url, expected);
  }
});

test("loadConfig() gives a named provider the key it had in a job, where it alone is that service", async () => {
  const { providers, jobs } = await load(`providers:
  moved: { url: "HTTP://One/b/" }
  twin: { url: "http://two/b" }
  twin2: { url: "http://two/b" }
  inline: { url: "http://three/b" }
  asked: { url: "http://four/b" }
  asker: { url: "http://five/b", formerly: ["http://four/b/"] }
  tool: { command: { create: ["make"], delete: ["rm"] } }
jobs:
  - { name: a, provider: moved }
  - { name: b, provider: { url: "http://three/b" } }
`);
  const formerly = (key: string) => providers.get(key)!.formerly;
  assert.deepEqual(formerly("moved"), ["http://one/b"]);
  assert.deepEqual(jobs[0]!.providerKeys, ["moved", "http://one/b"]);
  for (const key of ["twin", "twin2", "inline", "asked", "tool"]) assert.deepEqual(formerly(key), [], key);
  assert.deepEqual(formerly("asker"), ["http://five/b", "http://four/b"]);
});

test("loadConfig() lets the command of a renamed job keep the key it had, unless another provider asks for it", async () => {
  const command = "command: { create: [make], delete: [rm] }";
  const { providers, jobs } = await load(`providers:
  tool: { ${command}, formerly: ["command:gone"] }
defaults: { provider: { ${command} } }
jobs:
  - { name: new, renamed_from: old, provider: { ${command}, formerly: ["command:older"] } }
  - { name: late, renamed_from: gone, provider: { ${command} } }
  - { name: named, renamed_from: other, provider: tool }
  - { name: shared, renamed_from: before }
  - { name: url, renamed_from: web, provider: { url: "http://one/b" } }
`);
  assert.deepEqual(jobs.map(({ providerKeys }) => providerKeys), [
    ["command:new", "command:old", "command:older"],
    ["command:late"],
    ["tool", "command:gone"],
    ["command:defaults"],
    ["http://one/b"],
  ]);
  assert.deepEqual(providers.get("command:new")!.formerly, ["command:old", "command:older"]);
});

test("loadConfig() refuses a command whose key another one had, and says where it may stand", async () => {
  const command = "command: { create: [make], delete: [rm] }";
  const [issue] = await issuesOf(`jobs:
  - { name: b, provider: { ${command}, formerly: ["command:a"] } }
  - { name: a, provider: { ${command} } }
`);
  assert.match(
    issue!,
    /'command:a' belongs to the provider command:a: .*move the commands under `providers` first/,
  );
});
