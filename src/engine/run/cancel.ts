// Cancels a running backup: only after the provider has just said that it is still running.

import { ProviderError } from "../../domain/errors.ts";
import type { Run } from "../../domain/backup.ts";
import { cancelledText, notCancelledReason } from "../../domain/cancelled.ts";
import { freezeText, isFrozen } from "../../domain/freeze.ts";
import { isHeld } from "../../domain/hold.ts";
import type { GetAnswer } from "../../ports/provider.ts";
import type { Condition } from "../../ports/condition.ts";
import type { Write } from "../../ports/store.ts";
import { surelyMove, tryMove } from "../context/commit.ts";
import {
  type ActiveRun,
  ageOf,
  type EngineContext,
  messageOf,
  type RunContext,
  runEvent,
} from "../context/context.ts";
import { endMove } from "./answer.ts";

/** How long after the DELETE the provider has to let go of it, beyond the delete timeout. */
const SETTLE_MS = 60_000;
const LOOK_EVERY_MS = 2_000;
/** How long a run that outlives max_duration and could not be cancelled is left alone. */
const CANCEL_AGAIN_MS = 300_000;
const MAX_GRACE_FACTOR = 16;

/**
 * Carries a run in `running` (with `cancelFor` set) or `cancelling` to cancelled, available, failed, or back to
 * running when it cannot be cancelled now; then `cancelFailedAt` names the slot that gets no room.
 */
export async function cancel(context: RunContext, active: ActiveRun): Promise<void> {
  const wish = active.cancelFor ?? { slot: null, reason: active.run.reason ?? "restarted" };
  // A process before this one may have sent the DELETE already.
  const taken = active.run.status === "cancelling";
  if (active.run.status === "running") {
    const run = active.run;
    const moved = await tryMove(context, run, {
      from: ["running"],
      set: { status: "cancelling", reason: wish.reason },
      conditions: mayCancel(run),
      events: [
        runEvent(
          context,
          run,
          "run.cancelling",
          "warning",
          `Cancelling backup '${run.id}' of job '${run.job}': ${wish.reason}`,
          {
            reason: wish.reason,
            slot: wish.slot,
          },
        ),
      ],
    });
    if (moved === undefined) {
      active.run = (await context.store.run(run.runId)) ?? run;
      if (active.run.status === "running") await forbid(context, active);
      return;
    }
    active.run = moved;
  }
  const first = await look(context, active);
  if (first === undefined && !taken) {
    return await back(context, active, "the provider did not say that it is still running");
  }
  if (first !== undefined && !taken && await ended(context, active, first)) return;
  if (first !== undefined && first.found !== "yes") {
    return await back(context, active, "the provider does not know it at the moment");
  }
  if (first?.backup.state !== "running") return await untilSettled(context, active, wish, SETTLE_MS);

  const { calls, job, store } = context;
  try {
    const answer = await calls.cancel(
      active.run.id!,
      job.deleteBody,
      store.fence,
      () => isStillAllowed(context, active),
    );
    if (answer === "withheld") return await back(context, active, await whyForbidden(context, active.run));
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (error.kind === "refused" || error.kind === "unsent") {
      return await back(context, active, messageOf(error));
    }
    // Its fate is unknown: the looks below tell.
  }
  await untilSettled(context, active, wish, job.deleteTimeoutMs + SETTLE_MS);
}

/** No DELETE of a backup that is held, none while deletions are frozen. */
function mayCancel(run: Run): Condition[] {
  return [{ condition: "unheld", runId: run.runId }, { condition: "unfrozen" }];
}

/** Asks the store in a commit, so that a freeze that was acknowledged before is seen, whoever else writes. */
async function isStillAllowed(context: RunContext, active: ActiveRun): Promise<boolean> {
  const { run } = active;
  context.stop.throwIfAborted();
  const result = await context.store.commit({
    job: run.job,
    conditions: [{ condition: "status", runId: run.runId, in: ["cancelling"] }, ...mayCancel(run)],
    writes: [],
  });
  return result.result === "done";
}

/** The run goes on since nothing may be deleted; the slot that asked for room gets none. */
async function forbid(context: RunContext, active: ActiveRun): Promise<void> {
  const { run } = active;
  const why = await whyForbidden(context, run);
  letGoOn(context, active);
  const message = `Backup '${run.id}' of job '${run.job}' goes on and is not cancelled: ${why}`;
  active.run = await tryMove(context, run, {
    from: ["running"],
    set: { reason: notCancelledReason(why) },
    events: [runEvent(context, run, "run.resumed", "warning", message, { why })],
  }) ?? active.run;
}

