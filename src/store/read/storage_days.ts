// How much room backups take, and what each day added and freed: added up by the store itself, so that no row is read.

import { DAY } from "../../domain/duration.ts";
import { dayOf } from "../../domain/job_days.ts";
import type { StorageDays } from "../../domain/storage_days.ts";
import type { Database } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { isWanted, wantedArgs } from "../schema/wanted_jobs.ts";

/** Of these jobs together, or of all, with the days from that of `from` (UTC ms) on; in one statement. */
export async function readStorageDays(
  database: Database,
  jobs: readonly string[] | undefined,
  from: number,
): Promise<StorageDays> {
  const first = BigInt(dayOf(from) / DAY);
  const rows = await readRows<[stored: number] | [day: number, added: number, freed: number]>(
    database,
    storage(jobs),
    [first, ...wantedArgs(jobs)],
  );
  let stored = 0;
  const days: { day: number; added: number; freed: number }[] = [];
  for (const cells of rows) {
    if (cells.length === 1) stored = cells[0];
    else days.push({ day: cells[0] * DAY, added: cells[1], freed: cells[2] });
  }
  return { stored, days: days.sort((a, b) => a.day - b.day) };
}

// Each job's days are found by its name: nobody walks over the years of all of them.
const storage = (jobs: readonly string[] | undefined) =>
  `SELECT json_array(coalesce(sum(bytes), 0)) AS row FROM tallies
    WHERE status IN ('available', 'missing', 'deleting', 'delete-error') ${isWanted(jobs, "job", 2)}
  UNION ALL SELECT json_array(day, sum(added), sum(freed)) FROM jobs CROSS JOIN job_days
    ON job_days.job = jobs.job AND day >= ?1 WHERE (added <> 0 OR freed <> 0) ${isWanted(jobs, "jobs.job", 2)}
    GROUP BY day`;
