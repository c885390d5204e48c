// Ways to leave slots without a decision, or to make up some, once it is known which clock was right.

import type { PlantedBug } from "./planted_bug.ts";

const TESTS = ["tests/engine/clock/dating_test.ts"];

export const DATING_BUGS: readonly PlantedBug[] = [
  {
    id: "DT1",
    what: "a job that was there when the clock was last right passes for a new one",
    file: "src/engine/clock/dating.ts",
    find: "of.knownSince > Math.max(anchor,",
    replace: "of.knownSince >= Math.max(anchor,",
    tests: TESTS,
  },
  {
    id: "DT2",
    what: "a job stays known since a time that lies ahead of a clock that was set back",
    file: "src/engine/clock/dating.ts",
    find: "knownSince: Math.min(knownSince, cursor), openRangeRunId",
    replace: "knownSince, openRangeRunId",
    tests: TESTS,
  },
  {
    id: "DT3",
    what: "a job that is new in doubt cannot be told from one that was there before",
    file: "src/engine/clock/job_clock.ts",
    find: "return watch.mark() === null ? now : Math.max(now, watch.read().memory.wall + 1);",
    replace: "return now;",
    tests: TESTS,
  },
  {
    id: "DT4",
    what: "what a new job ran in doubt hides slots that came since it was added",
    file: "src/engine/clock/dating.ts",
    find: "cursor: Math.max(of.cursor, knownSince) };",
    replace: "cursor: Math.max(of.cursor, of.cursor + shiftOf(open, of.cursor)) };",
    tests: TESTS,
  },
  {
    id: "DT5",
    what: "a job that is known since earlier has no schedule until the time of the wrong clock comes",
    file: "src/store/schema/known_earlier.ts",
    find: "WHEN new.known_since < old.known_since",
    replace: "WHEN new.known_since IS NULL",
    tests: [...TESTS, "tests/store/schema/known_earlier_test.ts"],
  },
  {
    id: "DT6",
    what: "a slot is decided in doubt, since it had come when the clock was asked",
    file: "src/engine/run/decision_writer.ts",
    find: ', { condition: "due", at: to }];',
    replace: ', ...(to < from ? [{ condition: "due", at: to } as const] : [])];',
    tests: TESTS,
  },
  {
    id: "DT7",
    what: "a slot that waited for a cancel holds up those of a clock that went back",
    file: "src/engine/job_scheduler.ts",
    find: "        this.#waitingSlot = null;\n        this.#rangeDecidedAt = -Infinity;",
    replace: "        this.#rangeDecidedAt = -Infinity;",
    tests: TESTS,
  },
  {
    id: "DT8",
    what: "an edited schedule begins ahead of the clock, which jumped back before that was saved",
    file: "src/engine/clock/job_clock.ts",
    find: 'cursor === state.cursor ? [] : [{ condition: "due", at: cursor }]',
    replace: "[]",
    tests: TESTS,
  },
];
