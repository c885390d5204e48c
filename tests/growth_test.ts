// What the whole program does with many jobs and many backups takes as much more work as there are more of them, and
// never holds its loop for longer. Told by processor time in one run, and not by seconds: machines are slow or fast.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { fill, type Program, real, start, watched } from "../bench/program.ts";
import { tempFolder } from "./support/backup_rig.ts";

/** Ten times as many take ten times as much work; a walk over all for each would take a hundred times. */
const MOST_EXPONENT = 1.1;
/** What reads a page does not grow at all, but for caches that hold less of more. */
const MOST_FLAT = 0.5;
const REST_MS = 1_000;
/** Of a core. What comes after a start takes a twentieth of one until it is done, whatever there is to do. */
const MOST_REST = 0.1;
const MOST_PAUSES = 6;
/** Of a loop, on a machine on which `unit()` takes `UNIT_MS`: slower ones are given more. */
const MOST_GAP_MS = 50;
const UNIT_MS = 12;
/** What is less is lost among all else that the program does. */
const LEAST_CPU_MS = 8;
/** A busy machine is looked at again before anybody is blamed. */
const LOOKS = 4;

interface Look {
  cpu: number;
  gap: number;
}
/** `most`: by which power of its size it may grow, when it is not by the common one. */
type Work = [what: string, run: () => Promise<unknown>, most?: number];

