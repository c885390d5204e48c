// How long answers about many jobs and many backups take, and how long they keep everything else waiting, on the whole
// program in this process: one job beside all of them, a page of backups of few beside one of many.
// Run: deno run -P=default bench/views.ts [jobs, default 10000] [backups of one job, default 100000]

import process from "node:process";
import { say } from "./print.ts";
import { fill, missedGap, real, start as startProgram } from "./program.ts";
import { found } from "./promises.ts";

const CALLERS = 10;
const ASKED = 400;
/** The targets of the design: a page, and how many times that of 1,000 backups. */
const [MOST_PAGE_MS, MOST_TIMES] = [5, 1.3];

const jobs = Number(Deno.args[0] ?? 10_000);
const backups = Number(Deno.args[1] ?? 100_000);
const folder = Deno.makeTempDirSync({ prefix: "schelly-bench-" });

/** Starts the program on a state with so many jobs, the first of them with so many backups. */
async function start(name: string, count: number, ofFirst: number) {
  const names = Array.from({ length: count }, (_, at) => `job-${at}`);
  return await startProgram(`file:${folder}/${name}.db`, {
    defaults: "retention: { daily: 7 }",
    jobs: names.map((job) => `{ name: ${job} }`),
    filled: (store) => Promise.all(names.map((job, at) => fill(store, job, at === 0 ? ofFirst : 5))),
  });
}

/** Median of some askings (ms), and the longest pause of other work meanwhile. */
async function measure(ask: () => Promise<unknown>): Promise<{ ms: number; gap: number }> {
  await ask();
  const taken: number[] = [];
  let gap = 0;
  let last = performance.now();
  const look = () => {
    gap = Math.max(gap, performance.now() - last);
    last = performance.now();
  };
  const watching = setInterval(look, 1);
  for (let round = 0; round < 7; round++) {
    const began = performance.now();
    await ask();
    taken.push(performance.now() - began);
    await real.clock.sleep(5);
  }
  clearInterval(watching);
  return { ms: taken.toSorted((a, b) => a - b)[taken.length >> 1]!, gap };
}

/**
 * The 99th percentile (ms) of many askings by ten callers, as far as this process was at work meanwhile: a busy machine lets
 * everything wait.
 */
async function percentile(ask: () => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  let left = ASKED;
  await Promise.all(Array.from({ length: CALLERS }, async () => {
    while (left-- > 0) {
      const [began, used] = [performance.now(), process.cpuUsage()];
      await ask();
      const ms = performance.now() - began;
      const { user, system } = process.cpuUsage(used);
      taken.push(Math.min(ms, (user + system) / 1000));
      await real.clock.yield();
    }
  }));
  return taken.toSorted((a, b) => a - b)[Math.floor(taken.length * 0.99)]!;
}

try {
  const small = await start("small", 10, 1_000);
  const large = await start("large", jobs, backups);
  let one: number | undefined;
  for (const path of ["/jobs/job-1", "/jobs?limit=100", "/jobs", "/metrics"]) {
    const { ms, gap } = await measure(() => large.ask(path));
    one ??= ms;
    say(
      `${path} of ${jobs} jobs`,
      `${ms.toFixed(1)} ms, ${(ms / one).toFixed(0)} times one job; pause ${gap.toFixed(0)} ms${
        missedGap(gap)
      }`,
    );
  }
  for (
    const path of [
      "/backups?limit=100",
      "/backups?limit=100&status=available",
      "/runs?limit=100&trigger=manual",
      // Another page each time: what is asked for again is kept.
      "/backups?limit=100&since=",
      "/backups?limit=100&job=job-0&status=available&since=",
      "/runs?limit=100&since=",
    ]
  ) {
    let nr = 0;
    const begin = () => `2000-01-01T00:${10 + Math.floor(nr / 50) % 50}:${10 + nr++ % 50}Z`;
    const next = () => path.endsWith("since=") ? path + begin() : path;
    const [few, many] = [
      await percentile(() => small.ask(next())),
      await percentile(() => large.ask(next())),
    ];
    if (path.startsWith("/backups?limit=100") && !path.includes("job=") && !path.includes("status=")) {
      found({
        what: path.endsWith("since=") ? "a page of backups, another each time" : "the newest page of backups",
        promised: `p99 at most ${MOST_PAGE_MS} ms, ${MOST_TIMES} times that of 1,000`,
        measured: `${many.toFixed(1)} ms of ${backups}, ${(many / few).toFixed(1)} times; ${CALLERS} callers`,
        isMet: many <= MOST_PAGE_MS && many <= few * MOST_TIMES,
      });
    }
    const missed = many > MOST_PAGE_MS ? `  (target: ${MOST_PAGE_MS} ms, MISSED)` : "";
    say(
      path,
      `99 % of ${CALLERS} callers: ${many.toFixed(1)} ms, ${
        (many / few).toFixed(1)
      } times that of few rows${missed}`,
    );
  }
  await small.stop();
  await large.stop();
} finally {
  Deno.removeSync(folder, { recursive: true });
}
Deno.exit(0);
