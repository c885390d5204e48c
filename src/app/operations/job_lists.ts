// Every job as a page, or one slice after the other: those of the configuration in its order, then those that left it
// by name. Part of the composition root.

import { z } from "zod";
import { InvalidCursor } from "../../domain/errors.ts";
import type { Page } from "../../ports/queries.ts";
import type { JobView } from "../../ports/views/job.ts";
import { type JobFacts, type JobFactsParts, jobsThatLeft, readFactsOf, readFactsOfAll } from "./job_facts.ts";
import { jobView, unmanagedJobView } from "./views.ts";

/** Some jobs, and what was read of all. */
export interface JobsSlice {
  views: JobView[];
  facts: JobFacts;
}

/** So many views are made at once: a millisecond or so of work. */
const SLICE = 100;
/** Longest stretch of them without letting other work run (ms). */
const STRETCH_MS = 8;

/** At most `limit` jobs after the one that the cursor of a page before names. Rejects with `InvalidCursor`. */
export async function pageOfJobs(
  parts: JobFactsParts,
  { limit, cursor, enabled }: { limit: number; cursor?: string; enabled?: boolean },
): Promise<Page<JobView>> {
  const after = cursor === undefined ? undefined : placeOf(cursor);
  const all = parts.engine.jobNames();
  const managed = all.filter((name) => isWanted(parts, name, enabled));
  let start = 0;
  if (after?.managed) {
    const at = all.indexOf(after.job);
    // What came after it is not known once it is gone.
    if (at < 0) throw new InvalidCursor(cursor!);
    // Itself it may have been enabled or disabled since.
    start = all.slice(0, at + 1).filter((name) => isWanted(parts, name, enabled)).length;
  } else if (after !== undefined) start = managed.length;
  const names = managed.slice(start, start + limit + 1);
  if (names.length <= limit) {
    const left = enabled === true ? [] : await jobsThatLeft(parts);
    const from = after?.managed === false ? left.filter((name) => name > after.job) : left;
    names.push(...from.slice(0, limit + 1 - names.length));
  }
  const shown = names.slice(0, limit);
  const items = viewsOf(parts, shown, await readFactsOf(parts, shown));
  if (names.length <= limit) return { items };
  const last = shown.at(-1)!;
  return { items, cursor: cursorOf(last, start + limit <= managed.length) };
}

/**
 * Every job, some at a time, with what was read for them; all of them as of when the first was asked for. Other work runs
 * in between, however fast they are taken.
 */
export async function* slicesOfJobs(
  parts: JobFactsParts,
  enabled?: boolean,
): AsyncGenerator<JobsSlice, void> {
  const { clock } = parts;
  const names = parts.engine.jobNames().filter((name) => isWanted(parts, name, enabled));
  const left = enabled === true ? [] : await jobsThatLeft(parts);
  const facts = await readFactsOfAll(parts, left);
  for (const name of left) names.push(name);
  let began = clock.monotonic();
  for (let at = 0; at < names.length || at === 0; at += SLICE) {
    yield { views: viewsOf(parts, names.slice(at, at + SLICE), facts), facts };
    if (clock.monotonic() - began < STRETCH_MS) continue;
    await clock.yield();
    began = clock.monotonic();
  }
}

/** Those of the jobs that there are. */
export function viewsOf({ engine }: JobFactsParts, names: readonly string[], facts: JobFacts): JobView[] {
  return names.flatMap((name): JobView[] => {
    const scheduler = engine.job(name);
    if (scheduler !== undefined) return [jobView(scheduler, facts)];
    const left = facts.left.get(name);
    return left === undefined ? [] : [unmanagedJobView(left, facts)];
  });
}

/** Whether a job of the configuration is asked for. */
function isWanted({ engine }: JobFactsParts, name: string, enabled: boolean | undefined): boolean {
  return enabled === undefined || engine.job(name)?.job.enabled === enabled;
}

const schema = z.tuple([z.string().min(1), z.boolean()]);

function cursorOf(job: string, isManaged: boolean): string {
  return encodeURIComponent(JSON.stringify([job, isManaged]));
}

function placeOf(cursor: string): { job: string; managed: boolean } {
  try {
    const [job, managed] = schema.parse(JSON.parse(decodeURIComponent(cursor)));
    return { job, managed };
  } catch {
    throw new InvalidCursor(cursor);
  }
}
