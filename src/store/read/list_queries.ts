// Pages of runs and backups, newest first by (start or creation time, run id), one indexed walk per status.

import { type Run, type Status, statusesOf } from "../../domain/backup.ts";
import type { ListedBackup } from "../../domain/listed_backup.ts";
import type { Level } from "../../domain/policy.ts";
import type { BackupQuery, Page, RunQuery } from "../../ports/queries.ts";
import { bitsOf, type Cell, LISTED_JSON, listedFrom, RUN_JSON, runFrom } from "../schema/columns.ts";
import { cursorOf, keyOf } from "./cursor.ts";
import type { Database, SqlValue } from "../database/database.ts";
import { rowsAsJson } from "../database/json_rows.ts";
import { IS_OTHER } from "../schema/other_indexes.ts";
import { IS_SUSPECT } from "../schema/suspects.ts";
import { listOldRuns, NEWEST_OLD, oldTime } from "./old_reads.ts";
import { readTagged } from "./tagged_list.ts";

interface ListQuery {
  /** Undefined: of any status, in one walk. */
  statuses: readonly Status[] | undefined;
  withId: boolean;
  tag: Level | undefined;
  suspect: boolean;
  job: string | undefined;
  cause: string | undefined;
  since: number | undefined;
  until: number | undefined;
  limit: number;
  cursor: string | undefined;
}

/** How a row is read: the SQL of its cells, and what is made of them. A whole run has all of it. */
interface RowKind<Row> {
  json: string;
  from(cells: readonly Cell[]): Row;
}

/** Rows as runs. */
export const RUN_ROWS: RowKind<Run> = { json: RUN_JSON, from: runFrom };
/** Rows as lists of backups show them. */
export const LISTED_ROWS: RowKind<ListedBackup> = { json: LISTED_JSON, from: listedFrom };

/** What `show` makes of a page of what has a provider id, right after it is read. Rejects with `InvalidCursor`. */
export function listBackups<Row extends ListedBackup, Shown>(
  database: Database,
  kind: RowKind<Row>,
  query: BackupQuery,
  show: (page: Page<Row>) => Shown,
): Promise<Shown> {
  return list(database, kind, {
    ...query,
    statuses: query.status === undefined ? undefined : statusesOf(query.status),
    withId: true,
    tag: query.tag,
    suspect: query.suspect === true,
    job: query.job,
    cause: undefined,
    since: query.since,
    until: query.until,
    cursor: query.cursor,
  }, show);
}

/** The same of every decision. */
export function listRuns<Shown>(
  database: Database,
  query: RunQuery,
  show: (page: Page<Run>) => Shown,
): Promise<Shown> {
  return list(database, RUN_ROWS, {
    statuses: query.status,
    withId: false,
    tag: undefined,
    suspect: false,
    job: query.job,
    cause: query.trigger,
    since: query.since,
    until: query.until,
    limit: query.limit,
    cursor: query.cursor,
  }, show);
}

