// The folder of jobs_dir: its files have jobs and nothing else, and are part of the configuration in every way.
// Also tests edited_files.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { withEdit } from "../../../src/config/document/edited_files.ts";
import { fingerprint } from "../../../src/config/fingerprint.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { drain } from "../../../src/domain/slices.ts";
import { ConfigError, formatIssue } from "../../../src/domain/errors.ts";
import type { Files } from "../../../src/ports/host.ts";
import { MemoryFiles } from "../../support/memory_files.ts";

const job = (name: string) => `jobs:\n  - { name: ${name}, provider: { url: "http://p/${name}" } }\n`;
const ground = (dir = "jobs.d") => `jobs_dir: ${dir}\n`;

function load(files: Files, config = "/etc/schelly/schelly.yaml") {
  return loadConfig({ flags: { config }, env: {}, files, now: Date.UTC(2026, 10, 28) });
}

async function issues(files: Files): Promise<string[]> {
  const error = await load(files).then(() => assert.fail("it is valid"), (error) => error);
  assert.ok(error instanceof ConfigError);
  return error.issues.map(formatIssue);
}

test("jobs of the folder stand beside those of the configuration, each with its file", async () => {
  const files = new MemoryFiles({
    "/etc/schelly/schelly.yaml": ground() + job("a"),
    "/etc/schelly/jobs.d/b.yaml": job("b"),
    "/etc/schelly/jobs.d/.c.yaml.before": job("c"),
    "/etc/schelly/jobs.d/d.yaml.tmp": job("d"),
  });
  const config = await load(files);
  assert.deepEqual(config.jobs.map(({ name }) => name), ["a", "b"]);
  assert.deepEqual(config.jobsFolder, {
    path: "/etc/schelly/jobs.d",
    shown: "/etc/schelly/jobs.d",
    isSource: false,
  });
  assert.deepEqual(config.jobPosition("b"), {
    ...{ file: "/etc/schelly/jobs.d/b.yaml", line: 2, column: 13, path: "jobs[0].name" },
  });
  assert.equal(config.jobPosition("c"), undefined);
  assert.ok(config.effective.some(({ path, value }) => path === "jobs_dir" && value === "jobs.d"));
  const ofB = drain(config.effectiveValues("redacted", "b")).filter(({ path }) => path.startsWith("jobs."));
  assert.ok(ofB.length > 5 && ofB.every(({ path }) => path.startsWith("jobs.b.")));
});

test("the folder may be empty and be all there is; it must be there", async () => {
  const files = new MemoryFiles({ "/etc/schelly/schelly.yaml": ground() });
  assert.deepEqual(await issues(files), [
    "/etc/schelly/schelly.yaml:1:11: jobs_dir: '/etc/schelly/jobs.d' is not there: expected a folder for files with jobs, " +
    "which may be empty",
  ]);
  files.putFolder("/etc/schelly/jobs.d");
  const { jobs, notes } = await load(files);
  assert.deepEqual([jobs, notes.map(({ message }) => message)], [[], [
    "there are no jobs: nothing will be backed up",
  ]]);
  files.put("/etc/schelly/jobs.d", "x");
  assert.match((await issues(files))[0]!, /is no folder/);
});

test("a file of the folder has jobs alone; what it lacks or repeats is told with its place", async () => {
  const files = new MemoryFiles({
    "/etc/schelly/schelly.yaml": ground() + job("a"),
    "/etc/schelly/jobs.d/b.yaml": `server: { auth: none }\n${job("a")}`,
  });
  const found = await issues(files);
  assert.match(found[0]!, /jobs\.d\/b\.yaml:1:1: server: 'server' does not belong into a file of jobs_dir/);
  assert.match(
    found[1]!,
    /jobs\.d\/b\.yaml:3:13: jobs\[0\]\.name: the name 'a' is taken by the job at .*schelly\.yaml:3/,
  );
});

test("the folder of the configuration itself is read once", async () => {
  const files = new MemoryFiles({
    "/etc/schelly/10.yaml": `jobs_dir: .\n${job("a")}`,
    "/etc/schelly/b.yaml": job("b"),
  });
  const config = await load(files, "/etc/schelly");
  assert.deepEqual(config.jobs.map(({ name }) => name), ["a", "b"]);
  assert.deepEqual(config.jobsFolder, { path: "/etc/schelly", shown: "/etc/schelly", isSource: true });
  assert.equal(config.jobPosition("b")?.file, "/etc/schelly/b.yaml");
});

test("its files are part of the fingerprint, as they were loaded", async () => {
  const files = new MemoryFiles({
    "/etc/schelly/schelly.yaml": ground() + job("a"),
    "/etc/schelly/jobs.d/b.yaml": job("b"),
  });
  const { fingerprint: loaded, secretFiles, jobsFolder } = await load(files);
  const now = () =>
    fingerprint({
      config: "/etc/schelly/schelly.yaml",
      env: {},
      files,
      secretFiles,
      jobsFolder: jobsFolder!,
    });
  assert.equal(await now(), loaded);
  files.put("/etc/schelly/jobs.d/b.yaml", `${job("b")}# edited\n`);
  assert.notEqual(await now(), loaded);
});

test("an edit is judged before it is made: a file that is new, other or gone", async () => {
  const path = "/etc/schelly/jobs.d/b.yaml";
  const files = new MemoryFiles({
    "/etc/schelly/schelly.yaml": ground() + job("a"),
    "/etc/schelly/jobs.d/c.yaml": job("c"),
  });
  const names = async (text: string | null) =>
    (await load(withEdit(files, { path, text }))).jobs.map(({ name }) => name);
  assert.deepEqual(await names(job("b")), ["a", "b", "c"]);
  files.put(path, job("b"));
  assert.deepEqual(await names(`jobs: [ { name: x, provider: { url: "http://p/b" } } ]\n`), ["a", "x", "c"]);
  assert.deepEqual(await names(null), ["a", "c"]);
  await assert.rejects(names("jobs: ["), ConfigError);
  const edited = withEdit(files, { path, text: "ä" });
  assert.deepEqual([
    (await edited.info(path))?.size,
    edited.infoSync(path)?.isFile,
    await edited.readText(path),
  ], [2, true, "ä"]);
  assert.equal(await withEdit(files, { path, text: null }).info(path), undefined);
  assert.equal(await files.readText(path), job("b"), "nothing was written");
});
