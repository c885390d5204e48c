// The unfinished run of a job as dispatch sees it, and how it makes room.

import { isWaiting, type Run, UNFINISHED } from "../../domain/backup.ts";
import type { Occupant } from "../../domain/schedule/dispatch.ts";
import type { Job } from "../../domain/job.ts";
import type { Condition } from "../../ports/condition.ts";
import type { Clock } from "../../ports/host.ts";
import { type ActiveRun, ageOf, type EngineContext } from "../context/context.ts";
import { forbidsCancel } from "./cancel.ts";

/** `final`: nothing may stay open, so it is taken for running whatever it does. */
export function occupantOf(clock: Clock, active: ActiveRun | null, final: boolean): Occupant | null {
  if (active === null) return null;
  const { run, cancelFor, cancelFailedAt } = active;
  const isMakingRoom = (cancelFor?.slot ?? null) !== null;
  return {
    runId: run.runId,
    status: final ? "running" : isMakingRoom ? "cancelling" : run.status,
    isMakingRoom,
    isWaiting: !final && isWaiting(run),
    since: clock.now() - ageOf(clock, active),
    cancelFailedAt,
  };
}

/**
 * What is decided beside an unfinished run holds only while that run is unfinished as stored: its end may be saved
 * between the look and the commit, with a try to follow that the next decided slot ends.
 */
export function stillOccupied(active: ActiveRun | null): Condition[] {
  return active === null ? [] : [{ condition: "status", runId: active.run.runId, in: UNFINISHED }];
}

/** Wakes a run that waited for its provider, now that `newer` has its place. */
export function supersede(active: ActiveRun, newer: Run): void {
  active.cancelFor = { slot: newer.slot, reason: "superseded" };
  active.wake();
}

/** False while a freeze or hold forbids a cancel: then the slot is skipped without a try. */
export async function mayMakeRoom(
  context: EngineContext,
  { graceMs }: Job,
  active: ActiveRun | null,
): Promise<boolean> {
  if (active === null || ageOf(context.clock, active) <= graceMs) return true;
  return await forbidsCancel(context, active.run) === undefined;
}