async function whyForbidden(context: RunContext, run: Run): Promise<string> {
  return await forbidsCancel(context, run) ?? "a hold or a freeze came before the DELETE";
}

/** Why the run may not be cancelled now, in a clause; undefined when nothing forbids it. */
export async function forbidsCancel(
  { store, watch }: EngineContext,
  { runId }: Run,
): Promise<string | undefined> {
  const [stored, freeze] = await Promise.all([store.run(runId), store.freeze()]);
  const { ends } = watch.read();
  if (freeze !== null && isFrozen(freeze, ends)) return freezeText(freeze);
  if (stored !== undefined && isHeld(stored, ends)) return `it is held (${stored.holdReason})`;
  return undefined;
}

/**
 * Looks until the provider has let go of it, at most `forMs`. A deletion under way still shows it for a while: that it
 * is available is believed once the provider has said so for `SETTLE_MS`.
 */
async function untilSettled(
  context: RunContext,
  active: ActiveRun,
  wish: { slot: number | null; reason: string },
  forMs: number,
): Promise<void> {
  const { clock } = context;
  const deadline = clock.monotonic() + forMs;
  let availableSince: number | undefined;
  for (;;) {
    const answer = await look(context, active);
    if (answer !== undefined && (answer.found !== "yes" || answer.backup.state === "failed")) {
      const message = answer.found === "yes" ? answer.backup.message : undefined;
      return await markCancelled(context, active, wish, message);
    }
    if (answer !== undefined) {
      const isAvailable = answer.found === "yes" && answer.backup.state === "available";
      availableSince = isAvailable ? availableSince ?? clock.monotonic() : undefined;
      const isSure = isAvailable && clock.monotonic() - availableSince! >= SETTLE_MS;
      if (isSure && await ended(context, active, answer)) return;
    }
    if (availableSince === undefined && clock.monotonic() >= deadline) break;
    await clock.sleep(LOOK_EVERY_MS, context.stop);
  }
  await back(context, active, "it was still running after the DELETE");
}

async function look(context: RunContext, active: ActiveRun): Promise<GetAnswer | undefined> {
  try {
    return await context.calls.get(active.run.id!);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return undefined;
  }
}

/** Commits an end that came by itself; false while it is running or unknown. */
async function ended(context: RunContext, active: ActiveRun, answer: GetAnswer): Promise<boolean> {
  if (answer.found !== "yes" || answer.backup.state === "running") return false;
  const end = await endMove(context, active.run, answer.backup, ["cancelling"]);
  active.run = (await surelyMove(context, active.run, end)).run;
  active.cancelFor = null;
  return true;
}

/** `message`: what its provider says of it now, such as that something of it may still be at work. */
async function markCancelled(
  context: RunContext,
  active: ActiveRun,
  wish: { slot: number | null; reason: string },
  message: string | undefined,
): Promise<void> {
  const run = active.run;
  const also: Write[] = [];
  if (wish.slot !== null) {
    // A job whose backups outlast its grace time gets longer each time, until one succeeds.
    const state = await context.store.job(run.job);
    const graceFactor = Math.min(MAX_GRACE_FACTOR, (state?.graceFactor ?? 1) * 2);
    also.push({ write: "job", job: run.job, set: { graceFactor, lastCancelSlot: wish.slot } });
  }
  active.run = (await surelyMove(context, run, {
    from: ["cancelling"],
    set: {
      status: "cancelled",
      reason: wish.reason,
      endTime: context.clock.now(),
      message: cancelledText({
        reason: wish.reason,
        ranMs: ageOf(context.clock, active),
        graceMs: context.job.graceMs,
        said: message ?? run.message,
      }),
    },
    also,
    events: [
      runEvent(
        context,
        run,
        "run.cancelled",
        "warning",
        `Backup '${run.id}' of job '${run.job}' was cancelled: ${wish.reason}`,
        {
          id: run.id,
          reason: wish.reason,
        },
      ),
    ],
  })).run;
  active.cancelFor = null;
}

async function back(context: RunContext, active: ActiveRun, why: string): Promise<void> {
  const run = active.run;
  letGoOn(context, active);
  const message = `Backup '${run.id}' of job '${run.job}' goes on, since it could not be cancelled: ${why}`;
  active.run = (await surelyMove(context, run, {
    from: ["cancelling"],
    set: { status: "running", reason: notCancelledReason(why) },
    events: [runEvent(context, run, "run.resumed", "warning", message, { why })],
  })).run;
}

function letGoOn(context: RunContext, active: ActiveRun): void {
  active.cancelFailedAt = active.cancelFor?.slot ?? active.cancelFailedAt;
  active.cancelFor = null;
  active.nextCancelAt = context.clock.monotonic() + CANCEL_AGAIN_MS;
}
