// A second, plain copy of what the store must contain: every acknowledged change carried out in JavaScript.

import type { Run } from "../../src/domain/backup.ts";
import type { Freeze } from "../../src/domain/freeze.ts";
import type { Approval, Change, JobState, LatchedGuard, RunStore, Write } from "../../src/ports/store.ts";

/** Told of each change of a row or a job as it is carried out. */
export interface ModelWatch {
  runChanged(before: Run | undefined, after: Run, change: Change): void;
  jobChanged(before: JobState | undefined, after: JobState, change: Change): void;
}

/** Names a job at a provider. */
export function placeOf({ job, providerKey }: { job: string; providerKey: string }): string {
  return `${job}\n${providerKey}`;
}

/** All rows as they must be. */
export class Model {
  readonly jobs = new Map<string, JobState>();
  readonly runs = new Map<string, Run>();
  readonly latches = new Map<string, Map<string, LatchedGuard>>();
  readonly approvals = new Map<string, Approval>();
  /** By job: rows that decide slots, in the order of their insertion. */
  readonly decisions = new Map<string, Run[]>();

  /** By job, the policies that were ever in force, oldest first. Since when is by the wall clock. */
  readonly policies = new Map<string, { text: string; since: number }[]>();
  /** By job, its cursor before the change that is being carried out. */
  cursors = new Map<string, number>();
  /** The stop of all deletions, ended or not. */
  freeze: Freeze | null = null;
  /** By `placeOf`, whether the backups there are their job's to delete. */
  readonly managed = new Map<string, boolean>();
  readonly approvedOnce = new Set<string>();
  /** By run, how the last verification that found something out ended, whatever its row was made of that. */
  readonly proofs = new Map<string, "passed" | "failed">();
  /** Jobs whose cursor was ever set back. */
  readonly wentBack = new Set<string>();

  constructor(private readonly watch: ModelWatch) {}

  runsOf(job: string): Run[] {
    return [...this.runs.values()].filter((run) => run.job === job);
  }

  /** Carries out a change that the store has acknowledged. */
  apply(change: Change): void {
    // A change is one: what it says of its job is looked at with all its rows in place.
    const before = new Map(this.jobs);
    this.cursors = new Map([...before.values()].map(({ job, cursor }) => [job, cursor]));
    for (const write of change.writes) this.#write(write, change);
    for (const after of this.jobs.values()) {
      const was = before.get(after.job);
      if (was !== after) this.watch.jobChanged(was, after, change);
    }
  }

  /** True where the change, had it been made, would show: what tells whether one of unknown fate was committed. */
  decidesSlot(job: string, slot: number): Run | undefined {
    for (const id of this.decisions.get(job) ?? []) {
      const run = this.runs.get(id.runId)!;
      if (slot >= run.slot! && slot <= (run.slotUntil ?? run.slot!)) return run;
    }
    return undefined;
  }

  /** Takes the rows of the store as they are: after housekeeping that this model does not play. */
  replaceRuns(rows: readonly Run[]): void {
    this.runs.clear();
    this.decisions.clear();
    for (const row of rows) {
      this.runs.set(row.runId, row);
      if (row.slot !== null && row.attempt === 1) this.#decide(row);
    }
  }

  /** Takes all that the store holds: after someone put an older copy in its place. */
  async replaceAll(store: RunStore, rows: readonly Run[]): Promise<void> {
    this.replaceRuns(rows);
    for (const map of [this.jobs, this.latches, this.approvals, this.policies, this.managed]) map.clear();
    this.proofs.clear();
    for (const { runId, verification } of rows) {
      if (verification !== null) this.proofs.set(runId, verification);
    }
    this.freeze = await store.freeze();
    for (const state of await store.jobs()) {
      this.jobs.set(state.job, state);
      const approval = await store.approval(state.job);
      if (approval !== undefined) this.approvals.set(state.job, approval);
      const versions = await store.policyVersions(state.job, Number.MIN_SAFE_INTEGER);
      this.policies.set(state.job, versions.map(({ policy, since }) => ({ text: policy, since })));
    }
    for (const place of await store.providerBackups()) this.managed.set(placeOf(place), place.managed);
    for (const latch of await store.latched()) {
      const latches = this.latches.get(latch.job) ?? new Map<string, LatchedGuard>();
      this.latches.set(latch.job, latches.set(latch.guard, latch));
    }
  }

