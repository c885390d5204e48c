// Serving a built-in provider: settings out of flags, the original's environment or a configuration.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers";
import { main } from "../../src/cli/program.ts";
import type { Roots } from "../../src/cli/roots.ts";
import type {
  BuiltinProviderSpec,
  CommandProviderSpec,
  ResticProviderSpec,
} from "../../src/domain/provider_spec.ts";
import type { ServeOptions } from "../../src/provider_kit.ts";
import { fakeHost, type FakeHostOptions } from "../support/fake_host.ts";

async function serve(args: string[], options: FakeHostOptions = {}) {
  const host = fakeHost(options);
  let spec: BuiltinProviderSpec | undefined;
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
  const { code, err, spec, asked, closed } = await serve(["restic"], { env });
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
  assert.deepEqual(asked, { listen: { hostname: "0.0.0.0", port: 7071 }, stateFolder: "/d" });
  assert.match(err, /Serving restic:\/backup-repo at http:\/\/127\.0\.0\.1:7070\/backups\./);
  assert.match(err, /warning: repository: not there yet/);
  assert.match(err, /Without --token-file, whoever reaches this address may make and delete backups/);
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

test("provider serve command takes argument lists, and lines for sh", async () => {
  const { spec, asked } = await serve(
    [
      "command",
      "--create",
      '["tar", "czf", "a b"]',
      "--delete",
      "rm $SCHELLY_DATA_ID",
      "--token-file",
      "/t",
      "--listen",
      "[::1]:0",
    ],
    { files: { "/t": "secret\n" } },
  );
  const command = spec as CommandProviderSpec;
  assert.deepEqual(command.create, ["tar", "czf", "a b"]);
  assert.deepEqual(command.delete, ["sh", "-c", "rm $SCHELLY_DATA_ID"]);
  assert.deepEqual([command.get, command.list], [null, null]);
  assert.deepEqual(asked, {
    listen: { hostname: "::1", port: 0 },
    stateFolder: "/var/lib/schelly/provider",
    auth: { bearer: "secret" },
  });
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
