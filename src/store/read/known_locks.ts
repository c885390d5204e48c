// Whether any backup is known to be locked: most states never hear of a lock, and then nobody asks which are.

import type { Change } from "../../ports/store.ts";
import type { Database } from "../database/database.ts";

interface KnownLocks {
  /** False: no row has one. */
  readonly any: boolean;
  /** Takes notice of a change that is about to be committed. */
  saw(change: Change): void;
}

/** As the state is now. */
export async function knownLocks(database: Database): Promise<KnownLocks> {
  const sql = "SELECT 1 FROM runs INDEXED BY runs_locked WHERE locked_at IS NOT NULL LIMIT 1";
  let any = (await database.read({ sql, args: [] })).length > 0;
  return {
    get any() {
      return any;
    },
    saw({ writes }) {
      any ||= writes.some((write) =>
        write.write === "insert"
          ? write.run.lockedAt !== null
          : (write.write === "run" || write.write === "runs") && typeof write.set.lockedAt === "number"
      );
    },
  };
}
