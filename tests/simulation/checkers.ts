// The invariants, each a function over what the store was told, what providers really did, and the clock: it answers
// with a sentence when it does not hold. Numbers are those of the list of invariants in the design papers.

import { isUnfinished, type Run, type Status } from "../../src/domain/backup.ts";
import type { Job } from "../../src/domain/job.ts";
import { parsePolicy } from "../../src/domain/policy.ts";
import type { BackupInfo, CreateCall } from "../../src/ports/provider.ts";
import type { Change, JobState } from "../../src/ports/store.ts";
import type { Effect, FakeProvider } from "../support/fake_provider.ts";
import { naiveElection } from "../support/naive_retention.ts";
import type { Model } from "./model.ts";
import { scheduleOf, slotsBetween } from "./slots_between.ts";

export type Finding = string | undefined;

/** What a provider last said of a backup to the program. */
export interface Said {
  life: number;
  info: BackupInfo | null;
  /** By the monotonic clock. */
  at: number;
}

/** What checks may look at. */
export interface Witness {
  readonly model: Model;
  readonly providers: ReadonlyMap<string, FakeProvider>;
  now(): number;
  monotonic(): number;
  /** The wall clock last jumped at this monotonic instant; -Infinity when it never did. */
  jumpedAt: number;
  /** Life of the program now. */
  lifeNumber: number;
  /** What config declares now. */
  readonly declared: readonly Job[];
  /** The declaration now in force. */
  jobOf(name: string): Job | undefined;
  /** By provider key and id, the last answer that reached the program. */
  said: Map<string, Said>;
  /** Ids the program was told are available, ever. */
  saidAvailable: Set<string>;
  /** In which order the last distrust of a job and the last DELETE of a run were committed. */
  order: ReadonlyMap<string, number>;
  /** Runs that housekeeping removed after their year. */
  tidiedAway: ReadonlySet<string>;
  /** By run, the last POST that was sent, by the monotonic clock. */
  postedAt: ReadonlyMap<string, { life: number; at: number }>;
  /** When rows were inserted, by the monotonic clock. */
  insertedAt: Map<string, number>;
}

export const keyOf = (providerKey: string, id: string): string => `${providerKey}\n${id}`;

const EDGES: Record<Status, string> = {
  intent: "sending expired skipped failed cancelled",
  sending: "intent running available unknown failed",
  unknown: "sending running available intent failed",
  running: "available failed lost cancelling",
  cancelling: "cancelled available running failed lost",
  available: "missing deleting",
  missing: "available deleting",
  deleting: "deleted delete-error available missing",
  "delete-error": "deleting deleted",
  deleted: "",
  failed: "available deleting",
  lost: "available deleting",
  cancelled: "deleting",
  skipped: "",
  expired: "",
};

// ---- schedule

/** The product's tables of zones begin here; what a clock of 1970 is due by is of no use to anyone. */
const ZONES_FROM = Date.UTC(1990, 0, 2);

/** I1: one row a slot, ranges included. */
export function I1_oneRowASlot({ model }: Witness, before: Run | undefined, after: Run): Finding {
  if (after.slot === null || (before?.slot === after.slot && before.slotUntil === after.slotUntil)) return;
  const [from, to] = [after.slot, after.slotUntil ?? after.slot];
  for (const { runId } of model.decisions.get(after.job) ?? []) {
    const other = model.runs.get(runId)!;
    if (other.runId === after.runId || other.slot! > to || (other.slotUntil ?? other.slot!) < from) continue;
    // After a clock that was set back, a range stands for what has no row of its own within it.
    if (after.slotUntil !== null && model.wentBack.has(after.job)) continue;
    return `slots ${iso(from)} to ${iso(to)} of ${after.job} are decided twice: ${show(other)}, ${
      show(after)
    }`;
  }
}

/** I2: effects of one slot stay within what the provider's abilities allow, and more than one is said aloud. */
export function I2_effectsOfASlot(witness: Witness, run: Run, lookupMayFail: boolean): Finding {
  for (const provider of witness.providers.values()) {
    const effects = new Set(provider.effectsOf(run.runId)).size;
    const { idempotency, lookup } = provider.capabilitySet;
    const skip = witness.jobOf(run.job)?.onUnknown === "skip" || run.trigger === "manual";
    const most = idempotency || (lookup && !lookupMayFail) || (skip && !lookup) ? 1 : 3;
    if (effects > most) {
      return `${effects} backups were made for ${show(run)} at ${provider.key}: at most ${most}`;
    }
    if (effects > 1 && run.maybeDuplicateAt === null && !lookup) {
      return `${effects} backups were made for ${show(run)}, which is not marked`;
    }
  }
}

