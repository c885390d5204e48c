// Says that there is no room for all who come, once in a while however long it lasts: a flood must not fill the log.

import { systemClock } from "./clock.ts";

/** Between two times that it is said. */
const QUIET_MS = 60_000;

/** Says by `say` what goes on at `address`; `now` is monotonic. */
export function createCrowd(
  address: string,
  say: (line: string) => void,
  now: () => number = systemClock.monotonic,
): { connection(source: string): void; request(detail: string): void } {
  /** By what is said. */
  const saidAt = new Map<string, number>();
  function tell(what: string, line: string): void {
    const last = saidAt.get(what);
    if (last !== undefined && now() - last < QUIET_MS) return;
    saidAt.set(what, now());
    say(`${line}; said once a minute while it lasts\n`);
  }
  return {
    connection: (source) =>
      tell(
        "connection",
        `Too many connections at ${address}, from ${source} by now: idle ones are closed for new ones`,
      ),
    request: (detail) => tell("request", `Requests at ${address} are turned away: ${detail}`),
  };
}
