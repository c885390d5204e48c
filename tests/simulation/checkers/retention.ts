// I17 to I22 and I25: what a pass of retention may commit, judged by a second, plain election over the same rows.

import type { Run } from "../../../src/domain/backup.ts";
import type { Job } from "../../../src/domain/job.ts";
import { parsePolicy, type Policy } from "../../../src/domain/policy.ts";
import type { Change } from "../../../src/ports/store.ts";
import { type NaiveElection, naiveElection } from "../../support/naive_retention.ts";
import { type Model, placeOf } from "../model.ts";
import { DAY, type Finding, HOUR, iso, show, type Witness } from "./witness.ts";

/** What a change elects for deletion. */
export function intentsOf(change: Change): string[] {
  return change.writes.flatMap((write) =>
    write.write === "runs" && write.set.status === "deleting" ? [...write.runIds] : []
  );
}

/** What the rows of a job, as they are now, come to by the plain election. */
interface Look {
  policy: Policy;
  /** Rows that take part, and what the plain election says of them. */
  available: readonly Run[];
  election: NaiveElection;
  /** By run id, until when a policy before an edit keeps it. */
  former: ReadonlyMap<string, number>;
  /** How many go because an operator rejected them. */
  rejected: number;
}

/** A pass as one must see it who reads the rows at the instant of its commit. */
export interface Pass extends Look {
  job: Job;
  timezone: string;
  policyText: string;
  now: number;
  /** Run ids it deletes. */
  going: readonly string[];
}

/** When a backup is to be taken for made; those without any time take no part. */
export function timeOf(run: Run): number | null {
  return run.periodTime ?? run.startTime;
}

/** The pass that a change commits; undefined when it commits none; a sentence when it cannot be one. */
export function passOf(witness: Witness, change: Change): Pass | Finding {
  const going = intentsOf(change);
  const hasTags = change.writes.some(({ write }) => write === "tags");
  if (going.length === 0 && !hasTags) return undefined;
  const job = witness.jobOf(change.job);
  const state = witness.model.jobs.get(change.job)!;
  const asked = change.conditions?.find((one) => one.condition === "policy");
  if (asked === undefined || job === undefined) return `a pass of ${change.job} does not ask for its policy`;
  if (state.policy !== asked.is) return `a pass of ${change.job} goes by a policy that is not in force`;
  // The clock may jump while the commit is under way.
  const now = intendedAt(change) ??
    change.events?.find(({ type }) => type === "retention.pass")?.at ?? witness.now();
  const { timezone } = read(asked.is);
  return { ...lookAt(witness.model, job, asked.is, now), job, timezone, policyText: asked.is, now, going };
}

/** Its storage refuses to delete it, as far as it said: until a date, or for a day after it said so without one. */
export function isLockedRow({ lockedAt, lockedUntil }: Run, now: number): boolean {
  if (lockedAt === null) return false;
  return lockedUntil !== null ? lockedUntil > now : lockedAt <= now + 3 * HOUR && now - lockedAt < DAY;
}

function lookAt(model: Model, job: Job, policyText: string, now: number): Look {
  const { policy, timezone } = read(policyText);
  const available = model.runsOf(job.name).filter((run) =>
    run.status === "available" && job.providerKeys.includes(run.providerKey) && run.rejectedAt === null
  );
  const candidates = available.filter((run) => (run.periodTime ?? run.startTime) !== null).map((run) => ({
    runId: run.runId,
    periodTime: (run.periodTime ?? run.startTime)!,
    endTime: run.endTime,
    held: isHeld(run, now),
    suspect: isSuspect(run),
    proved: run.verification === "passed",
    ...(isLockedRow(run, now)
      ? { keepReason: { kind: "locked", until: run.lockedUntil, again: null } as const }
      : {}),
    ...(sharesData(model, run) ? { keepReason: { kind: "shared_data", with: "another" } as const } : {}),
  }));
  const former = new Map<string, number>();
  for (const { text, until } of formerPolicies(model, job, now)) {
    const before = read(text);
    for (const runId of naiveElection(candidates, before.policy, before.timezone, now).keep) {
      former.set(runId, Math.max(until, former.get(runId) ?? 0));
    }
  }
  const kept = candidates.map((one) =>
    former.has(one.runId)
      ? { ...one, keepReason: { kind: "former_policy", until: former.get(one.runId)! } as const }
      : one
  );
  const election = naiveElection(kept, policy, timezone, now);
  const rejected = election.newest === null
    ? 0
    : model.runsOf(job.name).filter((run) =>
      run.status === "available" && job.providerKeys.includes(run.providerKey) && run.rejectedAt !== null &&
      !isHeld(run, now) && !sharesData(model, run) && !isLockedRow(run, now)
    ).length;
  return { policy, available, election, former, rejected };
}

