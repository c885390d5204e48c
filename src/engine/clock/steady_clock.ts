// The clocks that the engine lives by while the wall clock may be wrong: one to date by, one to be due by.

import type { ClockWatch } from "../../ports/clock_watch.ts";
import type { Clock } from "../../ports/host.ts";

/** Its `now` is what rows and events are dated by: the wall clock, and while that is in doubt the steady one. */
export function steadyClock(clock: Clock, watch: Pick<ClockWatch, "read">): Clock {
  return showing(clock, () => watch.read().steady);
}

/** Its `now` has come only when it has come by both clocks. */
export function dueClock(clock: Clock, watch: Pick<ClockWatch, "read">): Clock {
  return showing(clock, () => watch.read().due);
}

function showing(clock: Clock, now: () => number): Clock {
  return {
    now,
    monotonic: () => clock.monotonic(),
    uptime: () => clock.uptime(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    yield: () => clock.yield(),
    timeout: (ms) => clock.timeout(ms),
  };
}
