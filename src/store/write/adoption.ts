// That the state was put back from a copy, until all has been taken in that its providers list: kept over every restart.

import type { Database } from "../database/database.ts";
import type { GroupCommit } from "./group_commit.ts";

/** What is yet to be done for a state that was put back. */
export interface StateAdoption {
  /** When it was restored by `restoreFile`, and what providers list is yet to be taken in (UTC ms); null: nothing is. */
  readonly adoptsSince: number | null;
  /** What was to be taken in was. Rejects with `StoreError`. */
  adopted(): Promise<void>;
}

/** As this start found it. */
export async function adoptionOf(database: Database, group: GroupCommit): Promise<StateAdoption> {
  const [row] = await database.read({
    sql: "SELECT (SELECT value FROM meta WHERE key = 'adopt')",
    args: [],
  });
  const value = row?.[0] ?? null;
  return {
    adoptsSince: value === null ? null : Number(value),
    async adopted() {
      await group.alone((write) => write([{ sql: "DELETE FROM meta WHERE key = 'adopt'", args: [] }]));
    },
  };
}
