// The real clock: wall time, monotonic time, sleeps of any length, time limits.

import { uptime } from "node:os";
import { setImmediate } from "node:timers";
import type { Clock } from "../ports/host.ts";

/** The longest delay a timer takes; a longer one fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  uptime: rememberedUptime(() => uptime(), Date.now, () => performance.now()),
  sleep,
  // One turn of the event loop: timers, sockets and files get theirs in between, for a few microseconds.
  yield: () => new Promise((resolve) => setImmediate(resolve)),
  timeout,
};

/** For so long an answer of the machine about its uptime holds, by the monotonic clock: each costs ten microseconds. */
const UPTIME_HOLDS_MS = 50;
/** By so much the clocks may differ over that time. */
const SAME_PACE_MS = 25;

/**
 * The uptime in whole seconds (ms), asked anew when the wall clock and the monotonic one did not go on by the same: the
 * machine slept then, which counts as uptime, or the clock was set. `ask` answers seconds.
 */
export function rememberedUptime(
  ask: () => number,
  wall: () => number,
  monotonic: () => number,
): () => number {
  let answer = 0;
  let asked = { wall: -Infinity, monotonic: -Infinity };
  return () => {
    const now = { wall: wall(), monotonic: monotonic() };
    const went = now.monotonic - asked.monotonic;
    if (went >= UPTIME_HOLDS_MS || Math.abs(now.wall - asked.wall - went) > SAME_PACE_MS) {
      asked = now;
      answer = Math.floor(ask()) * 1000;
    }
    return answer;
  };
}

/**
 * Resolves when at least `ms` milliseconds have passed on the monotonic clock; what is not a positive number
 * counts as 0.
 */
function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const alarm = startAlarm(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    const onAbort = () => {
      alarm.stop();
      reject(signal!.reason);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

function timeout(ms: number): { signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const alarm = startAlarm(ms, () => {
    controller.abort(new DOMException(`The time limit of ${ms} ms has passed`, "TimeoutError"));
  });
  return { signal: controller.signal, dispose: alarm.stop };
}

/** Calls `ring` once after `ms`, in as many timers as that takes, unless stopped before. */
function startAlarm(ms: number, ring: () => void): { stop(): void } {
  const end = performance.now() + (ms > 0 ? ms : 0);
  let timer: ReturnType<typeof setTimeout>;
  const wait = () => {
    const left = end - performance.now();
    timer = setTimeout(() => performance.now() >= end ? ring() : wait(), Math.min(left, LONGEST_TIMER_MS));
  };
  wait();
  return { stop: () => clearTimeout(timer) };
}
