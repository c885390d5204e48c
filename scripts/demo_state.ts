// Makes what `make run` starts on, once: schelly.demo.yaml, which is the example with the jobs of demo_jobs.yaml, and the
// state of two years of them. The page then has something to show at once. deno run -P scripts/demo_state.ts

import { KnownJobs } from "../src/config/known_jobs.ts";
import { loadConfig } from "../src/config/load.ts";
import { createScheduleCache } from "../src/domain/schedule/schedule.ts";
import { drainInSlices } from "../src/engine/context/slices.ts";
import { createHost } from "../src/runtime/host.ts";
import { openStore } from "../src/store/run_store.ts";
import { trusting } from "../tests/support/hand_watch.ts";
import { freshState } from "../src/engine/fresh_state.ts";
import { guardOf, storyOf } from "./demo_story.ts";
import { say } from "./run_command.ts";

const CONFIG = "schelly.demo.yaml";
const ROWS = 500;

const { clock, files, ids, http } = createHost();
const more = await Deno.readTextFile(new URL("demo_jobs.yaml", import.meta.url));
const example = await Deno.readTextFile("schelly.example.yaml");
// They go on the list with which the example ends.
await Deno.writeTextFile(CONFIG, `${example.trimEnd()}\n\n${more.replace(/^(?=.)/gm, "  ")}`);
const config = await loadConfig({
  ...{ flags: { config: CONFIG }, env: {}, files, now: clock.now() },
  known: new KnownJobs(createScheduleCache()),
  inSlices: (work) => drainInSlices(work, clock),
});
const { url } = config.state;
const path = url.replace(/^file:/, "");
const isThere = await Deno.stat(path).then(() => true, () => false);
if (!isThere) {
  await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
  const now = clock.now();
  const options = {
    url,
    token: null,
    clock,
    files,
    ids,
    http,
    watch: trusting(clock),
    sink: { emit: () => {} },
  };
  await using store = await openStore(options);
  let count = 0;
  for (const job of config.jobs) {
    const runs = storyOf(job, now, runIdAt);
    if (runs.length === 0) continue;
    const since = runs[0]!.slot!;
    const state = { ...freshState(job, now), knownSince: since - 1, policySince: since };
    await store.commit({ job: job.name, writes: [{ write: "addJob", state }] });
    for (let from = 0; from < runs.length; from += ROWS) {
      const writes = runs.slice(from, from + ROWS).map((run) => ({ write: "insert" as const, run }));
      await store.commit({ job: job.name, writes });
    }
    const guard = guardOf(job, runs, now);
    if (guard !== undefined) await store.commit({ job: job.name, writes: [{ write: "latch", guard }] });
    count += runs.length;
  }
  say(`Two years of three jobs are in ${path}: ${count} runs.`);
}

/** A UUIDv7 of that time. */
function runIdAt(at: number): string {
  const time = at.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}${ids.uuidv7().slice(13)}`;
}
