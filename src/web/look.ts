// How all jobs do, looked at once for everybody who looks at about the same time.

import type { StorageDays } from "../domain/storage_days.ts";
import { DAY } from "../domain/duration.ts";
import type { HistoryReads } from "../ports/history.ts";
import type { Clock } from "../ports/host.ts";
import type { Lately, Operations } from "../ports/operations.ts";
import type { JobView } from "../ports/views/job.ts";
import type { StatusView } from "../ports/views/status.ts";

/** So old a look may be although something happened since (ms): a second is what people take for at once. */
const FRESH_MS = 500;
/** So old although nothing did: time alone makes a job late. */
const STALE_MS = 5_000;

/** The days of storage that are looked at, today included. */
export const STORAGE_DAYS = 30;

/** All jobs, what else is wrong, what happened lately, what is stored; all as of about one moment. */
export interface Look {
  jobs: readonly JobView[];
  status: StatusView;
  lately: Lately;
  storage: StorageDays;
}

interface LookParts {
  operations: Pick<Operations, "everyJob" | "status" | "lately">;
  history: Pick<HistoryReads, "storageDays">;
  clock: Pick<Clock, "monotonic" | "now">;
  subscribe(listener: () => void): () => void;
}

/** Makes the look of one server. It rejects as its parts do, and is taken anew then. */
export function createLook({ operations, history, clock, subscribe }: LookParts): () => Promise<Look> {
  let last: { at: number; look: Promise<Look> } | undefined;
  let isNews = false;
  subscribe(() => void (isNews = true));

  async function take(): Promise<Look> {
    const jobs: JobView[] = [];
    for await (const some of operations.everyJob()) jobs.push(...some);
    const [status, lately, storage] = await Promise.all([
      operations.status(),
      operations.lately(),
      history.storageDays(undefined, clock.now() - (STORAGE_DAYS - 1) * DAY),
    ]);
    return { jobs, status, lately, storage };
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
