// Takes one change apart into conditions and writes that those of other changes can be merged with: each part is the
// SQL it runs and the rows it feeds to it as JSON.

import { assertMove, isUnfinished } from "../../domain/backup.ts";
import { DAY } from "../../domain/duration.ts";
import { assert } from "../../domain/errors.ts";
import type { Verification } from "../../domain/verification/verification.ts";
import type { Condition } from "../../ports/condition.ts";
import type { Change, RunChanges, Write } from "../../ports/store.ts";
import * as sql from "./change_sql.ts";
import { JOIN_JOBS } from "./join_sql.ts";
import { RENAME_IN_GUARDS } from "./rename_sql.ts";
import { FORGET_HOOKS, SAVE_HOOKS } from "../schema/hooks.ts";
import { type Cell, cellOf, definedIn, JOB_COLUMNS } from "../schema/columns.ts";
import {
  PRUNE_VERIFICATIONS,
  SAVE_VERIFICATION,
  SAVE_VERIFY_STATE,
  verificationCells,
  verifyStateCells,
} from "../schema/verifications.ts";
import {
  freshParts,
  freshPartsFor,
  insertPart,
  type Part,
  tagsParts,
  updateParts,
  wordsOf,
} from "./run_parts.ts";

/** As long as the audit trail. */
const VERIFICATIONS_KEPT_MS = 400 * DAY;

/** A change, checked and taken apart. */
export interface Parts {
  conditions: Part[];
  /** In the order in which they take effect. */
  writes: Part[];
  /**
   * The runs it looks at and changes, when that is all it does and all of them have ended: such changes of one job
   * do not see each other unless one looks at a run that the other changes. Undefined for every other change.
   */
  endedRuns: EndedRuns | undefined;
  /** It concerns every job: all changes before it come before it, and all after it see it. */
  concernsAll: boolean;
}

/** Those that are changed are looked at, too. */
interface EndedRuns {
  looked: ReadonlySet<string>;
  changed: ReadonlySet<string>;
}

/** Writes that change more than one job, or the ground under all of them. */
const CONCERN_ALL: ReadonlySet<Write["write"]> = new Set(["freeze", "unfreeze", "renameJob", "joinJobs"]);

/** Asserts the change's rules (legal edges above all) and takes it apart. */
export function partsOf(change: Change): Parts {
  const conditions = change.conditions ?? [];
  const writes: Part[] = [];
  for (const write of change.writes) {
    for (const part of partsOfWrite(write, conditions)) appendPart(writes, part);
  }
  return {
    conditions: conditions.map(partOfCondition),
    writes,
    endedRuns: endedRunsOf(change),
    concernsAll: change.writes.some(({ write }) => CONCERN_ALL.has(write)),
  };
}

function endedRunsOf({ conditions = [], writes }: Change): EndedRuns | undefined {
  const looked = new Set<string>();
  const changed = new Set<string>();
  for (const condition of conditions) {
    if (condition.condition === "revision") return undefined;
    if (condition.condition === "status" && condition.in.some(isUnfinished)) return undefined;
    // The others look at the job, which these changes leave as it is.
    if ("runId" in condition) looked.add(condition.runId);
  }
  for (const write of writes) {
    if (write.write !== "run" || !looked.has(write.runId)) return undefined;
    changed.add(write.runId);
    if (write.set.slot !== undefined || write.set.slotUntil !== undefined) return undefined;
    if (write.set.status !== undefined && isUnfinished(write.set.status)) return undefined;
  }
  return { looked, changed };
}

/** Adds a part after the others, joined to the last where they are alike and change different things. */
function appendPart(parts: Part[], part: Part): void {
  const last = parts.at(-1);
  if (last === undefined || last.sql !== part.sql || overlap(last.targets, part.targets)) {
    parts.push(part);
    return;
  }
  last.rows.push(...part.rows);
  for (const target of part.targets) last.targets.add(target);
}

/** True when the sets share something. */
export function overlap(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  for (const target of right) if (left.has(target)) return true;
  return false;
}

