// What a cron library and plain HTTP do with many jobs that are due at one instant: the peer that bursts are measured beside.
// deno run -P=default bench/cron_peer.ts URL JOBS SLOT IN_FLIGHT

import { Cron } from "croner";
import PQueue from "p-queue";

const [url, jobs, slot, inFlight] = Deno.args as [string, string, string, string];
const at = new Date(Number(slot));
const pattern = `${at.getUTCSeconds()} ${at.getUTCMinutes()} ${at.getUTCHours()} * * *`;
const queue = new PQueue({ concurrency: Number(inFlight) });
let left = Number(jobs);

async function post(job: number): Promise<void> {
  const answer = await fetch(`${url}/p${job % 4}/backups`, { method: "POST", body: "{}" });
  await answer.body?.cancel();
  if (--left === 0) Deno.stdout.writeSync(new TextEncoder().encode("done\n"));
}

for (let job = 0; job < Number(jobs); job++) {
  new Cron(pattern, { timezone: "UTC", maxRuns: 1 }, () => void queue.add(() => post(job)));
}
