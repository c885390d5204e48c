// A command is started again when a file changes, and only after the run before has ended.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { until } from "../support/backup_rig.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/restart_on_change.ts", import.meta.url));

test("a change ends the command, waits for its end and starts it again; SIGTERM ends both", async () => {
  const folder = mkdtempSync(`${tmpdir()}/schelly-restart-`);
  const log = `${folder}.log`;
  writeFileSync(log, "");
  const said = () => readFileSync(log, "utf8").trim().split("\n");
  // It takes a while to end, as a server does.
  const command =
    `echo start >> ${log}; trap 'sleep 0.2; echo end >> ${log}; exit 3' TERM; while :; do sleep 0.05; done`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", SCRIPT, folder, "sh", "-c", command],
    stdin: "null",
    stderr: "null",
  }).spawn();
  try {
    await until("it runs", () => said().length === 1 && said()[0] === "start");
    writeFileSync(`${folder}/a.ts`, "1");
    await until("it runs again", () => said().length === 3);
    assert.deepEqual(said(), ["start", "end", "start"]);
    child.kill("SIGTERM");
    assert.equal((await child.status).code, 3);
    assert.deepEqual(said(), ["start", "end", "start", "end"]);
  } finally {
    rmSync(folder, { recursive: true });
    rmSync(log);
  }
});
