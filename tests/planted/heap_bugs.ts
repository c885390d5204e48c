// Ways to leave something due that nobody knows of: a due time that moved without a word, or a look that never comes.

import type { PlantedBug } from "./planted_bug.ts";

export const HEAP_BUGS: readonly PlantedBug[] = [
  {
    id: "HP1",
    what: "a job is not planned anew after what was decided or ended in its turn, nor after an edit",
    file: "src/engine/job_scheduler.ts",
    find: "    const moved = () => this.hooks.moved(this);\n",
    replace: "    const moved = () => {};\n",
    tests: ["tests/engine/run/tries_test.ts", "tests/engine/due_histories_test.ts"],
  },
  {
    id: "HP2",
    what: "a job is not planned anew when a try is resumed after a restart",
    file: "src/engine/engine.ts",
    find: "      for (const entry of asked) this.#moved(entry);\n",
    replace: "",
    tests: ["tests/engine/run/tries_test.ts"],
  },
  {
    id: "HP3",
    what: "a job is not planned anew when it has looked at the clock",
    file: "src/engine/job_scheduler.ts",
    find: "    const isFine = await this.#clock.look();\n    this.hooks.moved(this);\n",
    replace: "    const isFine = await this.#clock.look();\n",
    tests: ["tests/engine/clock/slots_in_doubt_test.ts"],
  },
  {
    id: "HP4",
    what: "no job looks at the clock once it is right again",
    file: "src/engine/clock/clock_looks.ts",
    find: "isInDoubt || this.#wasInDoubt || this.#isAll || now < this.#last",
    replace: "isInDoubt",
    tests: ["tests/engine/clock/clock_looks_test.ts"],
  },
  {
    id: "HP5",
    what: "a due time that moves forward is not found before its old place",
    file: "src/engine/due_heap.ts",
    find: "    } else if (at < before) this.#up(item);\n",
    replace: "    } else if (at < before) return;\n",
    tests: ["tests/engine/agenda_test.ts"],
  },
  {
    id: "HP6",
    what: "the rest of the heap is lost with one that is taken out of it",
    file: "src/engine/due_heap.ts",
    find: "      this.#put(last, item.index);\n      this.#up(last);\n",
    replace: "      this.#put(last, item.index);\n",
    tests: ["tests/engine/agenda_test.ts"],
  },
  {
    id: "HP7",
    what: "housekeeping is planned once, and never again",
    file: "src/engine/ticker.ts",
    find: "    for (const source of sources) agenda.changed(source);\n",
    replace: "    for (const source of sources) agenda.remove(source);\n",
    tests: ["tests/engine/ticker_test.ts"],
  },
  {
    id: "HP8",
    what: "the slow walk finds what nobody knew of, and tells nobody",
    file: "src/engine/agenda.ts",
    find: "      overlooked.push({ source: plan.source, lateMs: -left });\n",
    replace: "",
    tests: ["tests/engine/agenda_test.ts"],
  },
  {
    id: "HP9",
    what: "a declaration that differs is taken for the one in force",
    file: "src/engine/job_parts.ts",
    find: "    editOf(state, old, parts, now) === undefined;\n",
    replace: "    now > 0;\n",
    tests: ["tests/engine/take_up_test.ts"],
  },
];
