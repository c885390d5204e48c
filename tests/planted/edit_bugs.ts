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
    id: "ED5",
    what:
      "backups from the future move on in the elections of all policies at once, and each moves them again",
    file: "src/domain/retention/followed/place_line.ts",
    find: "    if (place < this.length) this.#own();\n",
    replace: "",
    tests: ["tests/domain/retention/followed/former_elections_test.ts"],
  },
  {
    id: "ED6",
    what: "a backup from the future that nobody has seen stops nothing where the job is followed",
    file: "src/engine/retention/election_follower.ts",
    find: "      if (election.future > future && !row.isSeen) followed.ahead++;\n",
    replace: "",
    tests: ["tests/engine/retention/election_follower_test.ts"],
  },
  {
    id: "ED7",
    what: "those that were there from the future stop nothing, either",
    file: "src/engine/retention/election_follower.ts",
    find: "const ahead = candidates.unseenAfter(now + FUTURE_TOLERANCE_MS);",
    replace: "const ahead = 0;",
    tests: ["tests/engine/retention/election_follower_test.ts"],
  },
  {
    id: "ED8",
    what: "a backup that is from the future no more goes on counting for nothing",
    file: "src/domain/retention/followed/incremental_election.ts",
    find: "    if (this.#line.ahead > 0 && !this.#line.isAhead(this.#line.firstAhead)) return false;\n",
    replace: "",
    tests: ["tests/domain/retention/followed/incremental_election_test.ts"],
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
