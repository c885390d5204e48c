// Ways to lose the count of slots where an edit of the schedule meets a doubt about the clock, which only the property
// that plays both by chance has in one story.

import type { PlantedBug } from "./planted_bug.ts";

const TESTS = ["tests/engine/clock/slots_in_doubt_test.ts"];

export const DOUBT_BUGS: readonly PlantedBug[] = [
  {
    id: "DC1",
    what:
      "a schedule that is edited in doubt begins at the earlier of both clocks, and its slots are decided again",
    file: "src/engine/clock/job_clock.ts",
    find: "isBack ? seen.now : Math.max(now, state.cursor)",
    replace: "isBack ? seen.now : now",
    tests: TESTS,
  },
  {
    id: "DC2",
    what: "a schedule that is edited in doubt takes a clock that is behind for the right one",
    file: "src/engine/clock/job_clock.ts",
    find: "const isBack = seen.inDoubtUntil === null && seen.now < state.cursor;",
    replace: "const isBack = seen.now < state.cursor;",
    tests: TESTS,
  },
  {
    id: "DC3",
    what: "a run that was saved unheard is made by whichever provider the job has by then",
    file: "src/engine/run/found_run.ts",
    find: "if (job.providerKeys.includes(run.providerKey)) return calls;",
    replace: "if (job.providerKeys.length > 0) return calls;",
    tests: ["tests/engine/run/found_run_test.ts"],
  },
  {
    id: "DC4",
    what:
      "a run that a clock ahead began is given a slot to come, and all slots until then are called missed",
    file: "src/engine/clock/job_clock.ts",
    find: "at > now + CLOCK_TOLERANCE_MS ? null : await",
    replace: "await",
    tests: ["tests/engine/clock/dating_test.ts"],
  },
  {
    id: "DC5",
    what: "a machine that sleeps while the end of a pause is saved begins a slot of long before",
    file: "src/engine/job_scheduler.ts",
    find: "    const resumed = pauseEnd(this.context, this.#state, this.#parts.slots);\n" +
      "    if (resumed !== undefined) await this.#changeState(NOT_PAUSED, [resumed]);\n" +
      "    // Only now: the machine may have slept while that was saved.\n" +
      "    const { due: now } = this.context.watch.read();\n",
    replace: "    const { due: now } = this.context.watch.read();\n" +
      "    const resumed = pauseEnd(this.context, this.#state, this.#parts.slots);\n" +
      "    if (resumed !== undefined) await this.#changeState(NOT_PAUSED, [resumed]);\n",
    tests: ["tests/engine/slots_test.ts"],
  },
  {
    id: "DC6",
    what:
      "a decision that was saved although its answer was lost is taken back as a doubt about the clock ends",
    file: "src/engine/job_scheduler.ts",
    find: "await this.#inTurn(() => this.#takeOver().then(() => this.#clock.date(open)));",
    replace: "await this.#inTurn(() => this.#clock.date(open));",
    tests: ["tests/engine/clock/dating_test.ts"],
  },
];
