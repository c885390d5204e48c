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
    sql: "SELECT epoch, taken_at, node, address FROM lease WHERE name = ?1",
    args: [lease.name],
  }).catch(() => []);
  const [epoch, at, node, address] = row === undefined ? [] : Array.from(row);
  const who = node ? `Schelly on '${node}'${address ? ` (${address})` : ""}` : "another Schelly";
  const when = at === undefined ? "" : ` at ${iso(Number(at))}`;
  const which = epoch === undefined ? "" : `epoch ${epoch}, `;
  return new StoreError(
    "fenced",
    `Cannot save to the state: ${who} has taken it over${when} (${which}this one has epoch ${lease.epoch}), as happens ` +
      "where this one stood still or could not reach it: it ends, and waits for its turn when it is started again",
    cause,
  );
}
