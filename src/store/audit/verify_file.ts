// Looks through the trail of a state that no running Schelly was found for: a file that nobody holds, a snapshot, or a
// libSQL server. Changes nothing in it.

import { StoreError } from "../../domain/errors.ts";
import type { KeptHead, TrailReport } from "../../ports/audit_trail.ts";
import type { Clock, Files, Http } from "../../ports/host.ts";
import { openDatabase } from "../database/open_database.ts";
import { shownPlace, stateLocation } from "../database/state_location.ts";
import { MIGRATIONS, schemaVersion } from "../schema/migrations.ts";
import { auditTrail } from "./verify.ts";

const REQUEST_TIMEOUT_MS = 5_000;

/** Rejects with `StoreError`: `in_use` where a server holds the file, `failed` where there is no state with a trail. */
export async function verifyState(
  { url, token }: { url: string; token: string | null },
  kept: KeptHead | null,
  ports: { files: Files; clock: Clock; http: Http },
): Promise<TrailReport> {
  const location = stateLocation(url);
  const shown = shownPlace(location);
  // Opening a file would make it.
  if (location.kind === "file" && await ports.files.info(location.path) === undefined) {
    throw new StoreError(
      "failed",
      `Cannot verify the audit trail: there is no state at '${shown}': expected a state file or a snapshot`,
    );
  }
  const options = { token, waitMs: 0, requestTimeoutMs: REQUEST_TIMEOUT_MS };
  const database = await openDatabase(location, ports, options);
  try {
    const version = await schemaVersion(database, shown);
    if (version < MIGRATIONS.length) {
      throw new StoreError(
        "failed",
        `Cannot verify the audit trail of '${shown}': ${
          version === 0 ? "it is empty" : "an earlier Schelly wrote it"
        }: start this one on it, or on a copy of it, first`,
      );
    }
    return await auditTrail(database, ports.clock).verify(kept);
  } finally {
    await database.close();
  }
}
