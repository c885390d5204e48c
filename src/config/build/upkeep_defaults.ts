// A restic repository whose settings say nothing of prune or check gets them weekly, each at a time of its own.

import type { ProviderSpec, ResticProviderSpec, UpkeepSpec } from "../../domain/provider_spec.ts";
import { isZone } from "../../domain/calendar/zone.ts";
import { repositoryIdentity } from "../../domain/repository_identity.ts";
import { jitterOf } from "../../domain/schedule/jitter.ts";
import { isMapping, type Path, valueAt } from "../document/tree.ts";
import type { ProviderBuild } from "./provider_build.ts";

interface Built {
  specs: ReadonlyMap<string, ProviderSpec>;
  paths: ReadonlyMap<string, Path>;
}

/** An entry that nothing was written for, of those that are one repository. */
interface Entry {
  spec: ResticProviderSpec;
  path: Path;
}

const WEEK_MINUTES = 7 * 24 * 60;
const TASKS = ["prune", "check"] as const;

/** The zone of the schedules of upkeep; one nobody knows is told of where it is written. */
export function upkeepZone({ root: { defaults }, timezone }: ProviderBuild): string {
  const written = isMapping(defaults) ? defaults.timezone : undefined;
  return [written, timezone.name].find((name): name is string => typeof name === "string" && isZone(name)) ??
    "UTC";
}

/**
 * Gives each repository what its settings do not name, and notes it. Of several entries for one repository the first
 * that says nothing gets it, where none of them asks for it itself.
 */
export function fillUpkeep({ specs, paths }: Built, build: ProviderBuild): void {
  const repositories = new Map<string, Entry[]>();
  for (const spec of specs.values()) {
    if (spec.kind !== "restic") continue;
    const id = repositoryIdentity(spec.repository);
    repositories.set(id, [...repositories.get(id) ?? [], {
      spec,
      path: [...paths.get(spec.key)!, "restic"],
    }]);
  }
  const told = new Map<Entry, string[]>();
  for (const entries of repositories.values()) {
    for (const task of TASKS) {
      if (entries.some(({ spec }) => asksFor(spec, task))) continue;
      const entry = entries.find(({ path }) => valueAt(build.root, [...path, task]) === undefined);
      if (entry === undefined) continue;
      const pattern = weekly(entry.spec.key, task);
      give(entry.spec, task, { schedule: { pattern, timezone: upkeepZone(build) }, afterDeletions: null });
      told.set(entry, [...told.get(entry) ?? [], `${task}: { schedule: "${pattern}" }`]);
    }
  }
  for (const [{ path }, settings] of told) {
    build.report.add(path, {
      message: `has weekly upkeep by default, ${settings.join(", ")} (${upkeepZone(build)})`,
      hint: `write another time, or ${settings.map((text) => `${text.split(":")[0]}: never`).join(", ")}`,
      severity: "note",
    });
  }
}

function asksFor(spec: ResticProviderSpec, task: typeof TASKS[number]): boolean {
  return task === "check" ? spec.checkUpkeep !== null : spec.prune || spec.pruneUpkeep !== null;
}

function give(spec: ResticProviderSpec, task: typeof TASKS[number], when: UpkeepSpec): void {
  if (task === "check") spec.checkUpkeep = { ...when, readDataSubset: null };
  else spec.pruneUpkeep = when;
}

/** The same for the same key, so that a restart moves nothing; spread over the week, so that not all meet. */
function weekly(key: string, task: typeof TASKS[number]): string {
  const minute = jitterOf(`${task} ${key}`, 0, WEEK_MINUTES);
  return `${minute % 60} ${Math.floor(minute / 60) % 24} * * ${Math.floor(minute / 1440)}`;
}
