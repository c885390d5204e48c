// The compiled program stands alone: no source, no packages, no Deno beside it.

import assert from "node:assert/strict";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { Child, type Ended, until } from "../support/program.ts";
import { requireFile } from "../support/require_tool.ts";

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
