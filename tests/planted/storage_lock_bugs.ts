// Bugs in what becomes of backups that their storage refuses to delete: each would ask too early, claim what is half gone,
// or never delete again.

import type { PlantedBug } from "./planted_bug.ts";

export const STORAGE_LOCK_BUGS: readonly PlantedBug[] = [
  {
    id: "LK1",
    what: "an election takes no notice of locks",
    file: "src/engine/retention/locked_reasons.ts",
    find: "      reasons.set(row.runId, lockedReason(row));\n",
    replace: "      void row;\n",
    tests: ["tests/engine/retention/locks_test.ts"],
    simulated: true,
  },
  {
    id: "LK2",
    what: "a lock after a DELETE of unknown fate makes a backup of what may be half gone",
    file: "src/engine/retention/locks.ts",
    find: "if (wasAvailable && row.deleteAttempts <= 1 && ",
    replace: "if (wasAvailable && ",
    tests: ["tests/engine/retention/locks_test.ts"],
  },
  {
    id: "LK3",
    what: "a lock is believed for what its provider does not have any more",
    file: "src/engine/retention/locks.ts",
    find:
      'if (answer instanceof ProviderError || answer.found !== "yes" || answer.backup.state !== "available") {',
    replace: 'if (!(answer instanceof ProviderError) && answer.found !== "yes") return true;\n' +
      '  if (answer instanceof ProviderError || answer.found !== "yes" || answer.backup.state !== "available") {',
    tests: ["tests/engine/retention/locks_test.ts"],
  },
  {
    id: "LK4",
    what: "a storage that names no date is asked again by every pass",
    file: "src/domain/lock.ts",
    find: "export const UNDATED_LOCK_MS = DAY;",
    replace: "export const UNDATED_LOCK_MS = 1;",
    tests: ["tests/engine/retention/locks_test.ts"],
  },
  {
    id: "LK5",
    what: "a lock that was made shorter or longer is never noticed",
    file: "src/engine/retention/locks.ts",
    find: "ends - LOCK_HEARD_MS, MOST_HEARD)",
    replace: "ends - LOCK_HEARD_MS, 0)",
    tests: ["tests/engine/retention/locks_test.ts"],
  },
  {
    id: "LK6",
    what: "what waits for the end of its lock makes its job stuck",
    file: "src/store/read/open_deletions.ts",
    find: "AND NOT ${isLockedSql(NOW)} ",
    replace: "",
    tests: ["tests/engine/retention/locks_test.ts"],
  },
  {
    id: "LK7",
    what: "what was sent before is sent again while it is locked",
    file: "src/engine/retention/remove.ts",
    find: "      if (await waitsForLock(context, row, answer.backup.lockedUntil)) continue;\n",
    replace: "",
    tests: ["tests/engine/retention/locks_test.ts"],
  },
  {
    id: "LK8",
    what: "a lock told by the look before a DELETE does not stop it",
    file: "src/engine/retention/removal.ts",
    find: "if (until === undefined || until === null) return true;",
    replace: "if (until !== 0) return true;",
    tests: ["tests/engine/retention/locks_test.ts"],
    simulated: true,
  },
  {
    id: "LK9",
    what: "a refusal that names the end of a lock is a delete-error",
    file: "src/provider/protocol/wire_lock.ts",
    find: "const REFUSALS = [403, 409, 423];",
    replace: "const REFUSALS = [423];",
    tests: ["tests/provider/client/http_provider_test.ts"],
  },
  {
    id: "LK10",
    what: "a server that only takes more in is asked to forget all the same",
    file: "src/provider/builtin/restic_location.ts",
    find: "return config.ok ? true : undefined;",
    replace: "return config.ok ? undefined : true;",
    tests: ["tests/provider/builtin/restic_rest_server_test.ts"],
  },
];
