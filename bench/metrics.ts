// How long a scrape takes at 100, 1,000 and 10,000 jobs to which something has happened, a tenth as many providers:
// setting the gauges and rendering the text, beside joining the lines of the same text.
// Run: deno run -P=default bench/metrics.ts

import type { JobRow } from "../src/observe/job_gauges.ts";
import { createMetrics, type MetricsOptions } from "../src/observe/metrics.ts";
import type { EngineEvent, EventType } from "../src/ports/events.ts";
import type { JobStats } from "../src/ports/job_facts.ts";
import { createHost } from "../src/runtime/host.ts";
import { joined } from "../tests/support/every_job.ts";
import { testJob } from "../tests/support/fake_operations.ts";
import { found } from "./promises.ts";

const ROUNDS = 15;
/** The target of the design for so many series. */
const MOST_MS = 50;
const MOST_SERIES = 100_000;

const AT = Date.UTC(2026, 2, 1);
const HAPPENS: EventType[] = ["run.due", "run.started", "run.available", "retention.pass", "delete.done"];

const host = createHost();

function statsOf(job: string): JobStats {
  return {
    job,
    byStatus: { available: 30, deleted: 400, failed: 1 },
    byTag: { daily: 7, weekly: 4, monthly: 12 },
    lastSuccessAt: AT,
    lastKeptAt: AT,
    lastFailureAt: AT,
    lastFailureMessage: null,
    lastSizeMb: 12.5,
    lastDurationMs: 90_000,
    totalSizeMb: 500,
    leftovers: 0,
  };
}

function* eventsOf(job: string, provider: string): Generator<EngineEvent> {
  const one = { level: "info" as const, at: AT, job, message: "" };
  for (const type of HAPPENS) yield { ...one, type };
  for (const operation of ["create", "info", "delete"]) {
    yield { ...one, type: "provider.call", data: { provider, operation, status: 200, duration_ms: 300 } };
  }
  yield { ...one, type: "store.commit", data: { changes: 1, duration_ms: 2 } };
  yield {
    ...one,
    type: "http.request",
    data: { method: "GET", route: "/jobs", status: 200, duration_ms: 1 },
  };
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}

async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function report(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

for (const count of [100, 1_000, 10_000]) {
  const { clock, usage, version } = host;
  const options: MetricsOptions = { clock, usage, logDropped: () => 0, version, startedAt: AT };
  const metrics = createMetrics(options);
  const jobs = Array.from({ length: count }, (_, i) => `job-${i}`);
  const all = jobs.map((job): JobRow => ({
    view: testJob(job),
    stats: statsOf(job),
    intervalMs: 86_400_000,
    planned: 1,
    coverage: null,
  }));
  const rows = Array.from({ length: Math.ceil(count / 100) }, (_, at) => all.slice(at * 100, at * 100 + 100));
  const scrape = () => joined(metrics.render({ names: jobs, rows, most: Infinity }));
  await scrape();
  for (const [i, job] of jobs.entries()) {
    for (const event of eventsOf(job, `http://host-${Math.floor(i / 10)}:7070/backups`)) metrics.emit(event);
  }
  const first = await timed(scrape);
  const lines = (await scrape()).split("\n");
  const [ours, theirs]: number[][] = [[], []];
  let gap = 0;
  let last = performance.now();
  const watch = setInterval(() => {
    gap = Math.max(gap, performance.now() - last);
    last = performance.now();
  }, 1);
  for (let round = 0; round < ROUNDS; round++) {
    ours!.push(await timed(scrape));
    theirs!.push(await timed(() => lines.join("\n")));
  }
  clearInterval(watch);
  const [ms, reference] = [median(ours!), median(theirs!)];
  const series = lines.filter((line) => line !== "" && !line.startsWith("#")).length;
  const isMissed = series > MOST_SERIES && ms * MOST_SERIES / series > MOST_MS;
  if (series > MOST_SERIES) {
    found({
      what: "/metrics, its text",
      promised: `${MOST_MS} ms for ${MOST_SERIES} series`,
      measured: `${(ms * MOST_SERIES / series).toFixed(0)} ms, ${
        (ms / reference).toFixed(1)
      } times joining its lines`,
      isMet: !isMissed,
    });
  }
  const target = series > MOST_SERIES
    ? `  (target: ${MOST_MS} ms for each ${MOST_SERIES}${isMissed ? ", MISSED" : ""})`
    : "";
  report(
    `${String(count).padStart(6)} jobs, ${String(series).padStart(6)} series: ${ms.toFixed(1)} ms, ` +
      `${(ms / reference).toFixed(1)} times joining its lines; the first scrape ${
        first.toFixed(1)
      } ms; longest pause of other work ${gap.toFixed(1)} ms${target}`,
  );
}
