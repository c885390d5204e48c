// What programs find of the environment of this one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inheritedSecrets, keptBack, passedOn } from "../../src/domain/child_environment.ts";

test("passedOn() hands on what running and reaching a storage needs, and nothing else", () => {
  const passed = [
    ...["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "https_proxy", "NO_PROXY", "SSL_CERT_FILE"],
    ...[
      "RESTIC_PASSWORD",
      "RCLONE_CONFIG",
      "AWS_PROFILE",
      "AZURE_ACCOUNT_NAME",
      "GOOGLE_PROJECT_ID",
      "B2_ACCOUNT_ID",
    ],
    ...["OS_AUTH_URL", "ST_AUTH", "PGPASSWORD", "PGHOST", "BORG_PASSPHRASE", "MYSQL_PWD"],
  ];
  const kept = [
    "OPS_TOKEN",
    "DATABASE_URL",
    "LD_PRELOAD",
    "BASH_ENV",
    "SCHELLY_TOKEN",
    "NODE_OPTIONS",
    "path",
  ];
  const env = Object.fromEntries([...passed, ...kept].map((name) => [name, "x"]));
  assert.deepEqual(Object.keys(passedOn(env)).sort(), [...passed].sort());
});

test("keptBack() names what a program might miss, and tells what is hardly meant for it", () => {
  const env = {
    ...{ PATH: "", DB_URL: "", PWD: "", SCHELLY_LISTEN: "", INVOCATION_ID: "", WEBHOOK_URL: "", DB_PORT: "" },
    ...{ DB_PORT_5432_TCP: "", DB_SERVICE_HOST: "", MY_SERVICE_TOKEN: "", WATCHDOG_USEC: "" },
  };
  const of = (wanted: boolean) => keptBack(env).flatMap(({ name, isOwn }) => isOwn === wanted ? [name] : []);
  assert.deepEqual(of(false), ["DB_URL", "MY_SERVICE_TOKEN"]);
  assert.deepEqual(of(true), [
    ...["DB_PORT", "DB_PORT_5432_TCP", "DB_SERVICE_HOST", "INVOCATION_ID", "WATCHDOG_USEC", "WEBHOOK_URL"],
  ]);
});

test("inheritedSecrets() are all values of secret names, short ones and those that look like a place among them", () => {
  const env = {
    ...{ RESTIC_PASSWORD: "hush", AWS_SECRET_ACCESS_KEY: "/k3y+in/base64=", PGHOST: "db" },
    ...{ PGPASSFILE: "/home/me/.pgpass", SSH_AUTH_SOCK: "/run/agent", RESTIC_PASSWORD_FILE: "/etc/pw" },
  };
  assert.deepEqual(inheritedSecrets(env), ["hush", "/k3y+in/base64="]);
});
