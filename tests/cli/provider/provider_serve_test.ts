// Serving a built-in provider: settings out of flags, the original's environment or a configuration.
// Also tests serve_options.ts, backy2_config.ts, conductor_spec.ts and provider_spec.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers";
import { main } from "../../../src/cli/program.ts";
import type { Roots } from "../../../src/cli/terminal/roots.ts";
import type {
  Backy2ProviderSpec,
  BuiltinProviderSpec,
  CommandProviderSpec,
  ConductorProviderSpec,
  ResticProviderSpec,
} from "../../../src/domain/provider_spec.ts";
import type { ServeOptions } from "../../../src/provider_kit.ts";
import { fakeHost, type FakeHostOptions } from "../../support/fake_host.ts";

const BASH = ["bash", "-euo", "pipefail", "-c"];

async function serve(args: string[], options: FakeHostOptions = {}) {
  const host = fakeHost(options);
  let spec: BuiltinProviderSpec | ConductorProviderSpec | undefined;
  let asked: ServeOptions | undefined;
  let closed = 0;
  const roots: Roots = {
    startApp: () => Promise.reject(new Error("not here")),
    serveBuiltin(given, wanted) {
      spec = given;
      asked = wanted;
      // As soon as it serves, the system asks it to stop.
      setImmediate(() => host.signal("SIGTERM"));
      return Promise.resolve({
        url: "http://127.0.0.1:7070/backups",
        check: () => Promise.resolve([{ name: "repository", ok: false, message: "not there yet" }]),
        close: () => Promise.resolve(void closed++),
      });
    },
  };
  const code = await main(["provider", "serve", ...args], host, roots);
  if (asked !== undefined) delete asked.sink;
  return { code, err: host.err(), spec, asked, closed };
}

test("provider serve restic takes the original's environment and makes a missing repository", async () => {
  const env = {
    RESTIC_PASSWORD: "pw",
    LISTEN_IP: "0.0.0.0",
    LISTEN_PORT: "7071",
    PRE_BACKUP_COMMAND: "sync; true",
    PRE_POST_TIMEOUT: "60",
    DATA_DIR: "/d",
  };
  const files = { "/t": "secret" };
  const { code, err, spec, asked, closed } = await serve(["restic", "--token-file", "/t"], { env, files });
  assert.equal(code, 143);
  assert.equal(closed, 1);
  const restic = spec as ResticProviderSpec;
  assert.deepEqual([restic.repository, restic.paths, restic.password, restic.init], [
    "/backup-repo",
    ["/backup-source"],
    "pw",
    true,
  ]);
  assert.deepEqual(restic.pre, { argv: ["bash", "-c", "sync; true"], timeoutMs: 60_000 });
  assert.equal(restic.post, null);
  assert.deepEqual(asked, {
    listen: { hostname: "0.0.0.0", port: 7071 },
    stateFolder: "/d",
    auth: { bearer: "secret" },
  });
  assert.match(err, /Serving restic:\/backup-repo at http:\/\/127\.0\.0\.1:7070\/backups\./);
  assert.match(err, /warning: repository: not there yet/);
});

test("provider serve lets other machines reach it with a token only", async () => {
  const command = ["command", "--create", "mk", "--delete", "rm"];
  const files = { "/t": "secret" };
  for (
    const address of ["0.0.0.0:7070", "[::]:7070", "10.0.0.7:7070", "nas:7070", "localhost.example:7070"]
  ) {
    const open = await serve([...command, "--listen", address]);
    assert.deepEqual([open.code, open.asked], [2, undefined], address);
    assert.match(
      open.err,
      /Cannot serve at \S+ \(--listen\) without a token: .* Expected --token-file .* such as 127\.0\.0\.1/,
    );
    const closed = await serve([...command, "--listen", address, "--token-file", "/t"], { files });
    assert.deepEqual([closed.code, closed.asked!.auth], [143, { bearer: "secret" }], address);
  }
  const byImage = await serve(command, { env: { LISTEN_IP: "0.0.0.0" } });
  assert.match(byImage.err, /Cannot serve at 0\.0\.0\.0:7070 \(LISTEN_IP\) without a token/);
  for (const address of ["127.0.0.1:7070", "[::1]:7070", "localhost:7070", "127.9.9.9:1"]) {
    const { code, err } = await serve([...command, "--listen", address]);
    assert.equal(code, 143, address);
    assert.match(err, /Without --token-file, every program of this machine may make and delete backups/);
  }
});

