// What every flow of the engine is handed: the ports it acts through and the job it acts for.

import type { ClockWatch } from "../../ports/clock_watch.ts";
import type { EventLevel, EventSink, EventType } from "../../ports/events.ts";
import type { Clock, Ids, Random } from "../../ports/host.ts";
import type { Job, Json } from "../../domain/job.ts";
import type { Run } from "../../domain/backup.ts";
import type { RunStore } from "../../ports/store.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { Accepted } from "./accepted.ts";
import type { ProviderCalls } from "./calls.ts";
import type { Sends } from "./sends.ts";

/** Ports of the whole engine. */
export interface EngineContext {
  clock: Clock;
  /** Asked wherever something ends, or is deleted, by the time that it is. */
  watch: ClockWatch;
  ids: Ids;
  random: Random;
  store: RunStore;
  sink: EventSink;
  sends: Sends;
  accepted: Accepted;
  /** The same text for every provider key that names one service; absent: each key is a service of its own. */
  serviceOf?(providerKey: string): string;
  /** Aborts when the engine stops; a flow then leaves everything as the store has it. */
  stop: AbortSignal;
  /** From how many backups on the election of a job is kept up to date between passes; see `ElectionFollower`. */
  followFrom?: number;
}

/** What one run is carried out with; frozen at its start, so that a reload does not change it under way. */
export interface RunContext extends EngineContext {
  job: Job;
  calls: ProviderCalls;
  /**
   * Why the job, as it is now, is to start nothing by itself; undefined when it may. `removed`: it left the configuration,
   * and starts nothing at all.
   */
  whyAtRest(): "disabled" | "paused" | "removed" | undefined;
}

/** Has a callback called once; answers what takes it back. */
type Listening = (call: (why: unknown) => void) => () => void;

/** A run being followed, and what others want of it. */
export interface ActiveRun {
  run: Run;
  /** Wakes whatever wait the run is in. */
  wake(): void;
  /** Calls back once, with why, as the run is woken up; answers what takes that back. */
  onWake: Listening;
  /** Since when its start waits for a place among the calls of its provider, by the monotonic clock; null while it does not. */
  inLineSince: number | null;
  /** Set by the next slot, max_duration or an operator. */
  cancelFor: { slot: number | null; reason: string } | null;
  /** The slot at which a cancel ended without making room. */
  cancelFailedAt: number | null;
  /** Its last POST, by the monotonic clock; one before this process began is as long ago as the wall clock said then. */
  underWaySince: number;
  /** When the provider last answered about it, by the monotonic clock, as far as this process has seen. */
  lastAnswerAt: number;
  /** 404s of the provider in a row, and when the first came by the monotonic clock; attempts to cancel do not end the row. */
  notFound: { count: number; since: number };
  /** No cancel for max_duration before this instant of the monotonic clock. */
  nextCancelAt: number;
  /** Resolves when the first attempt to start has been answered, for callers who wait. */
  firstAnswer: PromiseWithResolvers<Run>;
}

/** Makes the handle of a run that is followed from now on. */
export function activeRun(run: Run, { clock, watch }: Pick<EngineContext, "clock" | "watch">): ActiveRun {
  const { now, inDoubtUntil } = watch.read();
  // By a clock in doubt nobody knows how old it is: its time counts from here.
  const age = inDoubtUntil === null ? now - (run.lastAttemptAt ?? run.startTime ?? run.createdAt) : 0;
  const waiting = new Set<(why: unknown) => void>();
  return {
    run,
    wake() {
      const calls = [...waiting];
      waiting.clear();
      for (const call of calls) call(new WokenUp());
    },
    onWake(call) {
      waiting.add(call);
      return () => void waiting.delete(call);
    },
    inLineSince: null,
    cancelFor: null,
    cancelFailedAt: null,
    underWaySince: clock.monotonic() - Math.max(0, age),
    lastAnswerAt: clock.monotonic(),
    notFound: { count: 0, since: 0 },
    nextCancelAt: -Infinity,
    firstAnswer: withResolvers<Run>(),
  };
}

/** How long a run has been under way since its last POST (ms), by the clock that no correction moves. */
export function ageOf(clock: Clock, active: ActiveRun): number {
  return clock.monotonic() - active.underWaySince;
}

/** A clock that differs by less is taken to be right. */
export const CLOCK_TOLERANCE_MS = 120_000;

/** True for a run that was made, or last sent, by a clock that has been set back since. */
export function isAhead(clock: Clock, run: Run): boolean {
  return Math.max(run.createdAt, run.lastAttemptAt ?? 0) > clock.now() + CLOCK_TOLERANCE_MS;
}

/** Why a wait ended early: someone wants something of the run. Never leaves the engine. */
class WokenUp extends Error {}

/** `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve!: (value: T | PromiseLike<T>) => void;
  let reject!: (reason?: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Waits `ms` or until someone wakes the run; rejects with the stop's reason when the engine stops. */
export async function waitOrWake(context: EngineContext, active: ActiveRun, ms: number): Promise<void> {
  if (ms <= 0) return;
  const wait = new AbortController();
  const over = interruption(context, active)((why) => wait.abort(why));
  try {
    await context.clock.sleep(ms, wait.signal);
  } catch (error) {
    wasWoken(context, error);
  } finally {
    over();
  }
}

/**
 * Calls back once, with why, as the engine stops or the run is woken up. Not a signal of both: thousands of runs wait
 * at a time, and what follows two signals costs a kilobyte, and more when memory is tidied up.
 */
export function interruption(
  { stop }: Pick<EngineContext, "stop">,
  active: Pick<ActiveRun, "onWake">,
): Listening {
  return (call) => {
    stop.throwIfAborted();
    const overs = [onStop(stop, () => call(stop.reason)), active.onWake(call)];
    return () => {
      for (const over of overs) over();
    };
  };
}

/** Who is called as a signal aborts: a signal looks through all its listeners with each that comes or goes. */
const listeners = new WeakMap<AbortSignal, Set<() => void>>();

function onStop(stop: AbortSignal, call: () => void): () => void {
  let calls = listeners.get(stop);
  if (calls === undefined) {
    const all = calls = new Set();
    listeners.set(stop, all);
    stop.addEventListener("abort", () => {
      for (const one of all) one();
    }, { once: true });
  }
  calls.add(call);
  return () => void calls.delete(call);
}

/** The same of any other wait that both end: passes over that the run was woken up, and rejects with all else. */
export function wasWoken({ stop }: Pick<EngineContext, "stop">, error: unknown): void {
  if (stop.aborted) throw stop.reason;
  if (!(error instanceof WokenUp)) throw error;
}

/** Builds an event about a run. */
export function runEvent(
  context: EngineContext,
  run: Pick<Run, "job" | "runId">,
  type: EventType,
  level: EventLevel,
  message: string,
  data?: Record<string, Json>,
): EngineEvent {
  return { type, level, at: context.clock.now(), job: run.job, runId: run.runId, message, data };
}

/** Builds an event about a job. */
export function jobEvent(
  context: EngineContext,
  job: string,
  type: EventType,
  level: EventLevel,
  message: string,
  data?: Record<string, Json>,
): EngineEvent {
  return { type, level, at: context.clock.now(), job, message, data };
}

/** The text of any thrown thing. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
