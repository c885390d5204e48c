// Runs the real program, from source, under load for many minutes and watches whether anything grows: 200 jobs, each
// due every 2 s, on a provider that errs in 5 % of the calls. MINUTES (default 20), JOBS, FAULTS (0.05) change that.
// deno run -A bench/soak.ts; exit code 1 when a verdict is bad. Linux only: it reads /proc.

import { systemClock } from "../src/runtime/clock.ts";
import { ALL_ABILITIES, type LedgerFault, startLedgerProvider } from "../tests/support/ledger_provider.ts";
import { PROGRAM, Rig } from "../tests/support/program.ts";

const MINUTES = Number(Deno.env.get("MINUTES") ?? 20);
const JOBS = Number(Deno.env.get("JOBS") ?? 200);
const FAULTS = Number(Deno.env.get("FAULTS") ?? 0.05);
const EVERY_S = 2;
/** What came before is warming up. */
const WARM_MINUTES = MINUTES > 5 ? 5 : Math.max(1, Math.floor(MINUTES / 2));
const GROWTH = 1.1;
const LAG_MS = 100;

/** One minute, as seen from outside. */
interface Minute {
  rssMb: number;
  fds: number;
  threads: number;
  /** 99th percentile and longest of how late the program came back from 50 ms of sleep: its loop was busy so long. */
  lagP99: number;
  lagMax: number;
  cpuPercent: number;
  backups: number;
  deleted: number;
  errors: number;
  stateMb: number;
}

/** One bad call in twenty: lost requests, lost answers, refusals to serve. */
function fault(): LedgerFault | undefined {
  if (Math.random() >= FAULTS) return undefined;
  const kinds: LedgerFault[] = [
    { fault: "lost_request" },
    { fault: "lost_reply" },
    { fault: "late_effect", ms: 200 },
    { fault: "status", status: 503, headers: { "retry-after": "1" } },
    { fault: "status", status: 500, body: "oops" },
    { fault: "status", status: 429, headers: { "retry-after": "1" } },
  ];
  return kinds[Math.floor(Math.random() * kinds.length)];
}

function configuration(url: string): string {
  const jobs = Array.from(
    { length: JOBS },
    (_, at) =>
      `  - { name: job-${at}, schedule: "${
        at % EVERY_S
      }/${EVERY_S} * * * * *", retention: { secondly: 3, guard: { max_percent: 100 } }, ` +
      "provider: soak, retry_interval: 500ms }\n",
  );
  return "log: { level: warning }\nproviders:\n" +
    `  soak: { url: "${url}", max_concurrent: 32, poll_interval: 500ms, timeout: { create: 5s, get: 5s, delete: 5s } }\n` +
    `jobs:\n${jobs.join("")}`;
}

async function text(path: string): Promise<string> {
  return await Deno.readTextFile(path).catch(() => "");
}

async function cpuMs(pid: number): Promise<number> {
  const [user, system] = (await text(`/proc/${pid}/stat`)).replace(/^.*\) /, "").split(" ").slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}

