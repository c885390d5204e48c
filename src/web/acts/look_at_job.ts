// What an act is done to where that is no backup: a job, a run, a channel, a restore, or the freeze of all deletions.

import { isUnfinished } from "../../domain/backup.ts";
import { freezeText, isFrozen } from "../../domain/freeze.ts";
import type { ActLook, LookSources } from "./act.ts";
import { standing } from "./in_force.ts";
import { capital } from "../components/sentence.ts";

const NOTHING: ActLook = { sentences: [], rows: null, seen: {} };

/** A job of the configuration; undefined where there is none of that name. */
export async function lookAtJob(name: string, { operations }: LookSources): Promise<ActLook | undefined> {
  const job = await operations.job(name);
  if (job === undefined) return undefined;
  if (!job.managed) return { ...NOTHING, refusal: `${name} is not in the configuration any more.` };
  return NOTHING;
}

/** The same, with the pause that stands. */
export async function lookAtPause(name: string, sources: LookSources): Promise<ActLook | undefined> {
  const [look, job] = await Promise.all([lookAtJob(name, sources), sources.operations.job(name)]);
  if (look === undefined || job === undefined || !job.paused) return look;
  const end = job.paused_until ?? "somebody resumes it";
  return {
    ...look,
    sentences: [`${name} is paused already, until ${end}: this replaces that pause and its end.`],
  };
}

/** The same; there is nothing to resume where it is not paused. */
export async function lookAtResume(name: string, sources: LookSources): Promise<ActLook | undefined> {
  const [look, job] = await Promise.all([lookAtJob(name, sources), sources.operations.job(name)]);
  if (look === undefined || job === undefined || job.paused) return look;
  return { ...NOTHING, refusal: `${name} is not paused: there is nothing to resume.` };
}

/** A run that is under way; undefined where there is none of that id. */
export async function lookAtRun(runId: string, { reads }: LookSources): Promise<ActLook | undefined> {
  const run = await reads.run(runId);
  if (run === undefined) return undefined;
  return isUnfinished(run.status)
    ? { ...NOTHING, sentences: [`Run ${runId} of ${run.job} is '${run.status}'.`] }
    : { ...NOTHING, refusal: `Run ${runId} of ${run.job} is over, it is '${run.status}'.` };
}

/** A channel of messages; undefined where there is none of that name. */
export async function lookAtChannel(name: string, { operations }: LookSources): Promise<ActLook | undefined> {
  const { channels } = await operations.notifications();
  return channels.some((channel) => channel.name === name) ? NOTHING : undefined;
}

/** A restore under way; undefined where there is none of that id. */
export function lookAtRestore(id: string, { operations }: LookSources): Promise<ActLook | undefined> {
  const restore = operations.restore(id);
  return Promise.resolve(
    restore === undefined || restore.state === "running"
      ? restore && NOTHING
      : { ...NOTHING, refusal: `The restore is over, it is '${restore.state}'.` },
  );
}

/** The freeze that a new one would replace. */
export async function lookAtFreeze(_: string, { operations, now }: LookSources): Promise<ActLook> {
  const { freeze } = await operations.freezeState();
  if (freeze === null || !isFrozen(freeze, now)) return NOTHING;
  const { reason, until } = freeze;
  const look = standing({ what: "freeze", reason, until });
  return { ...NOTHING, ...look, sentences: [`${capital(freezeText(freeze))}.`, ...look.sentences] };
}

/** The freeze that would be released; there is nothing to release without one. */
export async function lookAtUnfreeze(_: string, { operations }: LookSources): Promise<ActLook> {
  const { freeze } = await operations.freezeState();
  return freeze === null
    ? { ...NOTHING, refusal: "Deletions are not frozen: there is no freeze to release." }
    : { ...NOTHING, sentences: [`${capital(freezeText(freeze))}.`] };
}
