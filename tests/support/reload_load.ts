// Reloads the real program again and again while its jobs run every second, then counts slots and effects.

import { systemClock } from "../../src/runtime/clock.ts";
import { ALL_ABILITIES, startLedgerProvider } from "./ledger_provider.ts";
import { type Rig, until } from "./program.ts";

export interface ReloadLoad {
  jobs: number;
  reloads: number;
  overMs: number;
}

export interface ReloadFigures {
  reloads: number;
  /** Reloads that were not answered 200. */
  refused: number;
  seconds: number;
  /** Milliseconds of one reload as its caller sees it. */
  reloadMs: { median: number; p99: number };
  /** Due slots of all jobs, and what became of them. */
  slots: number;
  ran: number;
  skipped: Record<string, number>;
  lost: string[];
  /** Slots with two decisions. */
  doubled: string[];
  /** Slots for which the provider began two backups. */
  begunTwice: string[];
  /** Of the program. */
  processorSeconds: number;
  /** After a quarter of the time, and at the end. */
  rssMb: [number, number];
  fds: [number, number];
}

/**
 * What one edit changes: the policy of a job, the words of a tenth of the schedules, the settings of every provider,
 * and a job that comes and goes.
 */
function edit(url: string, jobs: number, at: number): string {
  const lines = Array.from({ length: jobs }, (_, job) => {
    const seconds = job % 10 === at % 10 ? "*/1" : "*";
    const keep = job === at % jobs ? 6 : 5;
    return `  - { name: job-${job}, schedule: "${seconds} * * * * *", provider: p${job % 5}, ` +
      `retention: { secondly: ${keep}, guard: { max_percent: 100 } } }\n`;
  });
  if (at % 2 === 1) lines.push('  - { name: guest, schedule: "* * * * * *", provider: guest }\n');
  const providers = ["p0", "p1", "p2", "p3", "p4", "guest"].map((name, index) =>
    `  ${name}: { url: "${url}", max_concurrent: 16, poll_interval: ${200 + (at + index) % 3}ms }\n`
  );
  return `log: { level: warning }\nproviders:\n${providers.join("")}jobs:\n${lines.join("")}`;
}

/** Plays it in `rig`, whose folder is its own. */
export async function reloadUnderLoad(rig: Rig, load: ReloadLoad): Promise<ReloadFigures> {
  await using provider = startLedgerProvider({ abilities: ALL_ABILITIES, durationMs: () => 50 });
  const document = (at: number) => edit(provider.url, load.jobs, at);
  await rig.configure(document(0), "auth: none");
  const server = await rig.server();
  const { pid } = server.child;
  const begun = systemClock.monotonic();
  const took: number[] = [];
  let refused = 0;
  let early: [rss: number, fds: number] | undefined;
  for (let at = 1; at <= load.reloads; at++) {
    await rig.configure(document(at), "auth: none");
    const asked = systemClock.monotonic();
    const { status } = await server.post("/-/reload");
    took.push(systemClock.monotonic() - asked);
    if (status !== 200) refused++;
    if (early === undefined && at >= load.reloads / 4) early = await sizeOf(rig, pid);
    await systemClock.sleep(Math.max(0, begun + at * load.overMs / load.reloads - systemClock.monotonic()));
  }
  const seconds = (systemClock.monotonic() - begun) / 1000;
  const late = await sizeOf(rig, pid);

  // Nothing new comes due, and what is under way ends.
  await rig.configure("jobs: []\n", "auth: none");
  await server.post("/-/reload");
  const isOpen = ({ state }: any) =>
    ["intent", "sending", "unknown", "running", "cancelling"].includes(state);
  await until(
    "every run has ended",
    async () => !(await server.get<any[]>("/runs?limit=1000")).some(isOpen),
  );
  const figures: ReloadFigures = {
    reloads: load.reloads,
    refused,
    seconds,
    reloadMs: { median: percentile(took, 0.5), p99: percentile(took, 0.99) },
    slots: 0,
    ran: 0,
    skipped: {},
    lost: [],
    doubled: [],
    begunTwice: [],
    processorSeconds: await processorSeconds(rig, pid),
    rssMb: [early![0], late[0]],
    fds: [early![1], late[1]],
  };
  for (let job = 0; job < load.jobs; job++) await countSlots(server, `job-${job}`, figures);
  const starts = new Map<string, number>();
  for (const { effect, job, slot } of provider.effects) {
    if (effect === "started" && slot !== null) {
      starts.set(`${job} ${slot}`, (starts.get(`${job} ${slot}`) ?? 0) + 1);
    }
  }
  figures.begunTwice = [...starts].filter(([, count]) => count > 1).map(([slot]) => slot);
  return figures;
}

async function countSlots(
  server: { runs(job: string): Promise<any[]> },
  job: string,
  figures: ReloadFigures,
): Promise<void> {
  const decided = new Map<number, number>();
  for (const run of await server.runs(job)) {
    if (run.slot === null) continue;
    const last = Date.parse(run.slot_until ?? run.slot);
    for (let slot = Date.parse(run.slot); slot <= last; slot += 1000) {
      decided.set(slot, (decided.get(slot) ?? 0) + 1);
      if (["skipped", "expired"].includes(run.state)) {
        figures.skipped[run.reason ?? "?"] = (figures.skipped[run.reason ?? "?"] ?? 0) + 1;
      } else figures.ran++;
    }
  }
  const [first, last] = [Math.min(...decided.keys()), Math.max(...decided.keys())];
  for (let slot = first; slot <= last; slot += 1000) {
    figures.slots++;
    const count = decided.get(slot) ?? 0;
    const name = `${job} ${new Date(slot).toISOString()}`;
    if (count === 0) figures.lost.push(name);
    if (count > 1) figures.doubled.push(name);
  }
}

/** By programs: the runtime itself reads there only when it was given every permission there is. */
async function sizeOf(rig: Rig, pid: number): Promise<[rssMb: number, fds: number]> {
  const kb = /VmRSS:\s+(\d+)/.exec(await rig.tool(["cat", `/proc/${pid}/status`]))?.[1];
  const files = await rig.tool(["ls", `/proc/${pid}/fd`]);
  return [Math.round(Number(kb) / 1024), files.trim().split("\n").length];
}

async function processorSeconds(rig: Rig, pid: number): Promise<number> {
  const stat = await rig.tool(["cat", `/proc/${pid}/stat`]);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function percentile(values: number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!);
}
