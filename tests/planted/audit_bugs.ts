// Ways to lose the trail of who did what: a chain that forks or tears, changes that nobody finds, a flood that fills it.

import type { PlantedBug } from "./planted_bug.ts";

export const AUDIT_BUGS: readonly PlantedBug[] = [
  {
    id: "TR1",
    what: "the head is not read again after a batch of unknown fate",
    file: "src/store/write/lease_writer.ts",
    find:
      "      if (error instanceof ConstraintFailed && lost === undefined) throw error;\n      trail.doubted();\n",
    replace: "      if (error instanceof ConstraintFailed && lost === undefined) throw error;\n",
    tests: ["tests/store/audit/head_keeper_test.ts"],
  },
  {
    id: "TR2",
    what: "a batch does not demand that the head is still the one it was made from",
    file: "src/store/audit/head_keeper.ts",
    find: "SET link = CASE WHEN audit_head.link = ?1 AND audit_head.digest = ?2 THEN ?3 END",
    replace: "SET link = coalesce(CASE WHEN audit_head.link = ?1 AND audit_head.digest = ?2 THEN ?3 END, ?3)",
    tests: ["tests/store/audit/head_keeper_test.ts"],
  },
  {
    id: "TR3",
    what: "a batch that is refused moves the head that the next one is chained onto",
    file: "src/store/audit/head_keeper.ts",
    find: "    this.#next = next;\n",
    replace: "    this.#next = next;\n    this.head = next;\n",
    tests: ["tests/store/audit/head_keeper_test.ts"],
    simulated: true,
  },
  {
    id: "TR4",
    what: "the digest leaves out what an event says in its data",
    file: "src/store/audit/digest.ts",
    find: "[before, link, at, type, level, job, runId, message, data]",
    replace: "[before, link, at, type, level, job, runId, message]",
    tests: ["tests/store/audit/verify_test.ts"],
  },
  {
    id: "TR5",
    what: "an event that is put in beside the chain is not found",
    file: "src/store/audit/verify.ts",
    find: "    if (found !== null) {",
    replace: "    if (found !== null && from === null) {",
    tests: ["tests/store/audit/verify_test.ts"],
  },
  {
    id: "TR6",
    what: "a cut end is not found",
    file: "src/store/audit/chain_check.ts",
    find: "stored.link !== this.head.link || stored.digest !== this.head.digest",
    replace: "stored.link < this.head.link",
    tests: ["tests/store/audit/verify_test.ts"],
  },
  {
    id: "TR7",
    what: "a front that was cut off goes for one that went by its age",
    file: "src/store/write/prune_events.ts",
    find: "check.trouble?.message ?? await frontTrouble(database, frame)",
    replace: "check.trouble?.message ?? null",
    tests: ["tests/store/write/prune_events_test.ts"],
  },
  {
    id: "TR8",
    what: "the trail does not tell what of it went by its age",
    file: "src/store/write/prune_events.ts",
    find: "    events: [prunedEvent(going, now)],",
    replace: "    events: [],",
    tests: ["tests/store/write/prune_events_test.ts"],
    simulated: true,
  },
  {
    id: "TR9",
    what: "each refusal of a flood is an event of its own",
    file: "src/app/visit_book.ts",
    find: "    if (known !== undefined) return this.#count(known, visit);\n",
    replace: "    if (known !== undefined) return this.#begin(own, who, visit);\n",
    tests: ["tests/app/visit_book_test.ts"],
  },
  {
    id: "TR10",
    what: "a change by a caller is not told",
    file: "src/api/visits.ts",
    find: "if (isChange && status < 400) await",
    replace: "if (isChange && status < 200) await",
    tests: ["tests/api/audit_test.ts"],
  },
];
