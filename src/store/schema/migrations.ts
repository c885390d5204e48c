// The schema, as a list of migrations that only ever grows; those that are due run in one batch with the version.

import { StoreError } from "../../domain/errors.ts";
import { ACTIVE_MIGRATION } from "./active.ts";
import { CHANGE_SEQ_MIGRATION } from "./change_seq.ts";
import { ATTEMPTS_MIGRATION } from "./attempts.ts";
import { AUDIT_MIGRATION } from "./audit.ts";
import { SCHEDULES_MIGRATION } from "./coverage_reads.ts";
import { DOUBT_MIGRATION } from "./doubt.ts";
import type { Database } from "../database/database.ts";
import { EVENT_PACKS_MIGRATION } from "./event_packs.ts";
import { FAILING_MIGRATION } from "./failing.ts";
import { FORGOTTEN_MIGRATION } from "./forgotten.ts";
import { FREEZE_MIGRATION } from "./freeze.ts";
import { HOOKS_MIGRATION } from "./hooks.ts";
import { JOB_DAYS_MIGRATION } from "./job_days.ts";
import { KNOWN_EARLIER_MIGRATION } from "./known_earlier.ts";
import { OLD_RUNS_MIGRATION } from "./old_runs.ts";
import { OTHER_INDEXES_MIGRATION } from "./other_indexes.ts";
import { PROVED_MIGRATION } from "./proved.ts";
import { PROVIDER_MEMORY_MIGRATION } from "./provider_memory.ts";
import { LIST_INDEXES_MIGRATION } from "./list_indexes.ts";
import { LEASE_HOLDER_MIGRATION } from "./lease_holder.ts";
import { LEFTOVERS_MIGRATION } from "./leftovers.ts";
import { LOCKS_MIGRATION } from "./locks.ts";
import { NOTIFICATIONS_MIGRATION } from "./notifications.ts";
import { NOTIFY_PLANNED_MIGRATION } from "./notify_planned.ts";
import { REASONS_MIGRATION } from "./reasons_as_data.ts";
import { FIRST_SCHEMA } from "./schema.ts";
import { STAMPS_MIGRATION } from "./stamps.ts";
import { SUSPECTS_MIGRATION } from "./suspects.ts";
import { TAGGED_INDEXES_MIGRATION } from "./tagged_indexes.ts";
import { TALLIES_MIGRATION } from "./tallies.ts";
import { UNMANAGED_MIGRATION } from "./unmanaged.ts";
import { VERIFICATIONS_MIGRATION } from "./verifications.ts";

/** Version n is reached by the n-th entry (1-based). An entry is never changed once released. */
export const MIGRATIONS: readonly (readonly string[])[] = [
  FIRST_SCHEMA,
  SUSPECTS_MIGRATION,
  SCHEDULES_MIGRATION,
  FREEZE_MIGRATION,
  UNMANAGED_MIGRATION,
  STAMPS_MIGRATION,
  ACTIVE_MIGRATION,
  REASONS_MIGRATION,
  CHANGE_SEQ_MIGRATION,
  ATTEMPTS_MIGRATION,
  PROVIDER_MEMORY_MIGRATION,
  LEFTOVERS_MIGRATION,
  DOUBT_MIGRATION,
  FORGOTTEN_MIGRATION,
  KNOWN_EARLIER_MIGRATION,
  AUDIT_MIGRATION,
  TALLIES_MIGRATION,
  LIST_INDEXES_MIGRATION,
  HOOKS_MIGRATION,
  NOTIFICATIONS_MIGRATION,
  FAILING_MIGRATION,
  TAGGED_INDEXES_MIGRATION,
  OTHER_INDEXES_MIGRATION,
  EVENT_PACKS_MIGRATION,
  VERIFICATIONS_MIGRATION,
  OLD_RUNS_MIGRATION,
  NOTIFY_PLANNED_MIGRATION,
  LOCKS_MIGRATION,
  PROVED_MIGRATION,
  JOB_DAYS_MIGRATION,
  LEASE_HOLDER_MIGRATION,
];

/**
 * The version of the stored schema, 0 for an empty place. Rejects as `newer_schema` when a newer Schelly wrote it,
 * as `corrupt` when it is another program's. `shown` is its place, for errors.
 */
export async function schemaVersion(
  database: Database,
  shown: string,
  migrations: readonly (readonly string[])[] = MIGRATIONS,
): Promise<number> {
  const version = Number((await read(database, "PRAGMA user_version"))[0]?.[0] ?? 0n);
  if (version > migrations.length) {
    throw new StoreError(
      "newer_schema",
      `Cannot use the state at '${shown}': its schema is version ${version}, and this Schelly knows ` +
        `${migrations.length}: run the newer Schelly that wrote it, or restore an older snapshot`,
    );
  }
  // Not ours, though its version may look like one of ours.
  const [foreign] = await read(
    database,
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
      AND name NOT LIKE 'libsql\\_%' ESCAPE '\\'
      AND NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'policy_versions') LIMIT 1`,
  );
  if (foreign !== undefined) {
    throw new StoreError(
      "corrupt",
      `Cannot use the state at '${shown}': it is a database of something else, with a table ` +
        `'${foreign[0]}': expected an empty place or a state written by Schelly`,
    );
  }
  return version;
}

/** Brings the schema from `version` up to date, in one batch: whole, or as it was. */
export async function migrate(
  database: Database,
  version: number,
  migrations: readonly (readonly string[])[] = MIGRATIONS,
): Promise<void> {
  if (version === migrations.length) return;
  const statements = [...migrations.slice(version).flat(), `PRAGMA user_version = ${migrations.length}`];
  await database.write(statements.map((sql) => ({ sql, args: [] })));
}

/** Reads the database through, or only what every start needs, and rejects as `corrupt` when something is wrong. */
export async function quickCheck(database: Database, shown: string): Promise<void> {
  const scope = database.checkWhole ? "3" : "jobs";
  const rows = await read(database, `PRAGMA quick_check(${scope})`);
  const problems = rows.map((row) => String(row[0]));
  if (problems.length === 1 && problems[0] === "ok") return;
  throw new StoreError(
    "corrupt",
    `Cannot use the state at '${shown}': it is damaged (${problems.join("; ")}) and was left as it is: ` +
      `restore a snapshot, or move it away to begin anew`,
  );
}

function read(database: Database, sql: string) {
  return database.read({ sql, args: [] });
}
