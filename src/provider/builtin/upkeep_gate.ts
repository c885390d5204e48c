// Keeps deletions back while upkeep runs, or while a check is due after those before them.

import type { Clock } from "../../ports/host.ts";
import { BackupFailure } from "../host/backup_failure.ts";
import type { CircleMember, UpkeepCircle } from "./upkeep_circle.ts";
import { holdsDeletions } from "./upkeep_state.ts";

/** How long a deletion waits (ms). Short: calls to its provider queue behind it. */
export const DELETION_WAIT_MS = 10_000;
/** How long after damage was found whoever is to stop deletions for it may not know yet. */
const NEWS_MS = 30_000;

/**
 * Resolves once no check is due after the deletions before; rejects with `BackupFailure` (`locked`) after a short while,
 * and when damage has just been found.
 */
export async function checksEnded(
  member: CircleMember,
  circle: UpkeepCircle,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const until = clock.monotonic() + DELETION_WAIT_MS;
  const holding = () => checkInTheWay(member, circle, clock.now());
  for (let due = holding(); due !== undefined; due = holding()) {
    circle.nudge();
    if (await endsWithin(clock, until - clock.monotonic(), circle.changed, signal)) continue;
    if (circle.current !== undefined) throw inTheWay(circle, due.name);
    const after = due.afterDeletions === 1 ? "each deletion" : `${due.afterDeletions} deletions`;
    const why = `the ${due.name} of the repository is due after ${after}`;
    throw new BackupFailure("locked", `${why}, and comes before the next: it is tried again later`);
  }
  demandNoNews(circle, clock);
}

/** Rejects with `BackupFailure` (`locked`) while whoever is to stop deletions may not know yet of damage that was found. */
export function demandNoNews(circle: UpkeepCircle, clock: Clock): void {
  if (clock.monotonic() - circle.damagedAt < NEWS_MS) {
    throw new BackupFailure("locked", "the repository was just found damaged: it is tried again later");
  }
}

/** The check that no further deletion is to begin before, whoever runs it. */
function checkInTheWay(
  member: CircleMember,
  circle: UpkeepCircle,
  now: number,
): { name: string; afterDeletions: number | null } | undefined {
  for (const name of circle.namesFor(member)) {
    const next = circle.nextOf(member, name, now);
    if (next === undefined || !next.turn.onlyLooks) continue;
    const { when, deletions } = next.turn;
    const state = { ...next.member.states[name]!, deletions };
    if (holdsDeletions(when, state, circle.deletionsAtWork, now)) {
      return { name, afterDeletions: when.afterDeletions };
    }
  }
  return undefined;
}

/** Why a deletion comes later: what runs, or `what`. */
export function inTheWay(circle: UpkeepCircle, what: string): BackupFailure {
  const name = circle.current?.name ?? what;
  return new BackupFailure("locked", `the ${name} of the repository is running: it is tried again later`);
}

/** False when `ended` has not resolved after `waitMs`; rejects with `BackupFailure` (`stopped`) when `signal` aborts. */
export async function endsWithin(
  clock: Clock,
  waitMs: number,
  ended: Promise<void>,
  signal: AbortSignal,
): Promise<boolean> {
  const over = new AbortController();
  const late = clock.sleep(waitMs, AbortSignal.any([signal, over.signal])).then(() => false, () => false);
  const isOver = await Promise.race([ended.then(() => true), late]);
  over.abort();
  if (signal.aborted) {
    throw new BackupFailure("stopped", "it was stopped while it waited for upkeep to end");
  }
  return isOver;
}
