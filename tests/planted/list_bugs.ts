// Ways to show a page of a list that is another's, lacks what belongs into it, or is of before.

import type { PlantedBug } from "./planted_bug.ts";

export const LIST_BUGS: readonly PlantedBug[] = [
  {
    id: "LP1",
    what: "who asks for runs is shown what was made of backups",
    file: "src/store/read/page_memo.ts",
    find: "JSON.stringify([numberOf(show), query])",
    replace: "JSON.stringify([query])",
    tests: ["tests/store/read/page_memo_test.ts"],
  },
  {
    id: "LP2",
    what: "runs whose backups are long gone are missing from full pages",
    file: "src/store/read/list_queries.ts",
    find: "rows.length < most || listedAt(rows.at(-1)!) <= newest",
    replace: "rows.length < most",
    tests: ["tests/store/write/make_old_test.ts"],
  },
  {
    id: "LP3",
    what: "what is told of leftovers in a list is nothing, or of before",
    file: "src/api/backups.ts",
    find: "items.some(mayHaveLeft) ?",
    replace: "items.length === 0 ?",
    tests: ["tests/api/backups_test.ts"],
  },
  {
    id: "LP4",
    what: "a page begins by a walk over all that is newer",
    file: "src/store/read/list_queries.ts",
    find: "`(at, run_id) < (${arg(BigInt(after[0]))}, ${arg(after[1])})`",
    replace: "`(at + 0, run_id) < (${arg(BigInt(after[0]))}, ${arg(after[1])})`",
    tests: ["tests/store/read/list_queries_test.ts"],
  },
];
