// Ways to show days of a job that are not what became of it.

import type { PlantedBug } from "./planted_bug.ts";

const FILE = "src/store/schema/job_days.ts";
const DAYS = ["tests/store/run_store_test.ts"];
const OLD = ["tests/store/schema/job_days_test.ts"];

export const DAYS_BUGS: readonly PlantedBug[] = [
  {
    id: "RU1",
    what: "a failed try that another follows is shown as a day that failed",
    file: FILE,
    find: "IS NULL AND ${row}retry_end IS NOT 'tried_again' THEN 'failed' END",
    replace: "IS NULL OR true THEN 'failed' END",
    tests: DAYS,
  },
  {
    id: "RU2",
    what: "what failed and is deleted by hand is shown as a good day",
    file: FILE,
    find: "coalesce(${row}reason, 'absent') <> 'absent'",
    replace: "false",
    tests: OLD,
  },
  {
    id: "RU3",
    what: "a figure that is taken off as nothing keeps a run from being saved",
    file: FILE,
    find: "WHERE counted.kind IS NOT NULL AND job",
    replace: "WHERE job",
    tests: DAYS,
  },
  {
    id: "RU4",
    what: "what is put away takes its days along",
    file: FILE,
    find: 'WHEN ${isOver("old")} AND NOT EXISTS (SELECT 1 FROM moving) BEGIN',
    replace: 'WHEN ${isOver("old")} BEGIN',
    tests: OLD,
  },
  {
    id: "RU5",
    what: "a lost backup that is found stays a failure of its day",
    file: FILE,
    find: "OR old.status <> new.status AND new.status = 'available')`",
    replace: ")`",
    tests: DAYS,
  },
  {
    id: "RU6",
    what: "the days of a job that joins another are lost",
    file: "src/store/write/join_sql.ts",
    find: "  joinJobDays(former, stays, from),\n",
    replace: "",
    tests: DAYS,
  },
  {
    id: "RU7",
    what: "slots of a long outage are all shown on its first day",
    file: "src/store/read/job_days.ts",
    find: "slotsByDay({ from, until, slots }, first)",
    replace: "slotsByDay({ from, until: from, slots }, first)",
    tests: DAYS,
  },
  {
    id: "RU11",
    what: "slots that a clock in doubt called missed are shown as missed",
    file: "src/store/read/job_days.ts",
    find: " AND clock_off IS NULL`",
    replace: "`",
    tests: DAYS,
  },
  {
    id: "RU8",
    what: "days are kept for ever",
    file: "src/store/write/prune_days.ts",
    find: "old.day < ?1 LIMIT",
    replace: "old.day < ?1 - 9999 LIMIT",
    tests: OLD,
  },
  {
    id: "RU9",
    what: "a backup whose deletion begins counts once more",
    file: FILE,
    find: 'const hasEnded = `${isOver("new")} AND ${isOpen("old")}`;',
    replace: 'const hasEnded = isOver("new");',
    tests: DAYS,
  },
  {
    id: "RU10",
    what: "a failed run that is deleted by hand loses why it failed, and passes for a good one",
    file: "src/engine/retention/delete_call.ts",
    find: 'row.reason !== null && row.reason !== "absent" ? row.reason : odd ? "absent" : null',
    replace: 'odd ? "absent" : null',
    tests: ["tests/engine/retention/shared_data_test.ts"],
  },
];
