// What the store knows of jobs that only their own changes change, read for some of them in a few statements.

import type { Database } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { readFailingSince } from "../schema/failing.ts";
import { IS_FORGOTTEN } from "../schema/forgotten.ts";
import { readProviderBackups } from "../schema/unmanaged.ts";
import type { DatedFacts } from "./facts_book.ts";
import { readLatched } from "./guard_rows.ts";
import { readMissing } from "./missing.ts";
import { readDatedStats } from "./stats_query.ts";

/** Later than any time that a run is dated by. */
const EVER = Number.MAX_SAFE_INTEGER;
const NAMES_AT_ONCE = 10_000n;

/** The facts of those of the jobs that are stored, by name. `latest` as for `readStats`. */
export async function readStoredFacts(
  database: Database,
  latest: number,
  jobs: readonly string[],
): Promise<Map<string, DatedFacts>> {
  const found = new Map<string, DatedFacts>();
  const later: string[] = [];
  for (const { stats, dated } of await readDatedStats(database, EVER, jobs)) {
    const facts = { stats, failingSince: null, latched: [], missing: null, places: [] };
    found.set(stats.job, { facts, dated, isAhead: false });
    // Where what is newest of all is no later than may be now, nothing else is.
    if (dated > latest) later.push(stats.job);
  }
  if (later.length > 0) {
    for (const { stats, dated } of await readDatedStats(database, latest, later)) {
      const one = found.get(stats.job)!;
      Object.assign(one, { dated, isAhead: true });
      one.facts.stats = stats;
    }
  }
  for (const [job, since] of await readFailingSince(database, jobs)) {
    const one = found.get(job);
    if (one !== undefined) one.facts.failingSince = since;
  }
  for (const guard of await readLatched(database, jobs)) found.get(guard.job)?.facts.latched.push(guard);
  for (const one of await readMissing(database, jobs)) found.get(one.job)!.facts.missing = one;
  for (const place of await readProviderBackups(database, jobs)) {
    if (place.available > 0) found.get(place.job)!.facts.places.push(place);
  }
  return found;
}

/** Every stored job that is not forgotten, by name; some thousands a statement. */
export async function readJobNames(database: Database): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const some = await readRows<string>(
      database,
      `SELECT json_quote(job) AS row FROM jobs WHERE job > ?1 AND NOT (${IS_FORGOTTEN}) ORDER BY job LIMIT ?2`,
      [names.at(-1) ?? "", NAMES_AT_ONCE],
    );
    for (const name of some) names.push(name);
    if (some.length < Number(NAMES_AT_ONCE)) return names;
  }
}
