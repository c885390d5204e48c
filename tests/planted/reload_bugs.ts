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
];
