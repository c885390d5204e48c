// Turns writes of runs into statements and the rows they are fed.

import type { Run } from "../../domain/backup.ts";
import { assert } from "../../domain/errors.ts";
import type { RunChanges, Write } from "../../ports/store.ts";
import * as sql from "./change_sql.ts";
import {
  bitsOf,
  type Cell,
  cellOf,
  type Column,
  definedIn,
  reasonsCell,
  RUN_COLUMNS,
} from "../schema/columns.ts";
import { ID_IS_FRESH, ID_IS_FRESH_FOR } from "../schema/old_runs.ts";

/** Rows for one statement. Parts of equal `sql` are merged by joining their rows. */
export interface Part {
  sql: string;
  rows: Cell[][];
  /** What the rows change; two rows that change one thing are never merged, for order matters then. */
  targets: Set<string>;
}

/** Inserts one row. */
export function insertPart(run: Run): Part {
  const columns: Column<keyof Run>[] = [];
  const row: Cell[] = [];
  for (const column of RUN_COLUMNS) {
    const cell = cellOf(column, run[column.field]);
    // What is absent is left to the column's default, so that young rows are short.
    if (
      cell === null || cell === 0 && HAS_DEFAULT_0.has(column.field) ||
      cell === 1 && column.field === "attempt" ||
      column.kind === "reasons" && cell === "[]"
    ) {
      continue;
    }
    columns.push(column);
    row.push(cell);
  }
  return {
    sql: run.slotUntil === null
      ? textFor("insert", columns, () => sql.insertRuns(columns))
      : textFor("range", columns, () => sql.insertRange(columns)),
    rows: [row],
    // A range row must be seen by the rows after it: ranges of one job are never inserted side by side.
    targets: new Set(run.slotUntil === null ? [run.runId] : [run.runId, run.job]),
  };
}

/** Asks that no old run has the id of this one. */
export function freshParts({ id, providerKey, runId }: Run): Part[] {
  return id === null
    ? []
    : [{ sql: ID_IS_FRESH, rows: [[id.toWellFormed(), providerKey]], targets: new Set([runId]) }];
}

/** The same of an id that rows are to have. */
export function freshPartsFor(runIds: readonly string[], { id }: RunChanges): Part[] {
  if (id === null || id === undefined) return [];
  const rows = runIds.map((runId) => [id.toWellFormed(), runId]);
  return [{ sql: ID_IS_FRESH_FOR, rows, targets: new Set(runIds) }];
}

/** Statements by their kind and columns: there are a few dozen, and making the text anew costs more than the rest. */
const texts = new Map<string, string>();

function textFor(kind: string, columns: readonly Column<string>[], make: () => string): string {
  let key = kind;
  for (const { column } of columns) key += ` ${column}`;
  let text = texts.get(key);
  if (text === undefined) texts.set(key, text = make());
  return text;
}

const HAS_DEFAULT_0: ReadonlySet<keyof Run> = new Set(
  ["attempts", "uncertainAttempts", "gatewayAttempts", "tags", "deleteAttempts"] as const,
);

/** Sets the same fields of many rows; with `from` only of those in these statuses. */
export function updateParts(runIds: readonly string[], set: RunChanges, from?: readonly string[]): Part[] {
  assert(!["runId", "job", "trigger"].some((field) => field in set), `a run keeps what it is`);
  const columns = RUN_COLUMNS.filter(({ field }) => definedIn(set, field));
  if (columns.length === 0 || runIds.length === 0) return [];
  const cells = columns.map((column) => cellOf(column, (set as Record<string, unknown>)[column.field]));
  const words = from === undefined ? [] : [wordsOf(from)];
  return [{
    sql: textFor(
      from === undefined ? "update" : "move",
      columns,
      () => sql.updateRuns(columns, from !== undefined),
    ),
    rows: runIds.map((runId) => [runId, ...cells, ...words]),
    targets: new Set(runIds),
  }];
}

/** Sets tags and reasons, of rows of the job only, and the job's heads. */
export function tagsParts({ job, rows, heads }: Write & { write: "tags" }): Part[] {
  const parts: Part[] = [{ sql: sql.HEADS, rows: [[job, JSON.stringify(heads)]], targets: new Set([job]) }];
  if (rows.length === 0) return parts;
  parts.push({
    sql: sql.TAGS,
    rows: rows.map((
      { runId, tags, reasons, fingerprint },
    ) => [runId, job, bitsOf(tags), reasonsCell(reasons), fingerprint]),
    targets: new Set(rows.map(({ runId }) => runId)),
  });
  return parts;
}

/** `,a,b,`: a list of words that SQL searches with `instr`. */
export function wordsOf(words: readonly string[]): string {
  return `,${words.join(",")},`;
}
