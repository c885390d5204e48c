// A retention pass of one job: reads, elects, guards, commits tags and intents at one revision (of very many deletions
// some at a time, each counting on from it), then deletes.

import { countBackups } from "../../domain/backup.ts";
import { DAY } from "../../domain/duration.ts";
import { SliceSize } from "../../domain/slice_size.ts";
import { OverBudget, StoreError } from "../../domain/errors.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { Condition } from "../../ports/condition.ts";
import type { ElectionHead, ElectionRow, JobState, TagsRow, Write } from "../../ports/store.ts";
import { isFatal } from "../context/commit.ts";
import { jobEvent, messageOf } from "../context/context.ts";
import { stopChange } from "../context/latch.ts";
import { lookAtElection, UnsafeRead, unseen } from "./election_look.ts";
import type { ElectionFollower } from "./election_follower.ts";
import { whyInactive } from "../job_parts.ts";
import { type Pass, passOf } from "./pass.ts";
import { type Removed, removeVictims } from "./removal.ts";
import type { RetentionContext } from "./retention_context.ts";
import { drainInSlices } from "../context/slices.ts";

/** How often a pass starts over because something changed while it elected. */
const MAX_ROUNDS = 5;
/** So many rows get new tags in one commit as take so long, and others wait for. */
const TAG_SLICES = { turnMs: 15, first: 250, least: 100, most: 2_000 };
/** How many deletions are intended in one commit: the same. */
const MOST_INTENTS = 250;
const APPROVAL_LASTS_MS = DAY;

/** What a pass did. */
export interface PassReport {
  pass: Pass;
  removed: Removed | null;
}

/**
 * Runs one pass. Undefined when nothing could be concluded (a read failed, or the rows kept changing): then nothing
 * was deleted, and an event says why.
 */
export async function retain(
  context: RetentionContext,
  follower: ElectionFollower,
  state: () => Promise<JobState | undefined>,
): Promise<PassReport | undefined> {
  const { store, job } = context;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    let pass: Pass;
    try {
      const known = await state();
      if (known === undefined) return undefined;
      // Edited since: whatever comes of this pass would not be kept, nor sent.
      if (known.edition !== context.edition) return undefined;
      // By a wrong time even tags and reasons would be wrong. There is a pass when the doubt is over.
      if (context.watch.read().inDoubtUntil !== null) return undefined;
      pass = await follower.look(job, known) ?? await lookInFull(context, known);
      // Tags go on while nothing is deleted.
      if (whyInactive(known, context.watch.read().now) !== undefined) pass = { ...pass, going: [] };
    } catch (error) {
      const isTold = error instanceof UnsafeRead || error instanceof OverBudget ||
        error instanceof StoreError;
      if (!isTold) throw error;
      report(context, `Retention of job '${job.name}' did nothing: ${messageOf(error)}`);
      return undefined;
    }
    const rest = await writeTags(context, pass);
    if (rest === null) continue;
    const first = pass.going.slice(0, MOST_INTENTS);
    const change = changeOf(context, pass, rest, first);
    if (change.writes.length > 0) {
      const result = await store.commit({
        job: job.name,
        conditions: [...sameAsRead(context, pass), { condition: "trustedClock" }, ...mayGo(context, first)],
        ...change,
      });
      if (result.result === "conflict") continue;
    } else {
      for (const event of change.events) context.sink.emit(event);
    }
    follower.written(pass);
    if (pass.going.length === 0) return { pass, removed: null };
    const going = await intendRest(context, pass);
    const newest = pass.newest === null ? null : (await store.run(pass.newest)) ?? null;
    return { pass, removed: await removeVictims(context, going, newest) };
  }
  report(context, `Retention of job '${job.name}' did nothing: its backups kept changing; it is tried again`);
  return undefined;
}

async function lookInFull(context: RetentionContext, state: JobState): Promise<Pass> {
  return await drainInSlices(
    passOf(await lookAtElection(context, context.job, state)),
    context.clock,
  );
}

/** What may be approved. */
export interface Approvable {
  digest: string;
  head: ElectionHead;
  /** Run ids, oldest first. */
  victims: string[];
  /** Backups among which those are that no operator has seen. */
  rows: readonly ElectionRow[];
}

/** Lets exactly the set that `digest` names go; false when the elected set is another one by now. */
export async function approve(
  context: RetentionContext,
  { head, victims, rows, ...found }: Approvable,
  digest: string,
  by: string,
): Promise<boolean> {
  if (found.digest !== digest) return false;
  const { watch, job, store } = context;
  const { now, ends } = watch.read();
  const { future, foreign } = unseen(rows, ends);
  // An approval is no word on a suspect.
  const seen = [...future, ...foreign].filter((row) => !row.suspect).map((row) => row.runId);
  const result = await store.commit({
    job: job.name,
    conditions: [{ condition: "revision", job: job.name, is: head.revision }],
    writes: [
      // Only what was shown: one that latched since is not answered by this.
      { write: "unlatch", job: job.name, guards: head.latched.map((latched) => latched.guard) },
      { write: "runs", runIds: seen, set: { acceptedAt: now } },
      {
        write: "approval",
        approval: {
          job: job.name,
          digest,
          runIds: victims,
          approvedAt: now,
          approvedBy: by,
          // By whichever clock it is sooner.
          expiresAt: Math.min(now, ends) + APPROVAL_LASTS_MS,
        },
      },
    ],
    events: [
      jobEvent(
        context,
        job.name,
        "retention.approved",
        "warning",
        `${by} approved the deletion of ${countBackups(victims.length)} of job '${job.name}'`,
        { digest, by, count: victims.length },
      ),
    ],
  });
  return result.result === "done";
}

