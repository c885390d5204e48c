// Ways for a storage that fills up to look well: deletions that find no way, and locks that nobody may take away.

import type { PlantedBug } from "./planted_bug.ts";

export const STUCK_BUGS: readonly PlantedBug[] = [
  {
    id: "K1",
    what: "deletions that find no way show nowhere",
    file: "src/app/operations/readiness.ts",
    find: "  for (const open of openDeletions) toldOfJob(",
    replace: "  for (const open of openDeletions.slice(1)) toldOfJob(",
    tests: ["tests/app/operations/readiness_test.ts"],
  },
  {
    id: "K2",
    what: "nobody learns what stands in the way of a deletion",
    file: "src/engine/retention/delete_call.ts",
    find: "    set: { deleteNotBefore: now + wait, message: why },",
    replace: "    set: { deleteNotBefore: now + wait },",
    tests: ["tests/app/operations/readiness_test.ts"],
  },
  {
    id: "K3",
    what: "a lock that is meant by the beginning of its id may be another's",
    file: "src/cli/jobs/jobs_unlock.ts",
    find: "  if (meant.length === 1) return meant[0]!.id;",
    replace: "  if (meant.length >= 1) return meant[0]!.id;",
    tests: ["tests/cli/jobs/jobs_unlock_test.ts"],
  },
  {
    id: "K4",
    what: "locks go without anybody's yes",
    file: "src/cli/jobs/jobs_unlock.ts",
    find: "    args.yes,\n    `Remove",
    replace: "    true,\n    `Remove",
    tests: ["tests/cli/jobs/jobs_unlock_test.ts"],
  },
];