  #decide(run: Run): void {
    const list = this.decisions.get(run.job) ?? [];
    list.push(run);
    this.decisions.set(run.job, list);
  }

  #write(write: Write, change: Change): void {
    switch (write.write) {
      case "insert":
        return this.#insert(write.run, change);
      case "run":
        return this.#set(write.runId, write.set, change);
      case "runs":
        for (const runId of write.runIds) {
          if (write.from === undefined || write.from.includes(this.runs.get(runId)!.status)) {
            this.#set(runId, write.set, change);
          }
        }
        return;
      case "withdraw":
        for (const runId of write.runIds) {
          const run = this.runs.get(runId)!;
          if (run.status !== "deleting" || run.deleteSentAt !== null) continue;
          this.#set(runId, { status: "available", deleteIntentAt: null, deleteReason: null }, change);
        }
        return;
      case "verification": {
        const { state, runId } = write.verification;
        if (state === "passed" || state === "failed") this.proofs.set(runId, state);
        return;
      }
      case "freeze":
        this.freeze = write.freeze;
        return;
      case "unfreeze":
        this.freeze = null;
        return;
      case "manage":
        for (const place of this.managed.keys()) {
          const [job, providerKey] = place.split("\n");
          if (job === write.job) this.managed.set(place, write.providerKeys.includes(providerKey!));
        }
        return;
      case "tags":
        // Reasons are words for people, and change with every newer backup.
        for (const { runId, tags } of write.rows) {
          if (this.runs.get(runId)?.job === write.job) this.#set(runId, { tags }, change);
        }
        return;
      case "addJob":
        if (this.jobs.has(write.state.job)) return;
        this.jobs.set(write.state.job, { ...write.state });
        this.policies.set(write.state.job, [{ text: write.state.policy, since: write.state.policySince }]);
        return;
      case "job": {
        const before = this.jobs.get(write.job);
        if (before === undefined) return;
        const after = { ...before, ...write.set };
        this.jobs.set(write.job, after);
        if (after.policy !== before.policy) {
          this.policies.get(write.job)!.push({ text: after.policy, since: after.policySince });
        }
        if (after.cursor < before.cursor) this.wentBack.add(write.job);
        return;
      }
      case "latch": {
        const latches = this.latches.get(write.guard.job) ?? new Map<string, LatchedGuard>();
        const before = latches.get(write.guard.guard);
        const latchedAt = Math.max(before?.latchedAt ?? 0, write.guard.latchedAt);
        latches.set(write.guard.guard, { ...write.guard, latchedAt });
        this.latches.set(write.guard.job, latches);
        return;
      }
      case "unlatch":
        if (write.guards === "all") this.latches.delete(write.job);
        else for (const guard of write.guards) this.latches.get(write.job)?.delete(guard);
        return;
      case "approval":
        this.approvals.set(write.approval.job, write.approval);
        this.approvedOnce.add(write.approval.job);
        return;
      case "dropApproval":
        this.approvals.delete(write.job);
        return;
      case "undecide": {
        const until = Math.floor(write.after / 1000) * 1000;
        // What the same change decides after it may lie before what was decided until now.
        this.cursors.set(write.job, Math.min(this.cursors.get(write.job) ?? until, until));
        for (const run of this.runsOf(write.job)) {
          if (run.slot === null || (run.slotUntil ?? run.slot) <= until) continue;
          if (run.status !== "skipped" && run.status !== "expired") continue;
          const cut = run.slot! <= until
            ? { slotUntil: until, slots: null }
            : { slot: null, slotUntil: null, slots: 0, periodTime: null };
          this.runs.set(run.runId, { ...run, ...cut });
        }
        const kept = (this.decisions.get(write.job) ?? []).filter(({ runId }) =>
          this.runs.get(runId)!.slot !== null
        );
        this.decisions.set(write.job, kept);
        return;
      }
      case "renameJob":
      case "joinJobs":
        throw new Error("no scenario renames a job");
    }
  }

  #insert(run: Run, change: Change): void {
    if (this.runs.has(run.runId)) return;
    let inserted: Run = { ...run };
    if (run.attempt > 1) {
      const others = this.runsOf(run.job).filter(({ slot }) => slot !== null && slot === run.slot);
      if (others.some(({ attempt }) => attempt === run.attempt)) return;
    } else if (run.slot !== null && run.slotUntil === null) {
      if (this.decidesSlot(run.job, run.slot) !== undefined) return;
    } else if (run.slot !== null) {
      let slot: number = run.slot;
      for (let in_ = this.decidesSlot(run.job, slot); in_ !== undefined && slot <= run.slotUntil!;) {
        slot = (in_.slotUntil ?? in_.slot!) + 1000;
        in_ = this.decidesSlot(run.job, slot);
      }
      if (slot > run.slotUntil!) return;
      inserted = { ...inserted, slot, slots: slot === run.slot ? run.slots : null };
    }
    this.runs.set(run.runId, inserted);
    if (inserted.slot !== null && inserted.attempt === 1) this.#decide(inserted);
    this.#place(inserted);
    this.watch.runChanged(undefined, inserted, change);
  }

  #set(runId: string, set: Partial<Run>, change: Change): void {
    const before = this.runs.get(runId);
    if (before === undefined) return;
    const after = { ...before, ...set };
    this.runs.set(runId, after);
    // What ran in doubt gets its slot afterwards.
    if (before.slot === null && after.slot !== null) this.#decide(after);
    this.#place(after);
    this.watch.runChanged(before, after, change);
  }

  /** A place is known from its first available backup on. */
  #place(run: Run): void {
    if (run.status !== "available" || this.managed.has(placeOf(run))) return;
    this.managed.set(placeOf(run), this.jobs.get(run.job)!.unmanagedSince === null);
  }
}
