// How all jobs do, looked at once for everybody who looks at about the same time.

import type { Clock } from "../ports/host.ts";
import type { Lately, Operations } from "../ports/operations.ts";
import type { JobView } from "../ports/views/job.ts";
import type { StatusView } from "../ports/views/status.ts";

/** So old a look may be although something happened since (ms): a second is what people take for at once. */
const FRESH_MS = 500;
/** So old although nothing did: time alone makes a job late. */
const STALE_MS = 5_000;

/** All jobs, what else is wrong, and what happened lately; all as of about one moment. */
export interface Look {
  jobs: readonly JobView[];
  status: StatusView;
  lately: Lately;
}

interface LookParts {
  operations: Pick<Operations, "everyJob" | "status" | "lately">;
  clock: Pick<Clock, "monotonic">;
  subscribe(listener: () => void): () => void;
}

/** Makes the look of one server. It rejects as its parts do, and is taken anew then. */
export function createLook({ operations, clock, subscribe }: LookParts): () => Promise<Look> {
  let last: { at: number; look: Promise<Look> } | undefined;
  let isNews = false;
  subscribe(() => void (isNews = true));

  async function take(): Promise<Look> {
    const jobs: JobView[] = [];
    for await (const some of operations.everyJob()) jobs.push(...some);
    const [status, lately] = await Promise.all([operations.status(), operations.lately()]);
    return { jobs, status, lately };
  }

  return () => {
    const now = clock.monotonic();
    if (last !== undefined && now - last.at < (isNews ? FRESH_MS : STALE_MS)) return last.look;
    isNews = false;
    const look = take();
    const mine = { at: now, look };
    last = mine;
    look.catch(() => last === mine && (last = undefined));
    return look;
  };
}
