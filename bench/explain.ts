// What it takes to say what becomes of the backups of one job, by how many it has, on the whole program in this process:
// where passes follow the job, where nearly all of its backups are to go, and where its policy was edited lately.
// Run: deno run -P=default bench/explain.ts [the greatest number of backups, default 100000] [kept, going or edited alone]

import { formatPolicy } from "../src/domain/policy.ts";
import type { JobState, RunStore } from "../src/ports/store.ts";
import { policy as policyOf } from "../tests/support/engine_rig.ts";
import { say } from "./print.ts";
import { fill, missedGap, type Program, start, watched } from "./program.ts";

const greatest = Number(Deno.args[0] ?? 100_000);
const FEW = 1_000;
const DAY = 86_400_000;
const folder = Deno.makeTempDirSync({ prefix: "schelly-bench-" });

const KEEPS = (count: number) => `hourly=${count},daily=30,monthly=12`;
const kinds = [
  { name: "kept", policy: KEEPS, before: KEEPS },
  { name: "going", policy: () => "daily=7", before: () => "daily=7" },
  { name: "edited", policy: () => "daily=7", before: KEEPS },
].filter(({ name }) => Deno.args[1] === undefined || Deno.args[1] === name);

const yaml = (text: string) => `{ ${text.replaceAll("=", ": ").replaceAll(",", ", ")} }`;

async function programOf(count: number): Promise<{ program: Program; ids: Map<string, string> }> {
  const ids = new Map<string, string>();
  const filled = async (store: RunStore) => {
    for (const { name, before } of kinds) {
      const policy = `${formatPolicy(policyOf(before(count)))} UTC`;
      const state: Partial<JobState> = { policy, timezone: "UTC", policySince: Date.now() - 30 * DAY };
      await fill(store, name, count, state);
      const { items } = await store.backups({ job: name, limit: count >> 1 > 5_000 ? 5_000 : count >> 1 });
      ids.set(name, items.at(-1)!.runId);
    }
  };
  const program = await start(`file:${folder}/${count}.db`, {
    defaults: "timezone: UTC, schedule: '0 0 0 1 1 *'",
    jobs: kinds.map(({ name, policy }) => `{ name: ${name}, retention: ${yaml(policy(count))} }`),
    filled,
  });
  return { program, ids };
}

/** The middle of three askings after a first one, and the longest pause of all. */
async function middle(ask: () => Promise<unknown>): Promise<{ first: number; ms: number; gap: number }> {
  const first = await watched(ask);
  const taken = [];
  for (let round = 0; round < 3; round++) taken.push(await watched(ask));
  const gap = Math.max(first.gap, ...taken.map((one) => one.gap));
  return { first: first.ms, ms: taken.map((one) => one.ms).toSorted((a, b) => a - b)[1]!, gap };
}

try {
  const few = new Map<string, number>();
  for (const count of [FEW, greatest]) {
    const { program, ids } = await programOf(count);
    say(`${count} backups of each job`, "");
    for (const { name } of kinds) {
      for (
        const path of [
          `/backups/${ids.get(name)}/explain`,
          `/jobs/${name}/retention?limit=100`,
          `/jobs/${name}/retention`,
        ]
      ) {
        const what = path.replace(/backups\/.*\//, `backups/ID of ${name}/`);
        const { first, ms, gap } = await middle(() => program.ask(path));
        const times = few.has(what) ? `, ${(ms / few.get(what)!).toFixed(1)} times that of ${FEW}` : "";
        if (!few.has(what)) few.set(what, ms);
        const mb = Math.round(Deno.memoryUsage().rss / 1e6);
        say(
          `  ${what}`,
          `first ${first.toFixed(0)} ms, then ${ms.toFixed(1)} ms${times}; pause ${
            gap.toFixed(0)
          } ms, ${mb} MB` +
            missedGap(gap),
        );
      }
    }
    await program.stop();
  }
} finally {
  Deno.removeSync(folder, { recursive: true });
}
Deno.exit(0);