function percentile(values: number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

function say(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}

function median(values: number[]): number {
  return percentile(values, 0.5);
}

await using rig = new Rig();
await using provider = startLedgerProvider({
  abilities: ALL_ABILITIES,
  durationMs: () => 50 + Math.floor(Math.random() * 300),
  fails: () => Math.random() < FAULTS / 5,
  fault,
  keepEntries: false,
});
await rig.configure(configuration(provider.url), "auth: none");
const main = new URL("watched_main.ts", import.meta.url).pathname;
const server = await rig.server({
  program: [...PROGRAM.slice(0, -1), main] as unknown as typeof PROGRAM,
});
const { pid } = server.child;
say(
  `${JOBS} jobs every ${EVERY_S} s, ${FAULTS * 100} % faults, ${MINUTES} minutes; ready after ${
    Math.round(server.readyMs)
  } ms`,
);
say("minute  rss MB  fds  threads  lag p99 ms  lag max  cpu %  backups  deleted  errors  state MB");

let lags: number[] = [];
let heard = 0;
/** What the program has said of its loop since it was asked last. */
function newLags(): number[] {
  const said = server.child.err.slice(heard);
  heard = server.child.err.length;
  return [...said.matchAll(/^@late (.*)$/gm)].flatMap(([, late]) => late!.split(" ").map(Number));
}

const minutes: Minute[] = [];
const allLags: number[][] = [];
let before = { ...provider.counts };
let errorsBefore = 0;
let cpuBefore = await cpuMs(pid);
for (let minute = 1; minute <= MINUTES; minute++) {
  await systemClock.sleep(60_000);
  const status = await text(`/proc/${pid}/status`);
  if (status === "") {
    say(`The program ended by itself:\n${rig.report()}`);
    Deno.exit(1);
  }
  const errors = server.child.err.split('"level":"error"').length - 1;
  const cpu = await cpuMs(pid);
  const folder = `${rig.folder}/state`;
  let stateBytes = 0;
  for await (const { name } of Deno.readDir(folder)) {
    stateBytes += (await Deno.stat(`${folder}/${name}`)).size;
  }
  lags = newLags();
  const one: Minute = {
    rssMb: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024),
    threads: Number(/Threads:\s+(\d+)/.exec(status)![1]),
    fds: [...Deno.readDirSync(`/proc/${pid}/fd`)].length,
    lagP99: percentile(lags, 0.99),
    lagMax: Math.max(...lags),
    cpuPercent: (cpu - cpuBefore) / 600,
    backups: (provider.counts.available ?? 0) - (before.available ?? 0),
    deleted: (provider.counts.deleted ?? 0) - (before.deleted ?? 0),
    errors: errors - errorsBefore,
    stateMb: Math.round(stateBytes / 1e5) / 10,
  };
  minutes.push(one);
  allLags.push(lags);
  before = { ...provider.counts };
  errorsBefore = errors;
  cpuBefore = cpu;
  const cells: [number | string, number][] = [
    [minute, 6],
    [one.rssMb, 8],
    [one.fds, 5],
    [one.threads, 9],
    [one.lagP99.toFixed(1), 12],
    [one.lagMax.toFixed(0), 9],
    [one.cpuPercent.toFixed(0), 7],
    [one.backups, 9],
    [one.deleted, 9],
    [one.errors, 8],
    [one.stateMb, 10],
  ];
  say(cells.map(([value, width]) => String(value).padStart(width)).join(""));
}

const jobs = await server.get<{ guards: { guard: string }[] }[]>("/jobs");
const guards = Map.groupBy(jobs.flatMap((job) => job.guards), (one) => one.guard);
say(`guards: ${[...guards].map(([guard, some]) => `${guard} ${some.length}`).join(", ") || "none"}`);
const runs = Map.groupBy(
  await server.get<{ state: string; reason: string | null }[]>("/runs?limit=10000"),
  (run) => `${run.state}${run.reason === null ? "" : `(${run.reason})`}`,
);
say(`last 10,000 runs: ${[...runs].map(([state, some]) => `${state} ${some.length}`).join(", ")}`);
const errorTypes = Map.groupBy(
  [...server.child.err.matchAll(/"level":"error","event":"([^"]+)"/g)],
  ([, type]) => type!,
);
say(`errors: ${[...errorTypes].map(([type, some]) => `${type} ${some.length}`).join(", ")}`);

const asked = performance.now();
const { code } = await server.kill("SIGTERM");
const stopMs = performance.now() - asked;
const warm = minutes.slice(WARM_MINUTES);
const edge = Math.max(1, Math.floor(warm.length / 4));
const [first, last] = [warm.slice(0, edge), warm.slice(-edge)];
const rss = [median(first.map((one) => one.rssMb)), median(last.map((one) => one.rssMb))] as const;
const fds = [Math.max(...first.map((one) => one.fds)), Math.max(...last.map((one) => one.fds))] as const;
const lag = percentile(allLags.slice(WARM_MINUTES).flat(), 0.99);
const verdicts: [string, boolean][] = [
  [
    `rss ${rss[0]} -> ${rss[1]} MB since minute ${WARM_MINUTES}, at most 10 % more`,
    rss[1] <= rss[0] * GROWTH,
  ],
  // A connection more or less is open at any moment.
  [`open fds ${fds[0]} -> ${fds[1]}, no more than the calls that may be under way`, fds[1] <= fds[0] + 32],
  [`event-loop lag p99 ${lag.toFixed(1)} ms, under ${LAG_MS} ms`, lag < LAG_MS],
  [`every minute made backups and deleted some`, warm.every((one) => one.backups > 0 && one.deleted > 0)],
  [`SIGTERM ended it in ${Math.round(stopMs)} ms with code ${code}`, code === 143 && stopMs < 10_000],
];
for (const [what, isGood] of verdicts) say(`${isGood ? "good" : "BAD "}  ${what}`);
Deno.exitCode = verdicts.every(([, isGood]) => isGood) ? 0 : 1;