/** I2: a POST of unknown fate is followed by the next one no sooner than the design says. */
export function I2_postsAreSpaced(witness: Witness, provider: FakeProvider, call: CreateCall): Finding {
  const { idempotency, lookup } = provider.capabilitySet;
  const run = witness.model.runs.get(call.runId);
  const job = witness.jobOf(call.job);
  if (idempotency || lookup || run === undefined || job === undefined) return;
  if (run.uncertainAttempts > 3) {
    return `POST number ${run.uncertainAttempts} of unknown fate for ${show(run)}`;
  }
  if (witness.jumpedAt >= (witness.insertedAt.get(run.runId) ?? 0)) return;
  const last = provider.calls("create").findLast((entry) =>
    entry.runId === call.runId && !["unsent", "refused"].includes(entry.outcome)
  );
  const wait = Math.max(60_000, 2 * job.createTimeoutMs);
  if (last !== undefined && witness.now() - last.at < wait) {
    return `POST for ${show(run)} ${witness.now() - last.at} ms after one of unknown fate: expected ${wait}`;
  }
}

/** I3 and I8: wherever the cursor has passed, each slot of the oracle has its decision. */
export function I3_everySlotDecided({ model }: Witness, before: JobState, after: JobState): Finding {
  for (
    const slot of slotsBetween(
      before.schedule,
      before.timezone,
      Math.max(before.cursor, ZONES_FROM),
      after.cursor,
    )
  ) {
    if (model.decidesSlot(after.job, slot) === undefined) {
      return `slot ${
        iso(slot)
      } of ${after.job} ('${before.schedule}' in ${before.timezone}) has no decision, ` +
        `but the cursor went from ${iso(before.cursor)} to ${iso(after.cursor)}`;
    }
  }
}

/** I3 and I8: no decision is about an instant that is no slot. */
export function I8_slotsAreOfTheOracle({ model }: Witness, run: Run): Finding {
  const state = model.jobs.get(run.job)!;
  if (run.slot === null || run.slotUntil !== null || run.slot < ZONES_FROM) return;
  if (slotsBetween(state.schedule, state.timezone, run.slot - 1, run.slot).length !== 1) {
    return `${iso(run.slot)} is no slot of ${run.job} ('${state.schedule}' in ${state.timezone})`;
  }
}

/** I4: decisions are made beyond the cursor only, which goes back in words only. */
export function I4_inOrder({ model }: Witness, run: Run): Finding {
  const state = model.jobs.get(run.job)!;
  if (run.slot !== null && run.slot <= state.cursor) {
    return `${show(run)} decides a slot before the cursor ${iso(state.cursor)}`;
  }
}

export function I4_cursor(before: JobState, after: JobState, change: Change): Finding {
  if (after.cursor >= before.cursor) return;
  const said = change.events?.some(({ type }) => type === "clock.back" || type === "job.schedule_changed");
  if (!said) return `the cursor of ${after.job} went back from ${iso(before.cursor)} to ${iso(after.cursor)}`;
}

/** I5: the next slot is beyond the cursor. */
export function I5_nextIsBeyond({ model }: Witness, job: string, next: number | null): Finding {
  const state = model.jobs.get(job);
  if (state !== undefined && next !== null && next <= state.cursor) {
    return `the next slot of ${job}, ${iso(next)}, is not beyond its cursor ${iso(state.cursor)}`;
  }
}

/** What queues and slow commits may add. */
const SLACK_MS = 300_000;

/** I6: nothing is sent before its slot, nor after its deadline, as far as the clock was right meanwhile. */
export function I6_inTime(witness: Witness, call: CreateCall): Finding {
  const run = witness.model.runs.get(call.runId);
  const job = witness.jobOf(call.job);
  if (run?.slot === undefined || run.slot === null || job === undefined) return;
  if (witness.jumpedAt >= (witness.insertedAt.get(run.runId) ?? 0)) return;
  const late = witness.now() - run.slot;
  if (late < -1000) return `POST for ${show(run)} ${-late} ms before its slot`;
  const interval = scheduleOf(job.schedule, job.timezone).interval(run.slot) ?? DAY;
  const deadline = job.startDeadlineMs ?? Math.max(60_000, Math.min(interval, DAY));
  const first = run.attempts <= 1;
  const most = (first ? deadline + job.jitterMs : Math.max(deadline + job.jitterMs, job.graceMs)) + SLACK_MS;
  if (late > most) return `POST ${run.attempts} for ${show(run)} ${late} ms after its slot: at most ${most}`;
}

