// Jobs that callers write: who may, what is refused before anything is written, one at a time, and what is put back.
// Also tests job_file.ts, job_file_event.ts and composition/job_edits.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createJobEdits, type JobEditsParts } from "../../../src/app/job_files/job_edits.ts";
import type { AuthConfig, Config } from "../../../src/config/values/config.ts";
import { ConfigError } from "../../../src/domain/errors.ts";
import type { EngineEvent } from "../../../src/ports/events.ts";
import type { Caller, ReloadOutcome } from "../../../src/ports/operations.ts";
import { systemFiles } from "../../../src/runtime/files.ts";
import { systemTree } from "../../../src/runtime/file_tree.ts";
import { withFolder } from "../../support/folder.ts";

const OPS: Caller = { name: "ops", role: "admin" };
const NAMED = { kind: "named", tokens: [], users: [], openMetrics: false } as AuthConfig;
const PLAN = {
  change: "added" as const,
  settings: [],
  backups: null,
  returns_to: 0,
  notes: [],
  reload: ["planned"],
};
const wish = (settings: unknown) => ({
  wish: { kind: "settings" as const, settings },
  create: false,
  dryRun: false,
});
const GOOD = wish({ schedule: "0 0 3 * * *", provider: "store" });

/** Edits in a folder, with every file that the reload found there. */
function edits(folder: string, more: Partial<JobEditsParts> = {}) {
  const events: EngineEvent[] = [];
  const reloads: string[][] = [];
  const known = { hand: "schelly.yaml" } as Record<string, string>;
  const outcome = { ok: true, messages: ["taken"] } as ReloadOutcome;
  const parts: JobEditsParts = {
    clock: { now: () => 1 },
    files: systemFiles,
    tree: systemTree,
    config: () => ({
      jobsFolder: { path: folder, shown: folder, isSource: false },
      jobs: [],
      jobPosition: (job) => known[job] === undefined ? undefined : { file: known[job]!, line: 3, path: "" },
    }),
    auth: () => NAMED,
    loadEdited: () => Promise.resolve({} as Config),
    plan: () => Promise.resolve(PLAN),
    async reload() {
      reloads.push((await systemFiles.list(folder)).toSorted());
      return outcome;
    },
    record: (event) => Promise.resolve(void events.push(event)),
    ...more,
  };
  return { ...createJobEdits(parts), events, reloads, outcome, known };
}

test("a job is one file, written before the reload and named by its digest in the audit trail", () =>
  withFolder(async (folder) => {
    const { putJob, jobFile, removeJob, events, reloads, known } = edits(folder);
    const made = await putJob("db", OPS, GOOD);
    assert.ok(made.outcome === "done" && made.created);
    const text = "jobs:\n  - name: db\n    schedule: 0 0 3 * * *\n    provider: store\n";
    assert.equal(await systemFiles.readText(`${folder}/db.yaml`), text);
    assert.equal((await systemFiles.info(`${folder}/db.yaml`))?.mode, 0o600);
    assert.deepEqual(await jobFile("db"), { outcome: "done", text, etag: made.view.etag });
    known.db = `${folder}/db.yaml`;
    const removed = await removeJob("db", OPS, { dryRun: false });
    assert.deepEqual([removed.outcome, await systemFiles.list(folder)], ["done", []]);
    assert.deepEqual(reloads, [["db.yaml"], [".db.yaml.before"]]);
    const digest = made.view.etag!.slice(1, -1);
    assert.deepEqual(
      events.map(({ type, job, data }) => [type, job, data!.by, data!.digest_before, data!.digest]),
      [
        ["job.file_written", "db", "ops", null, digest],
        ["job.file_removed", "db", "ops", digest, null],
      ],
    );
    assert.equal((await jobFile("db")).outcome, "none");
  }));

