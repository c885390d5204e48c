// Bugs in what is kept for being among the newest, or of a time before the newest: each would let a backup go that should live.

import type { PlantedBug } from "./planted_bug.ts";

const ELECTION = "src/domain/retention/election.ts";
const POLICY = "src/domain/policy.ts";
const FOLLOWED = "src/domain/retention/followed/";

export const KEEPING_BUGS: readonly PlantedBug[] = [
  {
    id: "KW1",
    what: "keep_within is measured from now: where backups cease to come, those that there are go",
    file: ELECTION,
    find: "const within = newestTime - candidate.periodTime < policy.keepWithinMs;",
    replace: "const within = now - candidate.periodTime < policy.keepWithinMs;",
    tests: ["tests/domain/retention/election_test.ts"],
    simulated: true,
    from: 120,
  },
  {
    id: "KW2",
    what: "keep_within goes by when a backup ended, not by the time it is of",
    file: ELECTION,
    find: "const within = newestTime - candidate.periodTime < policy.keepWithinMs;",
    replace: "const within = newestTime - (candidate.endTime ?? candidate.periodTime) < policy.keepWithinMs;",
    tests: ["tests/domain/retention/election_test.ts"],
    simulated: true,
    from: 130,
  },
  {
    id: "KW3",
    what: "keep_within is measured from the newest of all, suspect and dated ahead or not",
    file: ELECTION,
    find: "times[contenders[counted - 1]!]!;",
    replace: "times[times.length - 1]!;",
    tests: ["tests/domain/retention/election_test.ts"],
  },
  {
    id: "KW4",
    what: "suspects count among the last ones",
    file: ELECTION,
    find: "      if (counts[at] === 0) {\n",
    replace:
      "      if (counts[at] === 0) {\n        if (candidate.suspect) reasonsOf(candidate, 0, at, false);\n",
    tests: ["tests/domain/retention/election_test.ts"],
    simulated: true,
  },
  {
    id: "KW5",
    what: "the oldest backup of the window goes where an election is made to be kept up to date",
    file: `${FOLLOWED}newest_window.ts`,
    find: "counted.after(firstWhere(newest, (place) => !isOut(place)) - 1)",
    replace: "counted.after(firstWhere(newest, (place) => !isOut(place)))",
    tests: ["tests/domain/retention/followed/incremental_election_test.ts"],
    simulated: true,
  },
  {
    id: "KW6",
    what: "the window stays at its old place when gaps are closed, and so is too small",
    file: `${FOLLOWED}level_winners.ts`,
    find: "    this.#window.move(to);\n",
    replace: "",
    tests: ["tests/domain/retention/followed/incremental_election_test.ts"],
  },
  {
    id: "KW7",
    what: "a stored policy does not tell its keep_within: an edit that shrinks it holds nothing",
    file: POLICY,
    find: "if (policy.keepWithinMs > 0) parts.push(",
    replace: "if (policy.keepWithinMs < 0) parts.push(",
    tests: ["tests/domain/policy_test.ts", "tests/engine/retention/retain_test.ts"],
    simulated: true,
    from: 60,
  },
  {
    id: "KW8",
    what: "keep_last of the configuration is not read",
    file: "src/config/build/build_retention.ts",
    find: "retention.keep_last ?? retention.min_keep ??",
    replace: "retention.min_keep ??",
    tests: ["tests/config/accepted_test.ts"],
  },
  {
    id: "KW9",
    what: "a window written in months is taken for minutes",
    file: "src/config/schema/schema_job.ts",
    find: "      span,\n",
    replace: '      duration(0, "0s"),\n',
    tests: ["tests/config/refusals_test.ts"],
  },
  {
    id: "KW10",
    what: "a backup goes a moment before it is out of the window",
    file: `${FOLLOWED}newest_window.ts`,
    find: "times[newest]! - times[place]! >= this.withinMs;",
    replace: "times[newest]! - times[place]! >= this.withinMs - 1;",
    tests: ["tests/domain/retention/followed/incremental_election_test.ts"],
  },
];
