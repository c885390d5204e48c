// Bugs in restores: those that would lead them elsewhere, and those that would keep from a person what is known of a backup.

import type { PlantedBug } from "./planted_bug.ts";

export const RESTORING_BUGS: readonly PlantedBug[] = [
  {
    id: "RO1",
    what: "what took the place of the target while it was restored is filled",
    file: "src/provider/host/gathering.ts",
    find: "if (now === undefined || !isAlike(now, target.entry!)) throw replaced(target.path);",
    replace: "if (now === undefined) throw replaced(target.path);",
    tests: ["tests/provider/host/host_tasks_test.ts"],
  },
  {
    id: "RO2",
    what: "what took the place of the folder in which is gathered is taken for it",
    file: "src/provider/host/gathering.ts",
    find: "if (!isSame || await tree.realPath(path) !== path) throw replaced(path);",
    replace: "void isSame;",
    tests: ["tests/provider/host/host_tasks_test.ts"],
  },
  {
    id: "RO3",
    what: "it is gathered where others may put something else in its place",
    file: "src/provider/host/gather_place.ts",
    find: "if (await isSafe({ tree }, folder)) return { folder, isSafe: true };",
    replace: "return { folder, isSafe: true };",
    tests: ["tests/provider/host/gather_place_test.ts"],
  },
  {
    id: "RO4",
    what: "what somebody put into an empty target while it was restored is replaced",
    file: "src/provider/host/gathering.ts",
    find: "if (target.isEmpty && !await isStillEmpty(ports, target.path, path)) {",
    replace: "if (target.isEmpty && !isStillEmpty) {",
    tests: ["tests/provider/host/host_tasks_test.ts"],
  },
  {
    id: "RO5",
    what: "a repository that is not mounted is asked until the verification's timeout",
    file: "src/provider/host/host_storage.ts",
    find: "const unusable = error instanceof BackupFailure ? unusableReason(error.reason) : undefined;",
    replace: "const unusable = error instanceof BackupFailure ? unusableReason(undefined) : undefined;",
    tests: ["tests/provider/host/host_tasks_test.ts"],
  },
];
