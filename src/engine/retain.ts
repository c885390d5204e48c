// A retention pass of one job: reads, elects, guards, commits tags and intents at one revision, then deletes.

import type { Run } from "../domain/backup.ts";
import { StoreError } from "../domain/errors.ts";
import type { EngineEvent } from "../ports/events.ts";
import type { JobState, LatchedGuard, Write } from "../ports/store.ts";
import { tagsOf } from "../domain/tagging.ts";
import { jobEvent, messageOf } from "./context.ts";
import { type ElectionPlan, planElection, UnsafeRead, unseen } from "./election_plan.ts";
import { type Removed, removeVictims } from "./remove.ts";
import type { RetentionContext } from "./retention_context.ts";

/** How often a pass starts over because something changed while it elected. */
const MAX_ROUNDS = 5;
const APPROVAL_LASTS_MS = 24 * 3_600_000;

/** What a pass did. */
export interface PassReport {
  plan: ElectionPlan;
  removed: Removed | null;
}

/**
 * Runs one pass. Undefined when nothing could be concluded (a read failed, or the rows kept changing): then nothing
 * was deleted, and an event says why.
 */
export async function retain(
  context: RetentionContext,
  state: () => Promise<JobState | undefined>,
): Promise<PassReport | undefined> {
  const { store, job } = context;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    let plan: ElectionPlan;
    try {
      const known = await state();
      if (known === undefined) return undefined;
      plan = await planElection(context, job, known);
    } catch (error) {
      if (!(error instanceof UnsafeRead || error instanceof StoreError)) throw error;
      report(context, `Retention of job '${job.name}' did nothing: ${messageOf(error)}`);
      return undefined;
    }
    const change = changeOf(context, plan);
    if (change.writes.length > 0) {
      const result = await store.commit({
        job: job.name,
        guards: [
          { guard: "revision", job: job.name, is: plan.snapshot.revision },
          { guard: "policy", job: job.name, is: context.policy },
          ...(plan.going.length === 0
            ? []
            : [{ guard: "trustedClock", job: job.name, at: context.clock.now() } as const]),
        ],
        ...change,
      });
      if (result.result === "conflict") continue;
    } else {
      for (const event of change.events) context.sink.emit(event);
    }
    const victims: Run[] = [];
    for (const runId of plan.going) victims.push((await store.run(runId))!);
    if (victims.length === 0) return { plan, removed: null };
    const newest = plan.election.newest === null ? null : (await store.run(plan.election.newest)) ?? null;
    return { plan, removed: await removeVictims(context, victims, newest) };
  }
  report(context, `Retention of job '${job.name}' did nothing: its backups kept changing; it is tried again`);
  return undefined;
}

/** Lets exactly the set that `digest` names go; false when the elected set is another one by now. */
export async function approve(
  context: RetentionContext,
  plan: ElectionPlan,
  digest: string,
  by: string,
): Promise<boolean> {
  if (plan.digest !== digest) return false;
  const { clock, job, store } = context;
  const now = clock.now();
  const { future, foreign } = unseen(plan.snapshot.rows, now);
  const seen = [...future, ...foreign].map((row) => row.runId);
  const result = await store.commit({
    job: job.name,
    guards: [{ guard: "revision", job: job.name, is: plan.snapshot.revision }],
    writes: [
      { write: "unlatch", job: job.name, guards: "all" },
      { write: "runs", runIds: seen, set: { acceptedAt: now } },
      {
        write: "approval",
        approval: {
          job: job.name,
          digest,
          runIds: plan.election.victims,
          approvedAt: now,
          approvedBy: by,
          expiresAt: now + APPROVAL_LASTS_MS,
        },
      },
    ],
    events: [
      jobEvent(
        context,
        job.name,
        "retention.approved",
        "warning",
        `${by} approved the deletion of ${plan.election.victims.length} backups of job '${job.name}'`,
        { digest, by, count: plan.election.victims.length },
      ),
    ],
  });
  return result.result === "done";
}

/** Tags and reasons that changed, intents for those that go, newly latched guards, a used-up approval. */
function changeOf(context: RetentionContext, plan: ElectionPlan): { writes: Write[]; events: EngineEvent[] } {
  const { job, clock } = context;
  const now = clock.now();
  const writes: Write[] = [];
  const events: EngineEvent[] = [
    jobEvent(
      context,
      job.name,
      "retention.pass",
      "info",
      `Retention of job '${job.name}' keeps ${plan.election.keep.length}, would remove ${plan.election.victims.length}, ` +
        `removes ${plan.going.length} now`,
      { kept: plan.election.keep.length, removed: plan.election.victims.length, deleting: plan.going.length },
    ),
  ];
  const changed = changedTags(plan);
  if (changed.length > 0) writes.push({ write: "tags", job: job.name, rows: changed });
  if (plan.going.length > 0) {
    writes.push({
      write: "runs",
      runIds: plan.going,
      from: ["available"],
      set: {
        status: "deleting",
        deleteIntentAt: now,
        deleteReason: `not kept by ${context.policy}`,
        deleteSentAt: null,
      },
    });
    events.push(
      jobEvent(
        context,
        job.name,
        "delete.intended",
        "info",
        `${plan.going.length} backups of job '${job.name}' are to be deleted`,
        {
          run_ids: plan.going,
          digest: plan.digest,
        },
      ),
    );
  }
  const known = new Set(plan.snapshot.latched.map((latched) => latched.guard));
  for (const finding of plan.findings) {
    if (!finding.latched || known.has(finding.guard) || plan.approved) continue;
    const guard: LatchedGuard = {
      job: job.name,
      guard: finding.guard,
      latchedAt: now,
      message: finding.message,
    };
    writes.push({ write: "latch", guard });
    events.push(
      jobEvent(
        context,
        job.name,
        "retention.guarded",
        "error",
        `Retention of job '${job.name}' is stopped: ${finding.message}`,
        { guard: finding.guard },
      ),
    );
  }
  if (plan.snapshot.approval !== null && isUsedUp(plan, now)) {
    writes.push({ write: "dropApproval", job: job.name });
  }
  // A pass that found nothing to change leaves no trace in the audit trail.
  return { writes, events };
}

function isUsedUp(plan: ElectionPlan, now: number): boolean {
  const approval = plan.snapshot.approval!;
  const approved = new Set(approval.runIds);
  return approval.expiresAt <= now || !plan.election.victims.some((runId) => approved.has(runId));
}

function changedTags(plan: ElectionPlan): { runId: string; tags: Run["tags"]; reasons: string[] }[] {
  const changed: { runId: string; tags: Run["tags"]; reasons: string[] }[] = [];
  for (const kept of plan.election.keep) {
    const row = plan.rows.get(kept.runId)!;
    if (!same(row.tags, kept.tags) || !same(row.reasons, kept.reasons)) changed.push(kept);
  }
  for (const [at, runId] of plan.election.victims.entries()) {
    const row = plan.rows.get(runId)!;
    const tags = tagsOf(plan.election.victimTags[at]!);
    if (!same(row.tags, tags) || row.reasons.length > 0) changed.push({ runId, tags, reasons: [] });
  }
  return changed;
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at]);
}

function report(context: RetentionContext, message: string): void {
  context.sink.emit(jobEvent(context, context.job.name, "retention.error", "error", message));
}
