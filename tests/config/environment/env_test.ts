// The original's environment as one job.
// Also tests env_server.ts and nothing_found.ts.

import { test } from "node:test";
import assert from "node:assert/strict";
import { isNothingFound } from "../../../src/config/document/nothing_found.ts";
import { formatPolicy } from "../../../src/domain/policy.ts";
import type { HttpProviderSpec } from "../../../src/domain/provider_spec.ts";
import { ConfigError } from "../../../src/domain/errors.ts";
import { issuesOf, load, notesOf } from "../../support/load_text.ts";

const URL_ONLY = { WEBHOOK_URL: "http://p:7070/backups" };
const FILE = 'jobs: [{ name: a, provider: { url: "http://p/b" } }]\n';

test("loadConfig() makes one job of WEBHOOK_URL alone", async () => {
  const config = await load(null, { env: URL_ONLY });
  assert.deepEqual(config.source, { kind: "env" });
  assert.equal(config.jobs.length, 1);
  const [job] = config.jobs;
  assert.equal(job!.name, "backup");
  assert.equal(job!.label, "backup");
  assert.equal(job!.schedule, "59 59 23 * * *");
  assert.match(formatPolicy(job!.retention), /^daily=4@L,weekly=4@L,monthly=3@L,yearly=2@L,/);
  assert.equal(job!.graceMs, 3_600_000);
  assert.deepEqual(config.server.listen, { hostname: "127.0.0.1", port: 8080 });
  assert.deepEqual(config.server.auth, { kind: "default" });
  assert.equal(config.state.url, "file:/var/lib/schelly/data/schelly.db");
  assert.deepEqual(config.notes, []);
});

test("loadConfig() reads every variable of the original", async () => {
  const config = await load(null, {
    env: {
      BACKUP_NAME: "My Bäckup #1",
      BACKUP_CRON_STRING: "0 0 */4 ? * *",
      RETENTION_CRON_STRING: "0 30 4 * * *",
      WEBHOOK_URL: "http://p:7070/backups/",
      WEBHOOK_HEADERS: "X-Api-Key=a=b, X-B = c",
      WEBHOOK_BODY: '{"all": true}',
      WEBHOOK_CREATE_BODY: "[1]",
      WEBHOOK_GRACE_TIME: "1800",
      RETENTION_SECONDLY: "1",
      RETENTION_MINUTELY: "2@30",
      RETENTION_HOURLY: "6",
      RETENTION_DAILY: "0/3",
      RETENTION_WEEKLY: "4@SAT",
      RETENTION_MONTHLY: "2@L",
      RETENTION_YEARLY: "1@12",
      DATA_DIR: "/data/",
      LOG_LEVEL: "WARNING",
      LISTEN_IP: "0.0.0.0",
      LISTEN_PORT: "9090",
      TZ: "Europe/Berlin",
    },
  });
  const [job] = config.jobs;
  assert.equal(job!.name, "my-backup-1");
  assert.equal(job!.label, "My Bäckup #1");
  assert.match(job!.schedule, /^0 0 \*\/4 \* \* \*$/);
  assert.equal(job!.scheduleDerived, false);
  assert.equal(job!.retentionSchedule, "0 30 4 * * *");
  assert.deepEqual(job!.createBody, [1]);
  assert.deepEqual(job!.deleteBody, { all: true });
  assert.equal(job!.graceMs, 1_800_000);
  assert.equal(job!.timezone, "Europe/Berlin");
  assert.match(
    formatPolicy(job!.retention),
    /^secondly=1@L,minutely=2@30,hourly=6@L,daily=0@3,weekly=4@SAT,monthly=2@L,yearly=1@12,/,
  );
  const spec = config.providers.get(job!.providerKey) as HttpProviderSpec;
  assert.equal(spec.url, "http://p:7070/backups");
  assert.deepEqual(spec.headers, { "X-Api-Key": "a=b", "X-B": "c" });
  assert.equal(config.state.url, "file:/data/schelly.db");
  assert.equal(config.log.level, "warning");
  assert.deepEqual(config.server.listen, { hostname: "0.0.0.0", port: 9090 });
});