/** I7: one unfinished run a job. */
export function I7_oneAtATime({ model }: Witness, run: Run): Finding {
  if (!isUnfinished(run.status)) return;
  const open = model.runsOf(run.job).filter((other) => isUnfinished(other.status));
  if (open.length > 1) return `${open.length} unfinished runs of ${run.job}: ${open.map(show).join(", ")}`;
}

// ---- record

/** I10: an id that reached the program is on record, or the doubt is. */
export function I10_idIsKept(
  { model, tidiedAway, declared }: Witness,
  provider: FakeProvider,
  entry: { runId: string; id: string },
): Finding {
  const run = model.runs.get(entry.runId);
  if (tidiedAway.has(entry.runId)) return;
  if (run === undefined) return `id ${entry.id} was made for ${entry.runId}, which has no row`;
  if (run.id === entry.id || run.maybeDuplicateAt !== null) return;
  if (["unsettled", "duplicate_id"].includes(run.reason ?? "") || run.status === "unknown") return;
  // A job that left the configuration is left as it was: in doubt.
  if (run.status === "sending" && !declared.some((job) => job.name === run.job)) return;
  return `id ${entry.id} of ${provider.key} was answered for ${show(run)} and is not on record`;
}

/** I11: an id belongs to one row for ever. */
export function I11_idBoundOnce({ model }: Witness, before: Run | undefined, after: Run): Finding {
  if (before?.id !== null && before?.id !== undefined && after.id !== before.id) {
    return `${show(before)} changed its id to ${after.id}`;
  }
  if (after.id === null || before?.id === after.id) return;
  for (const other of model.runs.values()) {
    if (other.runId !== after.runId && other.id === after.id && other.providerKey === after.providerKey) {
      return `id ${after.id} is bound twice: ${show(other)}, ${show(after)}`;
    }
  }
}

/** I12: only the edges that the design draws. */
export function I12_legalMoves(before: Run | undefined, after: Run): Finding {
  if (before === undefined || before.status === after.status) return;
  if (!EDGES[before.status].split(" ").includes(after.status)) {
    return `${show(before)} became ${after.status}`;
  }
  if (before.status === "deleting" && after.status === "available" && before.deleteSentAt !== null) {
    return `${show(before)} came back although its DELETE was sent`;
  }
  if (before.job !== after.job || before.providerKey !== after.providerKey) return `${show(before)} moved`;
}

/** I13: available only on the provider's word. */
export function I13_availableOnProof(
  { saidAvailable }: Witness,
  before: Run | undefined,
  after: Run,
): Finding {
  if (after.status !== "available" || before?.status === "available" || before?.status === "deleting") return;
  if (after.id === null || !saidAvailable.has(keyOf(after.providerKey, after.id))) {
    return `${show(after)} is called available, which its provider never said`;
  }
}

/** I15: times are whole numbers, and a start comes before its end while the clock is right. */
export function I15_times(witness: Witness, run: Run): Finding {
  for (const at of [run.createdAt, run.startTime, run.endTime, run.slot, run.deleteSentAt]) {
    if (at !== null && !Number.isInteger(at)) return `${show(run)} has the time ${at}`;
  }
  if (witness.jumpedAt >= (witness.insertedAt.get(run.runId) ?? 0)) return;
  if (run.startTime !== null && run.endTime !== null && run.endTime < run.startTime) {
    return `${show(run)} ends before it starts`;
  }
}

// ---- retention

/** What a change elects for deletion. */
export function intentsOf(change: Change): string[] {
  return change.writes.flatMap((write) =>
    write.write === "runs" && write.set.status === "deleting" ? [...write.runIds] : []
  );
}

function intendedAt(change: Change): number | null | undefined {
  for (const write of change.writes) {
    if (write.write === "runs" && write.set.status === "deleting") return write.set.deleteIntentAt;
  }
}

