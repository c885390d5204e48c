// Every value in force, with its source and without secrets.
// Also tests tree.ts.

import { test } from "node:test";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { load } from "../support/load_text.ts";

/** `path = value  # source`, one row each. */
async function rows(...args: Parameters<typeof load>): Promise<string[]> {
  const { effective } = await load(...args);
  return effective.map(({ path, value, source }) => `${path} = ${value}  # ${source}`);
}

test("Config.effective names every value with its source", async () => {
  const text = `server: { stop_timeout: 1m }
defaults:
  timezone: Europe/Berlin
  retention: { weekly: 4, guard: { max_percent: 20 } }
jobs:
  - name: a
    grace_time: 2h
    provider: { url: "http://p/b" }
    retention: { daily: 7/3 }
`;
  assert.deepEqual(await rows(text, { env: { LOG_LEVEL: "debug" }, flags: { listen: "127.0.0.1:9" } }), [
    "server.listen = 127.0.0.1:9  # flag --listen",
    "server.socket = none  # default",
    "server.stop_timeout = 1m  # schelly.yaml:1",
    "log.level = debug  # env LOG_LEVEL",
    "log.format = auto  # default",
    "state.url = file:/var/lib/schelly/schelly.db  # default",
    "events.keep = 90d  # default",
    "events.audit_keep = 400d  # default",
    "metrics.jobs = all  # default",
    "jobs.a.name = a  # schelly.yaml:6",
    "jobs.a.enabled = true  # default",
    "jobs.a.jitter = 0s  # default",
    "jobs.a.missed_runs = latest  # default",
    "jobs.a.grace_time = 2h  # schelly.yaml:7",
    "jobs.a.retry_interval = 5s  # default",
    "jobs.a.on_unknown = retry  # default",
    "jobs.a.retry.attempts = 2  # default",
    "jobs.a.retry.after = 10m  # default",
    "jobs.a.reconcile = 24h  # default",
    "jobs.a.suspect.min_percent = 20  # default",
    "jobs.a.keep_failed = forever  # default over HTTP",
    "jobs.a.schedule = 59 59 3 * * *  # derived from retention",
    "jobs.a.timezone = Europe/Berlin  # defaults (schelly.yaml:3)",
    "jobs.a.provider.timeout.create = 60s  # default",
    "jobs.a.provider.timeout.get = 10s  # default",
    "jobs.a.provider.timeout.delete = 10m  # default",
    "jobs.a.provider.poll_interval = 5s  # default",
    "jobs.a.provider.max_concurrent = 1  # default",
    "jobs.a.provider.verify_before_delete = true  # default",
    "jobs.a.provider.url = http://p/b  # schelly.yaml:8",
    "jobs.a.retention.week_starts = sunday  # default",
    "jobs.a.retention.min_keep = 1  # default",
    "jobs.a.retention.keep_within = 0s  # default",
    "jobs.a.retention.min_age = 0s  # default",
    "jobs.a.retention.keep_oldest = false  # default",
    "jobs.a.retention.verified = off  # default",
    "jobs.a.retention.max_deletes_per_pass = 10  # default",
    "jobs.a.retention.guard.max_percent = 20  # defaults (schelly.yaml:4)",
    "jobs.a.retention.guard.policy_change_hold = 1h  # default",
    "jobs.a.retention.weekly = 4@L  # defaults (schelly.yaml:4)",
    "jobs.a.retention.daily = 7@3  # schelly.yaml:9",
  ]);
});

test("Config.effective shows keep_last under the name that was written, and it reads back as the same", async () => {
  const found = await rows(`jobs:
  - { name: a, schedule: "0 3 * * *", retention: { keep_last: 5 }, provider: { url: "http://p/b" } }
`);
  const keeps = found.filter((row) => /retention\.(keep_|min_keep|daily)/.test(row));
  assert.deepEqual(keeps, [
    "jobs.a.retention.keep_within = 0s  # default",
    "jobs.a.retention.keep_oldest = false  # default",
    "jobs.a.retention.keep_last = 5  # schelly.yaml:2",
  ]);
});

