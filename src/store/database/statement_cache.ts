// Lets the SQL library prepare each statement once a connection, and read a single row as one. It would prepare anew
// each time, which costs a third of the work; and some bytes of each native object, be it a statement or a walk over
// rows, are never given back.

import Database from "libsql";

/** The statements used last that a connection keeps; the store asks fewer, but for the lengths of their lists. */
const MOST = 300;

/** These change how later ones are carried out, or run once. */
const NEVER_KEPT = /^(PRAGMA|VACUUM|CREATE|ALTER|DROP)/;

/** By how it is written, such a statement answers one row at most. */
const ONE_ROW = /^\s*SELECT (json_group_array\(|'\[' \|\| coalesce\(group_concat\()|\bLIMIT 1$/;

/** What the library uses of a connection; its own types cannot be named here. */
interface Connection {
  prepare(sql: string): Prepared;
  close(): void;
}

interface Prepared {
  raw(on?: boolean): unknown;
  columns(): unknown;
  all(values: unknown): unknown[];
  get(values: unknown): unknown;
}

let isKeeping = false;

/** Changes the library for all connections of this process, once; what they do stays the same. */
export function keepStatements(): void {
  if (isKeeping) return;
  isKeeping = true;
  const { prototype } = Database as unknown as { prototype: Connection };
  const { prepare, close } = prototype;
  const kept = new WeakMap<Connection, Map<string, Prepared>>();
  prototype.prepare = function (sql) {
    if (NEVER_KEPT.test(sql)) return prepare.call(this, sql);
    const known = kept.get(this) ?? new Map<string, Prepared>();
    kept.set(this, known);
    const statement = known.get(sql) ?? lean(prepare.call(this, sql), sql);
    // Moved to the end: the first is the one not used for longest.
    known.delete(sql);
    known.set(sql, statement);
    if (known.size > MOST) known.delete(known.keys().next().value!);
    return statement;
  };
  prototype.close = function () {
    kept.delete(this);
    close.call(this);
  };
}

function lean(statement: Prepared, sql: string): Prepared {
  if (ONE_ROW.test(sql)) {
    statement.all = (values) => {
      const row = statement.get(values);
      return row === undefined ? [] : [row];
    };
  }
  return remembering(statement);
}

/** The library asks for both at every use: `raw` throws for a statement without rows, with a stack nobody reads. */
function remembering(statement: Prepared): Prepared {
  const { raw, columns } = statement;
  let answered: { columns?: unknown; error?: unknown } = {};
  statement.raw = (on) => {
    if (answered.error !== undefined) throw answered.error;
    try {
      return raw.call(statement, on);
    } catch (error) {
      answered = { error };
      throw error;
    }
  };
  statement.columns = () => answered.columns ??= columns.call(statement);
  return statement;
}
