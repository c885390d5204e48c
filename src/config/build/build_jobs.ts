// All providers and jobs of the document, and what must hold between them.

import type { Job, Json } from "../../domain/job.ts";
import { commandKey, type ProviderSpec } from "../../domain/provider_spec.ts";
import type { Policy } from "../../domain/policy.ts";
import { isSame } from "../../domain/same.ts";
import { createScheduleCache, type Schedule } from "../../domain/schedule/schedule.ts";
import { buildJob, buildKnownJob } from "./build_job.ts";
import {
  buildProviders,
  createProviderChoice,
  judgeProviders,
  takeFormerCommands,
  takeIdentities,
} from "./build_providers.ts";
import { fillUpkeep } from "./upkeep_defaults.ts";
import { linkCopies } from "./link_copies.ts";
import { judgeEnvironment } from "./judge_environment.ts";
import { basisOf, isBuiltAlone, type KnownTurn } from "../known_jobs.ts";
import type { ProviderBuild } from "./provider_build.ts";
import { checkShape } from "../schema/diagnostics.ts";
import { JobSchema } from "../schema/schema_job.ts";
import { NAME_PATTERN } from "../schema/schema_leaves.ts";
import { ProviderSchema } from "../schema/schema_provider.ts";
import { isMapping, type Mapping, type Path, valueAt } from "../document/tree.ts";

interface JobsBuild extends ProviderBuild {
  now: number;
  timezone: { name: string; variable: string | null };
  /** The jobs of the load before; absent: there was none. */
  known?: KnownTurn;
}

interface Built {
  providers: Map<string, ProviderSpec>;
  jobs: Job[];
}

/**
 * Checks the shape of every provider and job, dropping what is wrong from the document. Answers the usable ones. Yields after
 * each job.
 */
export function* checkParts(
  build: Pick<JobsBuild, "root" | "marks" | "report" | "known">,
): Generator<void, { providers: string[]; jobs: number[] }> {
  const { root, marks, report, known } = build;
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
    const own = (root.jobs as Json[])[index];
    if (known?.isJudged(own) === true) {
      jobs.push(index);
      yield;
      continue;
    }
    const path = ["jobs", index];
    const { said } = report;
    let usable = checkShape(JobSchema, root, path, marks, report) !== undefined;
    const job = valueAt(root, path);
    if (!usable && isMapping(job) && job.name === undefined) {
      // Only its name is wrong, which is told: the rest can be judged under any name.
      job.name = `job-${index}`;
      usable = checkShape(JobSchema, root, path, marks, report) !== undefined;
    }
    if (usable) jobs.push(index);
    if (usable && report.said === said) known?.setJudged(own);
    yield;
  }
  return { providers, jobs };
}

/** Builds what `checkParts` found usable. Yields after each job. */
export function* buildJobs(
  parts: { providers: string[]; jobs: number[] },
  build: JobsBuild,
): Generator<void, Built> {
  const { root, report, known } = build;
  const providers = buildProviders(parts.providers, build);
  yield;
  judgeNames(parts.jobs, build);
  yield;
  const shared = {
    report,
    secrets: build.secrets,
    env: build.env,
    checks: new Map<string, string>(),
    root,
    defaults: isMapping(root.defaults) ? root.defaults : {},
    schedules: known?.schedules ?? createScheduleCache(),
    policies: new Map<string, Policy>(),
    intervals: new Map<Schedule, number>(),
    now: build.now,
    timezone: build.timezone,
    providerOf: createProviderChoice(providers, build),
  };
  known?.buildOn(basisOf(shared.defaults, build.timezone));
  const jobs: Job[] = [];
  const alone: { own: Mapping; at: number }[] = [];
  for (const index of parts.jobs) {
    const own = (root.jobs as Mapping[])[index]!;
    const before = known?.wasBuilt(own) === true ? buildKnownJob(index, own, known, shared) : undefined;
    const { said } = report;
    const job = before ?? buildJob(index, own, shared);
    // What is not built alone now must not be found by the next load as it was built before.
    if (before === undefined) known?.setBuilt(own, null);
    if (job !== undefined) jobs.push(job);
    if (job !== undefined && report.said === said && isBuiltAlone(own, shared.defaults)) {
      alone.push({ own, at: jobs.length - 1 });
    }
    yield;
  }
  judgeProviders(providers, report);
  yield;
  fillUpkeep(providers, build);
  yield;
  judgeEnvironment(providers.specs.values(), providers.paths, build.env, report);
  // Only now is it known which keys the providers have that are written in jobs.
  takeIdentities(providers);
  takeFormerCommands(providers, jobs);
  const keysOf = new Map<string, string[]>();
  for (const [at, job] of jobs.entries()) {
    const { providerKey } = job;
    let keys = keysOf.get(providerKey);
    if (keys === undefined) {
      keysOf.set(providerKey, keys = [providerKey, ...providers.specs.get(providerKey)!.formerly]);
    }
    // One of a load before may be in force as it is.
    if (!isSame(job.providerKeys, keys)) jobs[at] = { ...job, providerKeys: keys };
  }
  for (const { own, at } of alone) {
    const job = jobs[at]!;
    known?.setBuilt(own, { job, spec: providers.specs.get(job.providerKey)! });
  }
  linkCopies(jobs, providers.specs, (name, promise, message) => {
    const index = parts.jobs.find((at) => valueAt(root, ["jobs", at, "name"]) === name)!;
    const path = ["jobs", index, "expect"];
    report.add(valueAt(root, path) === undefined ? ["jobs", index] : [...path, promise], { message });
  });
  return { providers: providers.specs, jobs };
}

