// A process that writes to the state file named by its argument as fast as it can, and prints what was acknowledged. Before
// and meanwhile it makes a copy: beside the state, where a second argument says so.

import { writeSync } from "node:fs";
import process from "node:process";
import { openStore } from "../../../src/store/run_store.ts";
import { addJobs, backup, insert, storeOptions } from "../fixture.ts";

const store = await openStore(storeOptions(`file:${process.argv[2]}`));
const jobs = Array.from({ length: 8 }, (_, at) => `job${at}`);
await addJobs(store, ...jobs);
const copy = process.argv[3];
if (copy !== undefined) await store.snapshot(`${copy}-0`);
if (copy !== undefined) store.snapshot(`${copy}-1`);
// Synchronous, so that a line is out before the next change is made.
const say = (line: string) => writeSync(1, `${line}\n`);
await Promise.all(jobs.map(async (job) => {
  for (let at = 0; at < 2_000; at++) {
    const run = backup({ job, id: `${job}-${at}`, status: "running" });
    await insert(store, run);
    await store.commit({
      job,
      conditions: [{ condition: "status", runId: run.runId, in: ["running"] }],
      writes: [{ write: "run", runId: run.runId, set: { status: "available" } }],
    });
    say(`${run.runId} available`);
  }
}));
