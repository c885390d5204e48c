// The built-in `command` with real programs: what it is told, what it may answer, and that nothing is left running.
// Also tests builtin_provider.ts, cut_off.ts, find_program.ts and host_name.ts.

import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import process from "node:process";
import { test } from "node:test";
import type { ProviderError } from "../../../src/domain/errors.ts";
import type { CommandProviderSpec } from "../../../src/domain/provider_spec.ts";
import type { Host, Processes } from "../../../src/ports/host.ts";
import type { BackupHost } from "../../../src/provider/host/backup_host.ts";
import { createBuiltinProvider } from "../../../src/provider/builtin/builtin_provider.ts";
import { serveBuiltin } from "../../../src/provider_kit.ts";
import { createHost } from "../../../src/runtime/host.ts";
import { testProvider } from "../../contracts/provider.ts";
import { callOf, ended, infoOf, openHost, tempFolder, until } from "../../support/backup_rig.ts";
import { HandBackuper } from "../../support/backup_rig.ts";
import { commandSpec } from "../../support/provider_process.ts";

const host: Host = createHost();

function open(folder: string, spec: CommandProviderSpec): Promise<BackupHost> {
  return createBuiltinProvider(spec, host, `${folder}/state`);
}

async function make(provider: BackupHost, runId = "run-1", more = {}) {
  return await ended(provider, (await provider.create(callOf(runId, more))).id);
}

