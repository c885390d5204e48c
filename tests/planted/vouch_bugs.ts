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
];