function partOfCondition(condition: Condition): Part {
  const targets = new Set<string>();
  switch (condition.condition) {
    case "status":
      return { sql: sql.CONDITION_STATUS, rows: [[condition.runId, wordsOf(condition.in)]], targets };
    case "cursor":
      return { sql: sql.CONDITION_CURSOR, rows: [[condition.job, condition.is]], targets };
    case "revision":
      return { sql: sql.CONDITION_REVISION, rows: [[condition.job, condition.is]], targets };
    case "deletable":
      return { sql: sql.CONDITION_DELETABLE, rows: [[condition.runId]], targets };
    case "policy":
      return { sql: sql.CONDITION_POLICY, rows: [[condition.job, condition.is.toWellFormed()]], targets };
    case "trustedClock":
      return { sql: sql.CONDITION_TRUSTED_CLOCK, rows: [["clock"]], targets };
    case "datedBy":
      return { sql: sql.CONDITION_DATED_BY, rows: [[JSON.stringify(condition.open)]], targets };
    case "due":
      return { sql: sql.CONDITION_DUE, rows: [[condition.at]], targets };
    case "soundNewest": {
      const row = [condition.job, JSON.stringify(condition.providerKeys)];
      return { sql: sql.CONDITION_SOUND_NEWEST, rows: [row], targets };
    }
    case "good":
      return { sql: sql.CONDITION_GOOD, rows: [[condition.runId]], targets };
    case "unsent":
      return { sql: sql.CONDITION_UNSENT, rows: [[condition.runId]], targets };
    case "unlatched":
      return { sql: sql.CONDITION_UNLATCHED, rows: [[condition.job]], targets };
    case "unlocked":
      return { sql: sql.CONDITION_UNLOCKED, rows: [[condition.runId]], targets };
    case "unheld":
      return { sql: sql.CONDITION_UNHELD, rows: [[condition.runId]], targets };
    case "unfrozen":
      return { sql: sql.CONDITION_UNFROZEN, rows: [["freeze"]], targets };
    case "active":
      return { sql: sql.CONDITION_ACTIVE, rows: [[condition.job, condition.edition]], targets };
    case "managed":
      return { sql: sql.CONDITION_MANAGED, rows: [[condition.runId]], targets };
    case "unshared": {
      const row = [condition.runId, JSON.stringify(condition.providerKeys), condition.dataId];
      return { sql: sql.CONDITION_UNSHARED, rows: [row], targets };
    }
    case "forgettable":
      return { sql: sql.CONDITION_FORGETTABLE, rows: [[condition.job]], targets };
    case "verification": {
      const row = [condition.verificationId, wordsOf(condition.in)];
      return { sql: sql.CONDITION_VERIFICATION, rows: [row], targets };
    }
    case "leftover": {
      const { runId, keepMs } = condition;
      const [keys, dataIds] = [condition.providerKeys, condition.dataIds].map((list) => JSON.stringify(list));
      return { sql: sql.CONDITION_LEFTOVER, rows: [[runId, keys!, dataIds!, keepMs]], targets };
    }
  }
}

