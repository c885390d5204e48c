// Ways to believe a repository that came in the place of ours, and to forget who else of this program works on one.

import type { PlantedBug } from "./planted_bug.ts";

export const SHARED_BUGS: readonly PlantedBug[] = [
  {
    id: "SH1",
    what: "a repository is looked into before it is known to be ours",
    file: "src/provider/builtin/restic_repository.ts",
    find: "    await proveSame();\n    const found",
    replace: "    const found",
    tests: ["tests/provider/builtin/restic_repository_test.ts"],
  },
  {
    id: "SH2",
    what: "a repository that came while it was looked into is believed",
    file: "src/provider/builtin/restic_repository.ts",
    find: "if (location.config !== undefined || saysAbsent(found)) await proveSame();",
    replace: "",
    tests: ["tests/provider/builtin/restic_repository_test.ts"],
  },
];