/** I17: what goes is available, was made where the job now is, is not held, not suspect, and not kept. */
export function I17_victimsAreNotKept({ model }: Witness, pass: Pass): Finding {
  for (const runId of pass.going) {
    const run = model.runs.get(runId);
    if (run?.status !== "available") return `${run ? show(run) : runId} is elected, but not available`;
    // An edit that could not be saved yet is not in force: until then the former one decides.
    const isElsewhere = !pass.job.providerKeys.includes(run.providerKey) &&
      model.managed.get(placeOf(run)) === false;
    if (isElsewhere) return `${show(run)} was made elsewhere`;
    if (isHeld(run, pass.now)) return `${show(run)} is held`;
    if (isLockedRow(run, pass.now)) return `${show(run)} is locked`;
    if (isSuspect(run)) return `${show(run)} is suspect, and nobody has looked at it`;
    if (run.rejectedAt === null && pass.election.keep.has(runId) && !pass.former.has(runId)) {
      return `${show(run)} is elected, but kept by '${pass.policyText}'`;
    }
  }
}

/** I18: only what is available stands for a period. */
export function I18_onlyAvailableCount({ model }: Witness, change: Change): Finding {
  for (const write of change.writes) {
    if (write.write !== "tags") continue;
    for (const { runId, tags } of write.rows) {
      const run = model.runs.get(runId);
      if (tags.length === 0) continue;
      if (run?.status !== "available" || isSuspect(run)) {
        return `${run ? show(run) : runId} is not available, but stands for ${tags.join(", ")}`;
      }
    }
  }
}

/** I19: the newest stays, and enough of them. */
export function I19_enoughStay({ model }: Witness, pass: Pass): Finding {
  if (pass.going.length === 0) return;
  const newest = pass.election.newest;
  if (newest !== null && pass.going.includes(newest)) {
    return `${show(model.runs.get(newest)!)} is elected, but the newest`;
  }
  const counted = pass.available.filter((run) => !isSuspect(run));
  const left = counted.filter((run) => !pass.going.includes(run.runId)).length;
  const least = Math.max(1, pass.policy.minKeep);
  // What was rejected counts for nothing, so that its going leaves no less.
  if (left < least && left < counted.length) {
    return `${left} backups of ${pass.job.name} would be left: at least ${least}`;
  }
}

/** I20: passes come to rest; `left` is how many each of them still would remove. */
export function I20_comesToRest(job: string, left: readonly number[]): Finding {
  let stuck = 0;
  for (let at = 1; at < left.length; at++) stuck = left[at]! < left[at - 1]! ? 0 : stuck + 1;
  if (stuck >= 4) return `retention of ${job} does not come to rest: it would remove ${left.join(", ")}`;
}

/** I20: once passes have come to rest, nothing is left that the policy lets go. */
export function I20_nothingIsLeft(witness: Witness, job: Job): Finding {
  const { model } = witness;
  const { election } = lookAt(model, job, model.jobs.get(job.name)!.policy, witness.now());
  if (election.victims.length === 0) return;
  const left = election.victims.map((runId) => show(model.runs.get(runId)!)).join(", ");
  return `retention of ${job.name} is at rest, but its policy does not keep ${left}`;
}

/** I21: the tags after a pass are those of one look at all rows as they were at its commit. */
export function I21_tagsOfOneLook({ model }: Witness, pass: Pass, change: Change): Finding {
  const written = new Map(
    change.writes.flatMap((write) =>
      write.write === "tags" ? write.rows.map(({ runId, tags }) => [runId, tags]) : []
    ),
  );
  const isManaged = (runId: string) => model.managed.get(placeOf(model.runs.get(runId)!)) !== false;
  // Begun before its job moved to another provider: the pass after it sees to what is there.
  if (![...written.keys()].every(isManaged)) return;
  for (const run of pass.available) {
    const tags = [...written.get(run.runId) ?? run.tags].sort();
    const expected = [...pass.election.tags.get(run.runId) ?? []].sort();
    if (tags.join() !== expected.join()) {
      return `a pass leaves ${show(run)} with the tags [${tags}], all rows together say [${expected}]`;
    }
  }
}