/** What must not have changed since the rows were read, but for so many that this pass changed itself. */
function sameAsRead({ job, policy }: RetentionContext, pass: Pass, changed = 0): Condition[] {
  return [
    { condition: "revision", job: job.name, is: pass.head.revision + changed },
    { condition: "policy", job: job.name, is: policy },
  ];
}

/** What must not stand against the deletion of these; nothing where there are none. */
function mayGo({ job, edition }: RetentionContext, runIds: readonly string[]): Condition[] {
  if (runIds.length === 0) return [];
  return [
    { condition: "unfrozen" },
    { condition: "unlatched", job: job.name },
    { condition: "active", job: job.name, edition },
    // An edit may have moved the job to another provider since the pass began.
    ...runIds.map((runId) => ({ condition: "managed", runId }) as const),
  ];
}

/**
 * Intends the deletions after the first ones, a bounded number a commit, while nothing else changed; answers all that are
 * intended. The others wait for another pass.
 */
async function intendRest(context: RetentionContext, { going, ...pass }: Pass): Promise<readonly string[]> {
  const { store, job } = context;
  for (let at = MOST_INTENTS; at < going.length; at += MOST_INTENTS) {
    const some = going.slice(at, at + MOST_INTENTS);
    try {
      const { result } = await store.commit({
        job: job.name,
        // Each row that was intended counted as one change.
        conditions: [
          ...sameAsRead(context, { going, ...pass }, at),
          { condition: "trustedClock" },
          ...mayGo(context, some),
        ],
        ...intentOf(context, some, pass.digest),
      });
      if (result === "conflict") return going.slice(0, at);
    } catch (error) {
      if (!(error instanceof StoreError) || isFatal(error)) throw error;
      report(
        context,
        `Retention of job '${job.name}' goes on with ${at} of its deletions: ${messageOf(error)}`,
      );
      return going.slice(0, at);
    }
  }
  return going;
}

/** Writes changed tags and reasons but the last ones, a bounded number a commit; null when something has changed. */
async function writeTags(context: RetentionContext, pass: Pass): Promise<TagsRow[] | null> {
  const { store, job, clock } = context;
  const slices = new SliceSize(TAG_SLICES);
  let rows: TagsRow[] = [];
  let began = clock.monotonic();
  for (const row of pass.changed) {
    if (rows.length === slices.size) {
      const result = await store.commit({
        job: job.name,
        conditions: [...sameAsRead(context, pass), { condition: "trustedClock" }],
        writes: [{ write: "tags", job: job.name, rows, heads: pass.heads }],
      });
      if (result.result === "conflict") return null;
      slices.took(rows.length, clock.monotonic() - began);
      began = clock.monotonic();
      rows = [];
    }
    rows.push(row);
  }
  return rows;
}

/** Tags and reasons that changed, intents for the first of those that go, newly latched guards, a used-up approval. */
function changeOf(
  context: RetentionContext,
  pass: Pass,
  changed: TagsRow[],
  first: readonly string[],
): { writes: Write[]; events: EngineEvent[] } {
  const { job, clock } = context;
  const now = clock.now();
  const writes: Write[] = [];
  const events: EngineEvent[] = [
    jobEvent(
      context,
      job.name,
      "retention.pass",
      "info",
      `Retention of job '${job.name}' keeps ${pass.kept}, would remove ${pass.victims.length}, ` +
        `removes ${pass.going.length} now`,
      { kept: pass.kept, removed: pass.victims.length, deleting: pass.going.length },
    ),
  ];
  if (changed.length > 0 || !sameHeads(pass)) {
    writes.push({ write: "tags", job: job.name, rows: changed, heads: pass.heads });
  }
  if (first.length > 0) {
    const intents = intentOf(context, first, pass.digest);
    writes.push(...intents.writes);
    events.push(...intents.events);
  }
  const known = new Set(pass.head.latched.map((latched) => latched.guard));
  for (const finding of pass.findings) {
    if (!finding.latched || known.has(finding.guard) || pass.approved) continue;
    const latching = stopChange(job.name, finding.guard, finding.message, now);
    writes.push(...latching.writes);
    events.push(...latching.events);
  }
  // As of when it latched, so that what was approved since stays approved.
  for (const guard of pass.retold) writes.push({ write: "latch", guard });
  if (pass.head.approval !== null && isUsedUp(pass, now)) {
    writes.push({ write: "dropApproval", job: job.name });
  }
  // A pass that found nothing to change leaves no trace in the audit trail.
  return { writes, events };
}

function intentOf(
  context: RetentionContext,
  runIds: readonly string[],
  digest: string,
): { writes: Write[]; events: EngineEvent[] } {
  const { name } = context.job;
  const are = runIds.length === 1 ? "is" : "are";
  const message = `${countBackups(runIds.length)} of job '${name}' ${are} to be deleted`;
  return {
    writes: [{
      write: "runs",
      runIds,
      from: ["available"],
      set: {
        status: "deleting",
        deleteIntentAt: context.clock.now(),
        deleteReason: `not kept by ${context.policy}`,
        deleteSentAt: null,
      },
    }],
    events: [jobEvent(context, name, "delete.intended", "info", message, { run_ids: [...runIds], digest })],
  };
}

function isUsedUp(pass: Pass, now: number): boolean {
  const approval = pass.head.approval!;
  const approved = new Set(approval.runIds);
  return approval.expiresAt <= now || !pass.victims.some((runId) => approved.has(runId));
}

function sameHeads({ heads, head }: Pass): boolean {
  return heads.length === head.heads.length && heads.every((ordinal, at) => ordinal === head.heads[at]);
}

function report(context: RetentionContext, message: string): void {
  context.sink.emit(jobEvent(context, context.job.name, "retention.error", "error", message));
}
