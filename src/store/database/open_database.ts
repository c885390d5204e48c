// Opens the place of a state, be it a file or a server.

import { type Database, type DatabaseOptions, type DatabasePorts, openFile } from "./database.ts";
import { openServer } from "./server_database.ts";
import type { StateLocation } from "./state_location.ts";

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
