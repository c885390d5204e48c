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
  {
    id: "SH3",
    what: "a lock that looks old goes though a restic of this program is at work under it",
    file: "src/provider/builtin/restic_locks.ts",
    find: "lock.worker === undefined && (lock.isLeft || isUnattended(lock, now));",
    replace: "lock.isLeft || isUnattended(lock, now);",
    tests: ["tests/provider/builtin/restic_siblings_test.ts"],
  },
  {
    id: "SH4",
    what: "each provider knows its own restic alone",
    file: "src/provider/builtin/restic.ts",
    find: "(ports.siblings ?? createResticSiblings())",
    replace: "createResticSiblings()",
    tests: ["tests/provider/builtin/restic_siblings_test.ts"],
  },
  {
    id: "SH5",
    what: "every entry of a repository prunes and checks it",
    file: "src/provider/builtin/upkeep_circle.ts",
    find: "    if (first?.one !== member) return undefined;\n",
    replace: "    if (first === undefined) return undefined;\n",
    tests: ["tests/provider/builtin/upkeep_circle_test.ts"],
  },
  {
    id: "SH6",
    what: "the check of one tells the others nothing",
    file: "src/provider/builtin/upkeep.ts",
    find:
      "    for (const other of this.#circle.othersOf(this)) await other.hear(this.key, name, state, news);\n",
    replace: "",
    tests: ["tests/provider/builtin/upkeep_circle_test.ts"],
  },
  {
    id: "SH7",
    what: "upkeep begins beside upkeep of a sibling",
    file: "src/provider/builtin/upkeep_circle.ts",
    find: "return this.#busy > 0 || this.#current !== undefined;",
    replace: "return this.#busy > 0;",
    tests: ["tests/provider/builtin/upkeep_circle_test.ts"],
  },
  {
    id: "SH8",
    what: "what was found on another repository of the same name counts",
    file: "src/provider/builtin/upkeep_circle.ts",
    find: "        other.storageId === member.storageId)",
    replace: "        other.storageId !== null)",
    tests: ["tests/provider/builtin/upkeep_circle_test.ts"],
  },
  {
    id: "SH10",
    what: "upkeep that finds no moment between backups is missed silently",
    file: "src/provider/builtin/upkeep_waits.ts",
    find: "return wait.isTold = true;",
    replace: "return false;",
    tests: ["tests/provider/builtin/upkeep_circle_test.ts"],
  },
  {
    id: "SH9",
    what: "what nobody has any more stays in mind",
    file: "src/provider/builtin/restic_siblings.ts",
    find: "if (home?.members.size === 0 && home.circle.isEmpty) homes.delete(id);",
    replace: "if (home === undefined) homes.delete(id);",
    tests: ["tests/provider/builtin/restic_siblings_test.ts"],
  },
];
