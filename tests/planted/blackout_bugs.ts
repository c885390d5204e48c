// Ways to start in a blackout, or never to start again for one.

import type { PlantedBug } from "./planted_bug.ts";

const TESTS = ["tests/domain/schedule/blackout_test.ts", "tests/engine/blackout_test.ts"];

export const BLACKOUT_BUGS: readonly PlantedBug[] = [
  {
    id: "BO1",
    what: "a slot from before the blackout that comes late starts in it",
    file: "src/domain/schedule/dispatch.ts",
    find: "if (blackout !== null && (windowOfNow ?? windowOfDue) !== null) {",
    replace: "if (blackout !== null && windowOfDue !== null) {",
    tests: TESTS,
  },
  {
    id: "BO2",
    what: "a start that waits for the end of the blackout is decided as missed by then",
    file: "src/domain/schedule/dispatch.ts",
    find: "const late = now - (windowOfDue?.end ?? due);",
    replace: "const late = now - due;",
    tests: TESTS,
  },
  {
    id: "BO3",
    what: "a window over midnight ends at midnight",
    file: "src/domain/schedule/blackout_windows.ts",
    find: "DAY - hours.from + hours.until;",
    replace: "DAY - hours.from;",
    tests: TESTS,
  },
  {
    id: "BO4",
    what: "a failed start is tried again in the blackout",
    file: "src/engine/run/start.ts",
    find: '  return trigger === "schedule" ? mayStartAt(blackoutOf(job), at) : at;',
    replace: "  return at;",
    tests: TESTS,
  },
  {
    id: "BO6",
    what: "an edit of the schedule leaves a waiting slot without a decision",
    file: "src/domain/schedule/dispatch.ts",
    find: ": input.final !== true && mayWait(input, due, windowOfNow);",
    replace: ": mayWait(input, due, windowOfNow);",
    tests: TESTS,
  },
  {
    id: "BO8",
    what: "a job that waits for the end of a long blackout is told as late",
    file: "src/domain/schedule/slots_to_run.ts",
    find: "  if (blackout === null || anywhere === null) return anywhere;",
    replace: "  if (anywhere !== Infinity) return anywhere;",
    tests: TESTS,
  },
];