/**
 * How a job gets the name `former` off its hands that another one has. A former name gave a command in a job its key; of
 * two such commands the second would need the key that the first has left.
 */
function nameHint(former: string, swapped: boolean, hasCommand: boolean, otherHas: boolean): string {
  const keys = `'formerly: ["${commandKey(former)}"]'`;
  const move = hasCommand && otherHas ? "move the commands under `providers` first" : "";
  if (swapped) {
    return `${move}${
      move && `, this one's with ${keys}; then `
    }two jobs change names in three edits, a reload after ` +
      "each, always with renamed_from: one to a third name, the other to its new name, then the first to its own";
  }
  const done = !hasCommand
    ? "take renamed_from out"
    : otherHas
    ? `${move}, this one's with ${keys}, and take renamed_from out`
    : `take renamed_from out and put ${keys} into its provider`;
  return `if the rename is done, ${done}; else give that job another name`;
}

/** No two jobs of one name, and no earlier name that belongs to another job. */
function judgeNames(indexes: readonly number[], { root, report }: JobsBuild): void {
  const firsts = new Map<string, number>();
  const nameAt = (index: number, key: string) => (root.jobs as Mapping[])[index]![key] as string | undefined;
  for (const index of indexes) {
    const name = nameAt(index, "name")!;
    const first = firsts.get(name);
    if (first === undefined) firsts.set(name, index);
    else {
      report.add(["jobs", index, "name"], {
        message: `the name '${name}' is taken by the job at ${
          report.positionText(["jobs", first, "name"])
        }: expected another one`,
      });
    }
  }
  const takers = new Map<string, Path>();
  const hasCommand = (job: Path) => valueAt(root, [...job, "provider", "command"]) !== undefined;
  for (const index of indexes) {
    const former = nameAt(index, "renamed_from");
    if (former === undefined) continue;
    const path = ["jobs", index, "renamed_from"];
    const first = firsts.get(former);
    const owner = first === undefined ? takers.get(former) : ["jobs", first, "name"];
    if (owner === undefined) {
      takers.set(former, path);
      continue;
    }
    const name = nameAt(index, "name");
    if (former === name) {
      report.add(path, { message: `'${former}' is the name of this job: expected its earlier name` });
      continue;
    }
    const isName = owner.at(-1) === "name";
    const swapped = isName && valueAt(root, [...owner.slice(0, -1), "renamed_from"]) === name;
    report.add(path, {
      message: `'${former}' belongs to ${report.positionText(owner)}: expected a name that no job has`,
      hint: isName
        ? nameHint(former, swapped, hasCommand(["jobs", index]), hasCommand(owner.slice(0, -1)))
        : "two jobs cannot take over the same backups",
    });
  }
}
