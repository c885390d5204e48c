// Ways to call a backup gone that stands: a journal that is new knows nothing, and says nothing of the storage.

import type { PlantedBug } from "./planted_bug.ts";

export const JOURNAL_BUGS: readonly PlantedBug[] = [
  {
    id: "J1",
    what: "what neither journal nor storage can tell of is absent",
    file: "src/provider/host/unknown_backup.ts",
    find: "  if (!storage.canGet) {",
    replace: '  if (!storage.canGet) return { is: "absent" };\n  if (!storage.canGet) {',
    tests: ["tests/provider/host/backup_host_test.ts"],
  },
  {
    id: "J2",
    what: "a look-up by a name that only the lost journal knew is taken for an answer",
    file: "src/provider/host/unknown_backup.ts",
    find: 'if (namesById(known)) return { is: "absent" };',
    replace: 'if (namesById(known) || storage.canGet) return { is: "absent" };',
    tests: ["tests/provider/host/backup_host_test.ts"],
  },
  {
    id: "J3",
    what: "a list that does not say whose its items are proves that one is not among them",
    file: "src/provider/host/unknown_backup.ts",
    find: "listed !== undefined && nameless === 0",
    replace: "listed !== undefined && nameless >= 0",
    tests: ["tests/provider/host/backup_host_test.ts"],
  },
  {
    id: "J4",
    what: "an incomplete snapshot of a lost journal is called gone",
    file: "src/provider/builtin/restic.ts",
    find: "{ ...stored, incomplete: true } : stored;",
    replace: "undefined : stored;",
    tests: ["tests/provider/builtin/restic_test.ts"],
  },
  {
    id: "J5",
    what: "what only looks alike is taken for the backup, and deleted",
    file: "src/provider/host/unknown_backup.ts",
    find: 'if (got?.id === id) return { is: "there", stored: got };',
    replace: 'if (got !== undefined) return { is: "there", stored: { ...got, id } };',
    tests: ["tests/provider/host/backup_host_test.ts"],
  },
  {
    id: "J6",
    what: "a look-up that repeats what it was asked for vouches for what its list lacks",
    file: "src/provider/host/unknown_backup.ts",
    find: "if (listed !== undefined && nameless === 0) return await unlisted(id, storage);",
    replace: "",
    tests: ["tests/provider/host/backup_host_test.ts"],
  },
  {
    id: "J7",
    what: "a name that leads out of the storage is handed to its program",
    file: "src/provider/host/unknown_backup.ts",
    find: "storage.canGet && isPlainName(id)",
    replace: "storage.canGet",
    tests: ["tests/provider/host/backup_host_test.ts"],
  },
];
