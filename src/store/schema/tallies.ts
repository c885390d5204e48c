// How many rows each job has in each status, how large they are and which levels they stand for: counted by the store
// itself with every row that comes, changes or goes, so that nobody walks over a million rows to show a number.

import { LEVELS } from "../../domain/policy.ts";

/** A size that a provider claims counts up to this: a petabyte. Whatever it claims, sums stay sums. */
const MOST_MB = "1e9";

const LEVEL_COLUMNS = LEVELS.map((level) => `of_${level}`);
const COLUMNS = ["rows", "bytes", ...LEVEL_COLUMNS];

/** Whole bytes: what was added is taken away again exactly. */
const bytesOf = (row: string) => `round(min(max(coalesce(${row}size_mb, 0), 0), ${MOST_MB}) * 1e6)`;
const levelOf = (row: string, at: number) => `((${row}tags >> ${at}) & 1)`;
const valuesOf = (row: string) => ["1", bytesOf(row), ...LEVELS.map((_, at) => levelOf(row, at))];

const added = (row: string) =>
  `INSERT INTO tallies VALUES (${row}.job, ${row}.status, ${valuesOf(`${row}.`).join(", ")})
    ON CONFLICT DO UPDATE SET ${
    COLUMNS.map((column) => `${column} = ${column} + excluded.${column}`).join(", ")
  }`;

/** SQL that takes a row off its tally. */
export const removedTally = (row: string): string =>
  `UPDATE tallies SET ${
    COLUMNS.map((column, at) => `${column} = ${column} - ${valuesOf(`${row}.`)[at]}`).join(", ")
  } WHERE job = ${row}.job AND status = ${row}.status`;

const changed = COLUMNS.slice(1).map((column, at) =>
  `${column} = ${column} + ${valuesOf("new.")[at + 1]} - ${valuesOf("old.")[at + 1]}`
).join(", ");

/**
 * The migration that counts what there is, and goes on counting. A row that goes to another job takes its count along
 * by `joinTallies`. Released: never changed.
 */
export const TALLIES_MIGRATION: readonly string[] = [
  `CREATE TABLE tallies (
    job TEXT NOT NULL REFERENCES jobs (job) ON UPDATE CASCADE, status TEXT NOT NULL,
    rows INTEGER NOT NULL, bytes REAL NOT NULL, ${
    LEVEL_COLUMNS.map((column) => `${column} INTEGER NOT NULL`).join(", ")
  },
    PRIMARY KEY (job, status)
  ) STRICT, WITHOUT ROWID`,
  `INSERT INTO tallies SELECT job, status, count(*), ${
    valuesOf("").slice(1).map((value) => `sum(${value})`).join(", ")
  } FROM runs GROUP BY job, status`,
  `CREATE TRIGGER tallies_inserted AFTER INSERT ON runs BEGIN
    ${added("new")};
  END`,
  `CREATE TRIGGER tallies_deleted AFTER DELETE ON runs BEGIN
    ${removedTally("old")};
  END`,
  `CREATE TRIGGER tallies_moved AFTER UPDATE OF status ON runs WHEN old.status <> new.status BEGIN
    ${removedTally("old")};
    ${added("new")};
  END`,
  `CREATE TRIGGER tallies_changed AFTER UPDATE OF tags, size_mb ON runs
    WHEN old.status = new.status AND (old.tags <> new.tags OR old.size_mb IS NOT new.size_mb) BEGIN
    UPDATE tallies SET ${changed} WHERE job = new.job AND status = new.status;
  END`,
];

/** SQL of one tally as a JSON array: job, status, rows, bytes, then a number for each of `LEVELS`. */
export const TALLY_JSON = `json_array(job, status, ${COLUMNS.join(", ")})`;

/** SQL that adds the tallies of a job to those of another; `former` and `stays` name them, over `from`. */
export function joinTallies(former: string, stays: string, from: string): string {
  return `INSERT INTO tallies SELECT ${stays}, ${
    ["status", ...COLUMNS].map((column) => `old.${column}`).join(", ")
  } ${from}
    JOIN tallies AS old ON old.job = ${former} WHERE true
    ON CONFLICT DO UPDATE SET ${
    COLUMNS.map((column) => `${column} = tallies.${column} + excluded.${column}`).join(", ")
  }`;
}
