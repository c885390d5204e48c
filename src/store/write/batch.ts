// Joins many changes into the statements of one batch: conditions of a round first, then its writes. Their events come
// last.

import type { Reading } from "../../ports/clock_watch.ts";
import type { EngineEvent } from "../../ports/events.ts";
import { overlap, type Parts } from "./change_parts.ts";
import { TIMED, timesOf } from "./change_sql.ts";
import type { Cell } from "../schema/columns.ts";
import type { Statement } from "../database/database.ts";
import type { Part } from "./run_parts.ts";

/** A change ready to be joined with others. */
export interface PreparedChange {
  job: string;
  parts: Parts;
  events: readonly EngineEvent[];
}

/**
 * The statements that carry out the changes in their order, as of `reading`; `saveEvents` makes those of the events.
 * Changes that do not see each other share statements;
 * one that follows another of its job comes in a later round, so that its conditions see what that one wrote. One that
 * concerns all jobs has a round of its own, after those of all before it and before those of all after it.
 */
export function statementsOf(
  changes: readonly PreparedChange[],
  reading: Reading,
  saveEvents: (events: readonly EngineEvent[]) => Statement[],
): Statement[] {
  const times = timesOf(reading);
  const statements: Statement[] = [];
  for (const round of roundsOf(changes)) {
    for (const condition of merge(round.flatMap(({ parts }) => parts.conditions))) {
      statements.push(
        TIMED.has(condition.sql) ? { ...condition, args: [...condition.args, times] } : condition,
      );
    }
    for (let step = 0; round.some(({ parts }) => step < parts.writes.length); step++) {
      statements.push(...merge(round.flatMap(({ parts }) => parts.writes[step] ?? [])));
    }
  }
  const events = changes.flatMap((change) => change.events);
  return [...statements, ...saveEvents(events)];
}

function roundsOf(changes: readonly PreparedChange[]): PreparedChange[][] {
  const rounds: PreparedChange[][] = [];
  const lastOfJob = new Map<string, { round: number; changed: Set<string> | undefined }>();
  let first = 0;
  for (const change of changes) {
    const { endedRuns } = change.parts;
    if (change.parts.concernsAll) {
      rounds.push([change]);
      first = rounds.length;
      lastOfJob.clear();
      continue;
    }
    const last = lastOfJob.get(change.job);
    // All conditions of a round come before its writes: it must not look at what one before it changes.
    if (last?.changed !== undefined && endedRuns !== undefined && !overlap(last.changed, endedRuns.looked)) {
      for (const runId of endedRuns.changed) last.changed.add(runId);
      rounds[last.round]!.push(change);
      continue;
    }
    const round = last === undefined ? first : last.round + 1;
    lastOfJob.set(change.job, { round, changed: endedRuns && new Set(endedRuns.changed) });
    (rounds[round] ??= []).push(change);
  }
  return rounds;
}

function merge(parts: readonly Part[]): Statement[] {
  const rowsBySql = new Map<string, Cell[][]>();
  for (const { sql, rows } of parts) {
    const known = rowsBySql.get(sql);
    if (known === undefined) rowsBySql.set(sql, rows.slice());
    else for (const row of rows) known.push(row);
  }
  return Array.from(rowsBySql, ([sql, rows]) => statement(sql, rows));
}

function statement(sql: string, rows: Cell[][]): Statement {
  return { sql, args: [JSON.stringify(rows)] };
}
