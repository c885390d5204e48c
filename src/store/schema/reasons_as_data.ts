// Turns what earlier versions stored as sentences into data: why a backup is kept, and that it was deleted by hand. The
// only place that reads those sentences.

import { LEVELS } from "../../domain/policy.ts";
import type { Database } from "../database/database.ts";

/**
 * The migration that makes room for it. `sentences_until` is the last row that was turned, for as long as there are
 * others. Released: never changed.
 */
export const REASONS_MIGRATION: readonly string[] = [
  "ALTER TABLE runs ADD COLUMN delete_asked_by TEXT",
  "INSERT INTO meta VALUES ('sentences_until', '0')",
];

/** Rows that are turned in one batch: less than a request to a server may take. */
const PIECE = 5_000;

/**
 * Turns the sentences of all rows, and goes on where it was stopped; nothing once there are none. Called when the lease
 * is taken and before any row is read: until then an older Schelly may go on writing sentences.
 *
 * A reason was a text, or `[ranking, ordinal, rest]`. What cannot be read stays as the text of kind `other`.
 */
export async function turnSentences(database: Database, piece: number = PIECE): Promise<void> {
  const until = await readSentencesUntil(database);
  if (until === null) return;
  for (let after = until;;) {
    const [row] = await database.read({
      sql: "SELECT max(n) FROM (SELECT rowid AS n FROM runs WHERE rowid > ?1 ORDER BY n LIMIT ?2)",
      args: [after, BigInt(piece)],
    });
    if (row![0] === null) break;
    const last = BigInt(String(row![0]));
    await database.write([
      ...TURN.map((sql) => ({ sql, args: [after, last] })),
      { sql: "UPDATE meta SET value = ?1 WHERE key = 'sentences_until'", args: [String(last)] },
    ]);
    after = last;
  }
  await database.write([{ sql: "DELETE FROM meta WHERE key = 'sentences_until'", args: [] }]);
}

/** The last row whose sentences were turned; null where none are left. */
export async function readSentencesUntil(database: Database): Promise<bigint | null> {
  const [row] = await database.read({
    sql: "SELECT value FROM meta WHERE key = 'sentences_until'",
    args: [],
  });
  return row === undefined ? null : BigInt(String(row[0]));
}

/** Statements that turn the rows after rowid ?1, up to ?2; those that are turned already stay as they are. */
const TURN: readonly string[] = turn();

function turn(): string[] {
  const levels = `'${JSON.stringify(LEVELS)}'`;
  const aLevel = `(${LEVELS.map((level) => `'${level}'`).join(", ")})`;
  // `daily 3 of 7 (2026-11-20)` as a text is from before there were ordinals, and keeps its rank.
  const entries = `SELECT key, value AS words, type,
      CASE type WHEN 'array' THEN 'ordinal' ELSE 'rank' END AS counted,
      CASE type WHEN 'array' THEN value ->> 0 WHEN 'text' THEN substr(value, 1, instr(value, ' ') - 1) END AS ranking,
      CASE type WHEN 'array' THEN value ->> 1 WHEN 'text' THEN CAST(tail AS INTEGER) END AS place,
      CASE type WHEN 'array' THEN value ->> 2
        WHEN 'text' THEN substr(tail, length(CAST(tail AS INTEGER)) + 2) END AS rest
    FROM (SELECT *, CASE type WHEN 'text' THEN substr(value, instr(value, ' ') + 1) END AS tail
      FROM json_each(runs.reasons))`;
  // What each sentence would name where it is of that kind: `of 7 (2026-11-20)`, `oldest (room in daily, weekly)`,
  // `younger than 1d12h`, `kept by the policy before the edit, until 2026-11-20T00:00:00.000Z`.
  const parts = `SELECT *,
      CAST(substr(rest, 4) AS INTEGER) AS most,
      substr(rest, instr(rest, ' (') + 2, length(rest) - instr(rest, ' (') - 2) AS period,
      (SELECT json_group_array(value) FROM json_each(${levels})
        WHERE instr(', ' || substr(words, 17, length(words) - 17) || ',', ', ' || value || ',') > 0) AS room,
      ${termsOf("substr(words, 14)")} AS age,
      substr(words, 43) AS until
    FROM (${entries})`;
  // Ranked ones first: where there are many, they are nearly all.
  const reason = `CASE
      WHEN type = 'object' THEN words
      WHEN typeof(place) = 'integer' AND (type = 'array' OR ranking || ' ' || place || ' ' || rest = words) THEN CASE
        WHEN ranking IN ${aLevel} AND rest = 'of ' || most || ' (' || period || ')'
          THEN json_object('kind', 'level', 'level', ranking, counted, place, 'limit', most, 'period', period)
        WHEN ranking = 'min_keep' AND rest = 'of ' || most
          THEN json_object('kind', 'min_keep', counted, place, 'of', most)
      END
      WHEN words IN ('newest', 'keep_all', 'suspect', 'held', 'rejected') THEN json_object('kind', words)
      WHEN words = 'from the future' THEN json_object('kind', 'future')
      WHEN words = 'nothing else counts' THEN json_object('kind', 'only_copy')
      WHEN type <> 'text' THEN NULL
      WHEN substr(words, 1, 17) = 'shares data with '
        THEN json_object('kind', 'shared_data', 'with', substr(words, 18))
      WHEN words GLOB 'oldest (room in *' AND words = 'oldest (room in ' ||
          (SELECT group_concat(value, ', ') FROM json_each(room)) || ')'
        THEN json_object('kind', 'oldest', 'levels', json(room))
      WHEN words GLOB 'younger than [0-9]*' AND substr(words, 14) NOT GLOB '*[^0-9dhms]*' AND json_valid(age)
        THEN json_object('kind', 'younger',
          'minAgeMs', (SELECT sum((value ->> 0) * (value ->> 1)) FROM json_each(age)))
      WHEN substr(words, 1, 42) = 'kept by the policy before the edit, until '
          AND strftime('%Y-%m-%dT%H:%M:%fZ', until) = until
        THEN json_object('kind', 'former_policy',
          'until', CAST(strftime('%s', until) AS INTEGER) * 1000 + CAST(substr(until, 21, 3) AS INTEGER))
    END`;
  return [
    `UPDATE runs SET delete_asked_by = substr(delete_reason, 10), delete_reason = NULL
      WHERE rowid > ?1 AND rowid <= ?2 AND substr(delete_reason, 1, 9) = 'by hand: '`,
    `UPDATE runs SET reasons = (
      SELECT json_group_array(json(coalesce(reason, json_object('kind', 'other', 'text', words))))
      FROM (SELECT words, ${reason} AS reason FROM (${parts}) ORDER BY key)
    ) WHERE rowid > ?1 AND rowid <= ?2 AND reasons <> '[]'`,
    // The next pass writes these anew.
    `UPDATE runs SET verdict = NULL
      WHERE rowid > ?1 AND rowid <= ?2 AND verdict IS NOT NULL AND instr(reasons, '"kind":"other"') > 0`,
  ];
}

/** SQL for the terms of a duration: `1d12h` as `[[1,86400000],[12,3600000]]`. */
function termsOf(text: string): string {
  let terms = `replace(${text}, 'ms', 'x')`;
  for (const [unit, ms] of [["d", 86_400_000], ["h", 3_600_000], ["m", 60_000], ["s", 1000], ["x", 1]]) {
    terms = `replace(${terms}, '${unit}', ',${ms}],[')`;
  }
  return `'[[' || rtrim(${terms}, ',[') || ']'`;
}
