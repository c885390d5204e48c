// What callers may ask of retention: what it would do now, a pass, an approval, a verdict on a suspect; part of the
// composition root.

import type { Engine } from "../../engine/engine.ts";
import type { JobScheduler } from "../../engine/job_scheduler.ts";
import type { LongWork } from "../../engine/context/long_work.ts";
import type { ShownElection } from "../../engine/retention/shown_election.ts";
import type { ClockWatch } from "../../ports/clock_watch.ts";
import type { Clock } from "../../ports/host.ts";
import type {
  ApproveOutcome,
  Operations,
  RetentionPage,
  RetentionQuery,
  RetentionSlices,
  RetentionSummary,
} from "../../ports/operations.ts";
import type { RunStore } from "../../ports/store.ts";
import type { RetentionView } from "../../ports/views/retention.ts";
import { leftoverTexts } from "./leftovers.ts";
import { pageOf, retentionSummary, rowViews, slicesOf } from "./retention_views.ts";

/** What they act through. */
export interface RetentionOperationsParts {
  engine: Engine;
  store: RunStore;
  clock: Clock;
  watch: ClockWatch;
  /** Does what takes long and only answers questions. */
  work: LongWork;
}

/** From so many backups on a job takes long to look at. */
const MANY = 10_000;

type RetentionOperations = Pick<
  Operations,
  | "retention"
  | "retentionPage"
  | "retentionSlices"
  | "runRetention"
  | "approveRetention"
  | "decideSuspect"
  | "forgetLock"
  | "leftovers"
>;

/** Builds them. */
export function retentionOperations(parts: RetentionOperationsParts): RetentionOperations {
  const { engine, store, clock } = parts;

  async function slices(name: string): Promise<RetentionSlices | undefined> {
    const job = engine.job(name);
    const shown = await electAnew(parts, name);
    if (job === undefined || shown === undefined) return undefined;
    return { summary: await summaryOf(parts, job, shown), slices: () => slicesOf(shown, store, clock) };
  }

  async function page(name: string, query: RetentionQuery): Promise<RetentionPage | undefined> {
    const job = engine.job(name);
    if (job === undefined) return undefined;
    return await readShown(parts, name, async (shown) => {
      const { rows, cursor } = pageOf(shown, query);
      const summary = await summaryOf(parts, job, shown);
      return { view: viewOf(summary, await rowViews(rows, shown.stored, store)), cursor };
    });
  }

  async function view(name: string, query?: RetentionQuery): Promise<RetentionView | undefined> {
    if (query !== undefined) return (await page(name, query))?.view;
    const whole = await slices(name);
    if (whole === undefined) return undefined;
    const rows: Pick<RetentionView, "keep" | "remove"> = { keep: [], remove: [] };
    for await (const slice of whole.slices()) for (const row of slice.rows) rows[slice.decision].push(row);
    return viewOf(whole.summary, rows);
  }

  return {
    retention: (name) => view(name),
    retentionPage: page,
    retentionSlices: slices,

    async runRetention(name, _by, dryRun, query) {
      if (engine.job(name) === undefined) return undefined;
      if (!dryRun) await engine.retention(name)!.pass();
      return await view(name, query);
    },

    async approveRetention(name, by, digest, query): Promise<ApproveOutcome | undefined> {
      const before = await view(name, query);
      if (before === undefined) return undefined;
      if (before.digest !== digest) return { outcome: "changed", view: before };
      // With nothing to remove, what is approved is that the guards let go, or that what is missing was seen.
      const isMissing = (await parts.store.missing([name])).length > 0;
      if (!before.guards.some((guard) => guard.latched) && !isMissing) {
        return { outcome: "nothing", view: before };
      }
      const approved = await engine.retention(name)?.approve(digest, by.name);
      if (approved) await beginPass(parts, name);
      const after = await view(name, query);
      return after && { outcome: approved ? "approved" : "changed", view: after };
    },

    leftovers: (runs) => leftoverTexts(parts, runs),

    decideSuspect: (run, verdict, by) => engine.safekeeping.decideSuspect(run, verdict, by.name),
    forgetLock: (run, by) => engine.safekeeping.forgetLock(run, by.name),
  };
}

/** A pass that deletes much takes long, and an approval is answered once it is known. */
const PASS_WAIT_MS = 2_000;

/** Begins a pass, and waits for its end only so long. */
async function beginPass({ engine, clock }: RetentionOperationsParts, job: string): Promise<void> {
  const enough = new AbortController();
  const pass = engine.retention(job)?.pass();
  await Promise.race([pass, clock.sleep(PASS_WAIT_MS, enough.signal).catch(() => {})])
    .finally(() => enough.abort());
  // What fails later is told by the passes that follow.
  pass?.catch(() => {});
}

/** The view of these rows. */
export function viewOf(
  { job, policy, ...more }: RetentionSummary,
  { keep, remove }: Pick<RetentionView, "keep" | "remove">,
): RetentionView {
  return { job, policy, keep, remove, ...more };
}

/**
 * Takes what is asked from what a pass would do now: from the election that passes follow where that can tell, else from
 * one that is made anew in its turn, before which an edit may take the job out. Undefined when there is no such job.
 */
export async function readShown<T extends object>(
  parts: RetentionOperationsParts,
  job: string,
  take: (shown: ShownElection) => T | Promise<T>,
): Promise<T | undefined> {
  const { engine } = parts;
  const read = async () => await engine.retention(job)?.followed(take) ?? null;
  const followed = await read();
  if (followed !== null) return followed;
  await inTurn(parts, job, "followed retention", async () => await engine.retention(job)?.prepare());
  const prepared = await read();
  if (prepared !== null) return prepared;
  const shown = await electAnew(parts, job);
  return shown === undefined ? undefined : await take(shown);
}

/** Elected for whoever asks. Undefined when there is no such job. */
export async function electAnew(
  parts: RetentionOperationsParts,
  job: string,
): Promise<ShownElection | undefined> {
  return await inTurn(parts, job, "retention", async () => await parts.engine.retention(job)?.anew());
}

/** Looks at a job in its turn; nobody waits for a job with very many backups but those who ask for one. */
function inTurn<T>(
  { engine, work }: RetentionOperationsParts,
  job: string,
  what: string,
  look: () => Promise<T>,
): Promise<T> {
  const isMany = (engine.retention(job)?.count ?? 0) >= MANY;
  return work.look(`${what} of ${job}`, look, isMany ? "large" : "small");
}

/** Reads what is being deleted already. */
export async function summaryOf(
  { store, clock }: RetentionOperationsParts,
  scheduler: JobScheduler,
  shown: ShownElection,
): Promise<RetentionSummary> {
  const deleting = (await store.runsInStatus(["deleting", "delete-error"], scheduler.job.name)).length;
  return retentionSummary(scheduler, shown, deleting, clock.now());
}
