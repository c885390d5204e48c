// The compiled program stands alone: no source, no packages, no Deno beside it.
// Also tests main.ts, runtime/process.ts and runtime/signals.ts.

import assert from "node:assert/strict";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { inMountNamespace } from "../support/mount_namespace.ts";
import { Child, type Ended, until } from "../support/program.ts";
import { requireFile, requireTool } from "../support/require_tool.ts";

const binary = requireFile("SCHELLY_TEST_BINARY", "the compiled program");

const YAML = `
server: { listen: "127.0.0.1:0", socket: schelly.sock }
state: { url: "file:state/schelly.db" }
jobs:
  - name: files
    schedule: "0 0 0 29 2 *"
    provider:
      command:
        create: [sh, -c, 'echo "{\\"data_id\\": \\"d-1\\", \\"size_mb\\": 1.5}"']
        delete: ["true"]
      poll_interval: 100ms
`;

/** What the program tells of itself under Linux. */
const PROCESS_FIGURES = [
  ...["process_cpu_seconds_total", "process_cpu_user_seconds_total", "process_cpu_system_seconds_total"],
  ...["process_resident_memory_bytes", "process_virtual_memory_bytes", "schelly_heap_used_bytes"],
  ...["process_open_fds", "process_max_fds", "nodejs_eventloop_lag_seconds"],
];