/** I22: no more deletions in one pass than its pace. */
export function I22_pace(_: Witness, pass: Pass): Finding {
  if (pass.going.length > pass.job.maxDeletesPerPass) {
    return `${pass.going.length} deletions in one pass of ${pass.job.name}: at most ${pass.job.maxDeletesPerPass}`;
  }
}

/** I22: a suspicious set goes only as far as an operator approved it. */
export function I22_guards({ model }: Witness, pass: Pass): Finding {
  const { job, now, going } = pass;
  if (going.length === 0) return;
  const dated = pass.available.filter((run) => (run.periodTime ?? run.startTime) !== null);
  const counted = dated.filter((run) =>
    (run.periodTime ?? run.startTime)! <= now + 120_000 && !isSuspect(run)
  );
  const victims = pass.election.victims.length + pass.rejected;
  const many = victims > 3 && victims * 100 > job.guard.maxPercent * (counted.length + pass.rejected);
  const latches = [...(model.latches.get(job.name)?.values() ?? [])];
  // What an operator has seen and approved once does not stop later passes.
  const ahead = dated.some((run) => (run.periodTime ?? run.startTime)! > now + 120_000) &&
    !model.approvedOnce.has(job.name);
  const foreign = dated.some((run) => run.trigger === "import" && run.acceptedAt === null && !isSuspect(run));
  if (!many && latches.length === 0 && !ahead && !foreign) return;
  const approval = model.approvals.get(job.name);
  const valid = approval !== undefined && approval.expiresAt > now &&
    latches.every((latch) => latch.latchedAt <= approval.approvedAt);
  if (valid && going.every((runId) => approval.runIds.includes(runId))) return;
  return `${going.length} of ${counted.length} backups of ${job.name} go without approval, latched: ` +
    `${latches.map((latch) => latch.guard).join(", ") || "nothing"}, elected: ${victims}`;
}

/** I25: for a while after an edit, what the policy before it kept stays. */
export function I25_formerPolicyHolds({ model }: Witness, pass: Pass): Finding {
  for (const runId of pass.going) {
    const until = pass.former.get(runId);
    if (until === undefined) continue;
    return `${show(model.runs.get(runId)!)} is elected, but a policy before an edit keeps it until ${
      iso(until)
    }`;
  }
}

/** True while nothing may delete it. */
export function isHeld(run: Run, now: number): boolean {
  return run.holdAt !== null && (run.holdUntil === null || run.holdUntil > now);
}

/** True while it counts for nothing because it is implausibly small, and nobody has said otherwise. */
export function isSuspect(run: Run): boolean {
  const accepted = run.acceptedAt !== null && run.acceptedAt >= run.suspectAt!;
  return run.suspectAt !== null && run.rejectedAt === null && !accepted;
}

/** Policies before edits that still protect, each with its last instant. */
function formerPolicies(model: Model, job: Job, now: number): { text: string; until: number }[] {
  // By their time, as it is stored: of an edit under a clock that was set back nobody knows when it was.
  const versions = (model.policies.get(job.name) ?? []).toSorted((one, other) => one.since - other.since);
  return versions.slice(0, -1).flatMap(({ text }, at) => {
    const until = versions[at + 1]!.since + job.guard.policyChangeHoldMs;
    return until > now && job.guard.policyChangeHoldMs > 0 ? [{ text, until }] : [];
  });
}

function read(text: string): { policy: Policy; timezone: string } {
  const space = text.lastIndexOf(" ");
  const parsed = parsePolicy(text.slice(0, space));
  if ("errors" in parsed) throw new Error(`policy '${text}' cannot be read`);
  return { policy: parsed.policy, timezone: text.slice(space + 1) };
}

function intendedAt(change: Change): number | null | undefined {
  for (const write of change.writes) {
    if (write.write === "runs" && write.set.status === "deleting") return write.set.deleteIntentAt;
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
