// Looks at the lease on the state server again and again, past every proxy, and remembers what it saw and when.

import { systemClock } from "../../../src/runtime/clock.ts";
import type { SqldServer } from "../../support/sqld_server.ts";

/** One look; times by the test's own clock. */
export interface LeaseLook {
  askedAt: number;
  answeredAt: number;
  epoch: number;
  /** The name of the instance that took it last; null where it was given back. */
  holder: string | null;
  renewals: number;
}

const EVERY_MS = 100;
const LEASE = "SELECT epoch, node, renewals, released FROM lease WHERE name = 'engine'";

/** Looks until it is disposed of. */
export class LeaseWatch implements AsyncDisposable {
  readonly looks: LeaseLook[] = [];
  #isOver = false;
  readonly #work: Promise<void>;

  constructor(readonly server: SqldServer) {
    this.#work = this.#watch();
  }

  get last(): LeaseLook | undefined {
    return this.looks.at(-1);
  }

  async #watch(): Promise<void> {
    while (!this.#isOver) {
      const askedAt = systemClock.now();
      const rows = await this.server.ask(LEASE);
      const [epoch, holder, renewals, released] = rows?.[0] ?? [];
      if (epoch !== undefined) {
        this.looks.push({
          askedAt,
          answeredAt: systemClock.now(),
          epoch: Number(epoch),
          holder: released === "1" ? null : holder ?? null,
          renewals: Number(renewals),
        });
      }
      await systemClock.sleep(EVERY_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#work;
  }
}