test("the compiled program makes a backup from an empty folder, and ends in order", {
  skip: binary.skip,
}, async () => {
  const folder = await mkdtemp(`${tmpdir()}/schelly-binary-`);
  const program = `${folder}/schelly`;
  const start = (...args: string[]) =>
    // Nothing of the development machine: neither Deno nor its cache.
    new Child(`schelly ${args[0]}`, [program, ...args], {
      PATH: "/usr/bin:/bin",
      HOME: folder,
      DENO_DIR: folder,
    }, folder);
  const ask = async (...args: string[]): Promise<Ended> => {
    const ended = await start(...args).end();
    assert.equal(ended.code, 0, `schelly ${args.join(" ")}: ${ended.err}`);
    return ended;
  };
  try {
    await copyFile("path" in binary ? binary.path : "", program);
    await writeFile(`${folder}/schelly.yaml`, YAML);
    const version = JSON.parse((await ask("version", "--json")).out);
    assert.match(version.version, /^\d+\.\d+\.\d+/);
    assert.match(version.commit, /^[0-9a-f]{12}\+?$|^unknown$/);
    await ask("validate", "config");
    assert.ok(JSON.parse((await ask("config", "schema")).out).properties.jobs);
    assert.match((await ask("run", "--help")).out, /Usage: schelly run/);

    await using server = start("run");
    const [, url] = await server.said("err", /Listening on (http:\/\/[\d.]+:\d+)/);
    await ask("jobs", "trigger", "files", "--wait");
    const [backup] = JSON.parse((await ask("backups", "list", "--json")).out);
    assert.deepEqual([backup.job, backup.status, backup.data_id, backup.size_mb], [
      "files",
      "available",
      "d-1",
      1.5,
    ]);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    assert.match(metrics, /^schelly_backup_trigger_total\{.*status="success".*\} 1$/m);
    for (const figure of PROCESS_FIGURES) {
      assert.match(
        metrics,
        new RegExp(`^${figure} (0\\.0*)?[1-9]`, "m"),
        `${figure}, under its few permissions`,
      );
    }
    const openApi = await until(
      "the API describes itself",
      async () => (await fetch(`${url}/openapi.json`)).json(),
    );
    assert.equal(openApi.openapi.slice(0, 3), "3.1");
    const ended = await server.kill("SIGTERM");
    assert.equal(ended.code, 143, ended.err);
    assert.doesNotMatch(ended.err, /^\s+at /m);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("the compiled program may do no more than its page says, and asks nobody for more", {
  skip: binary.skip,
}, async () => {
  // What Deno was told stands in the file, as JSON before the program.
  const bytes = await readFile("path" in binary ? binary.path : "");
  const begin = bytes.lastIndexOf('"permissions":{');
  const text = bytes.subarray(begin + '"permissions":'.length, begin + 4096).toString("latin1");
  const { allow_import: _hosts, ...permissions } = JSON.parse(text.slice(0, text.indexOf("}") + 1));
  const whole = ["allow_env", "allow_net", "allow_ffi", "allow_read", "allow_run", "allow_write"];
  assert.deepEqual(
    Object.fromEntries(Object.entries(permissions).filter(([, value]) => value !== null)),
    {
      ...Object.fromEntries(whole.map((name) => [name, []])),
      allow_sys: ["uid", "hostname", "osUptime", "networkInterfaces", "statfs"],
      deny_import: [],
      prompt: false,
    },
    "an empty list is all there is",
  );
});

/** What is wrong with the surroundings: commands of a shell in a mount namespace of its own, in the test's folder. */
const BAD: [name: string, before: string, code: number, says: RegExp][] = [
  ["no configuration", "rm schelly.yaml", 3, /there is no configuration: looked at --config/],
  [
    "a read-only temporary folder",
    'mkdir t; mount -t tmpfs -o ro none t; export TMPDIR="$PWD/t"',
    73,
    /from the temporary folder '.*\/t': it cannot be written: set TMPDIR/,
  ],
  [
    "a temporary folder without execution",
    'mkdir t; mount -t tmpfs -o noexec none t; export TMPDIR="$PWD/t"',
    73,
    /from the temporary folder '.*\/t': it is mounted noexec, .*: set TMPDIR/,
  ],
  [
    "a read-only place of the state",
    "mkdir state; mount -t tmpfs -o ro none state",
    73,
    /Cannot open the state file '.*Read-only file system/,
  ],
  [
    "a state that is no database",
    "mkdir state; head -c 8192 /dev/urandom >state/schelly.db",
    1,
    /schelly\.db/,
  ],
];

for (const [name, before, code, says] of BAD) {
  test(`the compiled program says in one line what is wrong and what to do: ${name}`, {
    skip: binary.skip || requireTool("unshare", ["--version"]),
  }, async () => {
    const folder = await mkdtemp(`${tmpdir()}/schelly-bad-`);
    try {
      await writeFile(`${folder}/schelly.yaml`, YAML);
      const script = `${before}\nexec "$0" run`;
      const ended = await inMountNamespace("path" in binary ? binary.path : "", script, folder).end();
      assert.equal(ended.code, code, ended.err);
      assert.match(ended.err, says);
      assert.doesNotMatch(ended.err, /^\s+at |panicked|defect|A bug/m, "no crash dump");
      const complaints = ended.err.trimEnd().split("\n").filter((line) => line.startsWith("schelly: "));
      assert.equal(complaints.length, 1, ended.err);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

test("the compiled program runs on a read-only root with a temporary folder of its own", {
  skip: binary.skip || requireTool("unshare", ["--version"]),
}, async () => {
  const folder = await mkdtemp(`${tmpdir()}/schelly-readonly-`);
  try {
    await writeFile(`${folder}/schelly.yaml`, YAML);
    const script =
      'mkdir t state; mount -t tmpfs none t; mount -t tmpfs none state; export TMPDIR="$PWD/t"\n' +
      'mount -o remount,bind,ro /; if touch here 2>/dev/null; then exit 99; fi; exec "$0" run --socket none';
    await using server = inMountNamespace("path" in binary ? binary.path : "", script, folder);
    const [, url] = await server.said("err", /Listening on (http:\/\/[\d.]+:\d+)/);
    const ready = await fetch(`${url}/readyz`);
    assert.equal(ready.status, 200, await ready.text());
    assert.equal((await server.kill("SIGTERM")).code, 143, server.err);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("the compiled program answers a taken port, and a state in use, each with its own code", {
  skip: binary.skip,
}, async () => {
  const folder = await mkdtemp(`${tmpdir()}/schelly-taken-`);
  const start = (...args: string[]) =>
    new Child(
      "schelly run",
      ["path" in binary ? binary.path : "", "run", ...args],
      { PATH: "/usr/bin:/bin" },
      folder,
    );
  try {
    await writeFile(`${folder}/schelly.yaml`, YAML);
    await using server = start();
    const [, port] = await server.said("err", /Listening on http:\/\/[\d.]+:(\d+)/);
    const taken = await start(
      "--listen",
      `127.0.0.1:${port}`,
      "--state",
      "file:other/s.db",
      "--socket",
      "none",
    ).end();
    assert.equal(taken.code, 1, taken.err);
    assert.match(
      taken.err,
      /Cannot listen on 127\.0\.0\.1:\d+: another program listens there: stop it or choose/,
    );
    const inUse = await start("--socket", "none").end();
    assert.equal(inUse.code, 75, inUse.err);
    assert.doesNotMatch(taken.err + inUse.err, /^\s+at |panicked|defect/m);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
