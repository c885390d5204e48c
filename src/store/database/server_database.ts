// The state on a libSQL server: whole batches and single reads over HTTP, each bounded in time.

import { StoreError } from "../../domain/errors.ts";
import type { Clock } from "../../ports/host.ts";
import {
  copyFailure,
  type Database,
  type DatabaseOptions,
  type DatabasePorts,
  madeStatements,
  type SqlRow,
  type Statement,
} from "./database.ts";
import type { Doing } from "./database_errors.ts";
import { boundedFetch } from "./server_calls.ts";
import { remoteFailure } from "./server_errors.ts";

/** Reads at the same time; batches are handed over one by one anyway, and wait for none of them. */
const LANES = 4;

/** Opens it; nothing is asked yet. Rejects with `StoreError` where the URL cannot be used. */
export async function openServer(
  location: { url: string; shown: string },
  ports: DatabasePorts,
  options: Omit<DatabaseOptions, "waitMs">,
): Promise<Database> {
  const shown = options.shownUrl ?? location.shown;
  const failure = (doing: Doing) => (error: unknown) => {
    throw remoteFailure(shown, doing, error);
  };
  // Who keeps a file need not hold in memory what speaks to servers.
  const { createClient } = await import("@libsql/client/http");
  const client = await Promise.resolve()
    .then(() =>
      createClient({
        url: location.url,
        authToken: options.token ?? undefined,
        intMode: "bigint",
        concurrency: LANES + 1,
        fetch: boundedFetch(ports, options.requestTimeoutMs),
      })
    )
    .catch(failure("open"));
  const lanes = new Lanes(ports.clock, options.requestTimeoutMs, shown);
  const read = (statement: Statement): Promise<SqlRow[]> =>
    lanes.take(async () => (await client.execute(statement).catch(failure("read"))).rows);
  return {
    // A server looks after its own files.
    checkWhole: false,
    read,
    readAs: async (statement, make) => make(await read(statement)),
    async write(statements) {
      const results = await client.batch(madeStatements(statements), "write").catch(failure("write"));
      return results.map(({ rows }) => rows);
    },
    beginCopy(target) {
      return Promise.reject(copyFailure(location.shown, target, new Error("a server makes its own copies")));
    },
    writeCompact: (target) =>
      Promise.reject(copyFailure(location.shown, target, new Error("a server keeps its own files"))),
    room: () => Promise.resolve(null),
    giveBack: () => Promise.resolve(),
    shorten: () => Promise.resolve(),
    close() {
      client.close();
      return Promise.resolve();
    },
  };
}

/** Lets few reads be under way: with a server that is silent the others do not wait for ever behind them. */
class Lanes {
  #free = LANES;
  readonly #waiting = new Set<() => void>();

  constructor(
    private readonly clock: Pick<Clock, "timeout">,
    private readonly limitMs: number,
    private readonly shown: string,
  ) {}

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await this.#wait();
    try {
      return await work();
    } finally {
      const [next] = this.#waiting;
      if (next === undefined) this.#free++;
      else next();
    }
  }

  /** Resolves with the lane of another. */
  #wait(): Promise<void> {
    const limit = this.clock.timeout(this.limitMs);
    return new Promise((resolve, reject) => {
      const mine = () => {
        this.#waiting.delete(mine);
        limit.dispose();
        resolve();
      };
      this.#waiting.add(mine);
      limit.signal.addEventListener("abort", () => {
        if (!this.#waiting.delete(mine)) return;
        limit.dispose();
        reject(
          new StoreError(
            "failed",
            `Cannot read the state at '${this.shown}': reads before this one are not answered for ` +
              `${this.limitMs / 1000} s: check that the server runs and can be reached`,
          ),
        );
      }, { once: true });
    });
  }
}
