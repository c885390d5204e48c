// The end that a caller gives a hold, a freeze or a pause.

import { iso } from "../domain/instant.ts";
import type { ClockWatch } from "../ports/clock_watch.ts";
import { badRequest } from "./problems.ts";

/** The end (UTC ms), null for none; throws a 400 for one that has passed, or may have while the clock is in doubt. */
export function endToCome(watch: Pick<ClockWatch, "read">, until: number | undefined): number | null {
  if (until === undefined) return null;
  const { now, begins } = watch.read();
  if (until > begins) return until;
  const message = until <= now
    ? "is in the past: expected an instant to come"
    : `may be in the past: the clock is in doubt, and by the time that went by it is ${
      iso(begins)
    }: expected a later instant, or none; or set the clock right, or say that it is ('schelly clock trust')`;
  throw badRequest("body", [{ field: "until", message }]);
}
