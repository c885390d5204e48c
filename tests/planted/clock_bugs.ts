// Ways to let a wrong reading of the clock decide what has not come, or to leave it standing once the clock is right.

import type { PlantedBug } from "./planted_bug.ts";

export const CLOCK_BUGS: readonly PlantedBug[] = [
  {
    id: "W1",
    what: "slots are due by the wall clock alone, also in doubt",
    file: "src/engine/clock/clock_watch.ts",
    find: "due: Math.min(at.wall, steady),",
    replace: "due: at.wall,",
    tests: ["tests/engine/clock/job_clock_test.ts"],
  },
  {
    id: "W2",
    what: "rows are dated by the wall clock, also in doubt",
    file: "src/engine/clock/steady_clock.ts",
    find: "watch.read().steady",
    replace: "watch.read().now",
    tests: ["tests/engine/clock/job_clock_test.ts"],
  },
  {
    id: "W3",
    what: "a job that has no slot in doubt never runs",
    file: "src/engine/clock/job_clock.ts",
    find: "this.times.extraAt = this.#mayRun() ?",
    replace: "this.times.extraAt = this.#mayRun() && this.times.ranAt < 0 ?",
    tests: ["tests/engine/clock/job_clock_test.ts"],
  },
  {
    id: "W4",
    what: "what ran in doubt counts by the time of a clock in doubt",
    file: "src/store/schema/doubt.ts",
    find: "coalesce(period_time, CASE WHEN clock_off IS NULL THEN start_time END)",
    replace: "coalesce(period_time, start_time)",
    tests: ["tests/store/run_store_test.ts"],
  },
  {
    id: "W5",
    what: "a doubt ends before what was written in it is dated",
    file: "src/engine/clock/clock_watch.ts",
    find: "if (doubt !== null && (doubt.marked || this.#open !== null)) {",
    replace: "if (doubt !== null && doubt.settleMs < 0) {",
    tests: ["tests/engine/clock/job_clock_test.ts"],
  },
  {
    id: "W6",
    what: "the last success may lie in the future",
    file: "src/store/read/stats_query.ts",
    find: "end_time <= ?1 AND at <= ?1",
    replace: "end_time IS NOT NULL AND ?1 > 0",
    tests: ["tests/store/run_store_test.ts"],
  },
  {
    id: "W7",
    what: "a time before the program was written is believed",
    file: "src/engine/clock/clock_watch.ts",
    find: "const isTooEarly = at.wall < this.builtAt && !this.#vouched;",
    replace: "const isTooEarly = at.wall < 0 && !this.#vouched;",
    tests: ["tests/engine/clock/clock_watch_test.ts"],
  },
  {
    id: "W8",
    what: "a machine that is started again begins the even time anew",
    file: "src/engine/clock/clock_watch.ts",
    find: "const went = isEven ? last.uptime - doubt.uptime : 0;",
    replace: "const went = 0;",
    tests: ["tests/engine/clock/clock_watch_test.ts"],
  },
  {
    id: "W9",
    what: "a clock before the build time is told of anew with each look at it",
    file: "src/engine/clock/clock_watch.ts",
    find: "Math.max(doubt.wall, this.builtAt)) + doubt.settleMs,",
    replace: "doubt.wall) + doubt.settleMs,",
    tests: ["tests/engine/clock/clock_doubt_test.ts"],
  },
];
