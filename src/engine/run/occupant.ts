// The unfinished run of a job as dispatch sees it, and how it makes room.

import { GRACE_OVER } from "../../domain/cancelled.ts";
import { isInLine, isWaiting, type Run, UNFINISHED } from "../../domain/backup.ts";
import { dispatch, type Dispatched, type Occupant, type Slots } from "../../domain/schedule/dispatch.ts";
import type { Job } from "../../domain/job.ts";
import { blackoutOf } from "../../domain/schedule/blackout.ts";
import type { Condition } from "../../ports/condition.ts";
import type { Clock } from "../../ports/host.ts";
import type { JobState } from "../../ports/store.ts";
import { type ActiveRun, ageOf, type EngineContext } from "../context/context.ts";
import { forbidsCancel } from "./cancel.ts";

/** What the decisions of a job are made from. `final`: nothing may stay open. */
interface Deciding {
  job: Job;
  state: JobState;
  slots: Slots;
  active: ActiveRun | null;
  final: boolean;
}

/** Decides what is due by `now`, with the run under way as it is. */
export async function dispatchNow(
  context: EngineContext,
  { job, state, slots, active, final }: Deciding,
  now: number,
): Promise<Dispatched> {
  const { ends } = context.watch.read();
  return dispatch({
    ...state,
    job,
    slots,
    blackout: blackoutOf(job),
    final,
    now,
    occupant: occupantOf(context.clock, active, final),
    // A pause does not end by a clock in doubt.
    pausedUntil: state.pausedUntil !== null && state.pausedUntil <= ends ? state.pausedUntil : null,
    mayCancel: !final && await mayMakeRoom(context, job, active),
  });
}

/** `final`: nothing may stay open, so it is taken for running whatever it does. */
function occupantOf(clock: Clock, active: ActiveRun | null, final: boolean): Occupant | null {
  if (active === null) return null;
  const { run, cancelFor, cancelFailedAt, inLineSince } = active;
  const isMakingRoom = (cancelFor?.slot ?? null) !== null;
  return {
    runId: run.runId,
    status: final ? "running" : isMakingRoom ? "cancelling" : run.status,
    isMakingRoom,
    // One that is in line keeps its place: each newer one would begin at the end of the line, and none be sent.
    isWaiting: !final && isWaiting(run) && !isInLine(run) && inLineSince === null,
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
  askToCancel(active, newer.slot, "superseded");
}

/** Asks the follower of a run to cancel it; `slot` is the one that it is to make room for, null for none. */
export function askToCancel(active: ActiveRun, slot: number | null, reason: string): void {
  active.cancelFor = { slot, reason };
  active.wake();
}

/** Asks for room for the slot, which is due by now. */
export function makeRoom(active: ActiveRun, slot: number): void {
  askToCancel(active, slot, GRACE_OVER);
}

/** Has a start that waits look whether it is still wanted. */
export function askAgain(active: ActiveRun | null): void {
  if (active?.run.status === "intent") active.wake();
}

/** False while a freeze or hold forbids a cancel: then the slot is skipped without a try. */
async function mayMakeRoom(
  context: EngineContext,
  { graceMs }: Job,
  active: ActiveRun | null,
): Promise<boolean> {
  if (active === null || ageOf(context.clock, active) <= graceMs) return true;
  return await forbidsCancel(context, active.run) === undefined;
}
