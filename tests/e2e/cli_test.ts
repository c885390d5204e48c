// The command line against a running server over its socket, and how the server itself ends: exit codes and words.
// Also tests app/operations/operations.ts, app/operations/views.ts, cli/terminal/roots.ts and runtime/terminal.ts.

import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { type Ended, programTest, type Rig, until } from "../support/program.ts";
import { systemClock } from "../../src/runtime/clock.ts";

function yaml({ keep = 2, create = '> "store/$SCHELLY_BACKUP_ID"' } = {}): string {
  return `jobs:
  - name: files
    schedule: "0 0 0 29 2 *"
    provider:
      command: { create: [sh, -c, '${create}'], delete: [sh, -c, 'rm "store/$SCHELLY_BACKUP_ID"'] }
      poll_interval: 100ms
    retention: { secondly: ${keep}, guard: { policy_change_hold: 0s } }
`;
}

async function startWith(rig: Rig, text: string) {
  await mkdir(`${rig.folder}/store`, { recursive: true });
  return await rig.server({ yaml: text });
}

/** What a failed command says: lines for people, no stack. */
function assertSays({ code, err }: Ended, expected: number, pattern: RegExp): void {
  assert.equal(code, expected, err);
  assert.match(err, pattern);
  assert.ok(!/^\s+at /m.test(err), `a stack is shown:\n${err}`);
}

function assertOneLine(ended: Ended, expected: number, pattern: RegExp): void {
  assertSays(ended, expected, pattern);
  assert.equal(ended.err.trimEnd().split("\n").length, 1, ended.err);
}

programTest("commands read, start, pause and resume over the socket", async (rig) => {
  await startWith(rig, yaml());
  const ask = (...args: string[]) => rig.cli(...args, "--socket", rig.socket);
  const first = await ask("jobs", "trigger", "files", "--wait");
  assert.equal(first.code, 0, first.err);
  const runId = first.out.trim();
  const run = await rig.ask("runs", "show", runId);
  assert.equal(run.state, "available");
  assert.deepEqual(await readdir(`${rig.folder}/store`), [run.id]);

  const [jobs, runs, backups, shown, explained, retention, forecast] = await Promise.all([
    ask("jobs", "list"),
    ask("runs", "list"),
    ask("backups", "list"),
    ask("backups", "show", run.id),
    ask("backups", "explain", run.id),
    ask("retention", "show", "files"),
    ask("forecast", "files", "--until", "3000d", "--list"),
  ]);
  assert.match(jobs.out, /^JOB .*\nfiles +on +/);
  assert.ok(runs.out.includes(runId) && runs.out.includes("available"));
  assert.ok(backups.out.includes(run.id));
  assert.match(shown.out, new RegExp(`${run.id}[^]*available`));
  assert.match(explained.out, /kept as secondly 1 of 2/);
  assert.match(retention.out, new RegExp(`${run.id} .*keep`));
  assert.match(forecast.out, /20\d\d-02-29T00:00:00/);

  const paused = await rig.ask("jobs", "pause", "files", "--reason", "moving house");
  assert.equal(paused.paused, true);
  const byHand = await ask("jobs", "trigger", "files", "--wait");
  assert.equal(byHand.code, 0, "a pause does not forbid what is started by hand");
  assert.equal((await rig.ask("jobs", "resume", "files")).paused, false);
  const keyed = await ask("jobs", "trigger", "files", "--idempotency-key", "k1", "--wait");
  const repeated = await ask("jobs", "trigger", "files", "--idempotency-key", "k1", "--wait");
  assert.deepEqual([repeated.code, repeated.out], [0, keyed.out]);
  assert.equal((await rig.ask<any[]>("runs", "list")).length, 3, "one key starts one backup");
});

programTest("exit codes tell what went wrong, in words without a stack", async (rig) => {
  await startWith(rig, yaml());
  const ask = (...args: string[]) => rig.cli(...args, "--socket", rig.socket);
  const bad = `${rig.folder}/bad.yaml`;
  await writeFile(
    bad,
    `jobs:
  - name: Files
    schedule: "61 * * * * *"
    timezone: Europe/Berlinn
    provider: { url: "ftp://host" }
    retension: { daily: 7 }
`,
  );
  const [noJob, noRun, noOption, noArgument, runName, noServer, invalid, runInvalid] = await Promise.all([
    ask("jobs", "show", "nope"),
    ask("runs", "show", "019ac3d2-0000-7000-8000-000000000000"),
    ask("jobs", "list", "--nope"),
    ask("jobs", "trigger"),
    rig.cli("run", "files"),
    rig.cli("jobs", "list", "--socket", `${rig.folder}/nowhere.sock`),
    rig.cli("validate", "config", bad),
    rig.cli("run", "--config", bad),
  ]);
  assertOneLine(noJob, 5, /nope/);
  assertOneLine(noRun, 5, /019ac3d2/);
  assertSays(noOption, 2, /--nope/);
  assertSays(noArgument, 2, /job/);
  assertOneLine(runName, 2, /did you mean `schelly jobs trigger files`/);
  assertOneLine(noServer, 4, /nowhere\.sock.*schelly run/);
  for (const ended of [invalid, runInvalid]) {
    assertSays(ended, 3, /the configuration cannot be used: 5 errors/);
    for (const place of [/:2:\d+: .*name/, /:3:\d+: .*schedule/, /:4:\d+: .*timezone.*Europe\/Berlin\b/]) {
      assert.match(ended.err, place);
    }
    assert.match(ended.err, /:5:\d+: .*url/);
    assert.match(ended.err, /:6:\d+: .*retension.*did you mean.*retention/);
  }
});

