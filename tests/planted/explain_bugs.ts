// Ways to show somebody another decision than the one that retention would take.

import type { PlantedBug } from "./planted_bug.ts";

export const EXPLAIN_BUGS: readonly PlantedBug[] = [
  {
    id: "XP1",
    what: "the digest of other victims is shown again when they are as many",
    file: "src/engine/retention/election_follower.ts",
    find: "digested?.standing === standing && ",
    replace: "digested !== null && ",
    tests: ["tests/engine/retention/shown_election_test.ts"],
  },
  {
    id: "XP2",
    what: "each page counts the ranks of its backups from one",
    file: "src/domain/retention/followed/places.ts",
    find: "places.rankings.map((ranking) => ranking.places.countFrom(place))",
    replace: "places.rankings.map(() => 0)",
    tests: ["tests/domain/retention/followed/places_test.ts"],
  },
  {
    id: "XP3",
    what: "a page of those that go leaves one out where the last of the page before is gone",
    file: "src/domain/retention/followed/places.ts",
    find: "  if (after !== null && !isAt(election, place, after)) place--;\n",
    replace: "",
    tests: ["tests/domain/retention/followed/places_test.ts"],
  },
  {
    id: "XP4",
    what: "what shared its data once is kept for ever",
    file: "src/engine/retention/keep_sharing.ts",
    find: "of [known, await mayShare",
    replace: "of [[], await mayShare",
    tests: ["tests/engine/retention/shown_election_test.ts"],
  },
  {
    id: "XP5",
    what: "after an edit a reader is shown as kept what the policy before let go",
    file: "src/engine/retention/column_look.ts",
    find: "if (former?.places.victims.has(place)) continue;",
    replace: "if (!former?.places.victims.has(place)) continue;",
    tests: ["tests/engine/retention/shown_election_test.ts"],
  },
  {
    id: "XP6",
    what: "each page of those that go begins with the oldest",
    file: "src/app/operations/retention_views.ts",
    find: 'const after = place?.decision === "remove" ? place : null;',
    replace: "const after = null;",
    tests: ["tests/app/operations/retention_views_test.ts"],
  },
  {
    id: "XP7",
    what: "two that share their data do not, where very many are to go",
    file: "src/store/read/shared_rows.ts",
    find: "FILTER (WHERE rows > 1)",
    replace: "FILTER (WHERE rows > 2)",
    tests: ["tests/store/read/shared_rows_test.ts"],
  },
  {
    id: "XP8",
    what: "a page that is being read since before a change is told of after it",
    file: "src/store/read/page_memo.ts",
    find: "        begun.clear();\n",
    replace: "",
    tests: ["tests/store/read/page_memo_test.ts"],
  },
];
