// Opens the place of a state, be it a file or a server.

import { type Database, type DatabaseOptions, type DatabasePorts, openFile } from "./database.ts";
import { type CheckedServer, checkServer, type Durability } from "./server_checks.ts";
import { openServer } from "./server_database.ts";
import type { StateLocation } from "./state_location.ts";
import { withTurns } from "./turns.ts";

/** Opens the database; rejects with `StoreError`. A file comes back locked for this process alone. */
export function openDatabase(
  location: StateLocation,
  ports: DatabasePorts,
  options: DatabaseOptions,
): Promise<Database> {
  return location.kind === "file"
    ? openFile(location.path, ports, options.waitMs)
    : openServer(location, ports, options);
}

const REQUEST_TIMEOUT_MS = 5_000;

/** What a state that is to be used is opened with; for what is absent see `StoreOptions`. */
interface PlaceOptions extends DatabasePorts, Pick<DatabaseOptions, "token" | "shownUrl"> {
  durability?: Durability;
  waitMs?: number;
  requestTimeoutMs?: number;
}

/** Opens it as it is. Rejects with `StoreError`. */
export function openPlain(location: StateLocation, options: PlaceOptions): Promise<Database> {
  const { token, shownUrl, waitMs = 10_000, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  return openDatabase(location, options, { token, shownUrl, waitMs, requestTimeoutMs });
}

/** Opens it for use, be it by many flows; a server is found to be good enough first. Rejects with `StoreError`. */
export async function openPlace(
  location: StateLocation,
  shown: string,
  options: PlaceOptions,
): Promise<{ database: Database; server?: CheckedServer }> {
  const { clock, token, durability = "strong", requestTimeoutMs: limitMs = REQUEST_TIMEOUT_MS } = options;
  const database = await openPlain(location, options);
  if (location.kind === "file") return { database: withTurns(database, clock) };
  try {
    const server = { url: location.url, shown, token, limitMs, durability };
    return { database, server: await checkServer(database, server, options) };
  } catch (error) {
    await database.close();
    throw error;
  }
}
