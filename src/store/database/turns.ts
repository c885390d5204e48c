// Lets other work run between reads: the library answers each one at once, so a hundred flows that read one after
// the other would otherwise keep the program from anything else.

import type { Clock } from "../../ports/host.ts";
import type { Database } from "./database.ts";

/** Longest stretch of work on the database without letting other work run, the last statement apart (ms). */
const STRETCH_MS = 10;

/** The database, with a turn of the event loop wherever its statements have taken a stretch. */
export function withTurns(database: Database, clock: Clock): Database {
  let spent = 0;
  let last: Promise<unknown> = Promise.resolve();

  // One after the other, as the library does it anyway, so that it is known how long they took.
  function take<T>(work: () => Promise<T>): Promise<T> {
    const answer = last.then(async () => {
      if (spent >= STRETCH_MS) {
        await clock.yield();
        spent = 0;
      }
      const start = clock.monotonic();
      try {
        return await work();
      } finally {
        spent += clock.monotonic() - start;
      }
    });
    last = answer.catch(() => {});
    return answer;
  }

  return {
    ...database,
    read: (statement) => take(() => database.read(statement)),
    write: (statements) => take(() => database.write(statements)),
  };
}
