// Ways to forget a job that is not over, or more of it than its place in the lists.

import type { PlantedBug } from "./planted_bug.ts";

export const FORGET_BUGS: readonly PlantedBug[] = [
  {
    id: "FG1",
    what: "a job is forgotten while it has a held backup, or any other",
    file: "src/app/operations/forget.ts",
    find: 'conditions: [{ condition: "forgettable", job: name }],',
    replace: "conditions: [],",
    tests: ["tests/app/operations/forget_test.ts"],
  },
  {
    id: "FG2",
    what: "the store lets a job of the configuration be forgotten",
    file: "src/store/schema/forgotten.ts",
    find: '"jobs.unmanaged_since IS NOT NULL" +',
    replace: '"jobs.job IS NOT NULL" +',
    tests: ["tests/store/run_store_test.ts"],
  },
  {
    id: "FG3",
    what: "the rows of a forgotten job are deleted",
    file: "src/store/schema/forgotten.ts",
    find: '"ALTER TABLE jobs ADD COLUMN forgotten_at INTEGER"',
    replace:
      '"ALTER TABLE jobs ADD COLUMN forgotten_at INTEGER", "CREATE TRIGGER forgotten AFTER UPDATE OF forgotten_at " +\n' +
      '  "ON jobs WHEN new.forgotten_at IS NOT NULL BEGIN DELETE FROM runs WHERE job = new.job; END"',
    tests: ["tests/app/operations/forget_test.ts"],
  },
  {
    id: "FG4",
    what: "a job stays forgotten although it was configured again",
    file: "src/engine/inventory/unmanaged.ts",
    find: "    forgottenAt: null,\n",
    replace: "",
    tests: ["tests/app/operations/forget_test.ts"],
  },
  {
    id: "FG5",
    what: "what cancelled and lost runs left is no reason against forgetting",
    file: "src/store/schema/forgotten.ts",
    find: 'inStatus(["failed", "cancelled", "lost"])',
    replace: 'inStatus(["failed"])',
    tests: ["tests/app/operations/forget_test.ts"],
  },
  {
    id: "FG6",
    what: "a backup of a forgotten job that comes to light stays hidden",
    file: "src/domain/remains.ts",
    find: "return forgottenAt !== null && availableCount === 0;",
    replace: "return forgottenAt !== null && availableCount >= 0;",
    tests: ["tests/app/operations/forget_test.ts"],
  },
];
