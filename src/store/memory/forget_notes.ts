// Takes a note of a built-in out of a state that no server holds.

import type { Clock, Files, Http } from "../../ports/host.ts";
import { openDatabase } from "../database/open_database.ts";
import { shownPlace, stateLocation } from "../database/state_location.ts";
import { MIGRATIONS, schemaVersion } from "../schema/migrations.ts";

const REQUEST_TIMEOUT_MS = 5_000;

/** False when there was none. Rejects with `StoreError`: `in_use` where a server holds the file. */
export async function forgetNotes(
  { url, token }: { url: string; token: string | null },
  providerKey: string,
  name: string,
  ports: { files: Files; clock: Clock; http: Http },
): Promise<boolean> {
  const location = stateLocation(url);
  // Opening a file would make it.
  if (location.kind === "file" && await ports.files.info(location.path) === undefined) return false;
  const options = { token, waitMs: 0, requestTimeoutMs: REQUEST_TIMEOUT_MS };
  const database = await openDatabase(location, ports, options);
  try {
    const shown = shownPlace(location);
    if (await schemaVersion(database, shown) < MIGRATIONS.length) return false;
    const [rows] = await database.write([{
      sql: "DELETE FROM provider_notes WHERE provider_key = ?1 AND name = ?2 RETURNING seq",
      args: [providerKey, name],
    }]);
    return rows!.length > 0;
  } finally {
    await database.close();
  }
}
