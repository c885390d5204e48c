// All providers and jobs of the document, and what must hold between them.

import type { Job } from "../../domain/job.ts";
import type { ProviderSpec } from "../../domain/provider_spec.ts";
import { createScheduleCache } from "../../domain/schedule/schedule.ts";
import { buildJob } from "./build_job.ts";
import { buildProvider, differences } from "./build_provider.ts";
import type { ProviderBuild } from "./provider_build.ts";
import { checkShape } from "../schema/diagnostics.ts";
import { didYouMean } from "../values/nearest.ts";
import { JobSchema, type JobSettings } from "../schema/schema_job.ts";
import { NAME_PATTERN } from "../schema/schema_leaves.ts";
import { ProviderSchema, type ProviderSettings } from "../schema/schema_provider.ts";
import { formatPath, isMapping, type Mapping, type Path, valueAt } from "../document/tree.ts";

export interface JobsBuild extends ProviderBuild {
  now: number;
  timezone: { name: string; variable: string | null };
}

export interface Built {
  providers: Map<string, ProviderSpec>;
  jobs: Job[];
}

/** Checks the shape of every provider and job, dropping what is wrong from the document. Answers the usable ones. */
export function checkParts(
  build: Pick<JobsBuild, "root" | "marks" | "report">,
): { providers: string[]; jobs: number[] } {
  const { root, marks, report } = build;
  const providers: string[] = [];
  if (root.providers !== undefined && !isMapping(root.providers)) {
    report.add(["providers"], { message: "the providers are no mapping: expected 'name: { url: … }'" });
  }
  for (const name of Object.keys(isMapping(root.providers) ? root.providers : {})) {
    const path = ["providers", name];
    if (!NAME_PATTERN.test(name)) {
      report.add(path, {
        message: `'${name.slice(0, 80)}' is not a name: expected lower case letters, digits, _ . -, ` +
          "at most 63, beginning with a letter or digit",
        atKey: true,
      });
    } else if (checkShape(ProviderSchema, root, path, marks, report) !== undefined) providers.push(name);
  }
  const jobs: number[] = [];
  for (let index = 0; index < (Array.isArray(root.jobs) ? root.jobs.length : 0); index++) {
    const path = ["jobs", index];
    let usable = checkShape(JobSchema, root, path, marks, report) !== undefined;
    const job = valueAt(root, path);
    if (!usable && isMapping(job) && job.name === undefined) {
      // Only its name is wrong, which is told: the rest can be judged under any name.
      job.name = `job-${index}`;
      usable = checkShape(JobSchema, root, path, marks, report) !== undefined;
    }
    if (usable) jobs.push(index);
  }
  return { providers, jobs };
}

