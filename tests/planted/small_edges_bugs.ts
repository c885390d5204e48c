// Ways to lose data or tell an untruth at small edges: a clock that creeps, names that come back, words after a crash.

import type { PlantedBug } from "./planted_bug.ts";

export const SMALL_EDGES_BUGS: readonly PlantedBug[] = [
  {
    id: "SE1",
    what: "a clock that creeps is believed, as no step of its is large",
    file: "src/engine/clock/clock_watch.ts",
    find: "const crept = agrees ? creptBy(this.#pace, at) : 0;",
    replace: "const crept = 0 as number;",
    tests: ["tests/engine/clock/clock_watch_test.ts"],
  },
  {
    id: "SE2",
    what: "a restart forgets how far the clock crept",
    file: "src/engine/clock/clock_watch.ts",
    find: "this.#pace = memory.pace ?? null;",
    replace: "this.#pace = null;",
    tests: ["tests/engine/clock/clock_watch_test.ts"],
  },
  {
    id: "SE3",
    what: "what ends does so by the time that a clock gained by small steps",
    file: "src/engine/clock/clock_watch.ts",
    find: "      this.#takeBackSteps(at, crept);\n",
    replace: "",
    tests: ["tests/engine/clock/clock_watch_test.ts"],
  },
  {
    id: "SE4",
    what: "a run in doubt is dated to a slot of before its job",
    file: "src/engine/clock/job_clock.ts",
    find: "const from = Math.max(at - 2 * (slots.interval(at) ?? 0), knownSince);",
    replace: "const from = at - 2 * (slots.interval(at) ?? 0);",
    tests: ["tests/engine/clock/dating_test.ts"],
  },
  {
    id: "SE5",
    what: "a slot that a job had in doubt stays, also where the job was added later by the right clock",
    file: "src/engine/clock/job_clock.ts",
    find: "(hasSlotAhead(run, now) || hasSlotBefore(run, before, dated)) &&",
    replace: "hasSlotAhead(run, now) &&",
    tests: ["tests/engine/clock/dating_test.ts"],
  },
  {
    id: "SE6",
    what: "rows are dated by a clock that jumped before that was saved",
    file: "src/engine/clock/job_clock.ts",
    find: '[{ condition: "datedBy", open }]',
    replace: "[]",
    tests: ["tests/engine/clock/dating_test.ts"],
  },
  {
    id: "SE7",
    what: "a job that comes back has decided what a clock took back before that was saved",
    file: "src/engine/inventory/unmanaged.ts",
    find: 'set.cursor === cursor ? [] : [{ condition: "due", at: set.cursor }];',
    replace: "[];",
    tests: ["tests/engine/clock/dating_test.ts"],
  },
  {
    id: "SE8",
    what: "under a forgotten name a job begins with the pause and the guards of the one before",
    file: "src/engine/job_entry.ts",
    find: "state = await beginAnew(context, state, job) ?? await takeBack(context, state, slots);",
    replace: "state = await takeBack(context, state, slots);",
    tests: ["tests/app/operations/forget_test.ts"],
  },
  {
    id: "SE9",
    what: "guards of a forgotten job go although a backup of it came to light",
    file: "src/engine/inventory/forgotten.ts",
    find: 'conditions: [{ condition: "forgettable", job }],',
    replace: "conditions: [],",
    tests: ["tests/app/operations/forget_test.ts"],
  },
];
