// Ways to delete what is left of a damaged storage.

import type { PlantedBug } from "./planted_bug.ts";

export const DAMAGE_BUGS: readonly PlantedBug[] = [
  {
    id: "U1",
    what: "damage of the storage stops nothing",
    file: "src/engine/safekeeping/damage.ts",
    find: "    if (damage !== undefined) work.push(stop(context, job, damage!));",
    replace: "    if (damage !== undefined) continue;",
    tests: ["tests/engine/safekeeping/damage_test.ts"],
  },
  {
    id: "U2",
    what: "a check that could not look counts as one that found the storage whole",
    file: "src/engine/safekeeping/damage.ts",
    find: "filter((damage) => damage !== undefined)",
    replace: "map((damage) => damage ?? null)",
    tests: ["tests/engine/safekeeping/damage_test.ts"],
  },
  {
    id: "U3",
    what: "an approval of one damage answers every later one",
    file: "src/engine/safekeeping/damage.ts",
    find: " ?? -Infinity) >= since) return;",
    replace: " ?? -Infinity) > 0) return;",
    tests: ["tests/engine/safekeeping/damage_test.ts"],
  },
  {
    id: "U4",
    what: "damage is taken for any other failure of a check",
    file: "src/provider/builtin/restic_upkeep.ts",
    find: 'error.reason === "restic" && DAMAGE.test',
    replace: 'error.reason === "" && DAMAGE.test',
    tests: ["tests/provider/builtin/upkeep_test.ts"],
  },
  {
    id: "U5",
    what: "the same damage found again counts as another, so that no approval of it lasts",
    file: "src/provider/builtin/upkeep.ts",
    find: "if (outcome.isDamage && state.damage?.message !== message)",
    replace: "if (outcome.isDamage)",
    tests: ["tests/provider/builtin/upkeep_test.ts"],
  },
  {
    id: "U6",
    what: "deletions go on while the check is due that is to follow each of them",
    file: "src/provider/builtin/upkeep.ts",
    find: "    await checksEnded(this, this.#circle, this.#options.clock, signal);\n",
    replace: "",
    tests: ["tests/provider/builtin/upkeep_test.ts"],
  },
  {
    id: "U7",
    what: "a second deletion begins beside the one after which a check is due",
    file: "src/provider/builtin/upkeep_state.ts",
    find: "state.deletions + underWay < when.afterDeletions",
    replace: "state.deletions < when.afterDeletions",
    tests: ["tests/provider/builtin/upkeep_test.ts"],
  },
  {
    id: "U8",
    what: "a check that was ended for a backup counts as one that has ended",
    file: "src/provider/builtin/upkeep_state.ts",
    find: "return state.interrupted > 0 || state.last?.ok !== false ||",
    replace: "return (state.interrupted === 0 && state.last?.ok !== false) ||",
    tests: ["tests/provider/builtin/upkeep_test.ts"],
  },
  {
    id: "U9",
    what: "what waited for the check that found damage is deleted before a guard can know",
    file: "src/provider/builtin/upkeep_gate.ts",
    find: "  if (clock.monotonic() - circle.damagedAt < NEWS_MS) {",
    replace: "  if (clock.monotonic() - circle.damagedAt < 0) {",
    tests: ["tests/provider/builtin/upkeep_test.ts"],
  },
];
