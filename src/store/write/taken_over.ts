// What is said where another Schelly has taken the state over, and who that is.

import { StoreError } from "../../domain/errors.ts";
import { iso } from "../../domain/instant.ts";
import type { Database } from "../database/database.ts";

/** What is said of a lease that another one took, which is asked for once more: it says who that is. */
export async function takenOver(
  database: Pick<Database, "read">,
  lease: { name: string; epoch: number },
  cause?: unknown,
): Promise<StoreError> {
  const [row] = await database.read({
    sql: "SELECT epoch, taken_at, (SELECT value FROM meta WHERE key = 'taken_by') FROM lease WHERE name = ?1",
    args: [lease.name],
  }).catch(() => []);
  const [epoch, at, machine] = row === undefined ? [] : Array.from(row);
  const who = machine ? `another Schelly, on '${machine}',` : "another Schelly";
  const when = at === undefined ? "" : ` at ${iso(Number(at))}`;
  const which = epoch === undefined
    ? `this one has epoch ${lease.epoch}`
    : `epoch ${epoch}, this one has ${lease.epoch}`;
  return new StoreError(
    "fenced",
    `Cannot save to the state: ${who} has taken it over${when} (${which}): let only one use it, and start this one ` +
      "again if it is the right one",
    cause,
  );
}
