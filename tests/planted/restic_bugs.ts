// Ways to believe another repository, to lose what restic said, and to remove locks that nobody named.

import type { PlantedBug } from "./planted_bug.ts";

export const RESTIC_BUGS: readonly PlantedBug[] = [
  {
    id: "RS1",
    what: "a backup is written into whatever repository is in the place",
    file: "src/provider/builtin/restic.ts",
    find: "      await repository.demandSame(task.signal);\n",
    replace: "",
    tests: ["tests/provider/builtin/restic_test.ts"],
  },
  {
    id: "RS2",
    what: "what another repository does not list counts as gone",
    file: "src/provider/builtin/restic.ts",
    find: "      // What another repository lists proves of none of ours that it is gone.\n" +
      "      await repository.proveSame();\n",
    replace: "",
    tests: ["tests/provider/builtin/restic_test.ts"],
  },
  {
    id: "RS3",
    what: "paths that are not there are not missed where restic's last word was not heard",
    file: "src/provider/builtin/restic.ts",
    find: "if (seen.summary === undefined) {",
    replace: "if (false) {",
    tests: ["tests/provider/builtin/restic_snapshots_test.ts"],
  },
  {
    id: "RS4",
    what: "the list of a snapshot with many paths is cut",
    file: "src/provider/builtin/restic_snapshots.ts",
    find: "const LIST_BYTES = 64 * 1024 * 1024;",
    replace: "const LIST_BYTES = 64 * 1024;",
    tests: ["tests/provider/builtin/restic_snapshots_test.ts"],
  },
  {
    id: "RS5",
    what: "restic unlock runs while there are locks that nobody named",
    file: "src/provider/builtin/restic_unlock.ts",
    find: "isWhole && free.length === found.locks.length",
    replace: "isWhole",
    tests: ["tests/provider/builtin/restic_locks_test.ts"],
  },
  {
    id: "RS6",
    what: "a new data id is taken over though another backup has it",
    file: "src/engine/retention/verify.ts",
    find: "if (other !== undefined) {",
    replace: "if (false) {",
    tests: ["tests/engine/retention/retain_test.ts"],
  },
  {
    id: "RS7",
    what: "a deletion counts as done because restic ended with 0",
    file: "src/provider/builtin/restic_forget.ts",
    find: 'if (isRemoved) return "removed";',
    replace: 'if (name !== "") return "removed";',
    tests: ["tests/provider/builtin/restic_forget_test.ts"],
  },
  {
    id: "RS8",
    what: "what another repository has not, which came between the look and the deletion, counts as deleted",
    file: "src/provider/builtin/restic_forget.ts",
    find: "const left = await look(id, dataId, signal);",
    replace: "const left = await snapshots.find(id, dataId);",
    tests: ["tests/provider/builtin/restic_forget_test.ts"],
  },
  {
    id: "RS9",
    what: "a prune frees during a freeze what was deleted before it",
    file: "src/provider/builtin/upkeep.ts",
    find: "if (isFrozen || signal.aborted || this.#busy > 0) continue;",
    replace: "if (signal.aborted || this.#busy > 0) continue;",
    tests: ["tests/provider/builtin/upkeep_test.ts"],
  },
  {
    id: "RS10",
    what: "upkeep that was turned off runs weekly",
    file: "src/config/build/upkeep_defaults.ts",
    find: "valueAt(build.root, [...path, task]) === undefined",
    replace: 'valueAt(build.root, [...path, task]) !== ""',
    tests: ["tests/config/build/upkeep_defaults_test.ts"],
  },
];
