// Ways to lose a backup that the simulated worlds of built-ins notice by themselves.

import type { PlantedBug } from "./planted_bug.ts";

const TESTS = ["tests/simulation/builtin/builtin_worlds_test.ts"];

export const WORLDS_BUGS: readonly PlantedBug[] = [
  {
    id: "B1",
    what: "another repository in the place of ours is believed, in a world",
    file: "src/provider/builtin/restic_repository.ts",
    find: "    if (before !== undefined && id !== before.id) throw other(id, before);\n    if (await",
    replace: "    if (await",
    tests: TESTS,
  },
];
