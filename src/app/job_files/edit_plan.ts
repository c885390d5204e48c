// What an edit of one job would do, before it is in force: its settings, its backups, and whatever else the same reload
// would take over. Part of the composition root.

import type { Config } from "../../config/values/config.ts";
import { sortSettings } from "../../config/sorted_settings.ts";
import { type JobPair, matchJobs, oldJob, planJobs } from "../../domain/future/plan.ts";
import type { PlanBackup } from "../../domain/future/plan_job.ts";
import { plannedBackups } from "../../domain/future/planned_backups.ts";
import { counted } from "../../domain/count_text.ts";
import type { Job } from "../../domain/job.ts";
import type { ScheduleCache } from "../../domain/schedule/schedule.ts";
import type { Settings } from "../../domain/settings_diff.ts";
import { drainInSlices } from "../../engine/context/slices.ts";
import type { Clock } from "../../ports/host.ts";
import type { RunStore } from "../../ports/store.ts";
import type { JobEditView } from "../../ports/views/job_edit.ts";
import { changesOf } from "../config_changes.ts";
import { whyTooMany } from "../future/present.ts";
import { keepUnchanged } from "../unchanged_jobs.ts";

interface EditPlanParts {
  clock: Clock;
  store: Pick<RunStore, "job" | "election" | "latched">;
  schedules: ScheduleCache;
}

/** What is said of an edit besides the file. */
export type EditPlan = Pick<
  JobEditView,
  "change" | "settings" | "backups" | "returns_to" | "notes" | "reload"
>;

/** The plan of a job between two configurations; at least one of them has it. */
export async function planEdit(
  { clock, store, schedules }: EditPlanParts,
  name: string,
  before: Config,
  next: Config,
): Promise<EditPlan> {
  const [after, was] = [jobOf(next, name), jobOf(before, name)];
  const former = was ?? (after?.renamedFrom ? jobOf(before, after.renamedFrom) : undefined);
  const old = former && {
    ...oldJob(former, await settingsOf(before, former.name, clock)),
    available: (await store.job(former.name))?.availableCount ?? null,
    stops: (await store.latched(former.name)).map(({ message }) => message),
  };
  const pairs = matchJobs(
    old === undefined ? [] : [old],
    after === undefined ? [] : [{ job: after, settings: await settingsOf(next, name, clock) }],
  );
  const [pair] = pairs;
  const reload = await changesBetween(before, next, clock);
  const notes = next.notes.map(({ path, message }) => path === "" ? message : `${path}: ${message}`)
    .filter((_, at) => isOf(next, name, at));
  if (after === undefined && next.jobPosition(name) !== undefined) {
    const isNew = was === undefined && before.jobPosition(name) === undefined;
    notes.push("it is one job on each host of its provider: 'reload' says what becomes of each");
    return { change: isNew ? "added" : "changed", settings: [], backups: null, returns_to: 0, notes, reload };
  }
  if (pair === undefined && before.jobPosition(name) !== undefined) {
    return { change: "removed", settings: [], backups: null, returns_to: 0, notes, reload };
  }
  if (pair === undefined) {
    return { change: "unchanged", settings: [], backups: null, returns_to: 0, notes, reload };
  }
  const left = pair.before === null && after !== undefined ? await leftBy(store, after) : 0;
  const found = left > 0 ? leftText(left, name) : await backupsOf(store, pair);
  if (typeof found === "string") {
    const { change, settings } = pair;
    return { change, settings, backups: null, returns_to: left, notes: [...notes, found], reload };
  }
  const backups = new Map([[pair.before?.name ?? name, found]]);
  const [plan] = await drainInSlices(planJobs([pair], backups, clock.now(), schedules), clock);
  return {
    change: pair.change,
    settings: [...pair.settings],
    backups: plan?.effect ? plannedBackups(plan.effect, found) : null,
    returns_to: 0,
    notes: [...notes, ...plan?.effect?.notes ?? []],
    reload,
  };
}

/** Backups that a job which had left the configuration has under that name: its policy of before is not known any more. */
async function leftBy(store: EditPlanParts["store"], { name, renamedFrom }: Job): Promise<number> {
  const names = renamedFrom === null ? [name] : [name, renamedFrom];
  const counts = await Promise.all(names.map(async (one) => (await store.job(one))?.availableCount ?? 0));
  return counts.reduce((sum, count) => sum + count, 0);
}

function leftText(count: number, name: string): string {
  return `${counted(count, "backup")} of a job of this name ${
    count === 1 ? "is" : "are"
  } on record from before: which of ` +
    `them its policy lets go is said by 'schelly retention show ${name}' once it is back, and none goes before ` +
    `'schelly retention approve ${name}'`;
}

function jobOf({ jobs }: Config, name: string): Job | undefined {
  return jobs.find((job) => job.name === name);
}

/** As the reload would say it. */
async function changesBetween(before: Config, next: Config, clock: Clock): Promise<string[]> {
  await keepUnchanged(before, next, clock);
  return changesOf(before, next);
}

async function settingsOf(config: Config, name: string, clock: Clock): Promise<Settings> {
  const shown = await drainInSlices(config.effectiveValues("redacted", name), clock);
  const exact = await drainInSlices(config.effectiveValues("as they are", name), clock);
  return sortSettings(shown, [name], exact).jobs.get(name)!;
}

/** Whether a note is about this job: it stands in the same file, at or after its name and before the next job's. */
function isOf(config: Config, name: string, at: number): boolean {
  const { file, line = 0 } = config.notes[at]!;
  const own = config.jobPosition(name);
  return own !== undefined && own.file === file && line >= (own.line ?? 0);
}

/** The available ones where the edit may touch any; a text says why they are not looked at. */
async function backupsOf(
  store: EditPlanParts["store"],
  { affects, before, after }: JobPair,
): Promise<PlanBackup[] | string> {
  if (!affects || before === null || after === null) return [];
  const tooMany = whyTooMany(before.name, before.available ?? 0);
  if (tooMany !== undefined) return tooMany;
  const rows: PlanBackup[] = [];
  for (const key of new Set([before.providerKey, ...after.job.providerKeys])) {
    for (const row of (await store.election(before.name, [key])).rows) {
      rows.push({ ...row, providerKey: key, foreign: row.imported && !row.accepted });
    }
  }
  return rows;
}
