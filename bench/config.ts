// What reading a configuration takes, and how long it holds the event loop: from nothing, and after an edit of one job, of
// which alone anything is made anew.
// At 1,000 and 10,000 jobs; JOBS="1000 10000 50000" changes that. deno run -P=default bench/config.ts; exit code 1 when
// a verdict is bad.

import process from "node:process";
import { createScheduleCache } from "../src/domain/schedule/schedule.ts";
import { KnownJobs } from "../src/config/known_jobs.ts";
import { loadConfig } from "../src/config/load.ts";
import { drainInSlices } from "../src/engine/context/slices.ts";
import { createHost } from "../src/runtime/host.ts";
import { MemoryFiles } from "../tests/support/memory_files.ts";

/** Milliseconds of the processor for the first load of 10,000 jobs, and of the event loop for an edit of one of them. */
const MOST_CPU_MS = 1000;
const MOST_GAP_MS = 50;
/** What an edit of one job may take, against a load from nothing in the same run. */
const MOST_SHARE = 0.5;
/** Twice the jobs, little more than twice the time. */
const MOST_EXPONENT = 1.25;
const ROUNDS = 5;

const { clock } = createHost();

interface Figures {
  jobs: number;
  firstMs: number;
  editMs: number;
  gapMs: number;
}

/** One job a line, `edited` of them at another hour. */
function textOf(jobs: number, edited?: number): string {
  const lines = Array.from(
    { length: jobs },
    (_, at) =>
      `- { name: job${at}, schedule: "0 0 ${at === edited ? 4 : 3} * * *", provider: p, ` +
      "retention: { daily: 7, weekly: 4 } }\n",
  );
  return `providers: { p: { url: http://127.0.0.1:9/ } }\njobs:\n${lines.join("")}`;
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Milliseconds of the processor in all, and the most between two turns of others: of a busy machine that says more. */
async function load(text: string, known: KnownJobs): Promise<{ cpuMs: number; gapMs: number }> {
  const files = new MemoryFiles();
  files.put("/home/me/schelly.yaml", text);
  let gapMs = 0;
  let done = false;
  const before = processorMs();
  let seen = before;
  const look = () => {
    const now = processorMs();
    gapMs = Math.max(gapMs, now - seen);
    seen = now;
  };
  const watching = (async () => {
    while (!done) {
      await new Promise((resolve) => setTimeout(resolve));
      look();
    }
  })();
  await loadConfig({
    flags: {},
    env: {},
    files,
    known,
    now: Date.UTC(2026, 10, 20, 12),
    inSlices: (work) => drainInSlices(work, clock),
  });
  const cpuMs = processorMs() - before;
  done = true;
  await watching;
  return { cpuMs, gapMs };
}

async function measure(jobs: number): Promise<Figures> {
  const known = new KnownJobs(createScheduleCache());
  const { cpuMs: firstMs } = await load(textOf(jobs), known);
  const edits: Awaited<ReturnType<typeof load>>[] = [];
  for (let round = 0; round < ROUNDS; round++) edits.push(await load(textOf(jobs, round), known));
  const median = (of: (edit: typeof edits[number]) => number) =>
    edits.map(of).sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!;
  return { jobs, firstMs, editMs: median(({ cpuMs }) => cpuMs), gapMs: median(({ gapMs }) => gapMs) };
}

const sizes = (Deno.env.get("JOBS") ?? "1000 10000").split(" ").map(Number);
const figures: Figures[] = [];
for (const jobs of sizes) figures.push(await measure(jobs));
const [least, most] = [figures[0]!, figures.at(-1)!];
const ratio = most.editMs / least.editMs;
const exponent = Math.log(ratio) / Math.log(most.jobs / least.jobs);
const lines = [
  ...figures.map(({ jobs, firstMs, editMs, gapMs }) =>
    `${jobs} jobs: first ${firstMs.toFixed(0)} ms of a processor; after an edit of one ${
      editMs.toFixed(0)
    } ms, ` +
    `the longest wait of others ${gapMs.toFixed(0)} ms`
  ),
  `${most.jobs / least.jobs} times the jobs, ${ratio.toFixed(1)} times the time: growth ^${
    exponent.toFixed(2)
  }`,
];
Deno.stdout.writeSync(new TextEncoder().encode(`${lines.join("\n")}\n`));
const isGood = most.editMs <= MOST_SHARE * most.firstMs &&
  figures.every(({ jobs, firstMs, gapMs }) =>
    gapMs <= MOST_GAP_MS * Math.max(1, jobs / 10_000) && firstMs <= MOST_CPU_MS * Math.max(1, jobs / 10_000)
  );
Deno.exitCode = isGood && exponent <= MOST_EXPONENT ? 0 : 1;
