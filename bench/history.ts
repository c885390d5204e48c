// Measures what history costs: the real engine and store play some days of hourly jobs on a virtual clock, then the file is
// read page by page: bytes by table and index, rows and bytes a run, and what a year of 100 hourly jobs would take.
// deno run -A bench/history.ts [days, default 20] [jobs, default 20]

import { DatabaseSync } from "node:sqlite";
import type { CreateCall, Provider } from "../src/ports/provider.ts";
import { NO_CAPABILITIES } from "../src/ports/provider.ts";
import { createIds } from "../src/runtime/ids.ts";
import { policy, Rig } from "../tests/support/engine_rig.ts";
import { say, sayRow } from "./print.ts";
import { found } from "./promises.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const KEPT = { plainMs: 90 * DAY, auditMs: 400 * DAY };
const RUNS_A_YEAR = 100 * 24 * 365;

const days = 2 * Math.ceil(Number(Deno.args[0] ?? 20) / 2);
const jobs = Number(Deno.args[1] ?? 20);

/** Takes 40 s for a backup; ids are random UUIDs, and sizes vary. */
function quickProvider(key: string): Provider {
  const made = new Map<string, { polls: number; sizeMb: number }>();
  const refuse = () => Promise.reject(new Error("not asked for here"));
  return {
    key,
    create(_call: CreateCall) {
      const id = crypto.randomUUID();
      made.set(id, { polls: 0, sizeMb: 100 + Math.round(Math.random() * 1e5) / 1e3 });
      return Promise.resolve({ id, dataId: id, state: "running", status: "running", message: "" });
    },
    get(id) {
      const backup = made.get(id);
      if (backup === undefined) return Promise.resolve({ found: "no" });
      const state = backup.polls++ < 8 ? "running" : "available";
      const { sizeMb } = backup;
      return Promise.resolve({
        found: "yes",
        backup: { id, dataId: id, state, status: state, message: `backup ${state}`, sizeMb },
      });
    },
    delete: (id) => Promise.resolve(made.delete(id) ? "deleted" : "absent"),
    lookup: refuse,
    list: refuse,
    capabilities: () => Promise.resolve(NO_CAPABILITIES),
    check: () => Promise.resolve([]),
    output: () => Promise.resolve(undefined),
  };
}

/** A rig whose history is that of the real program. */
function hourlyJobs(): Rig {
  return new Rig({
    jobs: Array.from({ length: jobs }, (_, at) => ({
      name: `postgres-${at}`,
      schedule: `${at % 60} ${at % 50} * * * *`,
      graceMs: 1_800_000,
      retention: policy("hourly=6,daily=7,weekly=4,monthly=12,yearly=2"),
    })),
    substitute: () => provider,
    ids: createIds,
    maxConcurrent: 4,
    store: { eventsKept: () => KEPT },
  });
}

interface Lying {
  /** By table and index. */
  bytes: Map<string, number>;
  rows: Map<string, number>;
  size: number;
  /** Bytes of pages that are free to be used again. */
  free: number;
}

/** What is in the file once so many days more were played. */
async function play(rig: Rig, days: number): Promise<Lying> {
  await rig.boot();
  for (let day = 0; day < days; day++) {
    await rig.clock.advance(DAY);
    rig.events.length = 0;
  }
  await rig.crash();
  return read(`${rig.folder}/schelly.db`);
}

function read(path: string): Lying {
  const database = new DatabaseSync(path, { readOnly: true });
  const numbers = (sql: string) =>
    new Map(database.prepare(sql).all().map((row) => [String(row.name), Number(row.of)]));
  const bytes = numbers("SELECT name, sum(pgsize) AS of FROM dbstat GROUP BY name ORDER BY 2 DESC");
  const tables = [...numbers("SELECT name, 0 AS of FROM sqlite_schema WHERE type = 'table'").keys()];
  const rows = new Map(
    tables.flatMap((name) => [...numbers(`SELECT '${name}' AS name, count(*) AS of FROM "${name}"`)]),
  );
  const size = Deno.statSync(path).size;
  const used = [...bytes.values()].reduce((sum, of) => sum + of, 0);
  database.close();
  return { bytes, rows, size, free: size - used };
}

const provider = quickProvider("p");
await using rig = hourlyJobs();
const half = await play(rig, days / 2);
const whole = await play(rig, days - days / 2);
const runs = days * 24 * jobs;
sayRow(["in the file", "bytes", "rows", "a further run"]);
for (const [name, of] of whole.bytes) {
  if (of < whole.size / 500) continue;
  const further = (of - (half.bytes.get(name) ?? 0)) / (runs / 2);
  sayRow([name, String(of), String(whole.rows.get(name) ?? ""), further.toFixed(1)]);
}
const inUse = ({ size, free }: Lying) => size - free;
const further = (inUse(whole) - inUse(half)) / (runs / 2);
say("runs decided", String(runs));
say("file, and what is free in it", `${whole.size} and ${whole.free} bytes`);
say("bytes a run, all in all", (inUse(whole) / runs).toFixed(1));
say("bytes a further run", further.toFixed(1));
// What is young weighs the same at any age of the state: it is scaled to 100 jobs, and the rest grows by further runs.
const year = inUse(whole) * (100 / jobs) + further * (RUNS_A_YEAR - runs * (100 / jobs));
say("a year of 100 hourly jobs, in proportion", `${(year / 1e6).toFixed(0)} MB`);
found({
  what: "history: a year of 100 hourly jobs",
  promised: "under 200 MB",
  measured: `${(year / 1e6).toFixed(0)} MB, ${further.toFixed(0)} bytes a run`,
  isMet: year < 200e6,
});
