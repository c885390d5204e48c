// Looks at the lease of a state without taking it, nor changing anything there.

import type { LeaseWatch } from "../ports/lease.ts";
import { openPlace, openPlain } from "./database/open_database.ts";
import { shownPlace, stateLocation } from "./database/state_location.ts";
import type { StoreOptions } from "./run_store.ts";
import { schemaVersion } from "./schema/migrations.ts";
import { readLease } from "./write/held_lease.ts";

/** What is needed to look at it. */
type LeaseWatchOptions =
  & Pick<
    StoreOptions,
    "url" | "token" | "shownUrl" | "files" | "clock" | "http" | "waitMs" | "requestTimeoutMs" | "durability"
  >
  & {
    /** A server is found to be good enough first. */
    isChecked?: boolean;
  };

/** Rejects with `StoreError`; a look does as `openStore` would where the place is another program's, or of a newer Schelly. */
export async function openLeaseWatch(options: LeaseWatchOptions): Promise<LeaseWatch> {
  const location = stateLocation(options.url);
  const shown = shownPlace(location, options.shownUrl);
  const database = options.isChecked
    ? (await openPlace(location, shown, options)).database
    : await openPlain(location, options);
  return {
    look: async () => await readLease(database, await schemaVersion(database, shown)),
    [Symbol.asyncDispose]: () => database.close(),
  };
}