test("what the reload refuses, or fails at, is as it was before: created, replaced or removed", () =>
  withFolder(async (folder) => {
    const { putJob, removeJob, outcome, known, events } = edits(folder);
    Object.assign(outcome, {
      ok: false,
      messages: ["the settings of 'store' changed while it makes a backup"],
    });
    const created = await putJob("db", OPS, GOOD);
    assert.ok(created.outcome === "conflict");
    assert.match(
      created.message,
      /not taken over, and the file is as it was before: the settings of 'store'/,
    );
    assert.deepEqual(await systemFiles.list(folder), []);
    known.db = `${folder}/db.yaml`;
    const old = "jobs:\n  - { name: db, provider: store }\n";
    await systemFiles.writeText(`${folder}/db.yaml`, old, 0o640);
    assert.equal((await putJob("db", OPS, GOOD)).outcome, "conflict");
    assert.equal((await removeJob("db", OPS, { dryRun: false })).outcome, "conflict");
    assert.deepEqual(await systemFiles.list(folder), ["db.yaml"]);
    assert.equal(await systemFiles.readText(`${folder}/db.yaml`), old);
    assert.equal((await systemFiles.info(`${folder}/db.yaml`))?.mode, 0o640);
    const failing = edits(folder, { reload: () => Promise.reject(new Error("the state is gone")) });
    failing.known.db = `${folder}/db.yaml`;
    await assert.rejects(failing.putJob("db", OPS, GOOD), /the state is gone/);
    assert.equal(await systemFiles.readText(`${folder}/db.yaml`), old);
    assert.deepEqual(events, []);
  }));

test("a disk that takes nothing more leaves the file of before, also where it fills in the middle", () =>
  withFolder(async (folder) => {
    const old = "jobs:\n  - { name: db, provider: store }\n";
    await systemFiles.writeText(`${folder}/db.yaml`, old);
    for (const full of ["db.yaml", ".db.yaml.before"]) {
      const files = {
        ...systemFiles,
        writeText: (path: string, text: string, mode?: number) =>
          path.endsWith(`/${full}`)
            ? Promise.reject(new Error("no space left on device"))
            : systemFiles.writeText(path, text, mode),
      };
      const { putJob, known, reloads } = edits(folder, { files });
      known.db = `${folder}/db.yaml`;
      const answer = await putJob("db", OPS, GOOD);
      assert.ok(answer.outcome === "conflict");
      assert.match(answer.message, /cannot be written: no space left on device: nothing was changed/);
      assert.deepEqual([await systemFiles.list(folder), reloads], [["db.yaml"], []]);
      assert.equal(await systemFiles.readText(`${folder}/db.yaml`), old);
    }
  }));

test("one edit at a time, in the order in which they came", () =>
  withFolder(async (folder) => {
    const begun: string[] = [];
    const rig = edits(folder, {
      async loadEdited({ path }) {
        begun.push(path.slice(folder.length + 1));
        await Promise.resolve();
        assert.equal(begun.length, (await systemFiles.list(folder)).length + 1);
        return {} as Config;
      },
    });
    const { view } = await rig.putJob("db", OPS, GOOD) as { view: { etag: string } };
    rig.known.db = `${folder}/db.yaml`;
    begun.length = 0;
    const changed = wish({ provider: "other" });
    const both = edits(folder);
    both.known.db = `${folder}/db.yaml`;
    const answers = await Promise.all([
      both.putJob("db", OPS, { ...changed, ifMatch: view.etag }),
      both.putJob("db", OPS, { ...GOOD, ifMatch: view.etag }),
    ]);
    assert.deepEqual(answers.map(({ outcome }) => outcome), ["done", "precondition"]);
    const creating = await Promise.all(
      ["a", "a"].map((job) => both.putJob(job, OPS, { ...GOOD, create: true })),
    );
    assert.deepEqual(creating.map(({ outcome }) => outcome), ["done", "conflict"]);
  }));

