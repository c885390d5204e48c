// A configuration of many jobs is read without holding everything else up.

import { test } from "node:test";
import assert from "node:assert/strict";
import { loadConfig } from "../../src/config/load.ts";
import { MemoryFiles } from "../support/memory_files.ts";
import { NOW } from "../support/load_text.ts";

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
  // Read and put into values; judged; built.
  assert.equal(steps.length, 3);
  assert.ok(steps[0]! >= 2 * JOBS && steps[1]! >= JOBS && steps[2]! >= JOBS, String(steps));
  const whole = await loadConfig(request);
  assert.deepEqual(sliced.jobs, whole.jobs);
  assert.deepEqual(sliced.effective, whole.effective);
});
