// Ways in which many jobs, whose work is shared, would be taken for one another, or for what they were.

import type { PlantedBug } from "./planted_bug.ts";

export const RELOAD_BUGS: readonly PlantedBug[] = [
  {
    id: "RE1",
    what: "a pattern with a day of the month and a weekday is due on days that are both",
    file: "src/domain/schedule/plain_days.ts",
    find: "daysOfMonth.includes(ofMonth) || (weekdays !== null && hasWeekday(picked, day))",
    replace: "daysOfMonth.includes(ofMonth) && hasWeekday(picked, day)",
    tests: ["tests/domain/schedule/day_slots_test.ts"],
  },
  {
    id: "RE2",
    what: "a pattern of the 29th of February is over four years before a year without one",
    file: "src/domain/schedule/plain_days.ts",
    find: "const MOST_MONTHS = 9 * 12;",
    replace: "const MOST_MONTHS = 5 * 12;",
    tests: ["tests/domain/schedule/day_slots_test.ts"],
  },
  {
    id: "RE3",
    what: "what the log did not tell of new jobs is told by nothing",
    file: "src/observe/folded_log.ts",
    find: 'if (told > 0 && event.type !== "store.commit"',
    replace: 'if (told < 0 && event.type !== "store.commit"',
    tests: ["tests/observe/folded_log_test.ts"],
  },
  {
    id: "RE4",
    what: "a forecast of deletions says none for a job that had no backups once",
    file: "src/app/future/departure_book.ts",
    find: "this.#soonest = Math.min(this.#soonest, dueAt(entry));\n  }\n\n  /** How many",
    replace: "void dueAt(entry);\n  }\n\n  /** How many",
    tests: ["tests/app/future/departure_book_test.ts"],
  },
];
