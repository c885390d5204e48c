// Ways to lose a state, or to take a whole one for a broken one, as it gives back room or is compacted.

import type { PlantedBug } from "./planted_bug.ts";

export const COMPACT_BUGS: readonly PlantedBug[] = [
  {
    id: "CM1",
    what: "a state that gave back its end is taken for one that was cut short",
    file: "src/store/database/state_file.ts",
    find: "    this.#least = Math.min(this.#least, bytes);",
    replace: "    this.#least = Math.max(this.#least, bytes);",
    tests: ["tests/store/write/give_back_test.ts"],
  },
  {
    id: "CM2",
    what: "the log is written back under a copy that is being made",
    file: "src/store/database/database.ts",
    find: "      if (!copies.isUnderWay) await client.execute",
    replace: "      await client.execute",
    tests: ["tests/store/write/give_back_test.ts"],
  },
];
