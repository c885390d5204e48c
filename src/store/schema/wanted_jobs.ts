// How a read is asked for some jobs instead of all: as one list, bound as JSON.

import type { SqlValue } from "../database/database.ts";

/** SQL that goes on a condition: `column` is one of the jobs, where they are named; `param` is the number they are bound to. */
export function isWanted(jobs: readonly string[] | undefined, column: string, param = 1): string {
  return jobs === undefined ? "" : `AND ${column} IN (SELECT value FROM json_each(?${param}))`;
}

/** What is bound for it. */
export function wantedArgs(jobs: readonly string[] | undefined): SqlValue[] {
  return jobs === undefined ? [] : [JSON.stringify(jobs)];
}
