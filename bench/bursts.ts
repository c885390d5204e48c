// Very many jobs that are due in one second, by the whole program at an instant provider: when the first and the last
// POST went out after the slot, when all backups were available, what /livez took meanwhile, the event loop's worst gap,
// batches and events, and how each grows with the jobs.
// deno run -P=default bench/bursts.ts [jobs …, default 1000 10000]. Linux only: it reads /proc.

import { run, startProvider } from "./child.ts";
import { sayRow } from "./print.ts";
import { found as kept } from "./promises.ts";
import { systemClock } from "../src/runtime/clock.ts";

const PORT = 18_213;
/** As many calls at a time as the provider may have. */
const IN_FLIGHT = Number(Deno.env.get("IN_FLIGHT") ?? 64);
/** So many providers share the jobs. */
const PROVIDERS = 4;
/** From the start of the program to the slot: it is ready and at rest by then. */
const LEAD_MS = 12_000;
const LEAD_MS_PER_JOB = 2;
const LIMIT_MS = 180_000;

interface Figures {
  firstMs: number;
  lastMs: number;
  availableMs: number;
  livezMs: number;
  gapMs: number;
  cpuMs: number;
  batches: number;
  /** The most it ever had resident. */
  memoryMb: number;
}

function configuration(folder: string, url: string, jobs: number, slot: number): string {
  const at = new Date(slot);
  const schedule = `${at.getUTCSeconds()} ${at.getUTCMinutes()} ${at.getUTCHours()} * * *`;
  const providers = Array.from(
    { length: PROVIDERS },
    (_, index) => `  p${index}: { url: "${url}/p${index}/backups", max_concurrent: ${IN_FLIGHT} }\n`,
  );
  const lines = Array.from(
    { length: jobs },
    (_, index) =>
      `  - { name: job${index}, schedule: "${schedule}", timezone: UTC, provider: p${index % PROVIDERS}, ` +
      `retention: { daily: 7, weekly: 4 } }\n`,
  );
  return `server: { listen: "127.0.0.1:${PORT}", socket: none, auth: none }\nlog: { level: warning }\n` +
    `state: { url: "file:${folder}/state/schelly.db" }\n` +
    `providers:\n${providers.join("")}jobs:\n${lines.join("")}`;
}

async function isAnswered(path: string): Promise<boolean> {
  return await fetch(`http://127.0.0.1:${PORT}${path}`).then(
    async ({ ok, body }) => (await body?.cancel(), ok),
    () => false,
  );
}

