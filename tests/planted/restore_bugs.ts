// Bugs in restores by the server: each would write where nobody allowed it, or leave one that nobody knows of.

import type { PlantedBug } from "./planted_bug.ts";

export const RESTORE_BUGS: readonly PlantedBug[] = [
  {
    id: "RR1",
    what: "a folder beside a root that only begins like it counts as below it",
    file: "src/domain/server_restore.ts",
    find: "path.startsWith(`${root}/`)",
    replace: "path.startsWith(root)",
    tests: ["tests/domain/server_restore_test.ts"],
  },
  {
    id: "RR2",
    what: "the server restores anywhere where no folder is named",
    file: "src/app/restores/restore_book.ts",
    find: "if (roots.length === 0) {",
    replace: "if (roots.length < 0) {",
    tests: ["tests/app/restores/restore_book_test.ts"],
  },
  {
    id: "RR3",
    what: "a provider is asked before the restore is on record",
    file: "src/app/restores/restore_book.ts",
    find: "if (!restore.dryRun) await saveEvent(store, restore, begunEvent(restore));",
    replace: "void begunEvent;",
    tests: ["tests/app/restores/restore_book_test.ts"],
  },
  {
    id: "RR4",
    what: "an end is told before it is saved",
    file: "src/app/restores/restore_book.ts",
    find: "    for (; !ended.dryRun; await",
    replace: "    this.#known.set(operationId, ended);\n    for (; !ended.dryRun; await",
    tests: ["tests/app/restores/restore_book_test.ts"],
  },
  {
    id: "RR5",
    what: "after a restart what the provider does not know is begun anew",
    file: "src/app/restores/restore_book.ts",
    find: "this.#follow(one, ASKS);",
    replace: "this.#follow(one, 0);",
    tests: ["tests/app/restores/restore_book_test.ts"],
  },
  {
    id: "RR6",
    what: "the folders of a built-in are not looked at again by itself",
    file: "src/provider/host/host_tasks.ts",
    find: 'const roots = typeof restoreRoots === "function" ? restoreRoots() : restoreRoots;',
    replace: 'const roots = typeof restoreRoots === "function" ? null : restoreRoots;',
    tests: ["tests/provider/host/host_tasks_test.ts"],
  },
];
