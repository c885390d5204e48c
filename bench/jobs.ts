// What very many jobs cost that have nothing to do: start to ready (new ones, and ones that are known), idle processor
// time, the reload of one edited job, memory, and the worst gap of the event loop; and how each grows with the jobs.
// deno run -P=default bench/jobs.ts [jobs …, default 1000 10000]. Linux only: it reads /proc.

import { V8_FLAGS } from "../scripts/v8_flags.ts";
import { sayRow } from "./print.ts";
import { found as kept } from "./promises.ts";
import { systemClock } from "../src/runtime/clock.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const PORT = 18_211;
/** What comes right after the start, the coverage of each job above all, takes a twentieth of a core until it is done. */
const LONGEST_SETTLE_S = Number(Deno.env.get("SETTLE") ?? 900);
const IDLE_S = Number(Deno.env.get("IDLE") ?? 30);
const READY_LIMIT_MS = 300_000;

interface Figures {
  newReadyMs: number;
  readyMs: number;
  readyCpuMs: number;
  idlePercent: number;
  reloadMs: number;
  reloadCpuMs: number;
  rssMib: number;
  startGapMs: number;
  gapMs: number;
}

/** A program under way. */
interface Running {
  readyMs: number;
  pid: number;
  /** The longest that its loop was late (ms), since this was asked last. */
  gapMs(): number;
  stop(): Promise<void>;
}

function configuration(folder: string, jobs: number, edit: string): string {
  const lines = Array.from(
    { length: jobs },
    (_, at) =>
      `  - { name: job${at}, schedule: "${at % 60} ${at % 60} 3 * * *", provider: p, ` +
      `retention: { daily: 7, weekly: 4 }${at === 7 ? edit : ""} }\n`,
  );
  return `server: { listen: "127.0.0.1:${PORT}", socket: none, auth: none }\nlog: { level: warning }\n` +
    `state: { url: "file:${folder}/state/schelly.db" }\n` +
    `providers: { p: { url: "http://127.0.0.1:9/" } }\njobs:\n${lines.join("")}`;
}

async function text(path: string): Promise<string> {
  const { stdout } = await new Deno.Command("cat", { args: [path] }).output();
  return new TextDecoder().decode(stdout);
}

async function cpuMs(pid: number): Promise<number> {
  const [user, system] = (await text(`/proc/${pid}/stat`)).replace(/^.*\) /, "").split(" ").slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}

/** Waits until it rests, or for as long as it may take. */
async function rest(pid: number): Promise<void> {
  const step = 10_000;
  for (let waited = 0, before = await cpuMs(pid); waited < LONGEST_SETTLE_S * 1_000; waited += step) {
    await systemClock.sleep(step);
    const now = await cpuMs(pid);
    if (now - before < step * 0.02) return;
    before = now;
  }
}

async function start(path: string): Promise<Running> {
  const begun = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-q",
      "-P=default",
      "--no-check",
      `--v8-flags=${V8_FLAGS}`,
      "--config",
      `${ROOT}deno.json`,
      `${ROOT}bench/watched_main.ts`,
    ]
      .concat("run", "--config", path),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let gap = 0;
  let said = "";
  const reading = (async () => {
    for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
      said = `${said}${part}`.slice(-10_000);
      for (const [, late] of part.matchAll(/^@late (.*)$/gm)) {
        gap = Math.max(gap, ...late!.split(" ").map(Number));
      }
    }
  })();
  for (;;) {
    const isReady = await fetch(`http://127.0.0.1:${PORT}/readyz`).then(
      async ({ ok, body }) => (await body?.cancel(), ok),
      () => false,
    );
    if (isReady) break;
    if (performance.now() - begun > READY_LIMIT_MS) throw new Error(`it is not ready:\n${said}`);
    await systemClock.sleep(20);
  }
  const readyMs = performance.now() - begun;
  return {
    readyMs,
    pid: child.pid,
    gapMs() {
      const worst = gap;
      gap = 0;
      return worst;
    },
    async stop() {
      child.kill("SIGTERM");
      await child.status;
      await reading;
    },
  };
}

