// Ways to take a time for right that nobody has vouched for.

import type { PlantedBug } from "./planted_bug.ts";

export const VOUCH_BUGS: readonly PlantedBug[] = [
  {
    id: "VO1",
    what: "who vouches for the clock vouches for whatever it says once that is carried out",
    file: "src/engine/clock/clock_doubt.ts",
    find: "    this.watch.trust(by);\n    await this.#turns.add(async () => {",
    replace: "    await this.#turns.add(async () => {\n      this.watch.trust(by);",
    tests: ["tests/engine/clock/clock_doubt_test.ts"],
  },
  {
    id: "VO2",
    what: "a clock that jumps while someone vouches for it is said to be trusted",
    file: "src/engine/clock/clock_doubt.ts",
    find: "if (this.watch.read().memory.doubt === null) await",
    replace: "await",
    tests: ["tests/engine/clock/clock_doubt_test.ts"],
  },
  {
    id: "VO3",
    what: "a job that was there before the clock was set back passes for new in the next doubt",
    file: "src/engine/clock/dating.ts",
    find: "of.knownSince > Math.max(anchor, open.latest ?? anchor) &&",
    replace: "of.knownSince > anchor &&",
    tests: ["tests/engine/clock/dating_test.ts"],
  },
  {
    id: "VO4",
    what: "a restart forgets that the clock was set back",
    file: "src/engine/clock/clock_watch.ts",
    find: "this.#latest = memory?.latest ?? -Infinity;",
    replace: "",
    tests: ["tests/engine/clock/dating_test.ts"],
  },
  {
    id: "VO5",
    what: "what was written in one doubt is dated by a clock that is in another",
    file: "src/engine/clock/job_clock.ts",
    find: "if (memory.doubt !== null || memory.open !== open) return;",
    replace: "",
    tests: ["tests/engine/clock/dating_test.ts"],
  },
  {
    id: "VO6",
    what: "a clock that jumps before all is dated does not take what is not with it",
    file: "src/engine/clock/clock_watch.ts",
    find: "(doubt.marked || this.#open !== null)",
    replace: "doubt.marked",
    tests: ["tests/engine/clock/dating_test.ts"],
  },
];
