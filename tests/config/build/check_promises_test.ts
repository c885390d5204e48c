// `expect`: how it is read, what is refused, and which promises are told as broken, with their places.
// Also tests build_promises.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkPromises, issueOf } from "../../../src/config/build/check_promises.ts";
import { drain } from "../../../src/domain/slices.ts";
import { formatIssue } from "../../../src/domain/errors.ts";
import { formatPromise } from "../../../src/domain/promise.ts";
import { issuesOf, load, NOW } from "../../support/load_text.ts";

/** One daily job that keeps seven days; `expect` begins in line 3, column 13. */
function job(expect: string, name = "a"): string {
  return `  - { name: ${name}, schedule: "0 0 3 * * *", retention: { daily: 7 }, provider: { url: "http://p/b" },\n` +
    `    expect: ${expect} }\n`;
}

const REFUSED: [expect: string, issue: string][] = [
  [
    "[{ after: 9d, monthly: 12 }]",
    `3:36: jobs[0].expect[0].monthly: '12' is not a number of backups: ` +
    `expected an operator and a number in quotes, such as ">=12"`,
  ],
  [
    `[{ after: 9d, monthly: ">12" }]`,
    `3:36: jobs[0].expect[0].monthly: '>12' is not a number of backups: ` +
    `expected an operator and a number in quotes, such as ">=12"`,
  ],
  [
    `[{ monthly: ">=12" }]`,
    "3:25: jobs[0].expect[0].monthly: needs after beside it, for a new job has no backups yet: " +
    "expected for example after: 400d",
  ],
  [
    `[{ after: 9d, oldest: "=9d" }]`,
    `3:35: jobs[0].expect[0].oldest: '=9d' is not an age: ` +
    `expected ">=" or "<=" and a duration in quotes, such as ">=90d"`,
  ],
  [
    "[{ max_gap: 26h }]",
    "3:25: jobs[0].expect[0].max_gap: needs within beside it: expected for example within: 30d",
  ],
  [
    `[{ after: 9d, daily: ">=1", within: 30d }]`,
    "3:49: jobs[0].expect[0].within: needs max_gap beside it: expected for example max_gap: 26h",
  ],
  [
    "[{ max_gap: 26h, within: 1d }]",
    "3:38: jobs[0].expect[0].within: '1d' is not longer than max_gap '26h': no gap in it could be too long",
  ],
  [
    "[{ after: 9d }]",
    `3:14: jobs[0].expect[0]: promises nothing: expected a level such as monthly: ">=12", ` +
    "max_gap with within, oldest, verified_within, immutable_for or copies",
  ],
  [
    `[{ aftr: 9d, daily: ">=1" }]`,
    "3:16: jobs[0].expect[0].aftr: unknown key 'aftr' (did you mean after?)",
  ],
  [
    "{}",
    "3:13: jobs[0].expect: a mapping is not a list (for example expect: [{ max_gap: 26h, within: 30d }])",
  ],
];

for (const [expect, issue] of REFUSED) {
  test(`expect: ${expect} is refused`, async () => {
    assert.deepEqual(await issuesOf(`jobs:\n${job(expect)}`), [`schelly.yaml:${issue}`]);
  });
}

test("an operator without quotes is told how to be written", async () => {
  const [issue] = await issuesOf(`jobs:\n${job("[{ after: 9d, monthly: >=12 }]")}`);
  assert.match(issue!, /put text that begins with > or \| in quotes, such as ">=12"/);
});

test("expect is read with every part; max_gap alone waits as long as it looks back", async () => {
  const text =
    `[{ after: 400d, monthly: ">=12", daily: "<= 7", oldest: ">=90d" }, { max_gap: 26h, within: 30d }]`;
  const { jobs } = await load(`jobs:\n${job(text)}`);
  assert.deepEqual(jobs[0]!.promises.map(formatPromise), [
    "after 400d: daily <=7, monthly >=12, oldest >=90d",
    "after 30d: max_gap 1d2h within 30d",
  ]);
});

async function broken(text: string, maxSlots?: number): Promise<string[]> {
  const check = drain(checkPromises(await load(text), NOW, maxSlots));
  return [...check.broken.map(issueOf), ...check.notes].map(formatIssue);
}

test("checkPromises() tells the place, the first date and what there would be", async () => {
  const text = `jobs:\n${job(`[{ after: 7d, daily: ">=7" }, { after: 40d, daily: ">=8" }]`)}`;
  assert.deepEqual(await broken(text), [
    "schelly.yaml:3:43: jobs[0].expect[1]: job 'a' would break the promise of at least 8 daily backups at " +
    "2026-12-30T12:00:00.000Z: there would be 7 (keep more, run more often, or promise less)",
  ]);
});

test("checkPromises() tells a promise of the defaults once for all jobs that break it", async () => {
  const jobs = ["a", "b", "c", "d", "e"].map((name) =>
    `  - { name: ${name}, schedule: "0 0 3 * * *", retention: { daily: 7 }, provider: p }\n`
  ).join("");
  const text = `defaults: { expect: [ { after: 9d, weekly: ">=3" } ] }\n` +
    `providers: { p: { url: "http://p/b" } }\njobs:\n${jobs}${job("[]", "f")}`;
  assert.deepEqual(await broken(text), [
    "schelly.yaml:1:23: defaults.expect[0]: jobs 'a', 'b', 'c' and 2 more would break the promise of " +
    "at least 3 weekly backups at 2026-11-29T12:00:00.000Z: there would be 2 " +
    "(keep more, run more often, or promise less)",
  ]);
});

test("checkPromises() plays jobs of one kind once", async () => {
  const jobs = Array.from({ length: 300 }, (_, at) => job(`[{ after: 9d, daily: ">=7" }]`, `j${at}`)).join(
    "",
  );
  // 375 days of one job, and nothing left for a second one.
  assert.deepEqual(await broken(`jobs:\n${jobs}`, 380), []);
});

test("checkPromises() says how far it looked when it may not look further", async () => {
  const text = `jobs:\n${job(`[{ after: 9d, daily: ">=7" }]`)}`;
  assert.deepEqual(await broken(text, 100), [
    "schelly.yaml:3:14: jobs[0].expect[0]: this promise holds until 2027-02-28T03:00:00.000Z at least: " +
    "there are too many slots to look further",
  ]);
});

test("the effective values show expect", async () => {
  const { effective } = await load(`jobs:\n${job(`[{ after: 9d, daily: ">=7" }]`)}`);
  const row = effective.find(({ path }) => path === "jobs.a.expect")!;
  assert.equal(row.value, '[ { after: 9d, daily: ">=7" } ]');
});
