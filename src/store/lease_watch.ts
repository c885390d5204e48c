// Looks at the lease of a state without taking it, nor changing anything there.

import type { LeaseWatch } from "../ports/lease.ts";
import { openDatabase, openPlace } from "./database/open_database.ts";
import { stateLocation } from "./database/state_location.ts";
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
  const shown = location.kind === "file" ? location.path : options.shownUrl ?? location.shown;
  const plain = {
    token: options.token,
    shownUrl: options.shownUrl,
    waitMs: options.waitMs ?? 10_000,
    requestTimeoutMs: options.requestTimeoutMs ?? 5_000,
  };
  const database = options.isChecked
    ? (await openPlace(location, shown, options)).database
    : await openDatabase(location, options, plain);
  return {
    look: async () => await readLease(database, await schemaVersion(database, shown)),
    [Symbol.asyncDispose]: () => database.close(),
  };
}
