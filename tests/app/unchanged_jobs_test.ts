// What an edit leaves as it is goes on as the very object that it was, and nothing else does.

import assert from "node:assert/strict";
import { test } from "node:test";
import { changesOf } from "../../src/app/config_changes.ts";
import { keepUnchanged } from "../../src/app/unchanged_jobs.ts";
import { load } from "../support/load_text.ts";

const PROVIDER = "providers: { p: { url: http://127.0.0.1:9/ } }\n";

function textOf(...jobs: string[]): string {
  return `${PROVIDER}jobs:\n${jobs.map((job) => `- { ${job}, provider: p }\n`).join("")}`;
}

function yielding() {
  let yields = 0;
  return { yield: () => Promise.resolve(void yields++), count: () => yields };
}

test("jobs that say the same stay the objects that they were, wherever they stand now; all others are the new ones", async () => {
  const before = await load(textOf(
    'name: same, schedule: "0 0 3 * * *", retention: { daily: 7, weekly: 4 }, retry: off',
    'name: edited, schedule: "0 0 3 * * *"',
    'name: other, schedule: "0 0 5 * * *", retention: { daily: 7 }',
    'name: gone, schedule: "0 0 3 * * *"',
    'name: old, schedule: "0 0 3 * * *"',
  ));
  const next = await load(textOf(
    'name: added, schedule: "0 0 3 * * *"',
    'name: other, schedule: "0 0 5 * * *", retention: { daily: 7 }',
    'name: edited, schedule: "0 0 4 * * *"',
    'name: new, renamed_from: old, schedule: "0 0 3 * * *"',
    'name: same, schedule: "0 0 3 * * *", retention: { daily: 7, weekly: 4 }, retry: off',
  ));
  const expected = structuredClone(next.jobs);
  const changes = changesOf(before, next);
  const wasOf = new Map(before.jobs.map((job) => [job.name, job]));

  await keepUnchanged(before, next, yielding());

  assert.deepEqual(next.jobs, expected, "what is said is the same");
  assert.deepEqual(changesOf(before, next), changes);
  const kept = next.jobs.filter((job) => wasOf.get(job.name) === job).map((job) => job.name);
  assert.deepEqual(kept, ["other", "same"]);
});

test("a change of anything a job takes from the defaults makes it another one", async () => {
  const job = 'name: a, schedule: "0 0 3 * * *"';
  const before = await load(`defaults: { grace_time: 1h }\n${textOf(job)}`);
  const next = await load(`defaults: { grace_time: 2h }\n${textOf(job)}`);
  await keepUnchanged(before, next, yielding());
  assert.notEqual(next.jobs[0], before.jobs[0]);
  assert.equal(next.jobs[0]?.graceMs, 7_200_000);
});

test("among very many jobs others have their turn", async () => {
  const text = textOf(...Array.from({ length: 1_200 }, (_, at) => `name: j${at}, schedule: "0 0 3 * * *"`));
  const before = await load(text);
  const next = await load(text);
  const clock = yielding();
  await keepUnchanged(before, next, clock);
  assert.equal(clock.count(), 2);
  assert.ok(next.jobs.every((job, at) => job === before.jobs[at]));
});