test("loadConfig() takes WEBHOOK_DELETE_BODY before WEBHOOK_BODY", async () => {
  const { jobs: [job] } = await load(null, {
    env: { ...URL_ONLY, WEBHOOK_BODY: "1", WEBHOOK_DELETE_BODY: "2" },
  });
  assert.deepEqual([job!.createBody, job!.deleteBody], [1, 2]);
});

test("loadConfig() keeps daily backups 0@3 as 0/3 so that monthly finds its hour", async () => {
  for (const daily of ["0@3", "0/3"]) {
    const { jobs: [job] } = await load(null, {
      env: { ...URL_ONLY, RETENTION_DAILY: daily, RETENTION_MONTHLY: "2@L" },
    });
    assert.deepEqual(job!.retention.levels.daily, { count: 0, reference: 3 });
  }
});

test("loadConfig() says which levels the original's image would have filled", async () => {
  assert.deepEqual(
    await notesOf(null, { env: { ...URL_ONLY, RETENTION_DAILY: "7", RETENTION_YEARLY: "0" } }),
    [
      "note environment: RETENTION_DAILY: the policy is daily 7@L; the original's image would have added weekly 4@L, " +
      "monthly 3@L (set the variables of those levels to keep them)",
    ],
  );
});

/** Variables, and all issues of them. */
const REFUSED: [what: string, env: Record<string, string>, issues: string[]][] = [
  ["two grace times", { ...URL_ONLY, GRACE_TIME_SECONDS: "60", WEBHOOK_GRACE_TIME: "61" }, [
    "environment: WEBHOOK_GRACE_TIME: differs from GRACE_TIME_SECONDS, which means the same: expected one of them",
  ]],
  ["two log levels", { ...URL_ONLY, LOG_LEVEL: "info", SCHELLY_LOG_LEVEL: "debug" }, [
    "environment: LOG_LEVEL: differs from SCHELLY_LOG_LEVEL, which means the same: expected one of them",
  ]],
  ["two state places", { ...URL_ONLY, DATA_DIR: "/d", SCHELLY_STATE_URL: "file:/e/schelly.db" }, [
    "environment: DATA_DIR: differs from SCHELLY_STATE_URL, which means the same: expected one of them",
  ]],
  ["two ports", { ...URL_ONLY, LISTEN_PORT: "1", SCHELLY_LISTEN: "127.0.0.1:2" }, [
    "environment: LISTEN_PORT: differs from SCHELLY_LISTEN, which means the same: expected one of them",
  ]],
  ["two state tokens", { ...URL_ONLY, SCHELLY_STATE_TOKEN: "a", SCHELLY_STATE_TOKEN_FILE: "b" }, [
    "environment: SCHELLY_STATE_TOKEN_FILE: set together with SCHELLY_STATE_TOKEN, which means the same: " +
    "expected one of them",
  ]],
  ["no URL", { RETENTION_DAILY: "3" }, [
    "environment: WEBHOOK_URL: not set: expected the URL of the backup provider, such as " +
    "http://schelly-restic:7070/backups (RETENTION_DAILY asks for a job of the environment)",
  ]],
  ["a bad URL", { WEBHOOK_URL: "p:7070" }, [
    "environment: WEBHOOK_URL: 'p:7070' is not an http URL: expected http://host:port/path or https://… " +
    "(did you mean http://p:7070?)",
  ]],
  ["a bad level", { ...URL_ONLY, RETENTION_DAILY: "7@24" }, [
    "environment: RETENTION_DAILY: Cannot read '7@24' as a daily rule: '24' is not an hour from 0 to 23: " +
    "expected 0-23, or L for the last backup of the day",
  ]],
  ["a mistyped level", { ...URL_ONLY, RETENTION_DIALY: "30" }, [
    "environment: RETENTION_DIALY: unknown variable (did you mean RETENTION_DAILY?)",
  ]],
  ["levels that are all 0", { ...URL_ONLY, RETENTION_DAILY: "0" }, [
    "environment: RETENTION_DAILY: every level is 0, which would keep one backup only: expected a count, " +
    "'keep_last', 'keep_within', or 'retention: keep_all'",
  ]],
  ["a body that is no JSON", { ...URL_ONLY, WEBHOOK_BODY: "{a: 1}" }, [
    'environment: WEBHOOK_BODY: the value is not JSON: expected for example {"key": "value"}',
  ]],
  ["a header without a value", { ...URL_ONLY, WEBHOOK_HEADERS: "X-A=geheim,b" }, [
    "environment: WEBHOOK_HEADERS: a part has no '=': expected k1=v1,k2=v2 " +
    "(a value with a comma in it needs a YAML file)",
  ]],
  ["a header without a name", { ...URL_ONLY, WEBHOOK_HEADERS: "X-A=geheim,=b" }, [
    "environment: WEBHOOK_HEADERS: a part has no name: expected k1=v1,k2=v2 " +
    "(a value with a comma in it needs a YAML file)",
  ]],
  ["a schedule with five fields", { ...URL_ONLY, BACKUP_CRON_STRING: "30 3 * * 1" }, [
    "environment: BACKUP_CRON_STRING: '30 3 * * 1' has five fields, which may mean two things: expected six, " +
    "'0 30 3 * * 1' if it was written as in a crontab (minute hour day month weekday), '30 3 * * 1 *' if as the " +
    "original read it (second minute hour day month)",
  ]],
  ["a schedule of retention with five fields", { ...URL_ONLY, RETENTION_CRON_STRING: "0 3  * * *" }, [
    "environment: RETENTION_CRON_STRING: '0 3 * * *' has five fields, which may mean two things: expected six, " +
    "'0 0 3 * * *' if it was written as in a crontab (minute hour day month weekday), '0 3 * * * *' if as the " +
    "original read it (second minute hour day month)",
  ]],
  ["an interval as a schedule", { ...URL_ONLY, BACKUP_CRON_STRING: "@every 1h" }, [
    "environment: BACKUP_CRON_STRING: Cannot read '@every 1h' as a schedule: '@every' is not a schedule of the clock: " +
    "write '0 0 * * * *', which counts from midnight and not from the start",
  ]],
  ["a level without a reference after its @", { ...URL_ONLY, RETENTION_DAILY: "4@" }, [
    "environment: RETENTION_DAILY: Cannot read '4@' as a daily rule: it is not a count with a reference: expected for " +
    "example 7, 7@3 or 7@L",
  ]],
  ["no grace time", { ...URL_ONLY, WEBHOOK_GRACE_TIME: "0" }, [
    "environment: WEBHOOK_GRACE_TIME: '0s' is too short: expected at least 1s",
  ]],
  ["a part of a second", { ...URL_ONLY, WEBHOOK_GRACE_TIME: "1.5" }, [
    "environment: WEBHOOK_GRACE_TIME: '1.5' is not a whole number of seconds: expected for example 90, or 5m",
  ]],
  ["a header twice", { ...URL_ONLY, WEBHOOK_HEADERS: "X-A=1,X-A=2" }, [
    "environment: WEBHOOK_HEADERS: 'X-A' is given twice: expected once",
  ]],
  ["a bad grace time", { ...URL_ONLY, GRACE_TIME_SECONDS: "-5" }, [
    "environment: GRACE_TIME_SECONDS: '-5' is not a duration: expected a number with a unit, such as 90s, 5m, 1h30m or 7d",
  ]],
  ["a bad port", { ...URL_ONLY, LISTEN_PORT: "80a" }, [
    "environment: LISTEN_PORT: '80a' is no port: expected 1-65535, or 0 for a free one",
  ]],
  ["a bad address", { ...URL_ONLY, LISTEN_IP: "1.2.3" }, [
    "environment: LISTEN_IP: '1.2.3' is no address: expected an IP address",
  ]],
  ["a bad log level", { ...URL_ONLY, LOG_LEVEL: "warn" }, [
    "environment: LOG_LEVEL: 'warn' is not known: expected debug, info, warning or error (did you mean warning?)",
  ]],
  ["a bad zone", { ...URL_ONLY, TZ: "Europe/Berln" }, [
    "environment: TZ: 'Europe/Berln' is not a time zone: expected an IANA name such as Europe/Berlin or UTC " +
    "(did you mean Europe/Berlin?)",
  ]],
];

