// What an edit of the configuration would change and delete, before it is written: the same as `schelly plan` says; part of the
// composition root.

import { checkPromises } from "../../config/build/check_promises.ts";
import type { ConfigEdit } from "../../config/document/edited_texts.ts";
import { unexpander } from "../../config/document/variables.ts";
import { sortSettings } from "../../config/sorted_settings.ts";
import type { Config } from "../../config/values/config.ts";
import { ConfigError } from "../../domain/errors.ts";
import { type JobPair, matchJobs, oldJob, planJobs } from "../../domain/future/plan.ts";
import type { PlanBackup } from "../../domain/future/plan_job.ts";
import { leftoverNote } from "../../domain/future/plan_leftovers.ts";
import { type PlanView, planView } from "../../domain/future/plan_view.ts";
import { createScheduleCache } from "../../domain/schedule/schedule.ts";
import { diffSettings } from "../../domain/settings_diff.ts";
import type { LongWork } from "../../engine/context/long_work.ts";
import type { Clock } from "../../ports/host.ts";
import type { Operations } from "../../ports/operations.ts";
import type { RunStore } from "../../ports/store.ts";
import { whyTooMany } from "../future/present.ts";

/** What they act through. */
export interface PlanParts {
  store: RunStore;
  clock: Clock;
  work: LongWork;
  /** In force. */
  config(): Config;
  /** The configuration as it would be; no secret of it is read. Rejects with `ConfigError`. */
  loadPlanned(edit: ConfigEdit): Promise<Config>;
  /** What references of the edit may stand for: none of it is shown. */
  env: Record<string, string>;
}

/** More of what failed runs left need not be counted. */
const MOST_LEFTOVERS = 10_000;
const NOTES = ["A changed secret does not show: secrets of the edit are not read."];

/** Builds them. */
export function planOperations(parts: PlanParts): Pick<Operations, "plan" | "planFiles"> {
  return {
    async plan(edit, by) {
      try {
        const view = await parts.work.run(
          by.name,
          async () => viewOf(await readPlan(parts, edit), parts.clock.now()),
        );
        return { outcome: "plan", view: hidden(view, edit, parts.env) };
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        return { outcome: "invalid", issues: error.issues.filter(({ severity }) => severity === "error") };
      }
    },

    planFiles() {
      const { source } = parts.config();
      return source.kind === "folder"
        ? source.files.map((file) => `${source.path.replace(/\/+$/, "")}/${file}`)
        : [];
    },
  };
}

/** All that a plan is made of. */
interface PlanReading {
  next: Config;
  pairs: JobPair[];
  besides: PlanView["besides"];
  backups: Map<string, PlanBackup[]>;
  /** What else is to be known of a job. */
  notes: Map<string, string>;
}

async function readPlan(parts: PlanParts, edit: ConfigEdit): Promise<PlanReading> {
  const { store, clock, config, loadPlanned } = parts;
  const next = await loadPlanned(edit);
  const now = config();
  const [before, after] = [now, next].map(({ effective, jobs }) =>
    sortSettings(effective, jobs.map(({ name }) => name))
  ) as [ReturnType<typeof sortSettings>, ReturnType<typeof sortSettings>];
  const stored = new Map((await store.jobs()).map((state) => [state.job, state]));
  const latched = await store.latched();
  const matched = matchJobs(
    now.jobs.map((job) => ({
      ...oldJob(job, before.jobs.get(job.name)!),
      available: stored.get(job.name)?.availableCount ?? null,
      stops: latched.filter((guard) => guard.job === job.name).map(({ message }) => message),
    })),
    next.jobs.map((job) => ({ job, settings: after.jobs.get(job.name)! })),
  );
  const keysBefore = new Map(now.jobs.map(({ name, providerKeys }) => [name, providerKeys]));
  const backups = new Map<string, PlanBackup[]>();
  const notes = new Map<string, string>();
  const pairs = matched.map((pair) => {
    const { affects, before, after } = pair;
    const tooMany = affects && before !== null && after !== null
      ? whyTooMany(before.name, before.available ?? 0)
      : undefined;
    if (tooMany === undefined) return pair;
    notes.set(after!.job.name, tooMany);
    return { ...pair, affects: false };
  });
  for (const { affects, before, after, change } of pairs) {
    if (after === null) continue;
    const name = before?.name ?? after.job.name;
    // A name that is new has no backups, whatever the store would say of it.
    if (affects && stored.has(name)) {
      const keys = new Set([...keysBefore.get(name) ?? [], ...after.job.providerKeys]);
      backups.set(name, await backupsOf(store, name, keys));
    }
    const { isSet, ms } = after.job.keepFailed;
    if (before === null || !stored.has(name) || change === "unchanged" || !isSet || ms === Infinity) continue;
    const left = await store.leftovers(name, after.job.providerKeys, MOST_LEFTOVERS);
    const note = leftoverNote(after.job, left, clock.now());
    if (note !== null) {
      notes.set(after.job.name, [notes.get(after.job.name), note].filter(Boolean).join("; "));
    }
  }
  return { next, pairs, besides: diffSettings(before.besides, after.besides), backups, notes };
}

async function backupsOf(
  store: PlanParts["store"],
  name: string,
  keys: ReadonlySet<string>,
): Promise<PlanBackup[]> {
  const found: PlanBackup[] = [];
  for (const providerKey of keys) {
    for (const row of (await store.election(name, [providerKey])).rows) {
      found.push({ ...row, providerKey, foreign: row.imported && !row.accepted });
    }
  }
  return found;
}

function* viewOf(
  { next, pairs, besides, backups, notes }: PlanReading,
  now: number,
): Generator<unknown, PlanView> {
  const plans = yield* planJobs(pairs, backups, now, createScheduleCache());
  const { broken } = yield* checkPromises(next, now);
  return planView({
    ...{ plans, besides, backups, leftovers: notes, broken },
    unchanged: pairs.filter(({ change }) => change === "unchanged").length,
    maxDeletes: null,
    notes: NOTES,
  });
}

/** Who may ask what an edit would do does not learn by it what the environment holds. */
function hidden(view: PlanView, { text }: ConfigEdit, env: Record<string, string>): PlanView {
  const names = new Set([...text.matchAll(/\$\{([A-Za-z_]\w*)/g)].map(([, name]) => name!));
  return names.size === 0 ? view : mapped(view, unexpander(env, names)) as PlanView;
}

function mapped(value: unknown, text: (text: string) => string): unknown {
  if (typeof value === "string") return text(value);
  if (Array.isArray(value)) return value.map((one) => mapped(one, text));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapped(one, text)]));
}