function partsOfWrite(write: Write, conditions: readonly Condition[]): Part[] {
  switch (write.write) {
    case "insert":
      return [...freshParts(write.run), insertPart(write.run)];
    case "run": {
      assertMoveIsConditioned(write.runId, write.set, conditions);
      return [...freshPartsFor([write.runId], write.set), ...updateParts([write.runId], write.set)];
    }
    case "runs": {
      if (write.set.status !== undefined) {
        assert(write.from !== undefined, `a new status of many runs says 'from' which statuses they come`);
        assertMove(write.from, write.set.status);
      }
      return [...freshPartsFor(write.runIds, write.set), ...updateParts(write.runIds, write.set, write.from)];
    }
    case "withdraw":
      return write.runIds.length === 0 ? [] : [{
        sql: sql.WITHDRAW,
        rows: write.runIds.map((runId) => [runId]),
        targets: new Set(write.runIds),
      }];
    case "freeze": {
      const { reason, owner, at, until } = write.freeze;
      return [part(sql.FREEZE, [reason.toWellFormed(), owner.toWellFormed(), at, until], "freeze")];
    }
    case "unfreeze":
      return [part(sql.UNFREEZE, [], "freeze")];
    case "manage":
      return [part(sql.MANAGE, [write.job, JSON.stringify(write.providerKeys)], write.job)];
    case "tags":
      return tagsParts(write);
    case "addJob": {
      const { revision: _revision, availableCount: _count, ...state } = write.state;
      const columns = JOB_COLUMNS.filter(({ field }) => field in state);
      const row = columns.map((column) => cellOf(column, write.state[column.field]));
      return [part(sql.addJob(columns), row, write.state.job)];
    }
    case "job": {
      const columns = JOB_COLUMNS.filter(({ field }) => field in write.set && definedIn(write.set, field));
      if (columns.length === 0) return [];
      const cells = columns.map((column) =>
        cellOf(column, (write.set as Record<string, unknown>)[column.field])
      );
      return [part(sql.updateJob(columns), [write.job, ...cells], write.job)];
    }
    case "undecide":
      return [part(sql.UNDECIDE, [write.job, Math.floor(write.after / 1000) * 1000], write.job)];
    case "renameJob":
      return [sql.RENAME_JOB, RENAME_IN_GUARDS].map((text) => part(text, [write.job, write.to], write.job));
    case "joinJobs":
      return [...JOIN_JOBS, RENAME_IN_GUARDS].map((text) => part(text, [write.job, write.to], write.job));
    case "latch": {
      const { job, guard, latchedAt, message } = write.guard;
      return [part(sql.LATCH, [job, guard, latchedAt, message.toWellFormed()], `${job} ${guard}`)];
    }
    case "unlatch":
      return write.guards === "all"
        ? [part(sql.UNLATCH_ALL, [write.job], write.job)]
        : write.guards.map((guard) => part(sql.UNLATCH, [write.job, guard], `${write.job} ${guard}`));
    case "approval": {
      const { job, digest, runIds, approvedAt, approvedBy, expiresAt } = write.approval;
      const row = [job, digest, JSON.stringify(runIds), approvedAt, approvedBy.toWellFormed(), expiresAt];
      return [part(sql.APPROVAL, row, job), part(sql.APPROVED_AT, [job, approvedAt], job)];
    }
    case "dropApproval":
      return [part(sql.DROP_APPROVAL, [write.job], write.job)];
    case "verification":
      return verificationParts(write.verification);
    case "verifyState":
      return [part(SAVE_VERIFY_STATE, verifyStateCells(write.state), write.state.job)];
    case "hooks": {
      if (write.ledger === null) return [part(FORGET_HOOKS, [], "hooks")];
      const { seen, running, ended } = write.ledger;
      return [part(SAVE_HOOKS, [seen, JSON.stringify(running), JSON.stringify(ended)], "hooks")];
    }
  }
}

function verificationParts(verification: Verification): Part[] {
  const { job, verificationId, createdAt } = verification;
  return [
    part(SAVE_VERIFICATION, verificationCells(verification), verificationId),
    part(PRUNE_VERIFICATIONS, [job, createdAt - VERIFICATIONS_KEPT_MS], verificationId),
  ];
}

function part(text: string, row: Cell[], target: string): Part {
  return { sql: text, rows: [row], targets: new Set([target]) };
}

function assertMoveIsConditioned(runId: string, set: RunChanges, conditions: readonly Condition[]): void {
  if (set.status === undefined) return;
  const statuses = conditions.flatMap((condition) => {
    if (condition.condition === "status" && condition.runId === runId) return [condition.in];
    // `deletable` says that the run is `deleting`.
    return condition.condition === "deletable" && condition.runId === runId ? [["deleting"] as const] : [];
  });
  assert(statuses.length > 0, `a new status of run ${runId} has a condition on its present one`);
  // All conditions must hold, so the statuses it may come from are those that every one names.
  assertMove(statuses.reduce((left, right) => left.filter((status) => right.includes(status))), set.status);
}