/** I17 to I23 as an intent is committed: called before the change is carried out in the model. */
export function I17_intents(witness: Witness, change: Change): Finding {
  const going = intentsOf(change);
  if (going.length === 0) return;
  const { model } = witness;
  const state = model.jobs.get(change.job)!;
  const job = witness.jobOf(change.job);
  const policyGuard = change.guards?.find((guard) => guard.guard === "policy");
  if (policyGuard === undefined || job === undefined) {
    return `intents of ${change.job} without a policy guard`;
  }
  if (state.policy !== policyGuard.is) return `intents of ${change.job} by a policy not in force`;
  const space = policyGuard.is.lastIndexOf(" ");
  const parsed = parsePolicy(policyGuard.is.slice(0, space));
  if ("errors" in parsed) return `policy '${policyGuard.is}' cannot be read`;
  const keys = job.providerKeys;
  const available = model.runsOf(change.job).filter((run) =>
    run.status === "available" && keys.includes(run.providerKey)
  );
  const now = intendedAt(change) ?? witness.now();
  const candidates = available.filter((run) => (run.periodTime ?? run.startTime) !== null).map((run) => ({
    runId: run.runId,
    periodTime: (run.periodTime ?? run.startTime)!,
    endTime: run.endTime,
    held: run.holdAt !== null,
    suspect: false,
    ...(sharesData(model, run) ? { keepReason: "shared" } : {}),
  }));
  const election = naiveElection(candidates, parsed.policy, policyGuard.is.slice(space + 1), now);
  for (const runId of going) {
    const run = model.runs.get(runId);
    if (run?.status !== "available") return `${run ? show(run) : runId} is elected, but not available`;
    if (!keys.includes(run.providerKey)) return `${show(run)} was made elsewhere`;
    if (election.keep.has(runId)) return `${show(run)} is elected, but kept by '${policyGuard.is}'`;
    if (election.newest === runId) return `${show(run)} is elected, but the newest`;
  }
  const left = available.length - going.length;
  if (left < Math.max(1, parsed.policy.minKeep)) return `${left} backups of ${change.job} would be left`;
  if (going.length > job.maxDeletesPerPass) return `${going.length} deletions in one pass of ${change.job}`;
  return I22_guards(witness, job, election.victims, candidates, going, now);
}

/** I22: a suspicious set goes only as far as an operator approved it. */
function I22_guards(
  { model }: Witness,
  job: Job,
  victims: string[],
  candidates: { periodTime: number }[],
  going: string[],
  now: number,
): Finding {
  const counted = candidates.filter((one) => one.periodTime <= now + 120_000).length;
  const many = victims.length > 3 && victims.length * 100 > job.guard.maxPercent * counted;
  const latches = [...(model.latches.get(job.name)?.values() ?? [])];
  // What an operator has seen and approved once does not stop later passes.
  const ahead = counted < candidates.length && !model.approvedOnce.has(job.name);
  if (!many && latches.length === 0 && !ahead) return;
  const approval = model.approvals.get(job.name);
  const valid = approval !== undefined && approval.expiresAt > now &&
    latches.every((latch) => latch.latchedAt <= approval.approvedAt);
  if (valid && going.every((runId) => approval.runIds.includes(runId))) return;
  return `${going.length} of ${counted} backups of ${job.name} go without approval, latched: ` +
    `${latches.map((latch) => latch.guard).join(", ") || "nothing"}, elected: ${victims.length}`;
}

/** I23: no deletion is committed while the clock is known not to be right. */
export function I23_trusted(witness: Witness, run: Run): Finding {
  const state = witness.model.jobs.get(run.job)!;
  const [since, sent] = [
    witness.order.get(`distrust ${run.job}`) ?? 0,
    witness.order.get(`sent ${run.runId}`) ?? 0,
  ];
  if (sent > since && state.clockUntrustedUntil !== null && state.clockUntrustedUntil > witness.now()) {
    return `a deletion of ${state.job} while the clock is not trusted until ${
      iso(state.clockUntrustedUntil)
    }`;
  }
}

function sharesData(model: Model, run: Run): boolean {
  if (run.dataId === null) return false;
  for (const other of model.runs.values()) {
    if (
      other.runId !== run.runId && other.dataId === run.dataId && other.status !== "deleted" &&
      other.providerKey === run.providerKey
    ) return true;
  }
  return false;
}

/** I24: grace time, or max_duration, really went by, whatever the wall clock did meanwhile. */
function I24_graceIsOver(witness: Witness, provider: FakeProvider, run: Run): Finding {
  const job = witness.jobOf(run.job);
  const posted = witness.postedAt.get(run.runId);
  if (job === undefined || posted === undefined || posted.life !== witness.lifeNumber) return;
  const limit = run.reason === "max_duration"
    ? job.maxDurationMs
    : run.reason?.startsWith("grace")
    ? job.graceMs
    : 0;
  const age = witness.monotonic() - posted.at;
  if (limit !== null && age < limit - 1_000) {
    return `${show(run)} at ${provider.key} is cancelled after ${age} ms`;
  }
}

