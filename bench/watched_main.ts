// The program with a watch on its own event loop, for the soak: once a second it says how late 50 ms sleeps were.

import { systemClock } from "../src/runtime/clock.ts";
import { watchPauses } from "./watchdog.ts";

const EVERY_MS = 50;
const A_SECOND = 1_000 / EVERY_MS;

async function watch(): Promise<void> {
  while (true) {
    const late: number[] = [];
    for (let at = 0; at < A_SECOND; at++) {
      const start = performance.now();
      await systemClock.sleep(EVERY_MS);
      late.push(performance.now() - start - EVERY_MS);
    }
    const text = `@late ${late.map((ms) => ms.toFixed(1)).join(" ")}\n`;
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  }
}

if (Deno.env.get("WATCHDOG") !== undefined) watchPauses();
void watch();
await import("../src/main.ts");