test("provider serve restic prefers flags and listens only here by default", async () => {
  const { spec, asked } = await serve(
    ["restic", "--repository", "/r", "--path", "/a", "/b", "--password-file", "/pw", "--no-init"],
    { env: { TARGET_DATA_PATH: "/env", RESTIC_PASSWORD: "unused" } },
  );
  const restic = spec as ResticProviderSpec;
  assert.deepEqual([restic.repository, restic.paths, restic.init], ["/r", ["/a", "/b"], false]);
  assert.deepEqual([restic.passwordFile, restic.password], ["/pw", null]);
  assert.deepEqual(asked!.listen, { hostname: "127.0.0.1", port: 7070 });
});

test("provider serve command takes argument lists, and lines for bash that end at the first error", async () => {
  const { spec, asked } = await serve(
    [
      "command",
      "--create",
      '["tar", "czf", "a b"]',
      "--delete",
      "rm $SCHELLY_DATA_ID",
      "--get",
      "[ -e b ] || exit 3",
      "--token-file",
      "/t",
      "--listen",
      "[::1]:0",
    ],
    { files: { "/t": "secret\n" } },
  );
  const command = spec as CommandProviderSpec;
  assert.deepEqual(command.create, ["tar", "czf", "a b"]);
  assert.deepEqual(command.delete, [...BASH, "rm $SCHELLY_DATA_ID"]);
  assert.deepEqual([command.get, command.list], [[...BASH, "[ -e b ] || exit 3"], null]);
  assert.deepEqual(asked, {
    listen: { hostname: "::1", port: 0 },
    stateFolder: "/var/lib/schelly/provider",
    auth: { bearer: "secret" },
  });
});

test("provider serve backy2 writes backy2's configuration out of the original's environment", async () => {
  const env = {
    SOURCE_DATA_PATH: "rbd://pool/image@snap",
    TARGET_DATA_BACKEND: "s3",
    S3_AWS_ACCESS_KEY_ID: "id",
    S3_AWS_SECRET_ACCESS_KEY: "50%secret",
    S3_AWS_HOST: "minio",
    S3_AWS_PORT: "9000",
    S3_AWS_HTTPS: "false",
    S3_AWS_BUCKET_NAME: "disks",
    SIMULTANEOUS_WRITES: "7",
    MAX_BANDWIDTH_WRITE: "1000",
    SIMULTANEOUS_READS: "8",
    MAX_BANDWIDTH_READ: "2000",
    PROTECT_YOUNG_BACKUP_DAYS: "9",
    PRE_POST_TIMEOUT: "7200",
    PRE_BACKUP_COMMAND: "sync",
    POST_BACKUP_COMMAND: "",
    LISTEN_IP: "0.0.0.0",
    LISTEN_PORT: "7070",
    LOG_LEVEL: "debug",
  };
  const { code, spec, asked } = await serve(["backy2", "--token-file", "/t"], { env, files: { "/t": "t" } });
  assert.equal(code, 143);
  const backy2 = spec as Backy2ProviderSpec;
  assert.deepEqual([backy2.source, backy2.init, backy2.pre?.argv.at(-1), backy2.post], [
    "rbd://pool/image@snap",
    true,
    "sync",
    null,
  ]);
  assert.ok("text" in backy2.config);
  const { text, folders } = backy2.config;
  assert.deepEqual(folders, ["/var/lib/backy2", "/var/lib/backy2/data"]);
  for (
    const line of [
      "disallow_rm_when_younger_than_days: 9",
      "engine: sqlite:////var/lib/backy2/backy.sqlite",
      "type: backy2.data_backends.s3",
      "aws_access_key_id: id",
      "aws_secret_access_key: 50%%secret",
      "host: minio",
      "port: 9000",
      "is_secure: false",
      "bucket_name: disks",
      "simultaneous_writes: 7",
      "simultaneous_reads: 8",
      "bandwidth_read: 2000",
      "bandwidth_write: 1000",
    ]
  ) assert.ok(text.split("\n").includes(line), line);
  assert.deepEqual(asked!.listen, { hostname: "0.0.0.0", port: 7070 });

  const own = await serve(["backy2", "--source", "file:///disk", "--config-file", "/etc/backy.cfg"]);
  assert.deepEqual((own.spec as Backy2ProviderSpec).config, { file: "/etc/backy.cfg" });
  for (
    const [wrong, message] of [
      [
        { ...env, SOURCE_DATA_PATH: "/disk" },
        /with the source "\/disk": expected --source or SOURCE_DATA_PATH/,
      ],
      [{ ...env, TARGET_DATA_BACKEND: "tape" }, /TARGET_DATA_BACKEND "tape": expected file or s3/],
      [{ ...env, SIMULTANEOUS_READS: "many" }, /SIMULTANEOUS_READS "many": expected a whole number/],
      [{ ...env, S3_AWS_BUCKET_NAME: "" }, /without S3_AWS_BUCKET_NAME/],
      [{ ...env, S3_AWS_HOST: "a\nb" }, /Cannot use S3_AWS_HOST: it has control characters/],
    ] as const
  ) {
    const { code, err } = await serve(["backy2"], { env: { ...wrong, LISTEN_IP: "127.0.0.1" } });
    assert.equal(code, 2);
    assert.match(err, message);
  }
});

