// Ways to let go, in the time after an edit, what a policy before it still protects, where elections are followed.

import type { PlantedBug } from "./planted_bug.ts";

export const EDIT_BUGS: readonly PlantedBug[] = [
  {
    id: "ED1",
    what: "a followed election forgets former policies for what it judges again",
    file: "src/domain/retention/followed/verdicts.ts",
    find: "const isVictim = isUnkept && this.reason(place) === undefined;",
    replace: "const isVictim = isUnkept && this.said(place) === undefined;",
    tests: ["tests/domain/retention/followed/former_elections_test.ts"],
  },
  {
    id: "ED2",
    what: "former policies do not see the backups that came since the edit",
    file: "src/domain/retention/followed/former_elections.ts",
    find: "return this.#every((election) => election.add({ ...candidate, keepReason: undefined }));",
    replace: "return candidate !== undefined;",
    tests: ["tests/domain/retention/followed/former_elections_test.ts"],
  },
  {
    id: "ED3",
    what: "what a former policy no longer keeps stays for as long as its hold",
    file: "src/domain/retention/followed/former_elections.ts",
    find: "    return this.#former.flatMap(({ election }) => election?.takeTurnedPlaces() ?? []);",
    replace:
      "    this.#former.flatMap(({ election }) => election?.takeTurnedPlaces() ?? []);\n    return [];",
    tests: ["tests/domain/retention/followed/former_elections_test.ts"],
  },
  {
    id: "ED4",
    what: "a followed election is told of no former policy",
    file: "src/engine/retention/election_follower.ts",
    find: "const former = isEdited ? await",
    replace: "const former = isEdited && state.policySince < 0 ? await",
    tests: ["tests/engine/retention/election_follower_test.ts"],
  },
  {
    id: "ED9",
    what: "more backups are looked at one by one than there is memory for",
    file: "src/engine/retention/election_look.ts",
    find: "  if (state.availableCount > most) throw tooMany(job, state.availableCount, most);\n",
    replace: "",
    tests: ["tests/engine/retention/election_follower_test.ts"],
  },
];
