// Lets other work run between reads: the library answers each one at once, so a hundred flows that read one after
// the other would otherwise keep the program from anything else.

import type { Clock } from "../../ports/host.ts";
import type { Database } from "./database.ts";

/** Longest stretch of statements, and of what is made of them, without letting other work run, the last one apart (ms). */
const STRETCH_MS = 8;
/** Where so much passes between two statements, other work was let in (ms). */
const PAUSE_MS = 3;

/** The database, with a turn of the event loop wherever its statements have taken a stretch. */
export function withTurns(database: Database, clock: Clock): Database {
  let began = -Infinity;
  let ended = -Infinity;
  let last: Promise<unknown> = Promise.resolve();

  // One after the other, as the library does it anyway, so that it is known how long they took.
  function take<T>(work: () => Promise<T>): Promise<T> {
    const answer = last.then(async () => {
      const now = clock.monotonic();
      if (now - ended <= PAUSE_MS && now - began >= STRETCH_MS) {
        await clock.yield();
        began = clock.monotonic();
      } else if (now - ended > PAUSE_MS) began = now;
      try {
        return await work();
      } finally {
        ended = clock.monotonic();
      }
    });
    last = answer.catch(() => {});
    return answer;
  }

  return {
    ...database,
    read: (statement) => take(() => database.read(statement)),
    readAs: (statement, make) => take(() => database.readAs(statement, make)),
    write: (statements) => take(() => database.write(statements)),
    room: () => take(() => database.room()),
    giveBack: (pages) => take(() => database.giveBack(pages)),
    shorten: () => take(() => database.shorten()),
  };
}
