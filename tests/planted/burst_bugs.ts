// Ways in which many at once would do what one by one never did: too much is sent, too late, or out of turn.

import type { PlantedBug } from "./planted_bug.ts";

export const BURST_BUGS: readonly PlantedBug[] = [
  {
    id: "BU1",
    what: "what waits for its turn in a pass is sent although the pass was stopped",
    file: "src/engine/retention/removal.ts",
    find: "    const rest = [...this.#unsent, ...this.#read].map(({ runId }) => runId).concat(",
    replace: "    const rest = this.#read.map(({ runId }) => runId).concat(",
    tests: ["tests/engine/retention/removal_test.ts"],
  },
  {
    id: "BU2",
    what: "a provider that is the wrong one is found out by as many deletions as it takes at a time",
    file: "src/engine/retention/pass_pace.ts",
    find: "const trusted = ENOUGH - this.#trouble + this.#credit;",
    replace: "const trusted = this.#trouble < ENOUGH ? Infinity : 0;",
    tests: ["tests/engine/retention/removal_test.ts"],
  },
  {
    id: "BU3",
    what: "one deletion without an answer ends the pass of all others",
    file: "src/engine/retention/pass_pace.ts",
    find: "} else this.#unansweredInRow++;",
    replace: "} else this.giveUp();",
    tests: ["tests/engine/retention/removal_test.ts"],
  },
  {
    id: "BU4",
    what: "deletions that are being called count for nothing: all of a pass are begun at once",
    file: "src/engine/retention/pass_pace.ts",
    find: "const calls = Number.isFinite(most) ? most : 1;",
    replace: "const calls = most;",
    tests: ["tests/engine/retention/removal_test.ts"],
  },
  {
    id: "BU5",
    what:
      "while a crowd of jobs is fired nothing else has its turn, and the first of them waits for the last",
    file: "src/engine/ticker.ts",
    find: "      if (at > 0 && at % SLICE_SOURCES === 0) await this.clock.yield();\n",
    replace: "",
    tests: ["tests/engine/burst_test.ts"],
  },
  {
    id: "BU6",
    what: "the few jobs of one provider wait for the many of another that are due with them",
    file: "src/engine/deal.ts",
    find: "  if (sources.length <= CROWD) return sources;\n",
    replace: "  if (sources.length > 0) return sources;\n",
    tests: ["tests/engine/burst_test.ts"],
  },
  {
    id: "BU7",
    what: "all changes that wait share one batch, which keeps the program from everything else",
    file: "src/store/write/group_commit.ts",
    find: "Math.round((most + wanted) / 2)",
    replace: "Math.round((most + wanted) * MOST_CHANGES)",
    tests: ["tests/store/write/group_commit_test.ts"],
  },
  {
    id: "BU8",
    what: "a DELETE is marked as sent on the word of a backup that the same batch calls missing",
    file: "src/store/write/batch.ts",
    find: "!overlap(last.changed, endedRuns.looked)",
    replace: "!overlap(last.changed, endedRuns.changed)",
    tests: ["tests/store/write/batch_test.ts"],
  },
  {
    id: "BU9",
    what: "an id that is bound under a provider key which came up since the start is bound a second time",
    file: "src/store/run_store.ts",
    find: "        keys.saw(change);\n",
    replace: "",
    tests: ["tests/store/run_store_test.ts"],
  },
];
