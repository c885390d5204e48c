// The plan for a terminal: what changes, key by key, then what it does to backups.

import type { JobDiff } from "../../domain/future/plan.ts";
import type { SettingChange } from "../../domain/settings_diff.ts";
import { arrow, days, type JobPlanView, type PlanView, summaryOf } from "../../domain/future/plan_view.ts";
import type { Display } from "../terminal/render.ts";

const SIGNS: Record<JobPlanView["change"], string> = {
  added: "+",
  removed: "-",
  renamed: ">",
  changed: "~",
  unchanged: " ",
};

/** Prints the plan. */
export async function printPlan(view: PlanView, display: Display): Promise<void> {
  printChanges(view.jobs, view.besides ?? [], display);
  const touched = view.jobs.filter(({ backups }) => backups !== null && backups.count > 0);
  if (touched.length > 0) {
    display.print("");
    await display.table(
      ["JOB", "BACKUPS", "DELETED NOW", "WITHIN 30 DAYS", "OLDEST"],
      touched.map(({ job, backups }) => [
        job,
        String(backups!.count),
        arrow(backups!.deletes_now),
        arrow(backups!.deletes_within_30_days),
        arrow(days(backups!.oldest)),
      ]),
      "",
    );
  }
  const notes = view.jobs.flatMap(({ job, notes }) => notes.map((note) => `! ${job}: ${note}`));
  if (notes.length > 0) display.print("");
  for (const note of notes) display.print(note);
  if (view.jobs.length > 0) display.print("");
  display.print(summaryOf(view));
}

/** Each job that changes with its keys, then the settings outside jobs. */
export function printChanges(
  jobs: readonly JobDiff[],
  besides: readonly SettingChange[],
  display: Display,
): void {
  for (const { job, former, change, settings } of jobs) {
    const was = former === null ? "" : ` (was ${former})`;
    display.print(`${SIGNS[change]} ${job}${was} ${change}`);
    for (const line of changeLines(settings)) display.print(`    ${line}`);
  }
  if (besides.length > 0) display.print("~ outside jobs");
  for (const line of changeLines(besides)) display.print(`    ${line}`);
}

/** `key  old -> new`, keys padded to one column; a value that is new or gone has one side. */
function changeLines(changes: readonly SettingChange[]): string[] {
  const width = Math.max(0, ...changes.map(({ key }) => key.length));
  return changes.map(({ key, old, new: value }) => {
    const text = old === null ? `set to ${value}` : value === null ? `${old} -> unset` : `${old} -> ${value}`;
    return `${key.padEnd(width)}  ${text}`;
  });
}