for (const [what, env, expected] of REFUSED) {
  test(`loadConfig() refuses an environment with ${what}`, async () => {
    assert.deepEqual((await issuesOf(null, { env })).filter((issue) => !issue.startsWith("note ")), expected);
  });
}

test("loadConfig() accepts two names with one value", async () => {
  const env = {
    ...URL_ONLY,
    GRACE_TIME_SECONDS: "60",
    WEBHOOK_GRACE_TIME: " 60s",
    LISTEN_PORT: "81",
    SCHELLY_LISTEN: "127.0.0.1:81",
  };
  const config = await load(null, { env });
  assert.equal(config.jobs[0]!.graceMs, 60_000);
  assert.equal(config.server.listen!.port, 81);
});

test("loadConfig() refuses a file together with a job of the environment", async () => {
  assert.deepEqual(await issuesOf(FILE, { env: { BACKUP_NAME: "x", RETENTION_DAILY: "3" } }), [
    "environment: BACKUP_NAME: BACKUP_NAME, RETENTION_DAILY describe a job, and so does schelly.yaml: expected one " +
    "of them (unset the variables to use schelly.yaml, or remove schelly.yaml to run the job of the variables)",
  ]);
});

test("loadConfig() takes empty variables for unset ones", async () => {
  const env = {
    BACKUP_NAME: "",
    WEBHOOK_URL: "",
    SCHELLY_LISTEN: "",
    LISTEN_PORT: "",
    LOG_LEVEL: "",
    DATA_DIR: "",
    TZ: "",
    SCHELLY_CONFIG: "",
    SCHELLY_CONFIG_YAML: "",
    SCHELLY_TOKENS_FILE: "",
  };
  const config = await load(FILE, { env });
  assert.equal(config.jobs[0]!.name, "a");
  assert.deepEqual(config.notes, []);
});

