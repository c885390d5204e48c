// Ids and randomness that are the same in every run.

import type { Clock, Ids, Random, Secrets } from "../../src/ports/host.ts";

/** UUIDv7-shaped ids from the clock and a counter. */
export class FakeIds implements Ids {
  #count = 0;
  constructor(private readonly clock: Clock, private readonly salt = 0) {}
  uuidv7(): string {
    const time = this.clock.now().toString(16).padStart(12, "0");
    const count = (this.#count++).toString(16).padStart(12, "0");
    const salt = this.salt.toString(16).padStart(3, "0");
    return `${time.slice(0, 8)}-${time.slice(8)}-7000-8${salt}-${count}`;
  }
}

/** Tokens one after the other. */
export class FakeSecrets implements Secrets {
  #count = 0;
  token(): string {
    return `token-${String(++this.#count).padStart(37, "0")}`;
  }
}

/** mulberry32. */
export class FakeRandom implements Random {
  #state: number;
  constructor(seed = 1) {
    this.#state = seed >>> 0;
  }
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
}
