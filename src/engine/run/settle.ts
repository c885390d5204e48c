// Finds out what became of a start of unknown fate, by what the provider can prove; never by guessing.

import { ProviderError } from "../../domain/errors.ts";
import type { Run } from "../../domain/backup.ts";
import type { BackupInfo, Capabilities } from "../../ports/provider.ts";
import { surelyMove, tryMove } from "../context/commit.ts";
import {
  type ActiveRun,
  isAhead,
  messageOf,
  type RunContext,
  runEvent,
  waitOrWake,
} from "../context/context.ts";
import { kinKeys, ownerAt } from "../context/kin_keys.ts";
import { gatewayDelay, MAX_GATEWAY_POSTS, resendDelay } from "../context/retry.ts";
import { adopt } from "./answer.ts";
import { giveUpAt, send } from "./start.ts";

/** A plain provider gets the POST of one slot at most this often when the fate of the earlier ones is unknown. */
const MAX_UNCERTAIN_POSTS = 3;
/** How often the backup of a job that left the configuration is looked for. */
const LOOK_EVERY_MS = 60_000;

/**
 * Takes a run in `sending` (found after a restart) or `unknown` one step further: adopted by proof, sent again,
 * proven absent, or `failed(unsettled)` when nothing more can be learnt.
 */
export async function settle(context: RunContext, active: ActiveRun): Promise<void> {
  if (active.run.status === "sending") await markUnknown(context, active);
  const run = active.run;
  if (run.status !== "unknown") return;
  if (active.cancelFor !== null && active.cancelFor.slot === null) {
    return await unsettled(context, active, `given up by hand (${active.cancelFor.reason})`);
  }
  if (isRemoved(context)) return await lookFor(context, active);
  if (!isOver(context, run)) {
    await waitOrWake(context, active, (run.notBefore ?? 0) - context.clock.now());
  }
  const askedAt = context.clock.now();
  let abilities: Capabilities;
  let found: BackupInfo | undefined;
  try {
    abilities = await context.calls.capabilities();
    found = await search(context, abilities, run);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (isOver(context, run)) return await unsettled(context, active, messageOf(error));
    return await waitOrWake(context, active, context.job.retryIntervalMs);
  }
  if (found !== undefined && !await isBound(context, run, found)) {
    return await adopt(context, active, found, ["unknown"]);
  }
  if (run.reason === "duplicate_id") {
    return await unsettled(context, active, "the provider answered with an id of another backup");
  }
  if (abilities.lookup) return await afterAbsence(context, active, abilities, askedAt);
  if (isOver(context, run)) {
    return await unsettled(context, active, "grace time is over");
  }
  // A start by hand is never repeated, whatever the provider honours.
  if (abilities.idempotency && run.trigger !== "manual") {
    return await send(context, active, false);
  }
  await resendPlain(context, active);
}

/** True for what the provider named as ours although it is the backup of another run. */
async function isBound(context: RunContext, run: Run, found: BackupInfo): Promise<boolean> {
  return run.reason === "duplicate_id" &&
    await ownerAt(context, await kinKeys(context, [run.providerKey]), found.id) !== undefined;
}

function isRemoved(context: RunContext): boolean {
  return context.whyAtRest() === "removed";
}

/**
 * Looks whether the provider has the backup of a job that left the configuration: its start is never sent again, blocks
 * no other, and is in doubt until the provider proves what became of it, or somebody gives it up.
 */
async function lookFor(context: RunContext, active: ActiveRun): Promise<void> {
  const { run } = active;
  const askedAt = context.clock.now();
  try {
    const abilities = await context.calls.capabilities();
    const found = await search(context, abilities, run);
    if (found !== undefined && !await isBound(context, run, found)) {
      return await adopt(context, active, found, ["unknown"]);
    }
    if (abilities.lookup && run.reason !== "duplicate_id") {
      return await afterAbsence(context, active, abilities, askedAt);
    }
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
  }
  await waitOrWake(context, active, LOOK_EVERY_MS);
}

/** True once the start may not be tried any more; so too when the clock cannot tell, since it was set back. */
function isOver(context: RunContext, run: Run): boolean {
  return context.clock.now() > giveUpAt(context, run) || isAhead(context.clock, run);
}