programTest("reload takes a valid edit over, and an invalid one changes nothing", async (rig) => {
  const server = await startWith(rig, yaml());
  const reload = () => rig.cli("reload", "--socket", rig.socket);
  const policy = async () => (await server.get("/jobs/files")).policy;
  await rig.configure(yaml({ keep: 5 }));
  const valid = await reload();
  assert.equal(valid.code, 0, valid.err);
  // The edit may have been seen and taken over before it was asked for.
  assert.match(valid.out, /job 'files' changed|Nothing changed/);
  assert.match(await policy(), /^secondly=5/);
  await rig.configure(yaml({ keep: -1 }));
  assertSays(await reload(), 3, /schelly\.yaml:\d+:\d+.*secondly/);
  assert.match(await policy(), /^secondly=5/);
  await rig.configure(yaml({ keep: 7 }));
  server.child.signal("SIGHUP");
  await until("SIGHUP has reloaded", async () => /^secondly=7/.test(await policy()));
});

programTest("run refuses a state that is not writable, and an address that is not free", async (rig) => {
  const server = await startWith(rig, yaml());
  await writeFile(`${rig.folder}/file`, "");
  const run = (...args: string[]) => rig.cli("run", "--config", rig.configFile, "--socket", "none", ...args);
  const [underFile, inProc, taken, noAddress] = await Promise.all([
    run("--state", `file:${rig.folder}/file/schelly.db`),
    run("--state", "file:/proc/schelly.db"),
    run("--state", `file:${rig.folder}/other/schelly.db`, "--listen", new URL(server.url).host),
    run("--state", `file:${rig.folder}/third/schelly.db`, "--listen", "192.0.2.1:80"),
  ]);
  assertOneLine(underFile, 73, /Cannot open the state file '.*file\/schelly\.db'/);
  assertOneLine(inProc, 73, /Cannot open the state file '\/proc\/schelly\.db'/);
  for (
    const [ended, words] of [[taken, /another program listens there/], [
      noAddress,
      /no such address/,
    ]] as const
  ) {
    const last = ended.err.trimEnd().split("\n").at(-1)!;
    assertSays({ ...ended, err: last }, 1, words);
    assert.match(last, /Cannot listen on/);
  }
  assert.equal((await server.get<any[]>("/jobs")).length, 1, "the first server goes on");
});

for (const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
  programTest(`run stops on ${signal} within seconds and leaves nothing half done`, async (rig) => {
    const create = '> "store/$SCHELLY_BACKUP_ID.part"; trap "rm store/*.part; exit 1" TERM; sleep 60 & wait';
    const server = await startWith(rig, yaml({ create }));
    const { status, body } = await server.post("/jobs/files/trigger");
    assert.equal(status, 202);
    await until(
      "the backup is being written",
      async () => (await readdir(`${rig.folder}/store`)).length === 1,
    );
    const begun = systemClock.monotonic();
    const ended = await server.kill(signal);
    assert.equal(ended.code, code, ended.err);
    assert.ok(
      systemClock.monotonic() - begun < 25_000,
      "it waits neither for the backup nor until `stop_timeout`",
    );
    assert.deepEqual(await readdir(`${rig.folder}/store`), []);
    assert.deepEqual(
      (await readdir(`${rig.folder}/state`)).filter((name) => /-wal|-shm|\.tmp/.test(name)),
      [],
    );
    assert.ok(!(await readdir(rig.folder)).includes("schelly.sock"), "the socket is gone");

    const again = await rig.server();
    const run = await until("the cut-off run is settled", async () => {
      const run = await again.get(`/runs/${body.run_id}`);
      return run.state !== "running" && run;
    });
    assert.deepEqual([run.state, run.reason], ["failed", "cut_off"]);
  });
}
