// Ways not to notice that the state went back in time, or that what was saved is about to be lost.

import type { PlantedBug } from "./planted_bug.ts";

export const COPY_BUGS: readonly PlantedBug[] = [
  {
    id: "C1",
    what: "a copy of the same boot passes for the state that ran last",
    file: "src/store/mark.ts",
    find: "    mark.change_seq > past.changeSeq;",
    replace: "    mark.change_seq === -1;",
    tests: ["tests/store/boot_test.ts"],
    simulated: true,
  },
  {
    id: "C2",
    what: "batches are not noted outside the state",
    file: "src/store/write/lease_writer.ts",
    find: "      noteOrDoubt(note, least);",
    replace: "      if (least < 0) noteOrDoubt(note, least);",
    tests: ["tests/store/boot_test.ts"],
  },
  {
    id: "C3",
    what: "a state that is rolled back under the program takes its changes",
    file: "src/store/schema/change_seq.ts",
    find: "CASE WHEN change_seq BETWEEN ?2 AND ?3 THEN change_seq + 1 END",
    replace: "CASE WHEN ?2 <= ?3 THEN change_seq + 1 END",
    tests: ["tests/store/boot_test.ts"],
  },
  {
    id: "C4",
    what: "a log that is removed under the program goes unnoticed",
    file: "src/store/database/state_file.ts",
    find: '    if (now === undefined) return "removed";\n    return isOther(this.#log',
    replace: '    if (now === undefined) return "ours";\n    return isOther(this.#log',
    tests: ["tests/store/database/database_test.ts"],
  },
  {
    id: "C5",
    what: "what only a removed log held is not brought into the file",
    file: "src/store/database/database.ts",
    find: 'await client.execute("PRAGMA wal_checkpoint(TRUNCATE)")',
    replace: 'await client.execute("PRAGMA user_version")',
    tests: ["tests/store/database/database_test.ts"],
  },
  {
    id: "C6",
    what: "backups of runs that the state does not know say nothing",
    file: "src/engine/inventory/unknown_runs.ts",
    find: "  if (lost.length === 0) return;",
    replace: "  if (lost.length < 1e9) return;",
    tests: ["tests/engine/inventory/unknown_runs_test.ts"],
  },
  {
    id: "C7",
    what: "a provider that has seen a later state is not believed",
    file: "src/engine/retention/restored.ts",
    find: "  if (error.status !== 412) return;",
    replace: "  if (error.status !== 409) return;",
    tests: ["tests/engine/retention/restored_test.ts"],
  },
  {
    id: "C8",
    what: "the mark runs ahead of the state: a crash looks like a restored one",
    file: "src/store/write/lease_writer.ts",
    find: "      const results = await database.write(() => {",
    replace: "      note(most + 1);\n      const results = await database.write(() => {",
    tests: ["tests/store/boot_test.ts"],
  },
];
