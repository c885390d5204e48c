// Bugs in second copies: each would claim a copy that is none, lose track of one, or tell of more copies than there are.

import type { PlantedBug } from "./planted_bug.ts";

const COPIES = ["tests/provider/builtin/restic_copy_test.ts"];

export const SECOND_COPY_BUGS: readonly PlantedBug[] = [
  {
    id: "CP1",
    what: "what is here already is copied again and again",
    file: "src/provider/builtin/restic_copy.ts",
    find: "  if (made !== undefined) {\n",
    replace: "  if (made === one) {\n",
    tests: COPIES,
  },
  {
    id: "CP2",
    what: "what bears the tags of the other repository is listed as a backup of this one",
    file: "src/provider/builtin/restic.ts",
    find: " && (copy?.isMade(snapshot) ?? true)",
    replace: "",
    tests: COPIES,
  },
  {
    id: "CP3",
    what: "a copy that ended with an error counts as made",
    file: "src/provider/builtin/restic_copy.ts",
    find:
      "  if (result.code !== 0) throw copyFailure(parts, result);\n  const { left: arrived } = await copiesOf(parts, one);\n",
    replace: "  const arrived = result.code !== 0 ? one : (await copiesOf(parts, one)).left;\n",
    tests: COPIES,
  },
  {
    id: "CP4",
    what: "two jobs at one provider count as two copies",
    file: "src/domain/promise.ts",
    find: "map(({ providerKey }) => providerKey)).size;",
    replace: "map(({ job }) => job)).size;",
    tests: ["tests/domain/promise_test.ts"],
  },
];
