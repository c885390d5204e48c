// Changes rows of a state file that no server holds, as damage or a person would.

import { openDatabase } from "../../src/store/database/open_database.ts";
import { FakeClock } from "./fake_clock.ts";
import { nodeFiles } from "./node_files.ts";

/** Carries one statement out in the state file at `path`, and answers its rows. */
export async function inState(path: string, sql: string): Promise<unknown[][]> {
  const ports = { files: nodeFiles, clock: new FakeClock(0), http: (request: Request) => fetch(request) };
  const options = { token: null, waitMs: 5_000, requestTimeoutMs: 1 };
  const database = await openDatabase({ kind: "file", path }, ports, options);
  try {
    const [rows] = await database.write([{ sql, args: [] }]);
    return rows!.map((row) => Array.from(row));
  } finally {
    await database.close();
  }
}
