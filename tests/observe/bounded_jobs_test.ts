// With metrics.jobs below all, those that do worst have series of their own, and the sums stand for all.

import assert from "node:assert/strict";
import { test } from "node:test";
import { testJob } from "../support/fake_operations.ts";
import { newMetrics, STARTED_AT as AT } from "../support/test_metrics.ts";
import type { JobView } from "../../src/ports/views/job.ts";

const health = (state: JobView["health"]["state"], well: boolean) => ({
  state,
  well,
  since: null,
  cause: null,
  remedy: null,
  brief: null,
  words: null,
  of_all: false,
});

function fleet() {
  const metrics = newMetrics();
  const views = [
    testJob("fine", { held: 2, health: health("ok", true) }),
    testJob("late", { held: 1, health: health("late", false) }),
    testJob("broken", { held: 0, health: health("failing", false) }),
    testJob("calm", { held: 4, health: health("ok", true) }),
  ];
  const setJobs = (of: JobView[]) => metrics.setJobs([], of);
  setJobs(views);
  const made = (job: string) =>
    metrics.emit({ type: "run.available", level: "info", at: AT, job, message: "made" });
  return { metrics, views, setJobs, made };
}

const seriesOf = (text: string, name: string) =>
  text.split("\n").filter((line) => line.startsWith(`${name}{`)).sort();

const MADE = "schelly_backup_materialized_total";

test("of top:2 the two that do worst have series, and the sums are of all", async () => {
  const { metrics, made } = fleet();
  await metrics.render(2);
  for (const job of ["fine", "fine", "late", "calm"]) made(job);
  const text = await metrics.render(2);
  assert.deepEqual(seriesOf(text, "schelly_job_health"), [
    'schelly_job_health{job="broken",state="failing"} 1',
    'schelly_job_health{job="late",state="late"} 1',
  ]);
  assert.deepEqual(seriesOf(text, "schelly_backups_held"), [
    'schelly_backups_held{job=""} 7',
    'schelly_backups_held{job="broken"} 0',
    'schelly_backups_held{job="late"} 1',
  ]);
  assert.deepEqual(seriesOf(text, MADE).filter((line) => line.includes("success")), [
    `${MADE}{job="",status="success"} 4`,
    `${MADE}{job="broken",status="success"} 0`,
    `${MADE}{job="late",status="success"} 1`,
  ]);
  assert.deepEqual(seriesOf(text, "schelly_jobs_unwell"), [
    'schelly_jobs_unwell{state="failing"} 1',
    'schelly_jobs_unwell{state="late"} 1',
  ]);
  assert.deepEqual(seriesOf(text, "schelly_jobs"), [
    'schelly_jobs{state="failing"} 1',
    'schelly_jobs{state="late"} 1',
    'schelly_jobs{state="ok"} 2',
  ]);
});

test("of none no job has a series, and each family is still well formed", async () => {
  const { metrics, made } = fleet();
  made("fine");
  const text = await metrics.render(0);
  assert.doesNotMatch(text, /job="[^"]/);
  assert.match(text, /^schelly_backup_materialized_total\{job="",status="success"\} 1$/m);
  const names = text.split("\n").filter((line) => line.startsWith("# TYPE ")).map((line) =>
    line.split(" ")[2]
  );
  assert.equal(new Set(names).size, names.length, "each family is there once");
});

test("a sum does not fall when a job leaves the configuration", async () => {
  const { metrics, views, setJobs, made } = fleet();
  for (const job of ["fine", "late"]) made(job);
  await metrics.render(0);
  setJobs(views.slice(1));
  const text = await metrics.render(0);
  assert.match(text, /^schelly_backup_materialized_total\{job="",status="success"\} 2$/m);
});

test("of all, nothing is added up, but how many jobs do how", async () => {
  const { metrics, made } = fleet();
  made("fine");
  const text = await metrics.render();
  assert.doesNotMatch(text, /job=""/);
  assert.equal(seriesOf(text, "schelly_job_health").length, 4);
  assert.match(text, /^schelly_jobs\{state="ok"\} 2$/m);
});

test("backups nobody manages are added up by their provider", async () => {
  const { metrics, views, setJobs } = fleet();
  const unmanaged = (job: string, available: number) =>
    testJob(job, { managed: false, unmanaged: [{ provider: "nas", available }] });
  setJobs([...views, unmanaged("gone", 3), unmanaged("away", 4)]);
  assert.deepEqual(seriesOf(await metrics.render(2), "schelly_backups_unmanaged"), [
    'schelly_backups_unmanaged{job="",provider="nas"} 7',
  ]);
});

test("deletions to come are added up of all, and of a job of which they are not known there are none", async () => {
  const { metrics, views } = fleet();
  metrics.setJobs([], views, undefined, undefined, new Map([["fine", 3], ["broken", 2], ["calm", 0]]));
  const name = "schelly_deletions_planned";
  assert.deepEqual(seriesOf(await metrics.render(2), name), [`${name}{job=""} 5`, `${name}{job="broken"} 2`]);
});
