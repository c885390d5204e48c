// What happened of late; part of the composition root.

import { DAY } from "../../domain/duration.ts";
import type { Clock } from "../../ports/host.ts";
import type { Lately, Operations } from "../../ports/operations.ts";

/** What it is read through. */
export interface LatelyParts {
  clock: Clock;
  /** What happened since then (UTC ms). */
  happened(since: number): Promise<Lately>;
}

/** Builds it. */
export function latelyOperations({ clock, happened }: LatelyParts): Pick<Operations, "lately"> {
  return { lately: () => happened(clock.now() - DAY) };
}
