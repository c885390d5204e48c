// Jobs of the configuration become jobs at work: as the store knows them, or as new ones.

import type { JobState, Write } from "../ports/store.ts";
import type { EngineEvent } from "../ports/events.ts";
import { type Run, UNFINISHED } from "../domain/backup.ts";
import type { Job, Json } from "../domain/job.ts";
import { isForgotten } from "../domain/remains.ts";
import { newSince } from "./clock/job_clock.ts";
import { type EngineContext, jobEvent } from "./context/context.ts";
import { freshState } from "./fresh_state.ts";
import { beginAnew } from "./inventory/forgotten.ts";
import { takeBack } from "./inventory/unmanaged.ts";
import { JobEntry } from "./job_entry.ts";
import type { DeclaredJob, JobHooks } from "./job_parts.ts";
import { JobScheduler } from "./job_scheduler.ts";
import { rename, type SlotsOf } from "./rename.ts";

/** From so many jobs on, one look at all that are stored costs less than a look at each. */
const MANY = 50;
/** So many new jobs are one change: it costs some 20 ms. */
const ADDED_AT_ONCE = 250;

/** What jobs are taken up with. */
interface TakeUp {
  slotsOf: SlotsOf;
  hooks: JobHooks<JobScheduler>;
  /** Of all jobs that are declared. */
  names: ReadonlySet<string>;
}

/** Takes jobs up. They are in force as declared only after `update`. */
export async function takeUpAll(
  context: EngineContext,
  declared: readonly DeclaredJob[],
  parts: TakeUp,
): Promise<JobEntry[]> {
  if (declared.length < MANY) {
    return await Promise.all(declared.map((one) => takeUp(context, one, parts)));
  }
  // First: it may take what is stored from a job that is declared, too.
  await Promise.all(declared.map(({ job }) => job.renamedFrom && rename(context, job, parts.slotsOf)));
  const states = new Map((await context.store.jobs()).map((state) => [state.job, state]));
  await addMany(context, declared, parts.names, states);
  const entries: JobEntry[] = [];
  for (const one of declared) {
    const state = states.get(one.job.name)!;
    const isPlain = state.unmanagedSince === null && state.openRangeRunId === null;
    entries.push(
      isPlain ? entryOf(context, one, state, null, parts) : await entryAsStored(context, one, state, parts),
    );
    if (entries.length % ADDED_AT_ONCE === 0) await context.clock.yield();
  }
  return entries;
}

/** For who only shows them: nothing is saved, and a new job is shown as it would begin. */
export async function showAll(
  context: EngineContext,
  declared: readonly DeclaredJob[],
  parts: TakeUp,
): Promise<JobEntry[]> {
  const { store } = context;
  const states = new Map((await store.jobs()).map((state) => [state.job, state]));
  const running = new Map((await store.runsInStatus(UNFINISHED)).map((run) => [run.job, run]));
  const entries: JobEntry[] = [];
  for (const one of declared) {
    const { job } = one;
    const entry = entryOf(
      context,
      one,
      states.get(job.name) ?? freshState(job, newSince(context)),
      null,
      parts,
    );
    entry.scheduler.shown = running.get(job.name) ?? null;
    entries.push(entry);
    if (entries.length % ADDED_AT_ONCE === 0) await context.clock.yield();
  }
  return entries;
}

async function takeUp(context: EngineContext, declared: DeclaredJob, parts: TakeUp): Promise<JobEntry> {
  const { store } = context;
  const { job } = declared;
  await rename(context, job, parts.slotsOf);
  let state = await store.job(job.name);
  if (state === undefined) {
    const added = await addingOf(context, job, parts.names);
    state = added.state;
    await store.commit({ job: job.name, writes: [added.write], events: [added.event] });
  }
  return await entryAsStored(context, declared, state, parts);
}

/** Adds those that are not among `states`, and puts them there. */
async function addMany(
  context: EngineContext,
  declared: readonly DeclaredJob[],
  names: ReadonlySet<string>,
  states: Map<string, JobState>,
): Promise<void> {
  const fresh = declared.filter(({ job }) => !states.has(job.name));
  for (let at = 0; at < fresh.length; at += ADDED_AT_ONCE) {
    const some: Adding[] = [];
    for (const { job } of fresh.slice(at, at + ADDED_AT_ONCE)) some.push(await addingOf(context, job, names));
    await context.store.commit({
      job: some[0]!.state.job,
      writes: some.map(({ write }) => write),
      events: some.map(({ event }) => event),
    });
    for (const { state } of some) states.set(state.job, state);
  }
}

interface Adding {
  state: JobState;
  write: Write;
  event: EngineEvent;
}

async function addingOf(context: EngineContext, job: Job, names: ReadonlySet<string>): Promise<Adding> {
  const state = freshState(job, newSince(context));
  const { schedule, timezone } = job;
  const former = job.renamedFrom === null ? "" : await unknownFormer(context, job, names);
  const message = `Job '${job.name}' is new: ${former}its schedule starts now`;
  const data: Record<string, Json> = { schedule, timezone, policy: state.policy };
  if (former !== "") data.renamed_from = job.renamedFrom;
  return {
    state,
    write: { write: "addJob", state },
    event: jobEvent(context, job.name, "job.added", "info", message, data),
  };
}

/** Names of other jobs that one sentence carries. */
const MOST_NAMED = 10;

/** What is to be said of a new job whose earlier name is not on record: that name may be a slip, or never was started. */
async function unknownFormer(
  { store }: EngineContext,
  { name, renamedFrom }: Job,
  names: ReadonlySet<string>,
): Promise<string> {
  const away = (await store.jobs()).filter((known) => !isForgotten(known) && !names.has(known.job))
    .map(({ job }) => job);
  const others = away.slice(0, MOST_NAMED).map((job) => `'${job}'`).join(", ");
  const hint = others === ""
    ? ""
    : ` (on record and not in the configuration: ${others}; if it was called so, write that as the renamed_from ` +
      `of '${name}')`;
  return `no job '${renamedFrom}', its renamed_from, is on record${hint}; `;
}

/** With all that is open of what is stored. */
async function entryAsStored(
  context: EngineContext,
  declared: DeclaredJob,
  stored: JobState,
  parts: TakeUp,
): Promise<JobEntry> {
  let state = stored;
  if (state.unmanagedSince !== null) {
    const slots = parts.slotsOf(state.schedule, state.timezone) ?? null;
    state = await beginAnew(context, state, declared.job) ?? await takeBack(context, state, slots);
  }
  const openRange = state.openRangeRunId === null
    ? null
    : (await context.store.run(state.openRangeRunId)) ?? null;
  return entryOf(context, declared, state, openRange, parts);
}

/**
 * The job starts out with the schedule it had, disabled if it was; `update` then decides what is due by it and takes the
 * new one.
 */
function entryOf(
  context: EngineContext,
  declared: DeclaredJob,
  state: JobState,
  openRange: Run | null,
  { slotsOf, hooks }: TakeUp,
): JobEntry {
  const { job } = declared;
  const enabled = job.enabled && openRange?.reason !== "disabled";
  const isAsDeclared = enabled === job.enabled && state.schedule === job.schedule &&
    state.timezone === job.timezone;
  const before = isAsDeclared ? undefined : slotsOf(state.schedule, state.timezone);
  const parts = before === undefined ? declared : {
    ...declared,
    job: { ...job, enabled, schedule: state.schedule, timezone: state.timezone },
    slots: before,
  };
  const scheduler = new JobScheduler(context, hooks, parts, state, openRange);
  return new JobEntry(context, scheduler, declared.retentionSlots, hooks);
}
