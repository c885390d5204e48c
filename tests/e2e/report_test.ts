// A report over a known history, by the running server and of its state when it has ended: the same numbers.
// Also tests cli/server/report.ts.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { programTest, until } from "../support/program.ts";

const YAML = `jobs:
  - name: files
    provider: { poll_interval: 100ms, command: { create: [sh, -c, "! test -e fail"], delete: ["true"], cwd: . } }
    schedule: "0 0 0 29 2 *"
    retry: { attempts: 0 }
    retention: { secondly: 90 }
`;

programTest("a report adds up a known history, with the server running and without it", async (rig) => {
  const server = await rig.server({ yaml: YAML.replace("cwd: .", `cwd: ${rig.folder}`) });
  const ids: string[] = [];
  for (let made = 0; made < 3; made++) ids.push((await server.backup("files")).id);
  const socket = ["--socket", rig.socket];
  const done = async (...args: string[]) => {
    const { code, err } = await rig.cli(...args, ...socket);
    assert.equal(code, 0, err);
  };
  await done("backups", "hold", ids[0]!, "--reason", "for the lawyer");
  await done("backups", "delete", ids[1]!, "--yes");
  await until("it is deleted", async () => (await server.get(`/backups/${ids[1]}`)).state === "deleted");
  await done("freeze", "--reason", "audit");
  await done("unfreeze", "--yes");
  await writeFile(`${rig.folder}/fail`, "");
  await rig.cli("jobs", "trigger", "files", "--wait", ...socket);
  await done("jobs", "pause", "files", "--reason", "disk");

  const report = await rig.ask("report", "--since", "90d");
  const { restored: _, ...counts } = report.total;
  assert.deepEqual(counts, {
    ...{ made: 3, failed: 1, cancelled: 0, missed: 0, skipped: 0, deleted: 1, missing: 0 },
    ...{ proved: 0, proof_failed: 0 },
  });
  assert.deepEqual(report.jobs.map(({ job, made }: any) => [job, made]), [["files", 3]]);
  assert.deepEqual(
    report.changes.map(({ type }: any) => type).filter((type: string) => type !== "job.added"),
    ["run.held", "delete.sent", "freeze.begun", "freeze.ended", "job.paused"],
  );
  assert.match(report.changes.find(({ type }: any) => type === "run.held").what, /for the lawyer/);
  assert.match(report.unknown.join("\n"), /The audit trail begins at/);
  const { head } = await rig.ask("audit", "head");
  assert.equal(report.audit_head, head);
  await server.kill("SIGTERM");

  const idle = await rig.cli("report", "--since", "90d", "--config", rig.configFile, "--json");
  assert.equal(idle.code, 0, idle.err);
  const again = JSON.parse(idle.out);
  assert.deepEqual([again.total, again.jobs, again.changes], [report.total, report.jobs, report.changes]);
  const page = await rig.cli("report", "--config", rig.configFile, "--html");
  assert.match(page.out, /^<!doctype html>[^]*<td>files<\/td><td>3<\/td><td>1<\/td>/);
  const empty = await rig.cli("report", "--since", "1d", "--until", "2d", "--config", rig.configFile);
  assert.equal(empty.code, 2);
});
