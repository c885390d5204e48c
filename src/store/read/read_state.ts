// Opens a state for reading alone: it is not taken over, not brought up to date, and not made where there is none.

import { FUTURE_TOLERANCE_MS } from "../../domain/retention/election.ts";
import { StoreError } from "../../domain/errors.ts";
import type { Reads, RunStore } from "../../ports/store.ts";
import type { DatabasePorts } from "../database/database.ts";
import { openDatabase } from "../database/open_database.ts";
import { MIGRATIONS, schemaVersion } from "../schema/migrations.ts";
import { readSentencesUntil } from "../schema/reasons_as_data.ts";
import { createReads } from "./reads.ts";
import { shownPlace, stateLocation } from "../database/state_location.ts";

interface ReadStateOptions extends DatabasePorts {
  /** `file:/path`, or `http(s)://`, `libsql://`. */
  url: string;
  token: string | null;
}

/** How long another process may take to let go of the file, and a server to answer. */
const WAIT_MS = 1_000;
const REQUEST_TIMEOUT_MS = 5_000;

/** Rejects with `StoreError`: in use, not there, damaged, or written by another version. */
export async function readState(
  options: ReadStateOptions,
): Promise<Reads & Pick<RunStore, "leftovers"> & AsyncDisposable> {
  const location = stateLocation(options.url);
  const shown = shownPlace(location);
  if (
    location.kind === "file" && await options.files.info(location.path).catch(() => undefined) === undefined
  ) {
    throw new StoreError(
      "failed",
      `Cannot read the state '${shown}': nothing is there: expected a state file that Schelly wrote`,
    );
  }
  const database = await openDatabase(location, options, {
    token: options.token,
    waitMs: WAIT_MS,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  try {
    const version = await schemaVersion(database, shown);
    if (version !== MIGRATIONS.length) {
      throw new StoreError(
        "failed",
        `Cannot read the state '${shown}': its schema is version ${version}, and this Schelly reads ` +
          `${MIGRATIONS.length}: start this version once with it, or ask the version that wrote it`,
      );
    }
    if (await readSentencesUntil(database) !== null) {
      throw new StoreError(
        "failed",
        `Cannot read the state '${shown}': this version is at bringing it up to date, or was cut off: ` +
          "wait until it has started, or start it once more",
      );
    }
    return {
      ...createReads(database, options.clock, {
        ends: () => options.clock.now(),
        latest: () => options.clock.now() + FUTURE_TOLERANCE_MS,
      }),
      [Symbol.asyncDispose]: () => database.close(),
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
