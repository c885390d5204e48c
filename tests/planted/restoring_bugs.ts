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
  {
    id: "RO6",
    what: "a backup whose verification failed is accepted as one that is only small",
    file: "src/engine/safekeeping/suspects.ts",
    find: 'if (verdict === "accept" && run.verification === "failed") return damagedRefusal(name, run);',
    replace: "void damagedRefusal;",
    tests: ["tests/engine/verification/verifications_test.ts"],
  },
  {
    id: "RO7",
    what: "a path that is an empty text restores all of the backup",
    file: "src/provider/host/restore_work.ts",
    find: 'if (written.trim() === "") throw',
    replace: 'if (written === "/..") throw',
    tests: ["tests/provider/host/host_tasks_test.ts"],
  },
  {
    id: "RO8",
    what: "nothing is said of a backup that was found damaged to whoever restores it",
    file: "src/domain/verification/restore_warning.ts",
    find: 'if (verification === "failed") {',
    replace: "if (verification === null) {",
    tests: ["tests/cli/backups/backups_restore_test.ts"],
  },
  {
    id: "RO9",
    what: "a restore into a folder of another that is running is begun",
    file: "src/app/restores/restore_book.ts",
    find: "if (isNested(one, place)) return",
    replace: "if (one.path === place.path) return",
    tests: ["tests/app/restores/restore_book_test.ts"],
  },
  {
    id: "RO10",
    what: "an operator's word on a lock leaves the storage unasked for a day",
    file: "src/engine/safekeeping/safekeeping.ts",
    find:
      'const answer = await forgetLock(this.context, run.runId, by);\n    if (answer.outcome === "done") this.hooks.lookAgain(run.job);',
    replace: "const answer = await forgetLock(this.context, run.runId, by);",
    tests: ["tests/engine/retention/locks_test.ts"],
  },
];