async function list<Row extends ListedBackup, Shown>(
  database: Database,
  kind: RowKind<Row>,
  query: ListQuery,
  show: (page: Page<Row>) => Shown,
): Promise<Shown> {
  const limit = Math.max(1, Math.floor(query.limit));
  const after = query.cursor === undefined ? undefined : keyOf(query.cursor);
  if (query.statuses?.length === 0) return show({ items: [] });
  const { tag } = query;
  // Suspects are few, whatever they stand for.
  if (tag !== undefined && !query.suspect) {
    const wanted = { ...query, tag, after };
    return await readTagged(database, kind, wanted, limit + 1, (rows) => show(pageFrom(rows, limit)));
  }
  const args: SqlValue[] = [];
  const arg = (value: SqlValue) => `?${args.push(value)}`;

  const shared: string[] = [];
  if (query.withId) shared.push("id IS NOT NULL");
  if (tag !== undefined) shared.push(`(tags & ${bitsOf([tag])}) <> 0`);
  if (query.suspect) {
    shared.push(`suspect_at IS NOT NULL AND ${IS_SUSPECT} AND status IN ('available', 'missing')`);
  }
  if (query.job !== undefined) shared.push(`job = ${arg(query.job)}`);
  if (query.cause !== undefined) shared.push(`cause = ${arg(query.cause)}`);
  if (isAsked(query)) shared.push("cause <> 'schedule'");
  if (query.since !== undefined) shared.push(`at >= ${arg(BigInt(query.since))}`);
  if (query.until !== undefined) shared.push(`at < ${arg(BigInt(query.until))}`);
  if (after !== undefined) shared.push(`(at, run_id) < (${arg(BigInt(after[0]))}, ${arg(after[1])})`);
  // One more than asked for tells whether there is a next page.
  const most = arg(BigInt(limit + 1));
  const walks = (query.statuses ?? [undefined]).map((status) => {
    const index = indexFor(query, status);
    const where = status === undefined ? shared : [`status = ${arg(status)}`, ...shared];
    if (index.startsWith("backups_other_")) where.push(IS_OTHER);
    return `SELECT * FROM (SELECT at, run_id, ${kind.json} AS row FROM runs INDEXED BY ${index}` +
      `${
        where.length === 0 ? "" : ` WHERE ${where.join(" AND ")}`
      } ORDER BY at DESC, run_id DESC LIMIT ${most})`;
  });
  // One walk is in order already.
  const all = walks.length === 1
    ? walks[0]!
    : `SELECT * FROM (${walks.join(" UNION ALL ")}) ORDER BY at DESC, run_id DESC LIMIT ${most}`;
  const statement = { sql: rowsAsJson(all, NEWEST_OLD), args };
  const found = await database.readAs(statement, ([row]): { shown: Shown } | { rows: Row[] } => {
    const rows = (JSON.parse(String(row![0])) as Cell[][]).map(kind.from);
    if (mayHaveOld(query, rows, limit + 1, oldTime(row![1]))) return { rows };
    return { shown: show(pageFrom(rows, limit)) };
  });
  if ("shown" in found) return found.shown;
  return show(pageFrom(await withOld(database, query, after, found.rows, limit + 1), limit));
}

/** False where no old run belongs into a page of which these rows were read. `newest`: when the last of old runs began. */
function mayHaveOld(
  { statuses, suspect, cause }: ListQuery,
  rows: readonly ListedBackup[],
  most: number,
  newest: number | null,
): boolean {
  if (newest === null || statuses?.includes("deleted") === false || suspect) return false;
  if (cause !== undefined && cause !== "schedule") return false;
  return rows.length < most || listedAt(rows.at(-1)!) <= newest;
}

/** Rows that were read, and among them the old runs that belong into the page; it may become old meanwhile what is a row. */
async function withOld<Row extends ListedBackup>(
  database: Database,
  query: ListQuery,
  after: readonly [number, string] | undefined,
  rows: Row[],
  most: number,
): Promise<Row[]> {
  const { job, since, until } = query;
  // Nothing older than the last row of a full page belongs into it.
  const end = rows.length < most ? undefined : listedAt(rows.at(-1)!);
  const from = Math.max(since ?? 0, end ?? 0);
  const old = await listOldRuns(database, { job, since: from, until, after }, most);
  if (old.length === 0) return rows;
  const all = new Map([...old as ListedBackup[] as Row[], ...rows].map((run) => [run.runId, run]));
  const order = (left: Row, right: Row) =>
    listedAt(right) - listedAt(left) || (left.runId < right.runId ? 1 : -1);
  return [...all.values()].sort(order).slice(0, most);
}

function listedAt({ startTime, createdAt }: ListedBackup): number {
  return startTime ?? createdAt;
}

/** The first `limit` of them, and the way to the next page where there are more. */
function pageFrom<Row extends ListedBackup>(found: Row[], limit: number): Page<Row> {
  if (found.length <= limit) return { items: found };
  const items = found.slice(0, limit);
  const last = items.at(-1)!;
  return { items, cursor: cursorOf([listedAt(last), last.runId]) };
}

/** True where only runs are wanted that no schedule made: they are few among all. */
function isAsked({ cause }: ListQuery): boolean {
  return cause !== undefined && cause !== "schedule";
}

/** Named outright: each list is a walk along one index, whatever the planner thinks of the table. */
function indexFor(query: ListQuery, status: Status | undefined): string {
  const isOfAll = query.job === undefined;
  if (query.suspect) return "runs_suspect";
  if (isAsked(query)) return isOfAll ? "runs_asked_at" : "runs_asked_job_at";
  if (query.withId && status !== undefined && status !== "available" && status !== "deleted") {
    return isOfAll ? "backups_other_at" : "backups_other_job_at";
  }
  if (status !== undefined) return isOfAll ? "runs_status_at" : "runs_job_status_at";
  if (!query.withId) return isOfAll ? "runs_at" : "runs_job_at";
  return isOfAll ? "backups_at" : "backups_job_at";
}