testProvider("a command provider", async ({ slow }) => {
  const folder = await tempFolder();
  const store = `${folder.path}/store`;
  await host.files.makeFolder(store);
  const provider = await open(
    folder.path,
    commandSpec(slow ? "sleep 60" : 'touch "$STORE/$SCHELLY_BACKUP_ID"', {
      env: { STORE: store },
      delete: ["sh", "-c", 'rm "$STORE/$SCHELLY_BACKUP_ID" 2> "$STORE/../error" || exit 3'],
      get: ["sh", "-c", '[ -e "$STORE/$SCHELLY_BACKUP_ID" ] || exit 3'],
      list: [
        "sh",
        "-c",
        'cd "$STORE" && for f in *; do [ -e "$f" ] && echo "{\\"id\\":\\"$f\\"}"; done; true',
      ],
    }),
  );
  return {
    provider,
    pass: () => host.clock.sleep(5),
    async close() {
      await provider[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
});

test("create is told of the backup, and its last line gives data_id, size_mb and message", async () => {
  await using folder = await tempFolder();
  const script = `env | grep ^SCHELLY_ | grep -Ev '^SCHELLY_(TEST|SIM)_' | sort > ${folder.path}/env
    echo dumping; echo '{"data_id": 42, "size_mb": 3.5, "message": "3 tables"}'; echo`;
  await using provider = await open(folder.path, commandSpec(script));
  const slot = Date.UTC(2026, 10, 20, 3);
  const info = await make(provider, "run-1", { slot, body: { tables: ["a"] } });
  assert.deepEqual([info.state, info.dataId, info.sizeMb, info.message], [
    "available",
    "42",
    3.5,
    "3 tables",
  ]);
  assert.deepEqual((await host.files.readText(`${folder.path}/env`)).trim().split("\n"), [
    `SCHELLY_BACKUP_ID=${info.id}`,
    'SCHELLY_BODY={"tables":["a"]}',
    "SCHELLY_DATA_ID=",
    "SCHELLY_JOB=job",
    "SCHELLY_RUN_ID=run-1",
    "SCHELLY_SLOT=2026-11-20T03:00:00.000Z",
  ]);
  assert.match((await provider.output(info.id))!, /^dumping\n/);
});

test("programs and hooks find what they need of our environment and all of the provider's, and no secret of others", async () => {
  await using folder = await tempFolder();
  process.env.PLANTED_SECRET = "planted";
  process.env.PGPASSWORD = "for the tool";
  try {
    const tell = (which: string) => ["sh", "-c", `env > ${folder.path}/${which}`] as [string, ...string[]];
    const spec = commandSpec(tell("create")[2]!, {
      env: { OURS: "given" },
      pre: { argv: tell("pre"), timeoutMs: 10_000 },
    });
    await using provider = await createBuiltinProvider(spec, createHost(), `${folder.path}/state`);
    await make(provider);
  } finally {
    delete process.env.PLANTED_SECRET;
    delete process.env.PGPASSWORD;
  }
  for (const which of ["create", "pre"]) {
    const env = await host.files.readText(`${folder.path}/${which}`);
    assert.match(env, /^OURS=given$/m, which);
    assert.match(env, /^PGPASSWORD=for the tool$/m, which);
    assert.match(env, /^PATH=/m, which);
    assert.match(env, /^SCHELLY_RUN_ID=/m, which);
    assert.doesNotMatch(env, /PLANTED_SECRET/, which);
  }
});

test("the last line may be a plain message, or nothing", async () => {
  await using folder = await tempFolder();
  await using provider = await open(
    folder.path,
    commandSpec('[ "$SCHELLY_RUN_ID" = run-1 ] && echo "12 files"; true'),
  );
  assert.equal((await make(provider, "run-1")).message, "12 files");
  assert.equal((await make(provider, "run-2")).message, undefined);
});

test("a create that does not do what it should is failed, and says why", async () => {
  await using folder = await tempFolder();
  const table: [string, CommandProviderSpec, RegExp][] = [
    [
      "exit code",
      commandSpec("echo connecting; echo 'no such database' >&2; exit 7"),
      /^the create command 'sh' ended with exit code 7: no such database$/,
    ],
    ["signal", commandSpec("kill -9 $$"), /create command 'sh' was ended by SIGKILL/],
    ["answer", commandSpec(`echo '{"data_id": ["x"]}'`), /Cannot read the last line of output.*'data_id'/],
    [
      "no program",
      commandSpec("", { create: ["/no/such/program"] }),
      /'\/no\/such\/program'.*no such program/,
    ],
    ["not executable", commandSpec("", { create: ["/etc/passwd"] }), /'\/etc\/passwd'.*chmod \+x/],
    ["no folder", commandSpec("true", { cwd: "/no/such/folder" }), /no folder '\/no\/such\/folder'/],
  ];
  for (const [name, spec, message] of table) {
    await using provider = await open(`${folder.path}/${name}`, spec);
    const info = await make(provider);
    assert.equal(info.state, "failed", name);
    assert.match(info.message!, message, name);
  }
});

test("delete that ends with 4 says that the storage refuses it, and the last line until when", async () => {
  await using folder = await tempFolder();
  await writeFile(`${folder.path}/said`, "");
  const spec = commandSpec("true", {
    delete: ["sh", "-c", `cat ${folder.path}/said; echo object lock >&2; exit 4`],
    get: ["sh", "-c", `echo '{"locked_until": "2027-01-01T00:00:00Z"}'`],
  });
  await using provider = await open(folder.path, spec);
  const info = await make(provider);
  const until = Date.parse("2027-01-01T00:00:00Z");
  for (
    const [said, expected] of [
      ['{"locked_until": "2027-01-01T00:00:00Z"}', until],
      ["", null],
      ['{"locked_until": "soon"}', null],
    ] as const
  ) {
    await writeFile(`${folder.path}/said`, said);
    await assert.rejects(provider.delete(info.id, undefined, 1), (error: ProviderError) => {
      assert.deepEqual([error.kind, error.status, error.lock], ["unsent", 423, { until: expected }]);
      return true;
    });
  }
  const answer = await provider.get(info.id, { anew: true });
  assert.equal(answer.found === "yes" && answer.backup.lockedUntil, until);
});

test("delete is told the data id; exit 3 means it was not there, another code leaves the backup", async () => {
  await using folder = await tempFolder();
  const flag = `${folder.path}/flag`;
  const remove = `echo "$SCHELLY_BACKUP_ID $SCHELLY_DATA_ID $SCHELLY_BODY" >> ${folder.path}/log
    [ -e ${flag} ] || { echo storage offline >&2; exit 1; }; exit $(cat ${flag})`;
  const spec = commandSpec(`echo '{"data_id":"d-1"}'`, { delete: ["sh", "-c", remove] });
  await using provider = await open(folder.path, spec);
  const info = await make(provider);
  await assert.rejects(provider.delete(info.id, { force: true }, 1), /exit code 1: storage offline/);
  assert.equal((await infoOf(provider, info.id)).state, "available");
  await writeFile(flag, "3");
  assert.equal(await provider.delete(info.id, { force: true }, 1), "absent");
  assert.deepEqual(
    (await host.files.readText(`${folder.path}/log`)).trim().split("\n"),
    Array(2).fill(`${info.id} d-1 {"force":true}`),
  );
});

test("get and delete are told of which run a backup is, and what is not known is empty, never unset", async () => {
  await using folder = await tempFolder();
  const tell = (name: string) =>
    [
      "bash",
      "-uc",
      `echo "$SCHELLY_BACKUP_ID,$SCHELLY_DATA_ID,$SCHELLY_RUN_ID,$SCHELLY_JOB,$SCHELLY_SLOT,$SCHELLY_BODY" ` +
      `> ${folder.path}/${name}`,
    ] as [string, ...string[]];
  const told = async (name: string) => (await host.files.readText(`${folder.path}/${name}`)).trim();
  const spec = commandSpec(`echo '{"data_id":"d-1"}'`, {
    get: tell("get"),
    delete: tell("delete"),
    list: tell("list"),
  });
  const before = await open(folder.path, spec);
  const info = await make(before, "run-1", { slot: Date.UTC(2026, 10, 20, 3) });
  await before[Symbol.asyncDispose]();
  await using provider = await open(folder.path, spec);
  await provider.get(info.id);
  assert.equal(await told("get"), `${info.id},d-1,run-1,job,2026-11-20T03:00:00.000Z,`);
  assert.equal(await provider.delete(info.id, { force: true }, 1), "deleted");
  assert.equal(
    await told("delete"),
    `${info.id},d-1,run-1,job,2026-11-20T03:00:00.000Z,{"force":true}`,
  );
  await provider.get("strange").catch(() => {});
  assert.equal(await told("get"), "strange,strange,,,,");
  await provider.list();
  assert.equal(await told("list"), ",,,,,");
});

test("a deletion that takes too long is ended and leaves the backup", async () => {
  await using folder = await tempFolder();
  const spec = commandSpec("true", {
    delete: ["sleep", "61"],
    timeouts: { createMs: 1_000, getMs: 1_000, deleteMs: 50 },
  });
  await using provider = await open(folder.path, spec);
  const info = await make(provider);
  await assert.rejects(provider.delete(info.id, undefined, 1), /took too long and was ended/);
  assert.equal((await infoOf(provider, info.id)).state, "available");
});

/** The machine's processes, noting each group that is started. */
function noting(): Processes & { pids: number[] } {
  const pids: number[] = [];
  return {
    ...host.processes,
    pids,
    run: (spec) =>
      host.processes.run({
        ...spec,
        onStart: (pid) => {
          pids.push(pid);
          spec.onStart?.(pid);
        },
      }),
  };
}

test("delete() of a running backup ends the whole process tree", async () => {
  await using folder = await tempFolder();
  const processes = noting();
  const script = `sleep 62 & echo $! > ${folder.path}/child; echo begun; sleep 62`;
  await using provider = await createBuiltinProvider(
    commandSpec(script),
    { ...host, processes },
    `${folder.path}/state`,
  );
  const { id } = await provider.create(callOf("run-1"));
  await until("it began", async () => (await infoOf(provider, id)).message === "begun");
  const child = Number(await host.files.readText(`${folder.path}/child`));
  assert.notEqual(await host.processes.identity(child), undefined);
  assert.equal(await provider.delete(id, undefined, 1), "deleted");
  assert.equal(await host.processes.identity(child), undefined);
  assert.equal(await host.processes.identity(processes.pids[0]!), undefined);
  assert.deepEqual(await provider.get(id), { found: "gone" });
});

test("after kill -9 of its process a backup is failed(cut_off), its children are ended, its run stays settled", async () => {
  await using folder = await tempFolder();
  const state = `${folder.path}/state`;
  const script = `sleep 63 & echo $! > ${folder.path}/child; sleep 63`;
  const program = new URL("../../support/provider_process.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", program, state, script],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  const url = new TextDecoder().decode((await reader.read()).value).trim();
  const headers = { "Idempotency-Key": "run-1" };
  const { id } = await (await fetch(url, { method: "POST", headers })).json();
  await until("it began", async () => {
    const noted = (await host.files.readText(`${state}/backups.jsonl`)).includes('"identity"');
    return noted && await host.files.info(`${folder.path}/child`) !== undefined;
  });
  await assert.rejects(openHost(state, new HandBackuper()), /is alive/);
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  const orphan = Number(await host.files.readText(`${folder.path}/child`));
  assert.notEqual(await host.processes.identity(orphan), undefined, "kill -9 leaves its children");

  const served = await serveBuiltin(commandSpec("true"), {
    listen: { hostname: "127.0.0.1", port: 0 },
    stateFolder: state,
  }, host);
  try {
    assert.equal(await host.processes.identity(orphan), undefined, "orphans are ended");
    const seen = await (await fetch(`${served.url}/${id}`)).json();
    assert.deepEqual([seen.status, seen.reason, seen.run_id], ["failed", "cut_off", "run-1"]);
    assert.match(seen.message, /cut off.*1 process group left over from it was ended/);
    const again = await (await fetch(served.url, { method: "POST", headers })).json();
    assert.deepEqual([again.id, again.status], [id, "failed"]);
    const next = await (await fetch(served.url, { method: "POST" })).json();
    assert.notEqual(next.id, id);
    await until(
      "it ended",
      async () => (await (await fetch(`${served.url}/${next.id}`)).json()).status === "available",
    );
    const gone = await fetch(`${served.url}/${id}`, { method: "DELETE" });
    await gone.body?.cancel();
    assert.equal(gone.status, 200);
  } finally {
    await served.close();
  }
});

test("check() finds each program as the system would, and says which cannot be run", async () => {
  await using folder = await tempFolder();
  const script = `${folder.path}/my-backup`;
  await writeFile(script, "#!/bin/sh\n");
  await using provider = await open(
    folder.path,
    commandSpec("", {
      create: ["./my-backup"],
      delete: ["no-such-program-at-all"],
      get: ["sh"],
      cwd: folder.path,
    }),
  );
  const look = async () =>
    Object.fromEntries((await provider.check()).map((result) => [result.name, result.ok]));
  assert.deepEqual(await look(), {
    "journal writable": true,
    "create command": false,
    "delete command": false,
    "get command": true,
  });
  await chmod(script, 0o755);
  assert.equal((await look())["create command"], true);
});

test("list() reads a JSON object a line, and refuses what is none", async () => {
  await using folder = await tempFolder();
  const list = (text: string) => ["printf", "%s\n", text] as [string, ...string[]];
  const good = '{"id":"b-1","data_id":"d-1","run_id":"r-1","size_mb":2,"start_time":"2026-11-20T03:00:00Z"}';
  await using provider = await open(folder.path, commandSpec("true", { list: list(good) }));
  assert.deepEqual(
    (await provider.list()).map(({ id, dataId, runId, sizeMb, startTime }) => ({
      id,
      dataId,
      runId,
      sizeMb,
      startTime,
    })),
    [{ id: "b-1", dataId: "d-1", runId: "r-1", sizeMb: 2, startTime: Date.UTC(2026, 10, 20, 3) }],
  );
  await using other = await open(`${folder.path}/2`, commandSpec("true", { list: list("not json") }));
  await assert.rejects(other.list(), /line 'not json' is no JSON object/);
});

test("delete is told how what it deletes had ended, says by 3 that nothing was left, and else hears how to say so", async () => {
  await using folder = await tempFolder();
  const told = `${folder.path}/told`;
  const [part, made] = [`${folder.path}/$SCHELLY_BACKUP_ID.part`, `${folder.path}/$SCHELLY_BACKUP_ID.done`];
  await using provider = await open(
    folder.path,
    commandSpec(
      `case $SCHELLY_RUN_ID in good) touch "${made}" ;; long) sleep 60 ;; *) touch "${part}"; exit 1 ;; esac`,
      {
        delete: [
          "sh",
          "-c",
          `echo $SCHELLY_OUTCOME >> ${told}; rm -f "${part}"; [ -e ${folder.path}/stubborn ] && exit 1
         [ -e "${made}" ] || exit 3; rm "${made}"`,
        ],
      },
    ),
  );
  const failed = await make(provider, "bad");
  assert.equal(failed.state, "failed");
  const parts = async () =>
    (await host.files.list(folder.path)).filter((name) => name.endsWith(".part")).length;
  assert.equal(await parts(), 1);
  assert.equal(await provider.delete(failed.id, undefined, 1), "deleted");
  assert.equal(await parts(), 0);
  assert.deepEqual(await provider.get(failed.id), { found: "gone" });

  assert.equal(await provider.delete((await make(provider, "good")).id, undefined, 1), "deleted");
  const { id } = await provider.create(callOf("long"));
  assert.equal(await provider.delete(id, undefined, 1), "deleted");
  assert.deepEqual((await host.files.readText(told)).trim().split("\n"), [
    "failed",
    "available",
    "cancelled",
  ]);

  await writeFile(`${folder.path}/stubborn`, "");
  const again = await make(provider, "worse");
  await assert.rejects(
    provider.delete(again.id, undefined, 1),
    /exit code 1; the backup had failed: where it left nothing, let the command end with 3/,
  );
});