const YAML = `
providers:
  files: { command: { create: [mk], delete: [rm] } }
  far: { url: "http://p:7070/backups" }
jobs: [ { name: a, provider: files } ]
`;

test("provider serve takes a provider of the configuration by name", async () => {
  const files = { "/c.yaml": YAML };
  const { spec } = await serve(["command", "--config", "/c.yaml", "--name", "files"], { files });
  assert.deepEqual([spec!.kind, spec!.key, (spec as CommandProviderSpec).create], ["command", "files", [
    "mk",
  ]]);
  const wrong = await serve(["command", "--config", "/c.yaml", "--name", "far"], { files });
  assert.equal(wrong.code, 5);
  assert.match(wrong.err, /Cannot serve provider "far" as command: .*expected files/);
});

test("provider serve takes a token in a header of one's own, and a certificate with its key", async () => {
  const files = { "/t": "secret\n", "/c.pem": "CERT", "/k.pem": "KEY" };
  const flags = ["--token-file", "/t", "--token-header", "X-Api-Key"];
  const tls = ["--tls-cert-file", "/c.pem", "--tls-key-file", "/k.pem"];
  const { asked } = await serve(["command", "--create", "mk", "--delete", "rm", ...flags, ...tls], { files });
  assert.deepEqual(asked!.auth, { header: "X-Api-Key", value: "secret" });
  assert.deepEqual(asked!.listen, { hostname: "127.0.0.1", port: 7070, tls: { cert: "CERT", key: "KEY" } });
  const alone = await serve(["command", "--create", "mk", "--delete", "rm", "--tls-cert-file", "/c.pem"], {
    files,
  });
  assert.deepEqual([alone.code, alone.asked], [2, undefined]);
  assert.match(alone.err, /Cannot use --tls-cert-file alone: HTTPS needs both/);
  const open = await serve(["command", "--create", "mk", "--delete", "rm", "--token-header", "X-Api-Key"], {
    files,
  });
  assert.deepEqual(
    [open.code, open.asked],
    [2, undefined],
    "a header without a token would let in everybody",
  );
});

test("provider serve conductor takes the successor's environment, and says what is wrong with an address", async () => {
  const env = { CONDUCTOR_API_URL: "http://me:pw@conductor:8080/api/" };
  const { code, spec } = await serve(["conductor", "--sql", "--create-workflow", "save"], { env });
  assert.equal(code, 143);
  const { url, uiUrl, headers, persistence, workflows } = spec as ConductorProviderSpec;
  assert.deepEqual([url, uiUrl, persistence], ["http://conductor:8080/api", "http://conductor:8080", "sql"]);
  assert.deepEqual(workflows, { create: "save", remove: "remove_backup", version: null });
  assert.deepEqual(headers, { Authorization: `Basic ${btoa("me:pw")}` });

  for (
    const args of [[], ["--url", "conductor:8080"], ["--url", "http://c/api", "--remove-workflow", "a b"]]
  ) {
    const { code, err } = await serve(["conductor", ...args]);
    assert.equal(code, 2, err);
    assert.match(err, /is not an http URL: .*CONDUCTOR_API_URL|--remove-workflow "a b": expected letters/);
  }
});
