// Relative paths that lead to another repository, and a trouble that is called another one.

import type { PlantedBug } from "./planted_bug.ts";

export const REMEDIES_BUGS: readonly PlantedBug[] = [
  {
    id: "RM1",
    what:
      "a repository that was noted by a relative path is forgotten, and a new one made where it leads to now",
    file: "src/provider/builtin/restic_memo.ts",
    find: "const texts = [repository, text];",
    replace: "const texts = [repository];",
    tests: ["tests/provider/builtin/restic_memo_test.ts"],
  },
  {
    id: "RM2",
    what: "a repository that is only where Schelly was started is left for one in the file's folder",
    file: "src/config/environment/restic_places.ts",
    find: "if (!wasThere) return ours!;",
    replace: "if (!wasThere || !isHere) return ours!;",
    tests: ["tests/config/environment/restic_places_test.ts"],
  },
  {
    id: "RM3",
    what: "of two repositories that a relative path may mean one is taken",
    file: "src/config/environment/restic_places.ts",
    find: "if (isHere) {",
    replace: 'if (isHere && written === "") {',
    tests: ["tests/config/environment/restic_places_test.ts"],
  },
  {
    id: "RM4",
    what: "a full disk is called a lock of another restic, and waited for",
    file: "src/provider/builtin/restic_output.ts",
    find: 'if (code === 11 || /repository is already locked/i.test(stderr)) return "locked";',
    replace: 'if (code === 11 || /already locked|unable to create lock/i.test(stderr)) return "locked";',
    tests: ["tests/provider/builtin/restic_output_test.ts"],
  },
  {
    id: "RM5",
    what: "each of hundreds of tries of a start that waits is a line of the log",
    file: "src/engine/run/start.ts",
    find: "const isNews = !isWaiting(before) || before.message !== message;",
    replace: "const isNews = !isWaiting(before) || before.message === message;",
    tests: ["tests/app/quiet_log_test.ts"],
  },
];
