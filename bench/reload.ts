// What 500 reloads in a minute do to 50 jobs that run every second: slots lost or doubled, time, growth.
// RELOADS, JOBS, SECONDS change that. deno run -P=default bench/reload.ts; exit code 1 when a verdict is bad. Linux only.

import { reloadUnderLoad } from "../tests/support/reload_load.ts";
import { Rig } from "../tests/support/program.ts";

/** Pages that were touched once stay; what leaks grows with every reload. */
const MOST_GROWTH = 1.25;

function number(name: string, otherwise: number): number {
  return Number(Deno.env.get(name) ?? otherwise);
}

await using rig = new Rig();
const figures = await reloadUnderLoad(rig, {
  jobs: number("JOBS", 50),
  reloads: number("RELOADS", 500),
  overMs: number("SECONDS", 60) * 1000,
});
const { lost, doubled, begunTwice, rssMb, fds, ...rest } = figures;
const text = [
  `${rest.reloads} reloads in ${rest.seconds.toFixed(1)} s, ${rest.refused} refused; ` +
  `one takes ${rest.reloadMs.median} ms (median), ${rest.reloadMs.p99} ms (p99)`,
  `${rest.slots} slots: ${rest.ran} ran, skipped ${JSON.stringify(rest.skipped)}`,
  `lost ${lost.length}, decided twice ${doubled.length}, begun twice ${begunTwice.length}`,
  `${rest.processorSeconds} s of a processor in all; rss ${rssMb[0]} -> ${rssMb[1]} MB, open files ${
    fds[0]
  } -> ${fds[1]}`,
  ...[...lost, ...doubled, ...begunTwice].slice(0, 10),
];
Deno.stdout.writeSync(new TextEncoder().encode(`${text.join("\n")}\n`));
const isGood = lost.length + doubled.length + begunTwice.length + rest.refused === 0 &&
  rssMb[1] <= rssMb[0] * MOST_GROWTH && fds[1] <= fds[0] + 100;
Deno.exitCode = isGood ? 0 : 1;
