// Ways to lose a state, or to take a whole one for a broken one, as it gives back room or is compacted.

import type { PlantedBug } from "./planted_bug.ts";

export const COMPACT_BUGS: readonly PlantedBug[] = [
  {
    id: "CM1",
    what: "a state that gave back its end is taken for one that was cut short",
    file: "src/store/database/state_file.ts",
    find: "    this.#least = Math.min(this.#least, bytes);",
    replace: "    this.#least = Math.max(this.#least, bytes);",
    tests: ["tests/store/write/give_back_test.ts"],
  },
  {
    id: "CM2",
    what: "the log is written back under a copy that is being made",
    file: "src/store/database/database.ts",
    find: "      if (!copies.isUnderWay) await client.execute",
    replace: "      await client.execute",
    tests: ["tests/store/write/give_back_test.ts"],
  },
  {
    id: "CM3",
    what: "a compacted state that is not what the state was takes its place",
    file: "src/store/compact_file.ts",
    find: "  if (problems === null && other === undefined) return;",
    replace: "  if (problems === null || other === undefined) return;",
    tests: ["tests/store/compact_file_test.ts"],
  },
  {
    id: "CM4",
    what: "a compacted state is empty",
    file: "src/store/compact_file.ts",
    find: "    await database.writeCompact(target);",
    replace: '    await files.writeText(target, "");',
    tests: ["tests/store/compact_file_test.ts"],
  },
  {
    id: "CM5",
    what: "a compacted state takes the place of one whose log stays, and is read with it",
    file: "src/store/database/database.ts",
    find: '    const [mode] = (await client.execute("PRAGMA journal_mode=DELETE")).rows;',
    replace: '    const [mode] = [["delete"]];',
    tests: ["tests/store/compact_file_test.ts"],
  },
  {
    id: "CM6",
    what: "who waited for a state that was compacted meanwhile writes into the file that is gone",
    file: "src/store/database/file_connection.ts",
    find: "  const isOther = isMoved();",
    replace: "  const isOther = false;",
    tests: ["tests/store/compact_file_test.ts"],
  },
  {
    id: "CM7",
    what: "a damaged state is compacted, and what is left of it passes for whole",
    file: "src/store/compact_file.ts",
    find: '  if (problems !== null) {\n    throw new StoreError(\n      "corrupt",',
    replace: '  if (problems === undefined) {\n    throw new StoreError(\n      "corrupt",',
    tests: ["tests/store/compact_file_test.ts"],
  },
];
