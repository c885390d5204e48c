// Backups that nobody manages: of jobs that left the configuration, and at providers that are no longer their job's.

import { countBackups, newRun, type Run } from "../../domain/backup.ts";
import type { Slots } from "../../domain/schedule/dispatch.ts";
import { iso } from "../../domain/instant.ts";
import type { Job } from "../../domain/job.ts";
import type { Condition } from "../../ports/condition.ts";
import type { JobState, ManagedJob, ProviderBackups, Write } from "../../ports/store.ts";
import { type EngineContext, jobEvent, runEvent } from "../context/context.ts";
import { latchChange } from "../context/latch.ts";

/** Counting more slots than this is not worth the time. */
const COUNT_LIMIT = 10_000;

/**
 * Brings the store up to what the configuration says: which jobs are in it, and which providers are theirs. From then
 * on no DELETE is sent for anything else. What comes back from there waits for an approval, for its policy has not
 * been applied to it for a while, or never. Answers what was left behind at providers that are no longer their job's, and
 * what brings it back: no provider is followed through what a former one had taken over, for the file says all there is.
 */
export async function syncManaged(context: EngineContext, declared: readonly Job[]): Promise<string[]> {
  const { store } = context;
  const jobs = new Map(declared.map((job) => [job.name, job]));
  const [managed, stored] = await Promise.all([store.managedJobs(), store.providerBackups()]);
  const storedOf = new Map<string, ProviderBackups[]>();
  for (const held of stored) {
    const known = storedOf.get(held.job);
    if (known === undefined) storedOf.set(held.job, [held]);
    else known.push(held);
  }
  const told: Promise<string[]>[] = [];
  for (const known of managed) {
    const job = jobs.get(known.job);
    const held = storedOf.get(known.job) ?? [];
    if (job === undefined) told.push(leave(context, known));
    else if (held.some((one) => one.managed !== isOurs(job, one))) told.push(settle(context, job, held));
  }
  return (await Promise.all(told)).flat();
}

function isOurs(job: Job, held: ProviderBackups): boolean {
  return job.providerKeys.includes(held.providerKey);
}

async function leave(context: EngineContext, { job, availableCount }: ManagedJob): Promise<string[]> {
  const now = context.clock.now();
  await context.store.commit({
    job,
    writes: [
      { write: "job", job, set: { unmanagedSince: now } },
      { write: "manage", job, providerKeys: [] },
    ],
    events: [
      jobEvent(
        context,
        job,
        "job.unmanaged",
        "warning",
        `Job '${job}' is not in the configuration: its ${countBackups(availableCount)} stay untouched`,
        { available: availableCount },
      ),
    ],
  });
  return [];
}

async function settle(
  context: EngineContext,
  job: Job,
  stored: readonly ProviderBackups[],
): Promise<string[]> {
  const left = stored.filter((held) => held.managed && !isOurs(job, held));
  const back = stored.filter((held) => !held.managed && isOurs(job, held));
  const writes: Write[] = [{ write: "manage", job: job.name, providerKeys: job.providerKeys }];
  const events = left.filter((held) => held.available > 0).map((held) =>
    jobEvent(
      context,
      job.name,
      "job.unmanaged",
      "warning",
      `${
        countBackups(held.available)
      } of job '${job.name}' at '${held.providerKey}', no longer its provider, stay untouched: to go on with them, ` +
        `put '${held.providerKey}' into formerly of '${job.providerKey}', beside what stands there`,
      { provider: held.providerKey, available: held.available },
    )
  );
  const returned = back.reduce((sum, held) => sum + held.available, 0);
  if (returned > 0) {
    const message =
      `${countBackups(returned)} of job '${job.name}' that nobody managed for a while are managed again: ` +
      `look with 'schelly retention show ${job.name}', then 'schelly retention approve ${job.name}'`;
    const latching = latchChange(job.name, "first_policy", message, context.clock.now());
    writes.push(...latching.writes);
    events.push(
      jobEvent(context, job.name, "job.managed_again", "warning", message, { available: returned }),
      ...latching.events,
    );
  }
  const told = events.filter(({ type }) => type === "job.unmanaged").map(({ message }) => message);
  await context.store.commit({ job: job.name, writes, events });
  return told;
}

function cameBack(context: EngineContext, { job, availableCount }: JobState, forgottenAt: number) {
  const message =
    `Job '${job}', which was forgotten on ${iso(forgottenAt)}, is in the configuration again, with ` +
    "all that is on record of it";
  return jobEvent(context, job, "job.managed_again", "info", message, { available: availableCount });
}

/**
 * Takes a job back that was away: the slots of that time, by the schedule it had, are one skipped range, and its
 * schedule goes on from now. Null `slots`: the schedule it had cannot be read any more. Answers its state.
 */
export async function takeBack(
  context: EngineContext,
  state: JobState,
  slots: Slots | null,
): Promise<JobState> {
  const { ids, store, clock, watch } = context;
  const now = clock.now();
  const { due } = watch.read();
  const { job, cursor } = state;
  const until = slots?.latest(cursor, due) ?? null;
  const set = {
    unmanagedSince: null,
    forgottenAt: null,
    cursor: Math.max(cursor, due),
    openRangeRunId: null,
  };
  const writes: Write[] = [{ write: "job", job, set }];
  const events = state.forgottenAt === null ? [] : [cameBack(context, state, state.forgottenAt)];
  if (slots !== null && until !== null) {
    const skipped: Run = newRun({
      runId: ids.uuidv7(),
      job,
      trigger: "schedule",
      slot: slots.next(cursor),
      slotUntil: until,
      slots: slots.count(cursor, until, COUNT_LIMIT),
      status: "skipped",
      reason: "unmanaged",
      providerKey: state.providerKey,
      createdAt: now,
      clockOff: watch.mark(),
      endTime: now,
    });
    writes.push({ write: "insert", run: skipped });
    const message = `Backups of job '${job}' due while it was not in the configuration are skipped`;
    events.push(
      runEvent(context, skipped, "run.skipped", "info", message, {
        reason: "unmanaged",
        slots: skipped.slots,
        slot: skipped.slot,
        until,
      }),
    );
  }
  // A time that the clock took back before this is saved has not come.
  const conditions: Condition[] = set.cursor === cursor ? [] : [{ condition: "due", at: set.cursor }];
  const { result } = await store.commit({ job, conditions, writes, events });
  return result === "done" ? { ...state, ...set } : await takeBack(context, state, slots);
}