/** I16, I17, I19, I23 and I24 as a DELETE is about to be sent. */
export function I16_mayDelete(witness: Witness, provider: FakeProvider, id: string): Finding {
  const { model } = witness;
  const run = [...model.runs.values()].find((one) => one.id === id && one.providerKey === provider.key);
  if (run === undefined) return `DELETE of ${id}, which is bound to no row at ${provider.key}`;
  const said = witness.said.get(keyOf(provider.key, id));
  const fresh = said !== undefined && said.life === witness.lifeNumber;
  if (run.status === "cancelling") {
    if (!fresh || said.info?.state !== "running") {
      return `${show(run)} is cancelled without a fresh word that it is running`;
    }
    return I24_graceIsOver(witness, provider, run);
  }
  if (run.status !== "deleting" || run.deleteSentAt === null || run.deleteIntentAt === null) {
    return `DELETE of ${show(run)} without a committed intent`;
  }
  if (run.deleteReason?.startsWith("by hand")) return;
  const job = witness.jobOf(run.job);
  if (job?.verifyBeforeDelete && (!fresh || said.info?.state !== "available")) {
    return `DELETE of ${show(run)} without a fresh word that it is available`;
  }
  if ((model.latches.get(run.job)?.size ?? 0) > 0) return `DELETE of ${show(run)} past a latched guard`;
  if (run.deleteAttempts <= 1) {
    const left = model.runsOf(run.job).filter((one) => one.status === "available");
    if (left.length === 0) return `DELETE of ${show(run)}, and no available backup is left`;
  }
  return I23_trusted(witness, run);
}

// ---- at the end

/** What is called available really is there; a provider that lost it was made to. */
export function P2_availableIsThere({ model, providers }: Witness): Finding {
  for (const run of model.runs.values()) {
    if (run.status !== "available") continue;
    const effects = effectsOf(providers, run.providerKey, run.id!);
    if (effects.length === 0) return `${show(run)} was never made at its provider`;
    if (effects.every((effect) => effect.deletedAt !== null)) {
      return `${show(run)} is called available, but was deleted`;
    }
  }
}

/** I30: what lies at a provider and is bound to no row is told of in its run's marks. */
export function I30_orphansAreTold({ model, providers, tidiedAway }: Witness): Finding {
  for (const provider of providers.values()) {
    for (const effect of [...provider.living(), ...provider.running()]) {
      if (tidiedAway.has(effect.runId)) continue;
      const run = model.runs.get(effect.runId);
      if (run === undefined) return `backup ${effect.id} of ${provider.key} belongs to no row`;
      const told = run.id === effect.id
        ? run.status !== "deleted" && run.status !== "cancelled"
        : run.maybeDuplicateAt !== null || ["unsettled", "duplicate_id"].includes(run.reason ?? "") ||
          ["sending", "unknown"].includes(run.status);
      if (!told) return `backup ${effect.id} lies at ${provider.key}, and nothing says so: ${show(run)}`;
    }
  }
}

/** I9: nothing hangs once the world is well again. */
export function I9_quiet(witness: Witness): Finding {
  const { model } = witness;
  const now = () => witness.now();
  const isDeclared = (run: Run) =>
    witness.declared.some((job) => job.name === run.job && job.providerKeys.includes(run.providerKey));
  for (const run of model.runs.values()) {
    // What config does not name is left alone, and guards stop what was sent before, too.
    if (!isDeclared(run)) continue;
    if (run.status === "sending" || run.status === "unknown") {
      if (now() - (run.lastAttemptAt ?? run.createdAt) > 3 * MINUTE) return `${show(run)} stays so`;
    }
    if (run.status !== "deleting") continue;
    if ((model.latches.get(run.job)?.size ?? 0) > 0) continue;
    const age = now() - run.deleteIntentAt!;
    if (age > (run.deleteSentAt === null ? 10 * MINUTE : 150 * MINUTE)) return `${show(run)} stays so`;
  }
}

/** More than one where a provider gave an id twice. */
function effectsOf(providers: Witness["providers"], key: string, id: string): Effect[] {
  return providers.get(key)?.effects.filter((effect) => effect.id === id) ?? [];
}

const MINUTE = 60_000;
const DAY = 86_400_000;

/** A row in a few words. */
export function show(run: Run): string {
  const slot = run.slot === null ? run.trigger : iso(run.slot);
  return `${run.job}/${slot}/${run.status}${run.reason ? `(${run.reason})` : ""}/${
    run.id ?? "-"
  }/${run.runId}`;
}

export function iso(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString().replace(".000Z", "Z") : String(ms);
}
