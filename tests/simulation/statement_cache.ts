// Lets the SQL library prepare each statement once a connection, and ask once what it answers with. That takes a third
// off every simulated run: a world asks the same few dozen statements thousands of times.

import { createRequire } from "node:module";

interface Connection {
  prepare(sql: string): Statement;
  close(): void;
}

interface Statement {
  raw(on: boolean): unknown;
  columns(): unknown;
}

/** These change how later ones are carried out, or run once. */
const NEVER_KEPT = /^(PRAGMA|VACUUM|CREATE|ALTER|DROP)/;

/** Changes the library under the store for the rest of this process; what the store does stays the same. */
export function keepStatements(): void {
  const client = createRequire(import.meta.url).resolve("@libsql/client");
  const { prototype } = createRequire(client)("libsql") as { prototype: Connection };
  const { prepare, close } = prototype;
  const kept = new WeakMap<Connection, Map<string, Statement>>();
  prototype.prepare = function (sql) {
    if (NEVER_KEPT.test(sql)) return prepare.call(this, sql);
    const known = kept.get(this) ?? new Map<string, Statement>();
    kept.set(this, known);
    let statement = known.get(sql);
    if (statement === undefined) known.set(sql, statement = remembering(prepare.call(this, sql)));
    return statement;
  };
  prototype.close = function () {
    kept.delete(this);
    close.call(this);
  };
}

/** `raw` throws for a statement without rows, each time with a stack that nobody reads. */
function remembering(statement: Statement): Statement {
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