/** Builds what `checkParts` found usable. */
export function buildJobs(parts: { providers: string[]; jobs: number[] }, build: JobsBuild): Built {
  const { root, report } = build;
  const providers = new Map<string, ProviderSpec>();
  /** Where each provider was first written. */
  const places = new Map<string, Path>();
  for (const name of parts.providers) {
    const path = ["providers", name];
    const spec = buildProvider(valueAt(root, path) as ProviderSettings, name, path, build);
    if (spec === undefined) continue;
    providers.set(name, spec);
    places.set(name, path);
  }
  judgeNames(parts.jobs, build);
  const declared = Object.keys(isMapping(root.providers) ? root.providers : {});
  const inline = new Map<string, ProviderSpec | undefined>();

  const inlineAt = (settings: ProviderSettings, path: Path): ProviderSpec | undefined => {
    const id = formatPath(path);
    if (inline.has(id)) return inline.get(id);
    const spec = buildProvider(settings, null, path, build);
    inline.set(id, spec);
    if (spec === undefined) return undefined;
    const known = providers.get(spec.key);
    if (known === undefined) {
      providers.set(spec.key, spec);
      places.set(spec.key, path);
      return spec;
    }
    const differing = differences(known, spec);
    if (differing.length > 0) {
      report.add(path, {
        message: `differs in ${differing.join(", ")} from the same provider (${spec.key}) at ` +
          `${report.placeText(places.get(spec.key)!)}: expected one description of it`,
        hint: "put it under providers and use its name",
      });
    }
    return known;
  };

  const providerOf = (merged: JobSettings, path: Path) => {
    const written = merged.provider!;
    const use = typeof written === "string" ? written : written.use;
    if (use === undefined) {
      const own = written as ProviderSettings;
      const spec = inlineAt(own, path);
      return spec === undefined ? undefined : { spec, own };
    }
    const at = typeof written === "string" ? path : [...path, "use"];
    if (!declared.includes(use)) {
      const hint = /^https?:\/\//i.test(use) ? "write { url: … }" : didYouMean(use, declared);
      const expected = declared.length === 0 ? "there are none" : `expected one of ${declared.join(", ")}`;
      report.add(at, {
        message: `'${use.slice(0, 80)}' is not an entry of providers: ${expected}`,
        ...(hint === undefined ? {} : { hint }),
      });
      return undefined;
    }
    const own = typeof written === "string" ? {} : written;
    for (const key of Object.keys(own)) {
      if (["use", "body", "create_body", "delete_body"].includes(key)) continue;
      report.add([...path, key], {
        message: `belongs to the provider itself: expected it in providers.${use}`,
        atKey: true,
      });
    }
    const spec = providers.get(use);
    return spec === undefined ? undefined : { spec, own };
  };

  const shared = {
    report,
    root,
    defaults: isMapping(root.defaults) ? root.defaults : {},
    schedules: createScheduleCache(),
    now: build.now,
    timezone: build.timezone,
    providerOf,
  };
  const jobs: Job[] = [];
  for (const index of parts.jobs) {
    const job = buildJob(index, valueAt(root, ["jobs", index]) as Mapping, shared);
    if (job !== undefined) jobs.push(job);
  }
  judgeProviders(providers, places, build);
  return { providers, jobs };
}

/** No two jobs of one name, and no earlier name that belongs to another job. */
function judgeNames(indexes: readonly number[], { root, report }: JobsBuild): void {
  const owners = new Map<string, Path>();
  const nameAt = (index: number, key: string) => valueAt(root, ["jobs", index, key]) as string | undefined;
  for (const index of indexes) {
    const name = nameAt(index, "name")!;
    const path = ["jobs", index, "name"];
    const first = owners.get(name);
    if (first === undefined) owners.set(name, path);
    else {
      report.add(path, {
        message: `the name '${name}' is taken by the job at ${report.placeText(first)}: expected another one`,
      });
    }
  }
  for (const index of indexes) {
    const former = nameAt(index, "renamed_from");
    if (former === undefined) continue;
    const path = ["jobs", index, "renamed_from"];
    const owner = owners.get(former);
    if (owner === undefined) owners.set(former, path);
    else if (former === nameAt(index, "name")) {
      report.add(path, { message: `'${former}' is the name of this job: expected its earlier name` });
    } else {
      report.add(path, {
        message: `'${former}' belongs to ${report.placeText(owner)}: expected a name that no job has`,
      });
    }
  }
}

/** A backup has one owner: no provider takes a key that another has, or had. */
function judgeProviders(
  providers: Map<string, ProviderSpec>,
  places: Map<string, Path>,
  { report }: JobsBuild,
): void {
  const claims = new Map<string, string>();
  const services = new Map<string, string>();
  for (const spec of providers.values()) {
    const path = places.get(spec.key)!;
    for (const former of spec.formerly) {
      const other = providers.has(former) ? former : claims.get(former);
      if (other !== undefined) {
        report.add([...path, "formerly"], {
          message: `'${former}' belongs to the provider ${other}: expected a key that no other provider has`,
        });
      } else claims.set(former, spec.key);
    }
    const service = spec.kind === "http"
      ? spec.url
      : spec.kind === "restic"
      ? `restic:${spec.repository}`
      : undefined;
    if (service === undefined) continue;
    const twin = services.get(service);
    if (twin === undefined) services.set(service, spec.key);
    else {
      report.add(path, {
        message: `calls the same service as the provider ${twin}: they do not wait for each other`,
        hint: "use one entry of providers for both",
        severity: "warning",
      });
    }
  }
}