async function search(
  context: RunContext,
  abilities: Capabilities,
  run: Run,
): Promise<BackupInfo | undefined> {
  if (abilities.lookup) {
    const backup = await context.calls.lookup(run.runId);
    return backup?.runId === run.runId ? backup : undefined;
  }
  if (!abilities.list) return undefined;
  return (await context.calls.list()).find((backup) => backup.runId === run.runId);
}

/** The provider has nothing for our run: once no earlier POST can still be on its way, it surely never began. */
async function afterAbsence(
  context: RunContext,
  active: ActiveRun,
  abilities: Capabilities,
  askedAt: number,
): Promise<void> {
  const { clock, job } = context;
  const run = active.run;
  const isLeft = isRemoved(context);
  const mayRepeat = !isLeft && run.trigger !== "manual" && !isOver(context, run);
  const landed = (run.lastAttemptAt ?? run.createdAt) + job.createTimeoutMs;
  // An answer that was asked for before then proves nothing, however late it came.
  if (askedAt < landed && !isAhead(clock, run)) {
    // Where the key is honoured, an earlier POST that lands after the next one has no effect of its own; but it may
    // still land, so what the next one is answered does not end the doubt.
    if (abilities.idempotency && mayRepeat) return await send(context, active, false);
    return await waitOrWake(context, active, landed - clock.now());
  }
  const message = `The provider has no backup for run ${run.runId}: its start never took effect`;
  // Of a job that left the configuration it goes on as what was never sent, which ends there.
  if (!mayRepeat && !isLeft) return await unsettled(context, active, message);
  active.run = (await surelyMove(context, run, {
    from: ["unknown"],
    set: {
      status: "intent",
      reason: "retry",
      uncertainAttempts: 0,
      gatewayAttempts: 0,
      notBefore: null,
      message,
    },
    events: [runEvent(context, run, "run.retry", "warning", message, { kind: "absent" })],
  })).run;
}

async function resendPlain(context: RunContext, active: ActiveRun): Promise<void> {
  const { clock, job } = context;
  const run = active.run;
  if (job.onUnknown === "skip" || run.trigger === "manual") {
    return await unsettled(context, active, "the provider cannot say, and the start is not repeated");
  }
  const lost = run.uncertainAttempts - run.gatewayAttempts;
  if (lost >= MAX_UNCERTAIN_POSTS || run.gatewayAttempts >= MAX_GATEWAY_POSTS) {
    return await unsettled(context, active, `${run.uncertainAttempts} starts of unknown fate`);
  }
  const delay = lost > 0
    ? resendDelay(job.createTimeoutMs)
    : gatewayDelay(run.gatewayAttempts, job.retryIntervalMs);
  const due = (run.lastAttemptAt ?? run.createdAt) + delay;
  const until = Math.min(due, giveUpAt(context, run) + 1);
  if (clock.now() < due) return await waitOrWake(context, active, until - clock.now());
  await send(context, active);
}

async function markUnknown(context: RunContext, active: ActiveRun): Promise<void> {
  const run = active.run;
  const message =
    `It is not known whether the backup of job '${run.job}' started: Schelly was stopped while asking`;
  const moved = await tryMove(context, run, {
    from: ["sending"],
    // It may still have been on its way: what the next one is spaced by counts from here.
    set: { status: "unknown", reason: "restarted", lastAttemptAt: context.clock.now(), message },
    events: [runEvent(context, run, "run.unknown", "warning", message, { reason: "restarted" })],
  });
  active.run = moved ?? (await context.store.run(run.runId)) ?? run;
}

async function unsettled(context: RunContext, active: ActiveRun, why: string): Promise<void> {
  const run = active.run;
  const message = `What became of the start of job '${run.job}' could not be settled: ${why}` +
    (run.message === null ? "" : `; last answer: ${run.message}`);
  active.run = (await surelyMove(context, run, {
    from: ["unknown"],
    set: { status: "failed", reason: "unsettled", endTime: context.clock.now(), message },
    events: [runEvent(context, run, "run.failed", "error", message, { reason: "unsettled" })],
  })).run;
}
