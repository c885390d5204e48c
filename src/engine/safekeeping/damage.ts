// A storage that was found damaged, by its upkeep or by the verification of a backup: nothing of its jobs is deleted, since
// what would stay may be what is lost.

import type { Job } from "../../domain/job.ts";
import type { GuardName } from "../../domain/retention/guard.ts";
import {
  damagedBackup,
  foundByProof,
  isProofDamage,
  PROOF_DAMAGE,
} from "../../domain/verification/verification.ts";
import type { RunStore } from "../../ports/store.ts";
import { type EngineContext, jobEvent } from "../context/context.ts";
import { stopChange } from "../context/latch.ts";

/** What the upkeep of a provider found last, since when (UTC ms). */
export interface Damage {
  since: number;
  message: string;
}

const GUARD: GuardName = "upkeep_failed";

/**
 * Latches the guard on the jobs of a damaged storage, and takes it back from those of one that was found whole since.
 * `damageOf`: null for whole, undefined for unknown: then nothing changes. What an operator approved after the damage
 * was found stays approved until another is. Answers the names of the jobs whose deletions may go on.
 */
export async function guardDamage(
  context: EngineContext,
  jobs: readonly Job[],
  damageOf: (providerKey: string) => Damage | null | undefined,
): Promise<string[]> {
  const released: string[] = [];
  const work: Promise<void>[] = [];
  const known = new Map<string, Damage | null | undefined>();
  const damageAt = (key: string) => {
    if (!known.has(key)) known.set(key, damageOf(key));
    return known.get(key);
  };
  for (const job of jobs) {
    const told = toldOf(job, damageAt);
    const damage = told.find((one) => one !== null);
    if (damage !== undefined) work.push(stop(context, job, damage!));
    else if (told.length > 0) {
      work.push(release(context, job).then((isReleased) => void (isReleased && released.push(job.name))));
    }
  }
  await Promise.all(work);
  return released;
}

async function stop(
  { store, clock }: EngineContext,
  { name }: Job,
  { since, message }: Damage,
): Promise<void> {
  if ((await store.approvedAt(name) ?? -Infinity) >= since) return;
  const text =
    `${message}; nothing of job '${name}' is deleted until it is found whole, or you have looked with ` +
    `'schelly retention show ${name}' and said so with 'schelly retention approve ${name}'`;
  const latched = await latchedDamage(store, name);
  if (latched?.message !== text) await store.commit(stopChange(name, GUARD, text, clock.now()));
}

/**
 * Takes the guard of one job back where no backup of it stands as one that cannot be restored, and nothing is known of
 * damage of its storage; true when there was something to take back. `damageOf` as above.
 */
export async function answerProof(
  context: EngineContext,
  job: Job,
  damageOf: (providerKey: string) => Damage | null | undefined,
): Promise<boolean> {
  const latched = await latchedDamage(context.store, job.name);
  if (latched === undefined) return false;
  const told = toldOf(job, damageOf);
  const damage = told.find((one) => one !== null);
  if (damage !== undefined) return await stop(context, job, damage!).then(() => false);
  // What upkeep found is for upkeep to take back.
  if (told.length === 0 && !isProofDamage(latched.message)) return false;
  return await release(context, job);
}

/**
 * Takes the guard of one job back where the backup whose verification latched it was deleted, as somebody asked: then
 * nothing of what was found is left to decide about. One that is only missing is no proof of that.
 */
export async function answerDeleted(
  context: EngineContext,
  job: Job,
  damageOf: (providerKey: string) => Damage | null | undefined,
): Promise<boolean> {
  const id = damagedBackup((await latchedDamage(context.store, job.name))?.message ?? "");
  if (id === undefined) return false;
  const rows = (await context.store.find(id, job.name)).filter((row) => row.id === id);
  if (rows.length === 0 || rows.some(({ status }) => status !== "deleted")) return false;
  return await answerProof(context, job, damageOf);
}

/** What is known of the job's providers. */
function toldOf(
  { providerKeys }: Job,
  damageOf: (providerKey: string) => Damage | null | undefined,
): (Damage | null)[] {
  return providerKeys.map(damageOf).filter((damage) => damage !== undefined);
}

/** What stops a job one of whose backups cannot be restored. `id`: the provider's. */
export function proofDamageText(job: string, id: string, reason: string): string {
  return `${PROOF_DAMAGE}${id}' failed (${
    foundByProof(reason)
  }); nothing of job '${job}' is deleted until it passes ` +
    `('schelly backups verify ${id}'), or you have accepted or rejected the backup, or you have looked with ` +
    `'schelly retention show ${job}' and said so with 'schelly retention approve ${job}'`;
}

/** So often is looked again at a job that changes meanwhile: what stays latched is taken back at a later look. */
const TRIES = 3;

/** True when there was something to take back, and no verification stands that found damage. */
async function release(context: EngineContext, job: Job): Promise<boolean> {
  for (let left = TRIES; left > 0; left--) {
    const released = await releaseUnchanged(context, job);
    if (released !== "changed") return released;
  }
  return false;
}

/** A backup that is found damaged meanwhile changes its job: its guard is not taken back by what was read before. */
async function releaseUnchanged(
  context: EngineContext,
  { name, providerKeys }: Job,
): Promise<boolean | "changed"> {
  const state = await context.store.job(name);
  const latched = await latchedDamage(context.store, name);
  if (latched === undefined || state === undefined) return false;
  const failed = await context.store.failedProof(name, providerKeys);
  if (failed !== undefined && (await context.store.approvedAt(name) ?? -Infinity) < failed.since) {
    const text = proofDamageText(name, failed.id, failed.reason);
    if (latched.message !== text) {
      await context.store.commit(stopChange(name, GUARD, text, context.clock.now()));
    }
    return false;
  }
  const message = isProofDamage(latched.message)
    ? `No backup of job '${name}' is left that a verification found damaged: that does not stop its deletions any more`
    : `The storage of job '${name}' was found whole: damage does not stop its deletions any more`;
  const { result } = await context.store.commit({
    job: name,
    conditions: [{ condition: "revision", job: name, is: state.revision }],
    writes: [{ write: "unlatch", job: name, guards: [GUARD] }],
    events: [jobEvent(context, name, "retention.guard_cleared", "info", message, { guard: GUARD })],
  });
  return result === "done" ? true : "changed";
}

async function latchedDamage(store: RunStore, job: string) {
  return (await store.latched(job)).find(({ guard }) => guard === GUARD);
}
