// Ways in which a start that waits for its place at its provider would be in doubt, lost, or sent although nobody wants it,
// or would be begun for a slot that is none.

import type { PlantedBug } from "./planted_bug.ts";

export const START_BUGS: readonly PlantedBug[] = [
  {
    id: "ST1",
    what: "a start is marked as sent before it has its place: a crash leaves the whole line in doubt",
    file: "src/engine/context/calls.ts",
    find: `      line.places.in(
        "create",
        async () => await mayGo() ? await line.provider().create(call) : "withheld",
        left,
      ),`,
    replace: `      left?.aborted ? Promise.reject(left.reason) : mayGo().then((may) =>
        may ? line.places.in("create", () => line.provider().create(call)) : "withheld"
      ),`,
    tests: ["tests/engine/run/line_test.ts"],
    simulated: true,
  },
  {
    id: "ST2",
    what: "a start in line that somebody cancels stays there until its turn",
    file: "src/engine/run/start.ts",
    find: "AbortSignal.any([stop, active.woken()])",
    replace: "stop",
    tests: ["tests/engine/run/line_test.ts"],
  },
  {
    id: "ST3",
    what: "a start in line is sent although its job was paused or disabled meanwhile",
    file: "src/engine/run/start.ts",
    find: 'run.trigger === "schedule" ? context.whyAtRest() : undefined',
    replace: "undefined",
    tests: ["tests/engine/run/line_test.ts"],
  },
  {
    id: "ST4",
    what: "a crowd of starts lets no look at a running backup through",
    file: "src/engine/context/places.ts",
    find: "waiting.find(({ line }) => line.passed >= MOST_PASSED) ?? waiting[0]",
    replace: "waiting[0]",
    tests: ["tests/engine/context/places_test.ts"],
  },
  {
    id: "ST5",
    what: "each slot puts the start of its job to the end of the line: none is ever sent",
    file: "src/engine/run/occupant.ts",
    find: "isWaiting: !final && isWaiting(run) && inLineSince === null,",
    replace: 'isWaiting: !final && run.status === "intent",',
    tests: ["tests/engine/run/line_test.ts"],
  },
  {
    id: "ST6",
    what: "a start waits for its place for ever, and blocks its job",
    file: "src/engine/run/start.ts",
    find: "if (!isTooLate && clock.monotonic()",
    replace: "if (clock.monotonic() >= 0 || clock.monotonic()",
    tests: ["tests/engine/run/line_test.ts"],
  },
  {
    id: "ST7",
    what: "a backup is cancelled for its age, most of which its start waited in line",
    file: "src/engine/run/start.ts",
    find: "  active.underWaySince = clock.monotonic();\n",
    replace: "",
    tests: ["tests/engine/run/line_test.ts"],
  },
  {
    id: "ST8",
    what: "whoever leaves the line takes the place of another along",
    file: "src/engine/context/places.ts",
    find: "while (this.#waiting[this.#first]?.isOver) this.#first++;",
    replace: "if (this.#waiting[this.#first]?.isOver) this.#first += 2;",
    tests: ["tests/engine/context/places_test.ts"],
  },
  {
    id: "ST9",
    what: "an edit whose saving was not answered is stored, and the slots of the schedule of before go on",
    file: "src/engine/job_scheduler.ts",
    find: "    this.#parts = partsInForce(this.#parts, stored, this.hooks.slotsOf);\n",
    replace: "",
    tests: ["tests/engine/reload_test.ts"],
  },
];