/** Processor time (ms) of something that always is the same. */
function unit(): number {
  const times = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    let text = "";
    for (let at = 0; at < 150_000; at++) text += JSON.stringify({ at }).length;
    assert.ok(text.length > 0);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

/** How much slower than usual this machine is. */
function slowness(): number {
  return Math.max(1, unit() / UNIT_MS);
}

/** The least of some askings, as whatever else goes on adds to it. */
async function least(run: () => Promise<unknown>, rounds: number): Promise<Look> {
  const looks: Look[] = [];
  for (let round = 0; round < rounds; round++) {
    looks.push(await watched(run));
    await real.clock.sleep(5);
  }
  return {
    cpu: Math.min(...looks.map(({ cpu }) => cpu)),
    gap: Math.min(...looks.map(({ gap }) => gap)),
  };
}

/** Looks at each work at each size, and demands that none grows faster than its size, nor holds the loop ever longer. */
async function growsWith(
  sizes: readonly [number, number, number],
  worksOf: (size: number) => readonly Work[],
): Promise<void> {
  const [few, , many] = sizes;
  const all = sizes.map((size) => worksOf(size));
  const mostGap = MOST_GAP_MS * slowness();
  for (const [at, [what, , most = MOST_EXPONENT]] of all[0]!.entries()) {
    let trouble = "";
    const figures: Look[] = [];
    for (let look = 0; look < LOOKS; look++) {
      for (const [nr, works] of all.entries()) {
        const { cpu, gap } = await least(works[at]![1], 3);
        const before = figures[nr] ?? { cpu: Infinity, gap: Infinity };
        figures[nr] = { cpu: Math.min(before.cpu, cpu), gap: Math.min(before.gap, gap) };
      }
      const [first, middle, last] = figures as [Look, Look, Look];
      const exponent = Math.log(Math.max(last.cpu, LEAST_CPU_MS) / Math.max(first.cpu, LEAST_CPU_MS / 4)) /
        Math.log(many / few);
      const gapLimit = Math.max(mostGap, 2 * first.gap, 2 * middle.gap);
      process.stdout.write(
        `${what}: ${figures.map(({ cpu }) => cpu.toFixed(1)).join(", ")} ms of a processor for ${
          sizes.join(", ")
        }, grows by ^${exponent.toFixed(2)}; gaps ${
          figures.map(({ gap }) => gap.toFixed(0)).join(", ")
        } ms\n`,
      );
      trouble = "";
      if (exponent > most) trouble = `it grows by ^${exponent.toFixed(2)}`;
      if (last.gap > gapLimit) trouble += ` it holds the loop for ${last.gap.toFixed(0)} ms`;
      if (trouble === "") break;
    }
    assert.equal(trouble, "", what);
  }
}

const jobsOf = (count: number, edited = -1) =>
  Array.from(
    { length: count },
    (_, at) =>
      `{ name: job-${at}, schedule: "${at % 60} ${at % 60} 3 * * *"${
        at === edited ? ", grace_time: 2h" : ""
      } }`,
  );

/** Waits until it has done what comes after a start, or for as long as that may take; then how much it does at rest. */
async function atRest(): Promise<number> {
  let rest = Infinity;
  for (let nr = 0; nr < MOST_PAUSES && rest > LEAST_CPU_MS / 2; nr++) {
    const before = process.cpuUsage();
    await real.clock.sleep(REST_MS);
    const { user, system } = process.cpuUsage(before);
    rest = Math.min(rest, (user + system) / 1000);
  }
  return rest;
}

test("starts, rests, edits, pages and scrapes of many jobs take as much more work as there are more jobs", async () => {
  await using folder = await tempFolder();
  const sizes = [300, 1_000, 3_000] as const;
  const programs = new Map<number, Program>();
  const rests: number[] = [];
  let [starts, edits] = [0, 0];
  const begin = (count: number, name: string) =>
    start(`file:${folder.path}/${name}.db`, {
      defaults: "retention: { daily: 7 }",
      jobs: jobsOf(count),
      filled: () => Promise.resolve(),
    });
  try {
    for (const count of sizes) {
      programs.set(count, await begin(count, `${count}`));
      rests.push(await atRest());
    }
    const told = rests.map((cpu) => cpu.toFixed(1)).join(", ");
    process.stdout.write(`at rest for ${REST_MS} ms: ${told} ms of a processor for ${sizes.join(", ")}\n`);
    assert.ok(rests[2]! < MOST_REST * REST_MS * slowness(), `at rest: ${told} ms`);
    await growsWith(sizes, (count) => {
      const program = programs.get(count)!;
      return [
        ["a page of jobs", () => program.ask("/jobs?limit=100"), MOST_FLAT],
        ["all jobs", () => program.ask("/jobs")],
        ["a scrape", () => program.ask("/metrics")],
        ["an edit of one job", () => program.edit(jobsOf(count, edits++ % count))],
        ["a start", async () => {
          const other = await begin(count, `start-${starts++}`);
          await other.ask("/readyz");
          await other.stop();
        }],
      ];
    });
  } finally {
    for (const program of programs.values()) await program.stop();
  }
});

test("what is asked of a job with many backups takes no more work than of one with few", async () => {
  await using folder = await tempFolder();
  const sizes = [1_000, 10_000, 100_000] as const;
  const ids = new Map<number, string>();
  // Each page is another one: what is asked for again is kept.
  let pages = 0;
  const page = (filter: string) => () =>
    program.ask(`/backups?limit=100&${filter}&since=2000-01-01T00:00:${10 + pages++ % 50}Z`);
  const program = await start(`file:${folder.path}/backups.db`, {
    defaults: "timezone: UTC, schedule: '0 0 0 29 2 *', retention: { hourly: 1000000 }",
    jobs: sizes.map((count) => `{ name: of-${count} }`),
    async filled(store) {
      for (const count of sizes) {
        await fill(store, `of-${count}`, count);
        const { items } = await store.backups({ job: `of-${count}`, limit: 500 });
        ids.set(count, items.at(-1)!.runId);
      }
    },
  });
  try {
    await growsWith(sizes, (count) => [
      ["a page of backups", page(`job=of-${count}`), MOST_FLAT],
      ["a page of a state", page(`job=of-${count}&status=available`), MOST_FLAT],
      ["a pass", () => program.ask(`/jobs/of-${count}/retention`, "POST")],
      ["explain", () => program.ask(`/backups/${ids.get(count)}/explain`)],
      // Written by the pass before.
      ["a page of a level", page(`job=of-${count}&tag=hourly`), MOST_FLAT],
      ["a page of retention", () => program.ask(`/jobs/of-${count}/retention?limit=100`)],
    ]);
  } finally {
    await program.stop();
  }
});