test("loadConfig() takes how durable the state server is from a variable, before the file", async () => {
  const text = `${FILE}state: { url: "http://db:8080", durability: strong }\n`;
  const of = async (env: Record<string, string>) => (await load(text, { env })).state.durability;
  assert.deepEqual([await of({}), await of({ SCHELLY_STATE_DURABILITY: " Relaxed " })], [
    "strong",
    "relaxed",
  ]);
});

test("loadConfig() lets a flag win over a variable, and that over the file", async () => {
  const text = `${FILE}server: { listen: "127.0.0.1:1", socket: /file }
log: { level: error, format: text }
state: { url: "file:/file.db" }
`;
  const env = {
    SCHELLY_LISTEN: "127.0.0.1:2",
    SCHELLY_SOCKET: "/env",
    SCHELLY_LOG_LEVEL: "debug",
    SCHELLY_LOG_FORMAT: "json",
    SCHELLY_STATE_URL: "file:env.db",
  };
  const flags = {
    listen: "127.0.0.1:3",
    socket: "flag",
    logLevel: "info",
    logFormat: "auto",
    state: "file:flag.db",
  };
  const pick = async (options: Parameters<typeof load>[1]) => {
    const { server, log, state } = await load(text, options);
    return [server.listen!.port, server.socket, log.level, log.format, state.url];
  };
  assert.deepEqual(await pick({}), [1, "/file", "error", "text", "file:/file.db"]);
  assert.deepEqual(await pick({ env }), [2, "/env", "debug", "json", "file:/home/me/env.db"]);
  assert.deepEqual(await pick({ env, flags }), [3, "/home/me/flag", "info", "auto", "file:/home/me/flag.db"]);
});

test("loadConfig() lets LISTEN_IP and LISTEN_PORT each change their half of the file's address", async () => {
  const text = `${FILE}server: { listen: "10.0.0.1:1" }\n`;
  const listen = async (env: Record<string, string>) => (await load(text, { env })).server.listen;
  assert.deepEqual(await listen({ LISTEN_PORT: "9" }), { hostname: "10.0.0.1", port: 9 });
  assert.deepEqual(await listen({ LISTEN_IP: "::" }), { hostname: "::", port: 1 });
  assert.deepEqual(await listen({ LISTEN_IP: "0.0.0.0", LISTEN_PORT: "9" }), {
    hostname: "0.0.0.0",
    port: 9,
  });
});

