// What callers may ask of everything at once; part of the composition root.

import { countBackups } from "../../domain/backup.ts";
import type { PromiseStanding } from "../../domain/coverage/promise_standing.ts";
import { isFrozen } from "../../domain/freeze.ts";
import { iso } from "../../domain/instant.ts";
import type { Operations } from "../../ports/operations.ts";
import type { StatusView } from "../../ports/views/status.ts";
import { outcomeNotes, type OutcomeTrouble } from "../outcomes/outcome_troubles.ts";
import type { NotifyParts } from "./notify.ts";
import { ALONE, programChecks, type ReadinessParts, RELAXED_SERVER, RESTART } from "./readiness.ts";
import { healthOfAll } from "./unwell_jobs.ts";

/** So many unwell jobs are shown. */
const MOST_SHOWN = 100;

/** Of so many jobs it is said by name that they have something to decide. */
const MOST_NAMED = 5;

/** What somebody wanted so, and may have forgotten. */
const WANTED: ReadonlySet<string> = new Set(["freeze", "standby", RELAXED_SERVER, RESTART]);

/** What it is made of. */
export interface StatusParts extends ReadinessParts, NotifyParts {
  /** What tells the outside how runs end and does not get through. */
  outcomeTroubles(): OutcomeTrouble[];
  /** How many backups of a job go within a day, as last foreseen; null where that is not known. Absent: of none. */
  departures?: { countOf(job: string): number | null };
  /** How the promises of each job stood when they were last looked at. Absent: none is made. */
  promises?(): ReadonlyMap<string, { promises: readonly PromiseStanding[] }>;
}

/** Builds it. */
export function statusOperations(parts: StatusParts): Pick<Operations, "status"> {
  return {
    async status(): Promise<StatusView> {
      const found = await healthOfAll(parts, MOST_SHOWN);
      const checks = (await programChecks(parts)).filter(({ ok }) => !ok).map(({ name, message }) => ({
        name,
        wrong: !WANTED.has(name),
        message,
      }));
      const notes = [
        ...checks,
        ...await undecided(parts, found.unwell),
        ...brokenPromises(parts),
        ...await deafChannels(parts),
        ...outcomeNotes(parts.outcomeTroubles()),
      ];
      return {
        at: iso(parts.clock.now()),
        instance: parts.instance?.() ?? ALONE,
        well: found.unwellCount === 0 && notes.every(({ wrong }) => !wrong),
        jobs: found.total,
        by_state: found.byState,
        not_due_count: found.notDueCount,
        unwell_count: found.unwellCount,
        unwell: found.unwell,
        deletions: { ...found.deletions, planned: await planned(parts) },
        ...silentProviders(parts),
        notes,
      };
    },
  };
}

/** Those that do not answer, with how many jobs each has. */
function silentProviders({ engine, contactTroubles }: StatusParts): Pick<
  StatusView,
  "providers" | "providers_count"
> {
  const found = contactTroubles?.() ?? [];
  if (found.length === 0) return { providers: [], providers_count: 0 };
  const jobs = new Map<string, number>();
  for (const name of engine.jobNames()) {
    const key = engine.job(name)!.job.providerKey;
    jobs.set(key, (jobs.get(key) ?? 0) + 1);
  }
  const providers = found.toSorted((a, b) => a.trouble.since - b.trouble.since).slice(0, MOST_SHOWN)
    .map(({ provider, trouble }) => ({
      provider,
      jobs: jobs.get(provider) ?? 0,
      ...{ ...trouble, since: iso(trouble.since) },
    }));
  return { providers, providers_count: found.length };
}

/** A job may do well and still not be kept as it was promised. */
function brokenPromises({ promises }: StatusParts): StatusView["notes"] {
  const broken = [...promises?.() ?? []].flatMap(([job, known]) => {
    const first = known.promises.find(({ state }) => state === "broken");
    return first === undefined ? [] : [{ job, why: first.why ?? first.promise }];
  });
  if (broken.length === 0) return [];
  const named = broken.slice(0, MOST_NAMED).map(({ job, why }) => `job ${job}: ${why}`);
  const more = broken.length > MOST_NAMED ? `; and those of ${broken.length - MOST_NAMED} more jobs` : "";
  return [{
    name: "promises",
    wrong: true,
    message: `${named.join("; ")}${more}: see 'schelly coverage ${broken[0]!.job}'`,
  }];
}

/** While it is frozen nothing goes. */
async function planned({ engine, store, watch, departures }: StatusParts): Promise<number> {
  if (departures === undefined || isFrozen(await store.freeze(), watch.read().ends)) return 0;
  return engine.jobNames().reduce((sum, job) => sum + (departures.countOf(job) ?? 0), 0);
}

/** Suspects that later good backups have covered up: they stay for ever and count for nothing until somebody decides. */
async function undecided(
  { store }: StatusParts,
  unwell: StatusView["unwell"],
): Promise<StatusView["notes"]> {
  const said = new Set(unwell.filter(({ state }) => state === "suspect").map(({ job }) => job));
  const rest = (await store.suspects()).filter(({ job, newest }) => newest === null && !said.has(job));
  if (rest.length === 0) return [];
  const named = rest.slice(0, MOST_NAMED).map(({ job, count }) => `${countBackups(count)} of job ${job}`);
  const more = rest.length > MOST_NAMED ? ` and those of ${rest.length - MOST_NAMED} more jobs` : "";
  return [{
    name: "suspects",
    wrong: true,
    message:
      `${named.join(", ")}${more} ${
        rest.length === 1 && rest[0]!.count === 1 ? "waits" : "wait"
      } for somebody to decide: see ` +
      `'schelly backups list --status suspect --job ${
        rest[0]!.job
      }'; verify again what was found damaged once its ` +
      "storage is fixed ('schelly backups verify ID'), and decide about the rest ('schelly backups accept ID' or 'reject ID')",
  }];
}

/** Whoever is to be told of trouble must not be the last to learn that nothing is told. */
async function deafChannels({ notifications }: NotifyParts): Promise<StatusView["notes"]> {
  const { channels } = await notifications.view();
  return channels.filter(({ error }) => error !== null).map(({ name, error, waiting }) => ({
    name: `channel ${name}`,
    wrong: true,
    message: `${error} (${waiting} ${waiting === 1 ? "message waits" : "messages wait"})`,
  }));
}
