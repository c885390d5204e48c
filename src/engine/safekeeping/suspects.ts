// Marks a new backup that is implausibly small, and takes an operator's word on it.

import type { Run } from "../../domain/backup.ts";
import { iso } from "../../domain/instant.ts";
import type { Job } from "../../domain/job.ts";
import { SIZES_LEARNED_FROM, suspicionOf, wasAccepted } from "../../domain/suspicion.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { Verdict, VerdictOutcome } from "../../ports/operations.ts";
import type { RunChanges } from "../../ports/store.ts";
import { persist } from "../context/commit.ts";
import { type EngineContext, runEvent } from "../context/context.ts";

/** What belongs into the change that makes a run available: its marks, and the events that tell of them. */
interface Suspicion {
  set: Pick<RunChanges, "suspectAt" | "suspectReason">;
  events: EngineEvent[];
}

const PLAIN: Suspicion = { set: {}, events: [] };
const MOST_TRIES = 5;

/**
 * Judges the size that a backup of the run turned out to have. `id` is the provider's. Passing failures of the store
 * are waited out: what became of the backup must not be lost for want of its earlier sizes.
 */
export async function judgeSize(
  context: EngineContext,
  job: Pick<Job, "suspicion" | "providerKeys">,
  run: Run,
  id: string,
  sizeMb: number | null,
): Promise<Suspicion> {
  // One that was marked before it went missing is marked still.
  if (sizeMb === null || run.suspectAt !== null) return PLAIN;
  const providers = job.providerKeys.includes(run.providerKey) ? job.providerKeys : [run.providerKey];
  const past = await persist(
    context,
    run,
    `read the sizes of earlier backups of job '${run.job}'`,
    () => context.store.pastSizes(run.job, providers, SIZES_LEARNED_FROM),
  );
  const reason = suspicionOf(sizeMb, job.suspicion, past);
  if (reason === null) return PLAIN;
  return {
    set: { suspectAt: context.clock.now(), suspectReason: reason },
    events: [suspectEvent(context, run, id, sizeMb, reason)],
  };
}

/** Tells that a backup is suspect, and what to do about it. */
export function suspectEvent(
  context: EngineContext,
  run: Pick<Run, "job" | "runId">,
  id: string,
  sizeMb: number,
  reason: string,
): EngineEvent {
  const message =
    `Backup '${id}' of job '${run.job}' is suspect: ${reason}; it counts for nothing and is kept: ` +
    `look at it, then 'schelly backups accept ${id}' or 'schelly backups reject ${id}'`;
  return runEvent(context, run, "run.suspect", "warning", message, { id, size_mb: sizeMb, reason });
}

/**
 * Takes an operator's word on a suspect. Accepted: as if it had never been suspect. Rejected: it counts for nothing,
 * and the next pass deletes it, under every guard and check, unless it is held or nothing else is left. Saying the
 * same again changes nothing; a word may be taken back until the DELETE is sent.
 */
export async function decideSuspect(
  context: EngineContext,
  runId: string,
  verdict: Verdict,
  by: string,
): Promise<VerdictOutcome> {
  const { store, clock } = context;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const run = await store.run(runId);
    if (run === undefined) {
      return { outcome: "conflict", message: `Run ${runId} is not in the store any more` };
    }
    if (verdict !== "reject" ? wasAccepted(run) : run.rejectedAt !== null && isThere(run)) {
      return { outcome: "done", run };
    }
    const refusal = refusalOf(run, verdict);
    if (refusal !== undefined) return { outcome: "conflict", message: refusal };
    const withdrawn: RunChanges = run.status === "deleting"
      ? { status: "available", deleteIntentAt: null, deleteReason: null }
      : {};
    // Never before the mark itself, whatever the clock did meanwhile, or the word would not count.
    const at = Math.max(clock.now(), run.suspectAt!);
    const word: RunChanges = verdict !== "reject"
      ? { acceptedAt: at, rejectedAt: null }
      : { acceptedAt: null, rejectedAt: at };
    const set = { ...withdrawn, ...word };
    const type = verdict !== "reject" ? "run.accepted" : "run.rejected";
    const result = await store.commit({
      job: run.job,
      conditions: [
        { condition: "status", runId, in: [run.status] },
        ...(run.status === "deleting" ? [{ condition: "unsent", runId } as const] : []),
      ],
      writes: [{ write: "run", runId, set }],
      events: [
        runEvent(
          context,
          run,
          type,
          "warning",
          `${by} ${
            verdict === "reject" ? "rejected" : "accepted"
          } backup '${run.id}' of job '${run.job}', which was ` +
            `${run.verification === "failed" ? "damaged" : "suspect"}: ${run.suspectReason ?? ""}`,
          { id: run.id, by, size_mb: run.sizeMb },
        ),
      ],
    });
    if (result.result === "done") return { outcome: "done", run: { ...run, ...set } };
  }
  return { outcome: "conflict", message: `Run ${runId} changed each time it was looked at: try again` };
}

/** What whoever accepts a damaged backup is to know. */
const ACCEPTING_DAMAGED =
  "accepted, it stands for its period as if it were whole, so that the next pass may delete sound ones beside it, and " +
  "itself as well";

function isThere(run: Run): boolean {
  return run.status === "available" || run.status === "missing" || run.status === "deleting";
}

function refusalOf(run: Run, verdict: Verdict): string | undefined {
  const name = `Backup '${run.id ?? run.runId}' of job '${run.job}'`;
  const word = verdict === "reject" ? "reject" : "accept";
  if (run.suspectAt === null) return `${name} is not suspect: there is nothing to ${word}`;
  if (verdict === "accept" && run.verification === "failed") return damagedRefusal(name, run);
  if (run.status === "deleting" && run.deleteSentAt === null) return undefined;
  if (!isThere(run) || run.status === "deleting") {
    const since = run.deleteSentAt === null ? "" : `, its DELETE was sent at ${iso(run.deleteSentAt)}`;
    return `${name} is '${run.status}'${since}: it is too late to ${word} it`;
  }
  return undefined;
}

/** To count it as whole may let the sound ones of its period go, and it with the policy that no longer keeps it. */
function damagedRefusal(name: string, { id, suspectReason }: Run): string {
  return `${name} is damaged: ${
    suspectReason ?? "its verification failed"
  }: ${ACCEPTING_DAMAGED}; it stays where it ` +
    `is until somebody decides: 'schelly backups verify ${id}' once it is fixed, or accept it with --damaged ` +
    "(damaged=true) all the same";
}