test("callers without a token, without a folder and without leave change nothing", () =>
  withFolder(async (folder) => {
    const local: Caller = { name: "socket", role: "admin", isLocal: true };
    const open = edits(folder, { auth: () => ({ kind: "none" }) });
    assert.equal((await open.putJob("db", OPS, GOOD)).outcome, "refused");
    assert.equal((await open.removeJob("db", OPS, { dryRun: false })).outcome, "refused");
    assert.equal((await open.putJob("db", local, GOOD)).outcome, "done");
    const nowhere = edits(folder, { config: () => ({ jobs: [], jobPosition: () => undefined }) });
    assert.equal((await nowhere.putJob("db", local, GOOD)).outcome, "refused");
    assert.equal((await nowhere.jobFile("db")).outcome, "refused");
    const locked = edits(folder, { tree: { ...systemTree, mayFill: () => Promise.resolve(false) } });
    const { outcome } = await locked.putJob("x", local, GOOD);
    assert.deepEqual([outcome, await systemFiles.list(folder)], ["refused", ["db.yaml"]]);
    const inline = wish({ provider: { command: { create: ["true"], delete: ["true"] } } });
    const { putJob } = edits(folder);
    assert.equal((await putJob("x", OPS, inline)).outcome, "invalid");
    assert.equal((await putJob("x", local, inline)).outcome, "done");
  }));

test("a job of another file, a link, a folder and a file of several jobs are for people to change", () =>
  withFolder(async (folder) => {
    const { putJob, removeJob, known, reloads } = edits(folder);
    await systemFiles.writeText(`${folder}/other`, "jobs:\n  - { name: link }\n");
    Deno.symlinkSync(`${folder}/other`, `${folder}/link.yaml`);
    await systemFiles.makeFolder(`${folder}/folder.yaml`);
    await systemFiles.writeText(`${folder}/two.yaml`, "jobs:\n  - { name: two }\n  - { name: three }\n");
    known.three = `${folder}/two.yaml`;
    for (const job of ["hand", "link", "folder", "two", "three"]) {
      assert.equal((await putJob(job, OPS, GOOD)).outcome, "conflict", job);
      assert.equal((await removeJob(job, OPS, { dryRun: false })).outcome, "conflict", job);
    }
    for (const job of ["..", "../x", "a/b", "A", "", "a\n"]) {
      assert.equal((await putJob(job, OPS, GOOD)).outcome, "invalid", job);
      assert.equal((await removeJob(job, OPS, { dryRun: false })).outcome, "none", job);
    }
    assert.deepEqual(reloads, []);
  }));

test("an invalid configuration names its errors, a plan writes nothing", () =>
  withFolder(async (folder) => {
    const issue = { file: "db.yaml", line: 2, column: 3, path: "jobs[0].x", message: "unknown key 'x'" };
    const bad = edits(folder, {
      loadEdited: () =>
        Promise.reject(
          new ConfigError([{ ...issue, severity: "error" }, {
            ...issue,
            message: "odd",
            severity: "warning",
          }]),
        ),
    });
    const answer = await bad.putJob("db", OPS, GOOD);
    assert.ok(answer.outcome === "invalid");
    assert.deepEqual(answer.problems, ["db.yaml:2:3: jobs[0].x: unknown key 'x'"]);
    const { putJob, reloads } = edits(folder);
    const planned = await putJob("db", OPS, { ...GOOD, dryRun: true });
    assert.ok(planned.outcome === "done");
    assert.deepEqual([planned.view.reload, planned.view.etag, planned.created], [["planned"], null, false]);
    assert.deepEqual([await systemFiles.list(folder), reloads], [[], []]);
  }));

test("a job on all hosts is many jobs: nobody writes, replaces or removes it as one", () =>
  withFolder(async (folder) => {
    const { putJob, removeJob, reloads } = edits(folder);
    const onAll = { use: "store", host: "all" };
    const refused = await putJob("home", OPS, wish({ provider: onAll }));
    assert.ok(refused.outcome === "invalid");
    assert.match(refused.problems[0]!, /makes a job on each host/);
    const text = "jobs: [ { name: home, provider: { use: store, host: all } } ]\n";
    await systemFiles.writeText(`${folder}/home.yaml`, text, 0o600);
    for (
      const outcome of [await removeJob("home", OPS, { dryRun: false }), await putJob("home", OPS, GOOD)]
    ) {
      assert.ok(outcome.outcome === "conflict");
      assert.match(outcome.message, /makes a job on each host of its provider: change it by hand/);
    }
    assert.equal(await systemFiles.readText(`${folder}/home.yaml`), text);
    assert.deepEqual(reloads, []);
    assert.equal((await putJob("one", OPS, wish({ provider: { use: "store", host: "a" } }))).outcome, "done");
  }));
