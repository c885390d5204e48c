// Takes one change apart into guards and writes that those of other changes can be merged with: each part is the
// SQL it runs and the rows it feeds to it as JSON.

import { assertMove, isUnfinished } from "../../domain/backup.ts";
import { assert } from "../../domain/errors.ts";
import type { Change, Guard, RunChanges, Write } from "../../ports/store.ts";
import * as sql from "./change_sql.ts";
import { type Cell, cellOf, definedIn, JOB_COLUMNS } from "../schema/columns.ts";
import { insertPart, type Part, tagsParts, updateParts, wordsOf } from "./run_parts.ts";

/** A change, checked and taken apart. */
export interface Parts {
  guards: Part[];
  /** In the order in which they take effect. */
  writes: Part[];
  /**
   * The runs it looks at and changes, when that is all it does and all of them have ended: such changes of one job
   * do not see each other unless they share a run. Undefined for every other change.
   */
  endedRuns: ReadonlySet<string> | undefined;
  /** It concerns every job: all changes before it come before it, and all after it see it. */
  concernsAll: boolean;
}

/** Asserts the change's rules (legal edges above all) and takes it apart. */
export function partsOf(change: Change): Parts {
  const guards = change.guards ?? [];
  const writes: Part[] = [];
  for (const write of change.writes) {
    for (const part of partsOfWrite(write, guards)) appendPart(writes, part);
  }
  return {
    guards: guards.map(partOfGuard),
    writes,
    endedRuns: endedRunsOf(change),
    concernsAll: change.writes.some(({ write }) => write === "freeze" || write === "unfreeze"),
  };
}

function endedRunsOf({ guards = [], writes }: Change): Set<string> | undefined {
  const runIds = new Set<string>();
  for (const guard of guards) {
    if (guard.guard === "revision") return undefined;
    if (guard.guard === "status" && guard.in.some(isUnfinished)) return undefined;
    // The others look at the job, which these changes leave as it is.
    if ("runId" in guard) runIds.add(guard.runId);
  }
  for (const write of writes) {
    if (write.write !== "run" || !runIds.has(write.runId)) return undefined;
    if (write.set.slot !== undefined || write.set.slotUntil !== undefined) return undefined;
    if (write.set.status !== undefined && isUnfinished(write.set.status)) return undefined;
  }
  return runIds;
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

function partOfGuard(guard: Guard): Part {
  const targets = new Set<string>();
  switch (guard.guard) {
    case "status":
      return { sql: sql.GUARD_STATUS, rows: [[guard.runId, wordsOf(guard.in)]], targets };
    case "cursor":
      return { sql: sql.GUARD_CURSOR, rows: [[guard.job, guard.is]], targets };
    case "revision":
      return { sql: sql.GUARD_REVISION, rows: [[guard.job, guard.is]], targets };
    case "deletable":
      return { sql: sql.GUARD_DELETABLE, rows: [[guard.runId]], targets };
    case "policy":
      return { sql: sql.GUARD_POLICY, rows: [[guard.job, guard.is.toWellFormed()]], targets };
    case "trustedClock":
      return { sql: sql.GUARD_TRUSTED_CLOCK, rows: [["clock"]], targets };
    case "soundNewest": {
      const row = [guard.job, JSON.stringify(guard.providerKeys)];
      return { sql: sql.GUARD_SOUND_NEWEST, rows: [row], targets };
    }
    case "unsent":
      return { sql: sql.GUARD_UNSENT, rows: [[guard.runId]], targets };
    case "unlatched":
      return { sql: sql.GUARD_UNLATCHED, rows: [[guard.job]], targets };
    case "unheld":
      return { sql: sql.GUARD_UNHELD, rows: [[guard.runId]], targets };
    case "unfrozen":
      return { sql: sql.GUARD_UNFROZEN, rows: [["freeze"]], targets };
    case "active":
      return { sql: sql.GUARD_ACTIVE, rows: [[guard.job, guard.edition]], targets };
    case "managed":
      return { sql: sql.GUARD_MANAGED, rows: [[guard.runId]], targets };
  }
}

function partsOfWrite(write: Write, guards: readonly Guard[]): Part[] {
  switch (write.write) {
    case "insert":
      return [insertPart(write.run)];
    case "run": {
      assertGuardedMove(write.runId, write.set, guards);
      return updateParts([write.runId], write.set);
    }
    case "runs": {
      if (write.set.status !== undefined) {
        assert(write.from !== undefined, `a new status of many runs says 'from' which statuses they come`);
        assertMove(write.from, write.set.status);
      }
      return updateParts(write.runIds, write.set, write.from);
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
      return [part(sql.RENAME_JOB, [write.job, write.to], write.job)];
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
  }
}

function part(text: string, row: Cell[], target: string): Part {
  return { sql: text, rows: [row], targets: new Set([target]) };
}

function assertGuardedMove(runId: string, set: RunChanges, guards: readonly Guard[]): void {
  if (set.status === undefined) return;
  const statuses = guards.flatMap((guard) => {
    if (guard.guard === "status" && guard.runId === runId) return [guard.in];
    // `deletable` says that the run is `deleting`.
    return guard.guard === "deletable" && guard.runId === runId ? [["deleting"] as const] : [];
  });
  assert(statuses.length > 0, `a new status of run ${runId} has a guard on its present one`);
  // All guards must hold, so the statuses it may come from are those that every guard names.
  assertMove(statuses.reduce((left, right) => left.filter((status) => right.includes(status))), set.status);
}
