// What kept the event loop from its turn, for whoever wants to know: each pause that is too long, how much of the processor
// it took, and how much of it was spent in statements of the state. WATCHDOG=1 with bench/bursts.ts.

import process from "node:process";
import Connection from "libsql";
import { systemClock } from "../src/runtime/clock.ts";

/** A pause that is told of (ms). */
const TOLD_MS = Number(Deno.env.get("WATCHDOG_MS") ?? 40);
const EVERY_MS = 5;

interface Calls {
  count: number;
  ms: number;
  longest: number;
  of: string;
}

const none = (): Calls => ({ count: 0, ms: 0, longest: 0, of: "" });
let calls = none();

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`@pause ${text}\n`));
}

/** The library works in the turn in which it is called: so long is everything else kept waiting. */
function timed<Answer>(name: string, work: () => Answer): Answer {
  const began = performance.now();
  try {
    return work();
  } finally {
    const ms = performance.now() - began;
    calls.count++;
    calls.ms += ms;
    if (ms > calls.longest) [calls.longest, calls.of] = [ms, name];
  }
}

interface Prepared {
  raw(...args: unknown[]): unknown;
  run(...args: unknown[]): unknown;
  all(...args: unknown[]): unknown;
  get(...args: unknown[]): unknown;
}

/** All statements that are prepared from now on are timed. */
function watchCalls(): void {
  const { prototype } = Connection as unknown as { prototype: { prepare(sql: string): Prepared } };
  const { prepare } = prototype;
  prototype.prepare = function (sql) {
    const statement = prepare.call(this, sql);
    const name = sql.replaceAll(/\s+/g, " ").trim().slice(0, 60);
    for (const method of ["run", "all", "get"] as const) {
      const plain = statement[method];
      statement[method] = (...args) => timed(name, () => plain.apply(statement, args));
    }
    return statement;
  };
}

/** Begins to watch; ends with the process. */
export function watchPauses(): void {
  watchCalls();
  void (async () => {
    while (true) {
      const began = performance.now();
      const used = process.cpuUsage();
      calls = none();
      await systemClock.sleep(EVERY_MS);
      const pause = performance.now() - began - EVERY_MS;
      if (pause < TOLD_MS) continue;
      const { count, ms, longest, of } = calls;
      const { user, system } = process.cpuUsage(used);
      say(
        `${pause.toFixed(0)} ms until ${performance.now().toFixed(0)}, ${
          ((user + system) / 1000).toFixed(0)
        } ms of the processor; ` +
          `${ms.toFixed(0)} ms in ${count} calls of the state, the longest ${longest.toFixed(0)} ms: ${of}`,
      );
    }
  })();
}
