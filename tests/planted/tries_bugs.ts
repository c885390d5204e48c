// Ways to give up, to misdate, or to forget what is to be tried again.

import type { PlantedBug } from "./planted_bug.ts";

const TESTS = ["tests/engine/run/tries_in_doubt_test.ts"];

export const TRIES_BUGS: readonly PlantedBug[] = [
  {
    id: "TD1",
    what: "what is cut off in doubt is given up without a word",
    file: "src/engine/run/answer.ts",
    find: "  const retry = isUnwanted\n",
    replace: "  const retry = isUnwanted || run.slot === null\n",
    tests: TESTS,
  },
  {
    id: "TD2",
    what: "a try waits for the clock that was set back",
    file: "src/engine/job_scheduler.ts",
    find: "    this.tries.look();\n",
    replace: "",
    tests: TESTS,
  },
  {
    id: "TD3",
    what: "the next run in doubt leaves the tries of the one before as they are",
    file: "src/engine/run/tries.ts",
    find: 'const over = this.ending("next_slot");',
    replace: "const over = NOTHING;",
    tests: TESTS,
  },
  {
    id: "TD4",
    what: "a try in doubt is dated by itself, and stands for no slot",
    file: "src/engine/clock/job_clock.ts",
    find: "      if (run.attempt > 1 && hasNone && tried !== null) {",
    replace: "      if (run.attempt > 1 && run.slot !== null && tried !== null) {",
    tests: TESTS,
  },
  {
    id: "TD5",
    what: "a try that waits as the doubt ends is due by the clock that was wrong",
    file: "src/engine/clock/dating.ts",
    find: '  "notBefore",\n  "retryAt",\n',
    replace: '  "notBefore",\n',
    tests: TESTS,
  },
  {
    id: "TD6",
    what: "a start in doubt that a restart finds unsent is dropped",
    file: "src/engine/run/recover.ts",
    find: 'const why = run.trigger === "manual"',
    replace: "const why = run.slot === null",
    tests: TESTS,
  },
  {
    id: "TD7",
    what: "what ended while a slot beside it was decided counts as still running",
    file: "src/engine/run/decide_due.ts",
    find: "  writer.conditions.push(...stillOccupied(active));\n",
    replace: "",
    tests: ["tests/engine/run/tries_test.ts"],
  },
  {
    id: "TD8",
    what: "a restart forgets the try of a failed backup whose data is deleted",
    file: "src/engine/run/tries.ts",
    find: "if (run.retryAt !== null && FAILED.includes(run.status)) this",
    replace: 'if (run.retryAt !== null && run.status === "failed") this',
    tests: ["tests/engine/run/tries_test.ts"],
  },
  {
    id: "TD9",
    what: "a failed backup whose data is deleted is not tried again",
    file: "src/engine/run/tries.ts",
    find: "runId: failed.runId, in: FAILED },",
    replace: 'runId: failed.runId, in: ["failed"] },',
    tests: ["tests/engine/run/tries_test.ts"],
  },
  {
    id: "TD10",
    what: "a slot whose backup is proved after all is tried again all the same",
    file: "src/engine/run/probe.ts",
    find: "      retryAt: null,\n",
    replace: "",
    tests: ["tests/engine/inventory/import_backups_test.ts"],
  },
  {
    id: "TD11",
    what: "what was cut off is tried again before its slot, by a clock that went back",
    file: "src/domain/schedule/retry.ts",
    find: "Math.max(now + wait, run.slot ?? -Infinity)",
    replace: "now + wait",
    tests: ["tests/domain/schedule/retry_test.ts"],
  },
];
