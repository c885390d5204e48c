// Spreads simulation work over child processes, one a core: each has its own memory and its own files.

import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { sumOf, type Tally, type Work } from "./work.ts";

const SHARE = fileURLToPath(new URL("./share.ts", import.meta.url));

/** Seeds that one set of processes plays: the libraries keep about 2 MB of each closed database, one for each life. */
const A_ROUND = { seeds: 2_000, builtin: 400 };

/** Plays the work on all cores, in rounds; rejects when a process dies without a tally. */
export async function spread(work: Omit<Work, "share" | "shares">): Promise<Tally> {
  const fixed = { ...work, seeds: 0, builtin: 0 };
  const tallies: Tally[] = [];
  if (work.singles || work.pairs > 0 || work.regressions) tallies.push(await playRound(fixed));
  const seeded = { ...fixed, singles: false, pairs: 0, regressions: false };
  for (const [kind, size] of Object.entries(A_ROUND) as [keyof typeof A_ROUND, number][]) {
    for (let done = 0; done < work[kind]; done += size) {
      const seeds = Math.min(size, work[kind] - done);
      tallies.push(await playRound({ ...seeded, from: work.from + done, [kind]: seeds }));
    }
  }
  return sumOf(tallies);
}

async function playRound(work: Omit<Work, "share" | "shares">): Promise<Tally> {
  const shares = availableParallelism();
  return sumOf(
    await Promise.all(
      Array.from({ length: shares }, (_, share) => run({ ...work, share, shares })),
    ),
  );
}

function run(work: Work): Promise<Tally> {
  const child = spawn(process.execPath, ["run", "--allow-all", "--no-check", SHARE, JSON.stringify(work)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (bytes: Uint8Array) => text += new TextDecoder().decode(bytes));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      const last = text.trim().split("\n").at(-1) ?? "";
      if (code === 0 && last.startsWith("{")) resolve(JSON.parse(last));
      else {reject(
          new Error(`share ${work.share} of the simulation died with code ${code}: ${text.slice(-2000)}`),
        );}
    });
  });
}
