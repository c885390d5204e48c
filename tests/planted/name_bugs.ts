// Ways to lose what is on record when a job or a provider takes another name.

import type { PlantedBug } from "./planted_bug.ts";

export const NAME_BUGS: readonly PlantedBug[] = [
  {
    id: "N1",
    what: "a renamed_from that comes after the new name does nothing",
    file: "src/engine/rename.ts",
    find: "if (state !== undefined) return await join(context, job, former, state, slotsOf);",
    replace: "if (state !== undefined) return false;",
    tests: ["tests/engine/rename_test.ts"],
  },
  {
    id: "N2",
    what: "backups that came with another name are deleted without an approval",
    file: "src/engine/rename.ts",
    find: "former.availableCount === 0 ? ",
    replace: "former.availableCount >= 0 ? ",
    tests: ["tests/engine/rename_test.ts"],
  },
  {
    id: "N3",
    what: "the pause of the former name is forgotten",
    file: "src/engine/rename.ts",
    find: "  if (state.pausedAt === null) return former;",
    replace: "  if (state.pausedAt === null) return state;",
    tests: ["tests/engine/rename_test.ts"],
  },
  {
    id: "N4",
    what: "two providers that are one service both take over its former key",
    file: "src/config/build/build_providers.ts",
    find: "keys.filter((key) => !asked.has(key) && count.get(key) === 1)",
    replace: "keys.filter((key) => !asked.has(key))",
    tests: ["tests/config/accepted_test.ts"],
  },
  {
    id: "N5",
    what: "a reload that leaves the backups of a former key to nobody says nothing of it",
    file: "src/engine/engine.ts",
    find: "    return left;",
    replace: "    return left.slice(0, 0);",
    tests: ["tests/engine/inventory/unmanaged_test.ts"],
  },
  {
    id: "N6",
    what: "a guard tells to approve a job under the name that it had before",
    file: "src/store/write/change_parts.ts",
    find: "[sql.RENAME_JOB, RENAME_IN_GUARDS]",
    replace: "[sql.RENAME_JOB]",
    tests: ["tests/store/run_store_test.ts"],
  },
];
