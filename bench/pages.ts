// How long pages take on the server, on the whole program in this process: of a job with a thousand backups among many
// jobs, of all deletions, and the first page.
// Run: deno run -P=default bench/pages.ts [jobs, default 1000] [backups of each, default 100] [of the first, default 1000]

import process from "node:process";
import { say } from "./print.ts";
import { fill, start } from "./program.ts";

const ROUNDS = 15;
const MOST_SETTLING = 60;
/** The target of the design for the first page and that of a job, by what the processor worked: a busy machine lets everything wait. */
const MOST_MS = 150;

const [jobs, each, ofFirst] = [0, 1, 2].map((at) => Number(Deno.args[at] ?? [1_000, 100, 1_000][at])) as [
  number,
  number,
  number,
];
const folder = Deno.makeTempDirSync({ prefix: "schelly-bench-" });
const names = Array.from({ length: jobs }, (_, at) => `job-${at}`);
const program = await start(`file:${folder}/state.db`, {
  defaults: 'schedule: "0 * * * *", retention: { hourly: 24, daily: 30, monthly: 12 }',
  jobs: names.map((job, at) =>
    at === 0 ? `{ name: ${job}, retention: { hourly: 2000 } }` : `{ name: ${job} }`
  ),
  filled: async (store) => {
    for (const [at, job] of names.entries()) await fill(store, job, at === 0 ? ofFirst : each);
  },
});

/** Work of the processor for one asking, and how long it took, of many after the first; and how many characters came. */
async function measure(path: string): Promise<{ cpu: number; ms: number; size: number }> {
  await settle(path);
  const [used, began] = [process.cpuUsage(), performance.now()];
  let size = 0;
  for (let round = 0; round < ROUNDS; round++) size = await program.ask(path);
  const { user, system } = process.cpuUsage(used);
  return { cpu: (user + system) / 1000 / ROUNDS, ms: (performance.now() - began) / ROUNDS, size };
}

/** What is worked out in the background for a page is not the page's work: asks until it says as much as before. */
async function settle(path: string): Promise<void> {
  let before = -1;
  for (let round = 0; round < MOST_SETTLING; round++) {
    const size = await program.ask(path);
    if (size === before) return;
    before = size;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

let isSlow = false;
const pages: [string, string][] = [
  [`job page, ${ofFirst} backups among ${jobs * each}`, "/ui/jobs/job-0"],
  [`job page, ${each} backups`, "/ui/jobs/job-1"],
  ["job page, set at a month", "/ui/jobs/job-1?at=month"],
  ["job page, a policy tried", "/ui/jobs/job-1?policy=daily:3"],
  ["page of deletions", "/ui/deletions"],
  [`first page of ${jobs} jobs`, "/ui/"],
];
for (const [name, path] of pages) {
  const { cpu, ms, size } = await measure(path);
  // The design promises nothing of the page of deletions.
  isSlow ||= cpu > MOST_MS && path !== "/ui/deletions";
  say(name, `${cpu.toFixed(0)} ms of work, ${ms.toFixed(0)} ms in all, ${Math.round(size / 1000)} kB`);
}
await program.stop();
Deno.removeSync(folder, { recursive: true });
if (isSlow) Deno.exitCode = 1;
