// A libSQL server in memory: it answers the requests of the real client with the real library, one request at a time, and
// tells what each of them did to the lease. The only time it knows is that of the simulated world.

import Database from "libsql";

/** The lease as the server has it. */
export interface LeaseRow {
  epoch: number;
  /** Of one boot. */
  holder: string;
  renewals: number | null;
  isReleased: boolean;
}

/** What one request did; the two rows are the lease before and after it, null where there is none. */
export interface Batch {
  /** Who asked. */
  by: string;
  before: LeaseRow | null;
  after: LeaseRow | null;
  /** Anything at all was changed, and committed. */
  hasChanged: boolean;
}

type Cell = { type: string; value?: string | number; base64?: string };

interface Stmt {
  sql?: string;
  sql_id?: number;
  args?: Cell[];
}

interface Condition {
  type: "ok" | "error" | "not" | "and" | "or";
  step?: number;
  cond?: Condition;
  conds?: Condition[];
}

interface StreamRequest {
  type: "store_sql" | "close_sql" | "execute" | "batch" | "close";
  sql?: string;
  sql_id?: number;
  stmt?: Stmt;
  batch?: { steps: { condition?: Condition; stmt: Stmt }[] };
}

interface Step {
  result: unknown;
  error: { message: string; code: string } | null;
}

const LEASE = "SELECT epoch, holder, renewals, released FROM lease WHERE name = 'engine'";
/** How statements ask for the time. */
const NOW = "unixepoch('subsec')";

/** One server; what it holds goes with it. */
export class SimStateServer implements Disposable {
  readonly #database = new Database(":memory:");

  /** `now` is the clock of the server; `saw` is told of each request. */
  constructor(private readonly now: () => number, private readonly saw: (batch: Batch) => void) {
    // As one that is durable: that of memory would say that it is not.
    this.#database.exec("PRAGMA foreign_keys=ON");
  }

  /** The lease; null before anybody took it. */
  lease(): LeaseRow | null {
    const [row] = this.rows(LEASE);
    if (row === undefined) return null;
    const [epoch, holder, renewals, released] = row;
    return {
      epoch: Number(epoch),
      holder: String(holder),
      renewals: renewals === null ? null : Number(renewals),
      isReleased: Number(released) !== 0,
    };
  }

  /** Rows of a question of the test's own; none where its tables are not there yet. */
  rows(sql: string, ...args: unknown[]): unknown[][] {
    try {
      return this.#database.prepare(sql).raw(true).all(args) as unknown[][];
    } catch {
      return [];
    }
  }

  /** Answers the body of one request. */
  answer(by: string, body: string): string {
    const { requests } = JSON.parse(body) as { requests: StreamRequest[] };
    const before = this.lease();
    const changes = this.#changes();
    const texts = new Map<number, string>();
    const results = requests.map((request) => this.#request(request, texts));
    const hasFailed = results.some(({ failed }) => failed);
    const hasChanged = !hasFailed && this.#changes() > changes;
    this.saw({ by, before, after: this.lease(), hasChanged });
    return JSON.stringify({ baton: null, base_url: null, results: results.map(({ answer }) => answer) });
  }

  #changes(): number {
    return Number(this.rows("SELECT total_changes()")[0]![0]);
  }

  #request(request: StreamRequest, texts: Map<number, string>): { answer: unknown; failed: boolean } {
    const ok = (response: unknown) => ({ answer: { type: "ok", response }, failed: false });
    switch (request.type) {
      case "store_sql":
        texts.set(request.sql_id!, request.sql!);
        return ok({ type: "store_sql" });
      case "close_sql":
      case "close":
        return ok({ type: request.type });
      case "execute": {
        const { result, error } = this.#step(request.stmt!, texts);
        return error === null
          ? ok({ type: "execute", result })
          : { answer: { type: "error", error }, failed: true };
      }
      case "batch": {
        const steps = this.#batch(request.batch!.steps, texts);
        const answer = {
          type: "batch",
          result: {
            step_results: steps.map((step) => step?.result ?? null),
            step_errors: steps.map((step) => step?.error ?? null),
          },
        };
        return { ...ok(answer), failed: steps.some((step) => step !== undefined && step.error !== null) };
      }
    }
  }

  #batch(
    steps: NonNullable<StreamRequest["batch"]>["steps"],
    texts: Map<number, string>,
  ): (Step | undefined)[] {
    const done: (Step | undefined)[] = [];
    const holds = (condition: Condition): boolean => {
      switch (condition.type) {
        case "ok":
          return done[condition.step!]?.error === null;
        case "error":
          return done[condition.step!] !== undefined && done[condition.step!]!.error !== null;
        case "not":
          return !holds(condition.cond!);
        case "and":
          return condition.conds!.every(holds);
        case "or":
          return condition.conds!.some(holds);
      }
    };
    for (const { condition, stmt } of steps) {
      done.push(condition === undefined || holds(condition) ? this.#step(stmt, texts) : undefined);
    }
    return done;
  }

  #step({ sql, sql_id, args = [] }: Stmt, texts: Map<number, string>): Step {
    const text = (sql ?? texts.get(sql_id!)!).replaceAll(NOW, String(this.now() / 1000));
    try {
      return { result: this.#run(text, args.map(valueOf)), error: null };
    } catch (error) {
      const { code = "SQLITE_ERROR", message } = error as Error & { code?: string };
      return { result: null, error: { message: `SQLite error: ${message}`, code: primary(code) } };
    }
  }

  #run(sql: string, args: unknown[]): unknown {
    const statement = this.#database.prepare(sql);
    statement.safeIntegers(true);
    let hasRows = true;
    try {
      statement.raw(true);
    } catch {
      hasRows = false;
    }
    if (!hasRows) {
      const { changes } = statement.run(args);
      return { cols: [], rows: [], affected_row_count: Number(changes), last_insert_rowid: null };
    }
    const rows = statement.all(args) as unknown[][];
    const cols = statement.columns().map(({ name }: { name: string }) => ({ name, decltype: null }));
    return {
      cols,
      rows: rows.map((row) => Array.from(row, cellOf)),
      affected_row_count: 0,
      last_insert_rowid: null,
    };
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

/** `SQLITE_CONSTRAINT_NOTNULL` is `SQLITE_CONSTRAINT`, as the server says it. */
function primary(code: string): string {
  return code.split("_").slice(0, 2).join("_");
}

function valueOf({ type, value, base64 }: Cell): unknown {
  switch (type) {
    case "null":
      return null;
    case "integer":
      return BigInt(value!);
    case "blob":
      return Uint8Array.fromBase64(base64!);
    default:
      return value;
  }
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return { type: "null" };
  if (typeof value === "bigint") return { type: "integer", value: String(value) };
  if (typeof value === "number") return { type: "float", value };
  if (typeof value === "string") return { type: "text", value };
  return { type: "blob", base64: (value as Uint8Array).toBase64() };
}
