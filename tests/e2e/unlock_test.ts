// A lock that a restic left behind under a former host name, as a container that was killed in mid-backup and came back
// under another: nothing can be deleted, which shows, and an operator takes the lock away.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import process from "node:process";
import { programTest, until } from "../support/program.ts";
import { requireTool } from "../support/require_tool.ts";

const canRename = spawnSync("unshare", ["--uts", "true"]).status === 0;
const skip = requireTool("restic") ||
  (canRename ? false : "this user may not give a process another host name");

programTest("a lock of a former host name shows in the job, and an operator removes it", async (rig) => {
  const [source, repository] = [`${rig.folder}/source`, `${rig.folder}/repository`];
  await mkdir(source);
  await writeFile(`${source}/file`, randomBytes(3_000_000));
  const env = { ...process.env, RESTIC_PASSWORD: "secret", RESTIC_REPOSITORY: repository } as Record<
    string,
    string
  >;
  assert.equal(spawnSync("restic", ["init", "-q"], { env }).status, 0);
  const locks = async () => (await readdir(`${repository}/locks`)).filter((name) => !name.includes("-tmp-"));
  const former = spawn(
    "unshare",
    ["--uts", "sh", "-c", `hostname former; exec restic -q backup --limit-upload 300 ${source}`],
    { env, stdio: "ignore" },
  );
  await until("it holds a lock", async () => (await locks()).length === 1);
  former.kill("SIGKILL");
  const [lock] = await locks();

  const server = await rig.server({
    yaml: `jobs:
  - name: home
    schedule: "0 0 0 29 2 *"
    retention: { secondly: 1 }
    provider: { poll_interval: 100ms, restic: { repository: ${repository}, password: secret, paths: [${source}], lock_wait: 1s } }
`,
  });
  await server.backup("home");
  await server.backup("home");
  const job = () => server.get<any>("/jobs/home");
  // A deletion that finds no way is told of after a while.
  const open = await until("the job says so", async () => (await job()).open_deletions, 60_000);
  assert.equal(open.count, 1);
  assert.match(
    open.message,
    /1 deletion finds no way since .*: .*locked by another restic.* on former \(PID \d+\)/,
  );
  assert.match(JSON.stringify(await server.get("/readyz?verbose")), /deletions of job home/);
  assert.match(
    String((await server.request("GET", "/metrics")).body),
    /^schelly_deletions_open\{job="home"\} 1$/m,
  );
  const at = ["--socket", rig.socket];
  const listed = await rig.cli("jobs", "list", ...at);
  assert.match(listed.err, /home: 1 deletion finds no way .*see `schelly jobs unlock home`/);

  const shown = await rig.cli("jobs", "unlock", "home", ...at);
  assert.equal(shown.code, 0, shown.err);
  assert.ok(shown.out.includes(lock!.slice(0, 10)), shown.out);
  assert.match(shown.out, /@former:\d+\s.*\sforeign\s/);
  assert.deepEqual(await locks(), [lock], "looking removes nothing");
  const removed = await rig.cli("jobs", "unlock", "home", "--lock", lock!.slice(0, 12), "--yes", ...at);
  assert.equal(removed.code, 0, removed.err);
  assert.deepEqual(await locks(), []);
  const [said] = await server.get<any[]>("/events?type=provider.unlock");
  assert.ok(said.message.includes(lock!), said.message);
  await until("the deletion goes on", async () => (await job()).open_deletions === null, 60_000);
}, { skip });