test("Config.effective names the variables of the environment's job", async () => {
  const found = await rows(null, {
    env: {
      WEBHOOK_URL: "http://u:geheim@p/b",
      WEBHOOK_HEADERS: "X-A=geheim",
      RETENTION_DAILY: "7",
      TZ: "Asia/Tokyo",
    },
  });
  for (
    const row of [
      "state.url = file:/var/lib/schelly/data/schelly.db  # default",
      "jobs.backup.timezone = Asia/Tokyo  # env TZ",
      "jobs.backup.provider.url = http://<redacted>@p/b  # env WEBHOOK_URL",
      "jobs.backup.provider.headers.X-A = <redacted>  # env WEBHOOK_HEADERS",
      "jobs.backup.retention.daily = 7@L  # env RETENTION_DAILY",
    ]
  ) assert.equal(found.includes(row), true, `${row}\n${found.join("\n")}`);
});

test("Config.effective shows no secret, wherever it stands", async () => {
  const text = `server: { auth: { tokens: [ { name: a, role: admin, token: geheim-0123456789 } ] } }
state: { url: "https://db/", token: geheim }
defaults: { provider: { url: "http://me:geheim@d/b", body: { password: geheim } } }
providers:
  env: { url: "http://me:geheim@p/b", headers: { X-A: geheim }, headers_file: { X-B: key } }
  c:
    command: { create: [dump, "\${SECRET}"], delete: [rm, "\${SECRET}"], env: { K: geheim }, env_file: { L: key } }
    body: { deep: [ { er: geheim } ] }
  r: { restic: { repository: "rest:http://me:geheim@h/", paths: [/x], password: geheim } }
jobs:
  - { name: a, provider: { use: env, create_body: [geheim] } }
  - { name: b }
`;
  const found = await rows(text, { env: { SECRET: "geheim" }, files: { "/home/me/key": "geheim\n" } });
  assert.doesNotMatch(found.join("\n"), /geheim/);
  for (
    const row of [
      "server.auth.tokens = [ { name: a, role: admin, token: <redacted> } ]  # schelly.yaml:1",
      "state.token = <redacted>  # schelly.yaml:2",
      "providers.env.url = http://<redacted>@p/b  # schelly.yaml:5",
      "providers.env.headers_file.X-B = key  # schelly.yaml:5",
      'providers.c.command.create = [ dump, "${SECRET}" ]  # schelly.yaml:7',
      "providers.c.command.env.K = <redacted>  # schelly.yaml:7",
      "providers.r.restic.password = <redacted>  # schelly.yaml:9",
      "jobs.a.provider.use = env  # schelly.yaml:11",
    ]
  ) assert.equal(found.includes(row), true, `${row}\n${found.join("\n")}`);
});

test("Config.effective keeps every value on one line of YAML", async () => {
  const example = await readFile(new URL("../../schelly.example.yaml", import.meta.url), "utf8");
  const config = await load(example);
  assert.equal(config.effective.every(({ value }) => !value.includes("\n")), true);
  const { value } = config.effective.find(({ path }) => path === "providers.demo.command.create")!;
  const spec = config.providers.get("demo");
  assert.deepEqual(parse(value), spec?.kind === "command" && spec.create);
});

test("Config.effective shows what variables give as it was written, numbers and what is in lists too", async () => {
  const text = `server: { listen: "\${HOST}:8080" }
jobs:
  - name: a
    schedule: "\${CRON:-0 0 1 * * *}"
    retention: { daily: "\${KEEP}" }
    provider: { restic: { repository: "rest:http://u:\${PW}@h/\${PLACE}?x=y", password: "\${PW}", paths: [ "/\${PLACE}" ] } }
`;
  const env = { HOST: "127.0.0.1", KEEP: "7", PW: "secret", PLACE: "somewhere" };
  const shown = await rows(text, { env });
  const valueOf = (path: string) =>
    / = "?(.*?)"? {2}#/.exec(shown.find((row) => row.startsWith(`${path} = `)) ?? "")?.[1];
  assert.equal(valueOf("server.listen"), "${HOST}:8080");
  assert.equal(valueOf("jobs.a.schedule"), "${CRON:-0 0 1 * * *}");
  assert.equal(valueOf("jobs.a.retention.daily"), "${KEEP}");
  assert.equal(
    valueOf("jobs.a.provider.restic.repository"),
    "rest:http://<redacted>@h/${PLACE}?<redacted>",
  );
  assert.equal(valueOf("jobs.a.provider.restic.paths"), '[ "/${PLACE}" ]');
});
