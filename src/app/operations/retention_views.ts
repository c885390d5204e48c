// What retention would do with the backups of a job, as JSON: about all of them, a page, one, or all in slices. Part of the
// composition root.

import { InvalidCursor } from "../../domain/errors.ts";
import { iso } from "../../domain/instant.ts";
import type { Decided } from "../../domain/retention/followed/places.ts";
import type { Dated } from "../../domain/retention/order.ts";
import { reasonFields } from "../../domain/retention/reason_data.ts";
import { formatPolicy } from "../../domain/policy.ts";
import { whyInactive } from "../../engine/job_parts.ts";
import type { JobScheduler } from "../../engine/job_scheduler.ts";
import type { ShownElection } from "../../engine/retention/shown_election.ts";
import type { Clock } from "../../ports/host.ts";
import type { RetentionQuery, RetentionSlices, RetentionSummary } from "../../ports/operations.ts";
import type { RunStore } from "../../ports/store.ts";
import type { RetentionRowView } from "../../ports/views/retention.ts";
import { cursorOf, keyOf } from "../../store/read/cursor.ts";
import { latchedView } from "./views.ts";

type Decision = "keep" | "remove";
type Names = Pick<RunStore, "storedNames">;

/** Rows made at once: a few milliseconds of work. */
const SLICE = 200;

/** A backup with what is decided about it. */
export type DecidedRow = Decided & { decision: Decision };

const INACTIVE = {
  disabled: "the job is disabled in the configuration: nothing of it is deleted meanwhile",
  outside_dates: "it is before the job's 'from' or past its 'to': nothing of it is deleted meanwhile",
  paused: "the job is paused: nothing of it is deleted until it is resumed",
} as const;

/** All but the rows; `deleting`: how many are on their way to be deleted, `now`: UTC ms. */
export function retentionSummary(
  scheduler: JobScheduler,
  shown: ShownElection,
  deleting: number,
  now: number,
): RetentionSummary {
  const { latched } = shown.head;
  const inactive = whyInactive(scheduler.state, now);
  const found = shown.findings.filter((finding) => !latched.some((guard) => guard.guard === finding.guard));
  return {
    job: shown.job.name,
    policy: formatPolicy(shown.job.retention),
    keep_count: shown.kept,
    remove_count: shown.removed,
    digest: shown.digest,
    guards: [
      ...latched.map(latchedView),
      ...found.map((finding) => ({
        guard: finding.guard,
        since: null,
        latched: finding.latched,
        message: finding.message,
      })),
      ...(inactive === undefined
        ? []
        : [{ guard: inactive, since: null, latched: false, message: INACTIVE[inactive] }]),
    ],
    approved: shown.approved,
    deleting,
  };
}

/** A page of those that stay, newest first, then of those that go, oldest first. Throws `InvalidCursor`. */
export function pageOf(
  shown: ShownElection,
  { limit, cursor, decision: only }: RetentionQuery,
): { rows: DecidedRow[]; cursor?: string } {
  const place = cursor === undefined ? null : placeOf(cursor, only);
  // One more than asked for tells whether there is a next page.
  const most = limit + 1;
  const rows = place?.decision === "remove" || only === "remove"
    ? []
    : as("keep", shown.keptAfter(place, most));
  if (only !== "keep" && rows.length < most) {
    const after = place?.decision === "remove" ? place : null;
    for (const row of as("remove", shown.removedAfter(after, most - rows.length))) rows.push(row);
  }
  if (rows.length <= limit) return { rows };
  rows.length = limit;
  const { decision, runId, periodTime } = rows.at(-1)!;
  return { rows, cursor: cursorOf([periodTime, `${decision} ${runId}`]) };
}

function placeOf(cursor: string, only: Decision | undefined): Dated & { decision: Decision } {
  const [periodTime, text] = keyOf(cursor);
  const [word, ...rest] = text.split(" ");
  const isKnown = (word === "keep" || word === "remove") && (only === undefined || only === word);
  if (!isKnown) throw new InvalidCursor(cursor);
  return { decision: word, runId: rest.join(" "), periodTime };
}

function as(decision: Decision, rows: readonly Decided[]): DecidedRow[] {
  return rows.map((row) => ({ ...row, decision }));
}

/** Rows by what is decided, with the provider's ids and sizes; those that go with the tags that are stored. */
export async function rowViews(
  rows: readonly DecidedRow[],
  stored: ShownElection["stored"],
  store: Names,
): Promise<Record<Decision, RetentionRowView[]>> {
  const names = await store.storedNames(rows.map(({ runId }) => runId));
  const views: Record<Decision, RetentionRowView[]> = { keep: [], remove: [] };
  for (const { runId, periodTime, tags, reasons, decision } of rows) {
    const name = stored(runId) ?? names.get(runId) ?? { id: null, tags };
    views[decision].push({
      id: name.id,
      run_id: runId,
      period_time: iso(periodTime),
      tags: decision === "keep" ? tags : name.tags,
      size_mb: names.get(runId)?.sizeMb ?? null,
      ...reasonFields(reasons),
    });
  }
  return views;
}

/** All of them, some at a time; of an election that stays as it is. */
export async function* slicesOf(
  shown: ShownElection,
  store: Names,
  clock: Pick<Clock, "yield">,
): RetentionSlices["slices"] extends () => infer Slices ? Slices : never {
  for (const decision of ["keep", "remove"] as const) {
    for (let after: Dated | null = null;;) {
      const found: Decided[] = decision === "keep"
        ? shown.keptAfter(after, SLICE)
        : shown.removedAfter(after, SLICE);
      if (found.length > 0) {
        const rows = (await rowViews(as(decision, found), shown.stored, store))[decision];
        yield { decision, rows };
        await clock.yield();
      }
      if (found.length < SLICE) break;
      after = found.at(-1)!;
    }
  }
}
