// Ways to lose what a built-in remembers, or to take a copy of it for the original.

import type { PlantedBug } from "./planted_bug.ts";

export const MEMORY_BUGS: readonly PlantedBug[] = [
  {
    id: "M1",
    what: "what is kept under former keys is not taken up",
    file: "src/store/memory/state_memory.ts",
    find: "if (formerly.length > 0) {",
    replace: "if (formerly.length > 99) {",
    tests: ["tests/store/memory/state_memory_test.ts"],
  },
  {
    id: "M2",
    what: "a journal of before that is read twice brings deleted backups back",
    file: "src/store/memory/memory_sql.ts",
    find: "`${KEEP} WHERE excluded.deleted = 1 AND journal.deleted = 0`",
    replace: "KEEP",
    tests: ["tests/store/memory/state_memory_test.ts", "tests/app/journal_files_test.ts"],
  },
  {
    id: "M3",
    what: "a backup of another provider with the same id is taken for ours",
    file: "src/store/memory/memory_sql.ts",
    find: '"ON runs.run_id = journal.run_id AND runs.id = journal.id WHERE journal.id = ?1 "',
    replace: '"ON runs.id = journal.id WHERE journal.id = ?1 "',
    tests: ["tests/store/memory/state_memory_test.ts"],
  },
  {
    id: "M4",
    what: "a copy of the state on another machine ends what has the numbers of its processes",
    file: "src/provider/host/cut_off.ts",
    find: 'if (there.id !== here.id || there.name !== here.name) return "another";',
    replace: 'if (there.id !== here.id || there.name !== here.name) return "unknown";',
    tests: ["tests/provider/host/cut_off_test.ts"],
  },
  {
    id: "M5",
    what: "a copy of the state on the same machine ends what the living original makes",
    file: "src/provider/host/cut_off.ts",
    find: 'if (makerFate === "alive") {',
    replace: 'if (makerFate === "alive" && processes.length === 0) {',
    tests: ["tests/provider/host/cut_off_test.ts"],
  },
  {
    id: "M6",
    what: "a write of unknown fate is not undone, and comes back at the next start",
    file: "src/store/memory/state_memory.ts",
    find: "const others = [...doubted].filter(([id]) => id !== except);",
    replace: 'const others = [...doubted].filter(([id]) => id === "" && except === "");',
    tests: ["tests/store/memory/state_memory_test.ts"],
  },
  {
    id: "M7",
    what: "one built-in that cannot be opened stops all of them",
    file: "src/app/provider_set.ts",
    find: "      if (!(error instanceof ProviderError || error instanceof StoreError)) throw error;",
    replace: "      if (error !== null) throw error;",
    tests: ["tests/app/provider_set_test.ts"],
  },
];
