// Ways to lose or keep wrongly what an operator rejected, and what counts beside it, where an election is kept up to date.

import type { PlantedBug } from "./planted_bug.ts";

export const REJECTED_BUGS: readonly PlantedBug[] = [
  {
    id: "RW1",
    what: "where an election is kept up to date, a rejected backup goes although it is held",
    file: "src/domain/retention/followed/incremental_election.ts",
    find: "return this.#marks.held.has(place) || this.counted === 0;",
    replace: "return this.counted === 0;",
    tests: ["tests/domain/retention/followed/incremental_election_test.ts"],
  },
  {
    id: "RW2",
    what: "where an election is kept up to date, rejected backups go although nothing else is left",
    file: "src/domain/retention/followed/incremental_election.ts",
    find: "return this.#marks.held.has(place) || this.counted === 0;",
    replace: "return this.#marks.held.has(place);",
    tests: ["tests/domain/retention/followed/incremental_election_test.ts"],
  },
  {
    id: "RW3",
    what: "where backups are read as columns, a rejected one stands for its period and lets a good one go",
    file: "src/store/read/election_columns.ts",
    find: "rejected: (marks[at]! & 16) !== 0,",
    replace: "rejected: false,",
    tests: ["tests/engine/retention/election_follower_test.ts"],
  },
  {
    id: "RW4",
    what: "the guard of a large job does not count what was rejected",
    file: "src/engine/retention/election_follower.ts",
    find: "const counted = election.counted + election.rejectedVictims;",
    replace: "const { counted } = election;",
    tests: ["tests/engine/retention/election_follower_test.ts"],
  },
  {
    id: "RW5",
    what: "a policy that was edited away keeps what was rejected",
    file: "src/domain/retention/followed/verdicts.ts",
    find: " || this.marks.rejected.has(place)) return own;",
    replace: ") return own;",
    tests: ["tests/domain/retention/followed/former_elections_test.ts"],
  },
  {
    id: "RW6",
    what: "what was rejected takes part in forecasts of a large job",
    file: "src/domain/retention/followed/places.ts",
    find: "!places.isThere(place) || places.rejected.has(place)",
    replace: "!places.isThere(place)",
    tests: ["tests/engine/retention/shown_election_test.ts"],
  },
  {
    id: "RW7",
    what: "a followed election that lost sight of a rejected backup is not found out by the daily one",
    file: "src/domain/retention/followed/same_election.ts",
    find: "mine.isHeld(at) === its.isHeld(there) && mine.unkept.has(at) === its.unkept.has(there) &&",
    replace: "",
    tests: ["tests/domain/retention/followed/incremental_election_test.ts"],
  },
];
