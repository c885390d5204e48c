// Runs every short measurement, one after the other, each for so long at most, and prints one table of what the design
// promises. The long ones are bench/soak.ts and bench/reload.ts. docs/performance.md says how to read it.
// deno run -P=default bench/main.ts [names of parts, default all]

import { V8_FLAGS } from "../scripts/v8_flags.ts";
import { readFound, tableOf } from "./promises.ts";

/** With a quarter of an hour to spare on a machine that does something else as well. */
interface Part {
  name: string;
  args?: string[];
  env?: Record<string, string>;
  /** It is ended after so long. */
  minutes: number;
}

const PARTS: readonly Part[] = [
  { name: "retention", args: ["1"], minutes: 2 },
  { name: "pass", args: ["100000"], minutes: 4 },
  { name: "views", args: ["1000", "200000"], minutes: 4 },
  { name: "jobs", env: { SETTLE: "60", IDLE: "10" }, minutes: 6 },
  { name: "bursts", minutes: 8 },
  { name: "store", minutes: 3 },
  { name: "state_server", args: ["100"], minutes: 3 },
  { name: "deletions", args: ["10000"], env: { WAYS: "no look", IN_FLIGHT: "64" }, minutes: 4 },
  { name: "metrics", minutes: 1 },
  { name: "binary", args: ["5"], minutes: 3 },
  { name: "forecast", minutes: 1 },
  { name: "explain", minutes: 2 },
  { name: "config", minutes: 1 },
  { name: "pictures", minutes: 1 },
  { name: "pages", minutes: 3 },
  { name: "big", minutes: 15 },
  { name: "history", args: ["10", "5"], minutes: 4 },
];

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** Answers what kept it from its end, if anything did. */
async function run({ name, args = [], env = {}, minutes }: Part, table: string): Promise<string | undefined> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--permission-set=default", "--no-check", `--v8-flags=${V8_FLAGS}`].concat(
      `bench/${name}.ts`,
      args,
    ),
    cwd: new URL("..", import.meta.url),
    env: { ...env, SCHELLY_BENCH_TABLE: table },
    stdin: "null",
    // What it began ends with it.
    detached: true,
  }).spawn();
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    Deno.kill(-child.pid, "SIGTERM");
  }, minutes * 60_000);
  const { code } = await child.status;
  clearTimeout(limit);
  if (isLate) return `it was not done after ${minutes} minutes`;
  return code === 0 ? undefined : `it ended with ${code}`;
}

const chosen = PARTS.filter(({ name }) => Deno.args.length === 0 || Deno.args.includes(name));
const table = Deno.makeTempFileSync({ prefix: "schelly-bench-" });
const failed: string[] = [];
for (const part of chosen) {
  print(`\n${part.name}`);
  const why = await run(part, table);
  if (why !== undefined) failed.push(`${part.name}: ${why}`);
}
print(`\n${tableOf(readFound(table))}`);
for (const one of failed) print(`not measured: ${one}`);
Deno.removeSync(table);
