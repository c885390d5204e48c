// A configuration of many jobs is read without holding everything else up.

import { test } from "node:test";
import assert from "node:assert/strict";
import { loadConfig } from "../../src/config/load.ts";
import { MemoryFiles } from "../support/memory_files.ts";
import { issuesOf, load, NOW } from "../support/load_text.ts";

const JOBS = 400;
const TEXT = `providers: { p: { url: "http://p/b" } }\njobs:\n${
  Array.from({ length: JOBS }, (_, at) => `- { name: j${at}, schedule: "0 ${at % 24} * * *", provider: p }\n`)
    .join("")
}`;

test("loadConfig() stops after each job for whoever runs it, and gives the same", async () => {
  const files = new MemoryFiles();
  files.put("/home/me/schelly.yaml", TEXT);
  const request = { flags: {}, env: {}, files, now: NOW };
  const steps: number[] = [];
  const sliced = await loadConfig({
    ...request,
    async inSlices(work) {
      for (let count = 0;; count++) {
        const step = work.next();
        if (step.done) {
          steps.push(count);
          return step.value;
        }
        if (count % 100 === 0) await Promise.resolve();
      }
    },
  });
  // Read and put into values; the same of jobs_dir; judged; built; the digests of the text, of all that was read, and the one that is told.
  assert.equal(steps.length, 7);
  assert.ok(steps[0]! >= JOBS && steps[2]! >= JOBS && steps[3]! >= JOBS, String(steps));
  const whole = await loadConfig(request);
  assert.deepEqual(sliced.jobs, whole.jobs);
  assert.deepEqual(sliced.effective, whole.effective);
});

/** Over 1 MiB: the parser is not given all of it at once. */
function long(amid: string, after = ""): string {
  const jobs = Array.from(
    { length: 20_000 },
    (_, at) => `- { name: j${at}, schedule: "0 0 * * *", provider: p }\n`,
  );
  return `providers: { p: { url: "http://p/b" } }\njobs:\n${jobs.join("")}${amid}${
    jobs[0]!.replace("j0", "last")
  }${after}`;
}

test("loadConfig() reads a text over 1 MiB", async () => {
  const config = await load(long("- name: amid\n  provider: p\n", "log: { level: debug }\n"));
  assert.deepEqual([config.jobs.length, config.jobs.at(-1)!.name, config.log.level], [
    20_002,
    "last",
    "debug",
  ]);
});

test("loadConfig() tells the place of what is wrong in a text over 1 MiB", async () => {
  assert.deepEqual(await issuesOf(long("- name: amid\n  provider: ]\n")), [
    'schelly.yaml:20004:13: not valid YAML: unexpected flow-seq-end token in YAML stream: "]"',
  ]);
  assert.match(
    (await issuesOf(long("", "log: { level: ]\n")))[0]!,
    /^schelly\.yaml:20004:\d+: not valid YAML/,
  );
  assert.match(
    (await issuesOf(long("- { name: amid, provider: p, when: never }\n")))[0]!,
    /^schelly\.yaml:20003:30: .*when/,
  );
  assert.match(
    (await issuesOf(long("- &a { name: amid, provider: p }\n")))[0]!,
    /cannot be read one by one: expected each/,
  );
  assert.match(
    (await issuesOf(`jobs: [${"{ name: a },\n".repeat(90_000)}]`))[0]!,
    /cannot be read one by one: expected each/,
  );
});
