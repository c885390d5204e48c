// Ways to delete as left over what is not, to count it among backups, or to leave it there for ever.

import type { PlantedBug } from "./planted_bug.ts";

export const LEFTOVER_BUGS: readonly PlantedBug[] = [
  {
    id: "F1",
    what: "what failed is deleted though its provider calls it available by now",
    file: "src/engine/leftovers/clean_up.ts",
    find: '    else if (answer.backup.state === "failed") {',
    replace: '    else if (answer.backup.state !== "running") {',
    tests: ["tests/engine/leftovers/clean_up_test.ts"],
  },
  {
    id: "F2",
    what: "an earlier backup is enough to delete what a later failed run left",
    file: "src/store/schema/leftovers.ts",
    find: '    "AND later.at > runs.at AND later.start_time >= runs.end_time " +\n',
    replace: "",
    tests: ["tests/store/run_store_test.ts"],
  },
  {
    id: "F3",
    what: "what a run of unknown fate may have made is left over",
    file: "src/domain/leftovers.ts",
    find: 'if (run.reason === "unsettled" || run.endTime === null)',
    replace: "if (run.endTime === null)",
    tests: ["tests/domain/leftovers_test.ts"],
  },
  {
    id: "F4",
    what: "data that another backup uses goes with what a failed run left",
    file: "src/store/schema/leftovers.ts",
    find: '    `AND NOT ${another("runs_data_id", "data_id")} AND NOT',
    replace: "    `AND NOT",
    tests: ["tests/store/run_store_test.ts"],
  },
  {
    id: "F5",
    what: "a repeated deletion of what was left is judged as one of a backup, and latches a guard",
    file: "src/engine/retention_queue.ts",
    find: "rows.filter(({ endedAs }) => endedAs === null)",
    replace: "rows",
    tests: ["tests/engine/leftovers/clean_up_test.ts"],
  },
  {
    id: "F6",
    what: "what was left goes beside the pace of the pass",
    file: "src/engine/retention_queue.ts",
    find: "job.maxDeletesPerPass - report.pass.going.length",
    replace: "job.maxDeletesPerPass",
    tests: ["tests/engine/leftovers/clean_up_test.ts"],
  },
  {
    id: "F7",
    what: "an update deletes what failed runs left while nobody had asked for that",
    file: "src/domain/leftovers.ts",
    find: "return isSet || cleansFailedSince !== null ? ms : Infinity;",
    replace: "return ms;",
    tests: ["tests/domain/leftovers_test.ts", "tests/engine/leftovers/clean_up_test.ts"],
  },
  {
    id: "F8",
    what: "a period whose run failed counts as one whose backup was deleted",
    file: "src/store/schema/coverage_reads.ts",
    find: '"coalesce(runs.ended_as, runs.status)"',
    replace: '"runs.status"',
    tests: ["tests/store/run_store_test.ts"],
  },
  {
    id: "F9",
    what: "what failed runs left is never looked at",
    file: "src/engine/retention_queue.ts",
    find: "      await this.#cleanUp(report);\n",
    replace: "      void this.#cleanUp;\n",
    tests: ["tests/engine/leftovers/clean_up_test.ts"],
    simulated: true,
  },
];
