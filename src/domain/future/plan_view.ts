// The plan as JSON, and what of it every form shows: numbers, sums and the verdict.

import type { ConfigIssue } from "../errors.ts";
import { iso } from "../instant.ts";
import type { SettingChange } from "../settings_diff.ts";
import type { JobPlan } from "./plan.ts";
import { newlyGone } from "./plan_effect.ts";
import type { PlanBackup } from "./plan_job.ts";
import { type BeforeAfter, type PlannedBackups, plannedBackups } from "./planned_backups.ts";

/** A promise of the edited configuration that its schedule and policy cannot keep, with where it was written. */
interface PlanBroken extends Pick<ConfigIssue, "file" | "line" | "column" | "path"> {
  jobs: string[];
  promise: string;
  /** The first moment that breaks it, UTC ms. */
  at: number;
  promised: string;
  found: string;
}

/** What `plan --json` says of a job. */
export interface JobPlanView {
  job: string;
  /** Its name before, where that was another. */
  former: string | null;
  change: JobPlan["change"];
  settings: SettingChange[];
  /** Null where the edit does nothing to backups. */
  backups: PlannedBackups | null;
  notes: string[];
}

/** What `plan --json` prints. */
export interface PlanView {
  jobs: JobPlanView[];
  /** Jobs that stay as they are. */
  unchanged: number;
  /** Settings outside jobs; null where what is in force is not known. */
  besides: SettingChange[] | null;
  /** Over all jobs that the edit touches. */
  deletes_now: number;
  /** Of these, what only the edit brings. */
  deletes_now_by_edit: number;
  /** Null where it is not known for every job. */
  deletes_within_30_days: BeforeAfter<number>;
  broken_promises: (Omit<PlanBroken, "at"> & { at: string })[];
  max_deletes: number | null;
  over_budget: boolean;
  notes: string[];
}

interface PlanParts {
  plans: readonly JobPlan[];
  unchanged: number;
  besides: SettingChange[] | null;
  backups: ReadonlyMap<string, readonly PlanBackup[]>;
  /** By job, what becomes of what failed runs left. */
  leftovers: ReadonlyMap<string, string>;
  broken: readonly PlanBroken[];
  maxDeletes: number | null;
  notes: string[];
}

/** Puts the plan into the words of `--json`. */
export function planView(parts: PlanParts): PlanView {
  const { plans, maxDeletes } = parts;
  const effects = plans.flatMap(({ effect }) => effect?.after ? [{ ...effect, after: effect.after }] : []);
  const deletesNow = sum(effects.map(({ after }) => after.now.length))!;
  const byEdit = sum(
    effects.map(({ before, after }) => before === null ? after.now.length : newlyGone(after, before)),
  )!;
  return {
    jobs: plans.map((plan) =>
      jobView(plan, parts.backups.get(plan.former ?? plan.job) ?? [], parts.leftovers.get(plan.job))
    ),
    unchanged: parts.unchanged,
    besides: parts.besides,
    deletes_now: deletesNow,
    deletes_now_by_edit: byEdit,
    deletes_within_30_days: {
      before: sum(plans.flatMap(({ effect }) => effect?.before ? [effect.before.soon] : [])),
      after: sum(effects.map(({ after }) => after.soon)),
    },
    broken_promises: parts.broken.map(({ at, ...broken }) => ({ ...broken, at: iso(at) })),
    max_deletes: maxDeletes,
    over_budget: maxDeletes !== null && deletesNow > maxDeletes,
    notes: parts.notes,
  };
}

function jobView(
  { job, former, change, settings, effect }: JobPlan,
  backups: readonly PlanBackup[],
  leftover: string | undefined,
): JobPlanView {
  const left = leftover === undefined ? [] : [leftover];
  if (effect === null) return { job, former, change, settings, backups: null, notes: left };
  const planned = plannedBackups(effect, backups);
  return { job, former, change, settings, backups: planned, notes: [...effect.notes, ...left] };
}

/** Null when one of them is not known. */
function sum(numbers: readonly (number | null)[]): number | null {
  return numbers.reduce((all, one) => all === null || one === null ? null : all + one, 0);
}

/** One line that says what the plan comes to. */
export function summaryOf(view: PlanView): string {
  const counts = (["added", "renamed", "changed", "removed"] as const).flatMap((change) => {
    const count = view.jobs.filter((job) => job.change === change).length;
    return count === 0 ? [] : [`${count} ${change}`];
  });
  if (counts.length === 0) {
    const others = view.besides?.length ? "; settings outside jobs change" : "";
    return `No job changes (${view.unchanged} as before)${others}.`;
  }
  const { before, after } = view.deletes_within_30_days;
  const soon = after === null
    ? ""
    : `, ${after} within 30 days${before === null ? "" : ` (before: ${before})`}`;
  return `Jobs: ${counts.join(", ")}, ${view.unchanged} as before. ` +
    `Backups deleted: ${view.deletes_now} now, ${view.deletes_now_by_edit} of them by this edit${soon}.`;
}

/** `0 -> 23`, or one value where there is only one side. */
export function arrow({ before, after }: BeforeAfter<string | number>, unknown = "-"): string {
  if (before === null && after === null) return unknown;
  if (before === null || before === after) return String(after ?? unknown);
  return `${before} -> ${after ?? unknown}`;
}

/** The day of an instant: nobody plans retention by the minute. */
export function days({ before, after }: BeforeAfter<string>): BeforeAfter<string> {
  const day = (time: string | null) => time?.slice(0, 10) ?? null;
  return { before: day(before), after: day(after) };
}
