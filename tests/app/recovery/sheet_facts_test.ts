// What the sheet calls a good backup, and what it says of jobs and copies that are elsewhere than the configuration says.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sheetFacts } from "../../../src/app/recovery/sheet_facts.ts";
import { load } from "../../support/load_text.ts";
import { MemoryFiles } from "../../support/memory_files.ts";
import { MemoryReads, testRun } from "../../support/memory_reads.ts";

const NOW = Date.UTC(2026, 10, 28);
const TEXT = `state: { snapshots: { to: /copies } }
jobs:
  - { name: db, provider: { url: "http://127.0.0.1:9/b" } }
`;
const KEY = "http://127.0.0.1:9/b";

function run(runId: string, hour: number, more: Partial<Parameters<typeof testRun>[0]> = {}) {
  const at = NOW - hour * 3_600_000;
  const times = { createdAt: at, startTime: at, periodTime: at, endTime: at };
  return testRun({
    ...{ runId, job: "db", id: runId, status: "available", providerKey: KEY },
    ...times,
    ...more,
  });
}

async function factsOf(rows: ReturnType<typeof run>[], files = new MemoryFiles()) {
  const config = await load(TEXT);
  const reads = new MemoryReads();
  reads.runRows = rows;
  reads.providerBackups = () =>
    Promise.resolve([
      { job: "db", providerKey: KEY, available: rows.length, managed: true },
      { job: "old", providerKey: "gone", available: 2, managed: false },
    ]);
  return await sheetFacts({
    config: { config, values: config.effective },
    ...{ reads, files, now: NOW, stateUrl: "file:/s.db", host: "nas", troubles: [] },
  });
}

test("suspect and rejected backups, those that failed their proof, and those of another provider are not good", async () => {
  const { jobs } = await factsOf([
    run("suspect", 1, { suspectAt: NOW, suspectReason: "small" }),
    run("rejected", 2, { suspectAt: NOW, rejectedAt: NOW }),
    run("damaged", 3, { verification: "failed", verifiedAt: NOW }),
    run("elsewhere", 4, { providerKey: "gone" }),
    run("proved", 5, { verification: "passed", verifiedAt: NOW - 1 }),
    run("plain", 6),
  ]);
  const [db] = jobs;
  const told = db!.backups!.map((
    { id, provedAt, warning },
  ) => [id, provedAt, warning?.split(":")[0] ?? null]);
  assert.deepEqual(told, [
    ["suspect", null, "it is suspect"],
    ["rejected", null, "somebody rejected it"],
    ["damaged", null, "it is damaged"],
    ["proved", NOW - 1, null],
    ["plain", null, null],
  ]);
});

test("a good backup is found behind however many others", async () => {
  const many = Array.from({ length: 450 }, (_, at) => run(`s${at}`, at + 1, { suspectAt: NOW }));
  const { jobs } = await factsOf([...many, run("good", 1_000)]);
  const ids = jobs[0]!.backups!.map(({ id }) => id);
  assert.deepEqual(ids, ["s0", "s1", "s2", "s3", "s4", "good"]);
});

test("backups of a job that left the configuration are on the sheet, and so is the folder of copies of the state", async () => {
  const files = new MemoryFiles({ "/copies/a.db": "x", "/copies/notes.txt": "y" });
  const facts = await factsOf([], files);
  assert.deepEqual(facts.jobs.map(({ job, available, place }) => [job, available, place !== undefined]), [
    ["db", 0, true],
    ["old", 2, false],
  ]);
  assert.equal(facts.state.snapshots, "/copies");
});
