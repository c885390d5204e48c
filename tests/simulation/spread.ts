// Spreads simulation work over child processes, one a core: each has its own memory and its own files.

import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { sumOf, type Tally, type Work } from "./work.ts";

const SHARE = fileURLToPath(new URL("./share.ts", import.meta.url));

/** Plays the work on all cores; rejects when a process dies without a tally. */
export async function spread(work: Omit<Work, "share" | "shares">): Promise<Tally> {
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