test("loadConfig() names the flag or variable whose value is wrong", async () => {
  assert.deepEqual(
    await issuesOf(FILE, { flags: { listen: "x", logLevel: "loud" }, env: { SCHELLY_LOG_FORMAT: "xml" } }),
    [
      "command line: --log-level: 'loud' is not known: expected debug, info, warning or error",
      "environment: SCHELLY_LOG_FORMAT: 'xml' is not known: expected auto, text or json",
      "command line: --listen: 'x' is not host:port: expected for example 127.0.0.1:8080",
    ].sort((a, b) => (a.startsWith("environment") ? 1 : 0) - (b.startsWith("environment") ? 1 : 0)),
  );
});

test("loadConfig() takes the state's token from the environment, in the place of the file's", async () => {
  const text = `${FILE}state: { url: "https://db/", token_file: nowhere }\n`;
  assert.equal((await load(text, { env: { SCHELLY_STATE_TOKEN: "t" } })).state.token, "t");
  const files = { "/home/me/token": "u\n" };
  assert.equal((await load(text, { env: { SCHELLY_STATE_TOKEN_FILE: "token" }, files })).state.token, "u");
});

test("loadConfig() warns of unknown SCHELLY_ variables, but not of Kubernetes' and those it uses", async () => {
  const env = {
    SCHELLY_LSTEN: "x",
    SCHELLY_PORT: "tcp://10.0.0.1:8080",
    SCHELLY_PORT_8080_TCP_ADDR: "10.0.0.1",
    SCHELLY_SERVICE_HOST: "10.0.0.1",
    SCHELLY_SERVICE_PORT_HTTP: "8080",
    SCHELLY_RESTIC_SERVICE_HOST: "10.0.0.2",
    SCHELLY_RESTIC_PORT_7070_TCP: "tcp://10.0.0.2:7070",
    SCHELLY_MY_ZONE: "UTC",
    SCHELLY_RUN_ID: "set by Schelly for its programs",
    SCHELLY_SERVER: "http://for.commands",
    SCHELLY_TOKEN: "geheim",
    SCHELLY_FURTHER_NONSENSE: "geheim",
  };
  const text = 'jobs: [{ name: a, timezone: "${SCHELLY_MY_ZONE}", provider: { url: "http://p/b" } }]\n';
  assert.deepEqual(await notesOf(text, { env }), [
    "warning environment: SCHELLY_FURTHER_NONSENSE: unknown variable: it changes nothing",
    "warning environment: SCHELLY_LSTEN: unknown variable: it changes nothing (did you mean SCHELLY_LISTEN?)",
  ]);
});

test("loadConfig() takes no notice of other programs' BACKUP_ variables", async () => {
  const env = {
    BACKUP_SERVICE_HOST: "10.0.0.1",
    WEBHOOK_PORT: "tcp://10.0.0.1:80",
    BACKUP_DESTINATION_FOLDER: "/mnt",
  };
  assert.deepEqual(await notesOf(FILE, { env }), []);
  assert.deepEqual(await notesOf(null, { env: { ...env, ...URL_ONLY } }), []);
});

test("loadConfig() shows the smallest configuration of each kind when there is none", async () => {
  await assert.rejects(load(null), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.equal(isNothingFound(error), true);
    assert.match(error.message, /there is no configuration: looked at --config, SCHELLY_CONFIG, /);
    assert.match(error.message, /jobs:\n {4}- name: postgres\n/);
    assert.match(error.message, /restic: \{ repository: /);
    assert.match(error.message, /WEBHOOK_URL=http/);
    return true;
  });
  await assert.rejects(load(null, { env: { WEBHOK_URL: "x", WEBHOOK_URI: "http://p" } }), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.match(error.message, /WEBHOOK_URI: unknown variable \(did you mean WEBHOOK_URL\?\)/);
    return true;
  });
});

test("loadConfig() reads the smallest configurations that it shows", async () => {
  const message = await load(null).catch((error: Error) => error.message) as string;
  const files = [...message.matchAll(/\n\n((?: {2}.*\n)*? {2}jobs:\n(?: {2}.*\n)+)/g)].map((match) =>
    match[1]!.replace(/^ {2}/gm, "")
  );
  assert.equal(files.length, 2);
  for (const text of files) {
    const config = await load(text, { files: { "/etc/schelly/restic-password": "x" } });
    assert.equal(config.jobs.length, 1);
  }
});