/** The sum of a metric's series. */
async function metric(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${PORT}/metrics`)).text();
  const values = text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"));
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}

async function cpuMs(pid: number): Promise<number> {
  // Deno itself reads nothing of /proc without every permission.
  const { stdout } = await new Deno.Command("cat", { args: [`/proc/${pid}/stat`] }).output();
  const text = new TextDecoder().decode(stdout);
  const [user, system] = text.replace(/^.*\) /, "").split(" ").slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}

async function memoryMb(pid: number): Promise<number> {
  const { stdout } = await new Deno.Command("cat", { args: [`/proc/${pid}/status`] }).output();
  return Number(/^VmHWM:\s+(\d+)/m.exec(new TextDecoder().decode(stdout))?.[1]) / 1024;
}

/** Asks /livez every so often until `isOver`; the 99th percentile of what it took. */
async function watchLivez(isOver: () => boolean): Promise<number> {
  const took: number[] = [];
  while (!isOver()) {
    const start = performance.now();
    await isAnswered("/livez");
    took.push(performance.now() - start);
    await systemClock.sleep(10);
  }
  return took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.99)] ?? NaN;
}

async function measure(jobs: number): Promise<Figures> {
  const folder = Deno.makeTempDirSync({ prefix: "schelly-bench-" });
  const provider = await startProvider();
  const slot = Math.ceil((Date.now() + LEAD_MS + jobs * LEAD_MS_PER_JOB) / 1000) * 1000;
  let gap = 0;
  let said = "";
  try {
    Deno.writeTextFileSync(`${folder}/schelly.yaml`, configuration(folder, provider.url, jobs, slot));
    const program = run(
      "watched_main.ts",
      ["run", "--config", `${folder}/schelly.yaml`],
      "stderr",
      (part) => {
        said = `${said}${part}`.slice(-1_000);
        for (const [pause] of part.matchAll(/^@pause .*$/gm)) {
          Deno.stdout.writeSync(
            new TextEncoder().encode(`${pause} (${Date.now() - slot} ms after the slot)\n`),
          );
        }
        for (const [, late] of part.matchAll(/^@late (.*)$/gm)) {
          gap = Math.max(gap, ...late!.split(" ").map(Number));
        }
      },
    );
    while (!await isAnswered("/readyz")) {
      if (Date.now() > slot) throw new Error(`it was not ready before the slot:\n${said}`);
      await systemClock.sleep(50);
    }
    await systemClock.sleep(slot - 1_500 - Date.now());
    const cpuBefore = await cpuMs(program.pid);
    const batchesBefore = await metric("schelly_store_commit_duration_seconds_count");
    await systemClock.sleep(slot - 500 - Date.now());
    gap = 0;
    let over = false;
    const livez = watchLivez(() => over);
    let available = 0;
    let availableMs = 0;
    while (available < jobs && Date.now() - slot < LIMIT_MS) {
      await systemClock.sleep(250);
      const seen = await (await fetch(`${provider.url}/-/seen`)).json();
      // The metrics of very many jobs cost too much to be asked for all the while.
      if ((seen.GET?.count ?? 0) < jobs) continue;
      availableMs = Date.now() - slot;
      available = jobs;
    }
    if (available < jobs) throw new Error("not all were available in time");
    const cpu = await cpuMs(program.pid) - cpuBefore;
    await systemClock.sleep(1_200);
    over = true;
    const livezMs = await livez;
    const seen = await (await fetch(`${provider.url}/-/seen`)).json();
    const batches = await metric("schelly_store_commit_duration_seconds_count") - batchesBefore;
    const gapMs = gap;
    const most = await memoryMb(program.pid);
    await program.stop();
    return {
      firstMs: seen.POST.first - slot,
      lastMs: seen.POST.last - slot,
      availableMs,
      livezMs,
      gapMs,
      cpuMs: cpu,
      batches,
      memoryMb: most,
    };
  } finally {
    await provider.stop();
    Deno.removeSync(folder, { recursive: true });
  }
}

/** The same by a cron library with plain HTTP, whose jobs know nothing of each other and of which nothing is kept. */
async function measurePeer(jobs: number): Promise<{ lastMs: number }> {
  const provider = await startProvider();
  let said = "";
  const slot = Math.ceil((Date.now() + LEAD_MS + jobs * LEAD_MS_PER_JOB) / 1000) * 1000;
  const args = [provider.url, String(jobs), String(slot), String(PROVIDERS * IN_FLIGHT)];
  const peer = run("cron_peer.ts", args, "stdout", (part) => said += part);
  try {
    while (!said.includes("done") && Date.now() - slot < LIMIT_MS) await systemClock.sleep(50);
    const seen = await (await fetch(`${provider.url}/-/seen`)).json();
    if ((seen.POST?.count ?? 0) < jobs) {
      throw new Error(`the cron library sent ${seen.POST?.count ?? 0} of ${jobs}`);
    }
    return { lastMs: seen.POST.last - slot };
  } finally {
    await peer.stop();
    await provider.stop();
  }
}

const NAMES: Record<keyof Figures, string> = {
  firstMs: "first POST after the slot (ms)",
  lastMs: "last POST after the slot (ms)",
  availableMs: "last backup seen as available (ms)",
  livezMs: "/livez meanwhile, p99 (ms)",
  gapMs: "worst gap of the event loop (ms)",
  cpuMs: "processor time (ms)",
  batches: "commits",
  memoryMb: "most memory (MiB)",
};

const sizes = Deno.args.length === 0 ? [1_000, 10_000] : Deno.args.map(Number);
const found: Figures[] = [];
for (const jobs of sizes) found.push(await measure(jobs));
const [most, greatest] = [found.at(-1)!, sizes.at(-1)!];
const peer = await measurePeer(greatest);
sayRow([`jobs due at once, ${PROVIDERS} providers of ${IN_FLIGHT}`, ...sizes.map(String), "ratio"]);
for (const name of Object.keys(NAMES) as (keyof Figures)[]) {
  const values = found.map((figures) => figures[name]);
  const ratio = values.at(-1)! / values[0]!;
  sayRow([NAMES[name], ...values.map((value) => value.toFixed(0)), ratio.toFixed(1)]);
}
sayRow([
  "last POST of a cron library, plain HTTP (ms)",
  ...sizes.slice(1).map(() => ""),
  peer.lastMs.toFixed(0),
]);
kept({
  what: `${greatest} jobs due in one second: the last POST`,
  promised: "within 1 s",
  measured:
    `${most.lastMs.toFixed(0)} ms, ${
      (most.lastMs / peer.lastMs).toFixed(1)
    } times a cron library's, not durable; ` +
    `${(most.cpuMs / greatest).toFixed(2)} ms of the processor a job`,
  isMet: most.lastMs <= 1_000,
});
kept({
  what: "  other work meanwhile",
  promised: "no gap over 50 ms",
  measured: `gap ${most.gapMs.toFixed(0)} ms, /livez p99 ${most.livezMs.toFixed(0)} ms`,
  isMet: most.gapMs <= 50,
});