async function measure(jobs: number): Promise<Figures> {
  const folder = Deno.makeTempDirSync({ prefix: "schelly-bench-" });
  const path = `${folder}/schelly.yaml`;
  try {
    Deno.writeTextFileSync(path, configuration(folder, jobs, ""));
    const first = await start(path);
    await first.stop();
    const program = await start(path);
    const readyCpuMs = await cpuMs(program.pid);
    // The watch speaks once a second.
    await systemClock.sleep(1_500);
    const startGapMs = program.gapMs();
    await rest(program.pid);
    program.gapMs();
    const before = await cpuMs(program.pid);
    await systemClock.sleep(IDLE_S * 1_000);
    const idle = await cpuMs(program.pid);
    const gapMs = program.gapMs();
    // Found by the program itself, which reloads it, and asked for: the answer comes when it is in force.
    Deno.writeTextFileSync(path, configuration(folder, jobs, ", grace_time: 2h"));
    const asked = performance.now();
    const answer = await fetch(`http://127.0.0.1:${PORT}/-/reload`, { method: "POST" });
    const reloadMs = performance.now() - asked;
    if (!answer.ok) throw new Error(await answer.text());
    await answer.body?.cancel();
    const rss = /VmRSS:\s+(\d+)/.exec(await text(`/proc/${program.pid}/status`));
    const figures = {
      newReadyMs: first.readyMs,
      readyMs: program.readyMs,
      readyCpuMs,
      idlePercent: (idle - before) / IDLE_S / 10,
      reloadMs,
      reloadCpuMs: await cpuMs(program.pid) - idle,
      rssMib: Number(rss?.[1]) / 1024,
      startGapMs,
      gapMs,
    };
    await program.stop();
    return figures;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const NAMES: Record<keyof Figures, string> = {
  newReadyMs: "start to ready, all jobs new (ms)",
  readyMs: "start to ready, all jobs known (ms)",
  readyCpuMs: "processor time of that (ms)",
  idlePercent: "idle (% of a core)",
  reloadMs: "reload of one edited job (ms)",
  reloadCpuMs: "processor time of that (ms)",
  rssMib: "resident memory (MiB)",
  startGapMs: "worst gap of the event loop, start (ms)",
  gapMs: "worst gap of the event loop, idle (ms)",
};

const sizes = Deno.args.length === 0 ? [1_000, 10_000] : Deno.args.map(Number);
const found: Figures[] = [];
for (const jobs of sizes) found.push(await measure(jobs));
sayRow(["jobs", ...sizes.map(String), "ratio", "exponent"]);
for (const name of Object.keys(NAMES) as (keyof Figures)[]) {
  const values = found.map((figures) => figures[name]);
  const ratio = values.at(-1)! / values[0]!;
  const exponent = Math.log(ratio) / Math.log(sizes.at(-1)! / sizes[0]!);
  sayRow([NAMES[name], ...values.map((value) => value.toFixed(1)), ratio.toFixed(1), exponent.toFixed(2)]);
}

const [first, last] = [found[0]!, found.at(-1)!];
const growth = Math.log(last.readyCpuMs / first.readyCpuMs) / Math.log(sizes.at(-1)! / sizes[0]!);
kept({
  what: `${sizes.at(-1)} jobs, start to ready`,
  promised: "100,000 in 1 s",
  measured: `${last.readyMs.toFixed(0)} ms, ${last.readyCpuMs} ms of the processor; growth ^${
    growth.toFixed(2)
  }`,
  isMet: last.readyMs * 100_000 / sizes.at(-1)! <= 1_000,
});
kept({
  what: `${sizes.at(-1)} jobs at rest`,
  promised: "under 0.5 % of a core",
  measured: `${last.idlePercent.toFixed(2)} %, gap ${last.gapMs.toFixed(0)} ms, ${
    last.rssMib.toFixed(0)
  } MiB`,
  isMet: last.idlePercent < 0.5,
});
